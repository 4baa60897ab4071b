/// A `$filter` of items, as a tree.
indirect enum Filter {
    enum Comparison: String {
        case eq, ne, lt, le, gt, ge
    }

    enum Literal {
        case text(String)
        case number(Double)
        case null
    }

    case compare(field: String, Comparison, Literal)
    case startsWith(field: String, String)
    case and(Filter, Filter)
    case or(Filter, Filter)
    case not(Filter)

    static let invalidClause = GraphError.malformed("Invalid filter clause")

    /// Reads OData's syntax, as far as lists support it. Field names lose their prefix `fields/`.
    init(_ text: String) throws(GraphError) {
        var parser = FilterParser(tokens: try FilterParser.tokens(text))
        self = try parser.disjunction()
        guard parser.isAtEnd else { throw Filter.invalidClause }
    }

    var fields: [String] {
        switch self {
        case .compare(let field, _, _), .startsWith(let field, _): [field]
        case .and(let left, let right), .or(let left, let right): left.fields + right.fields
        case .not(let inner): inner.fields
        }
    }
}

private struct FilterParser {
    enum Token: Equatable {
        case word(String)
        case text(String)
        case open, close, comma
    }

    let tokens: [Token]
    var at = 0
    var depth = 0

    init(tokens: [Token]) { self.tokens = tokens }

    var isAtEnd: Bool { at == tokens.count }

    static func tokens(_ text: String) throws(GraphError) -> [Token] {
        var output: [Token] = []
        let characters = Array(text)
        var at = 0
        while at < characters.count {
            switch characters[at] {
            case " ": at += 1
            case "(":
                output.append(.open)
                at += 1
            case ")":
                output.append(.close)
                at += 1
            case ",":
                output.append(.comma)
                at += 1
            case "'":
                var content = ""
                at += 1
                while true {
                    guard at < characters.count else { throw Filter.invalidClause }
                    if characters[at] == "'" {
                        guard at + 1 < characters.count, characters[at + 1] == "'" else { break }
                        at += 1
                    }
                    content.append(characters[at])
                    at += 1
                }
                at += 1
                output.append(.text(content))
            default:
                let start = at
                while at < characters.count, !" (),'".contains(characters[at]) { at += 1 }
                output.append(.word(String(characters[start..<at])))
            }
        }
        return output
    }

    mutating func disjunction() throws(GraphError) -> Filter {
        depth += 1
        guard depth < 100 else { throw Filter.invalidClause }
        defer { depth -= 1 }
        var left = try conjunction()
        while take(.word("or")) { left = .or(left, try conjunction()) }
        return left
    }

    private mutating func conjunction() throws(GraphError) -> Filter {
        var left = try unary()
        while take(.word("and")) { left = .and(left, try unary()) }
        return left
    }

    private mutating func unary() throws(GraphError) -> Filter {
        if take(.word("not")) {
            depth += 1
            guard depth < 100 else { throw Filter.invalidClause }
            defer { depth -= 1 }
            return .not(try unary())
        }
        if take(.open) {
            let inner = try disjunction()
            guard take(.close) else { throw Filter.invalidClause }
            return inner
        }
        guard case .word(let word)? = next() else { throw Filter.invalidClause }
        if word == "startswith" { return try startsWith() }
        let field = try Self.field(word)
        guard case .word(let name)? = next(), let comparison = Filter.Comparison(rawValue: name) else {
            throw Filter.invalidClause
        }
        return .compare(field: field, comparison, try literal())
    }

    private mutating func startsWith() throws(GraphError) -> Filter {
        guard take(.open), case .word(let word)? = next(), take(.comma), case .text(let text)? = next(), take(.close)
        else { throw Filter.invalidClause }
        return .startsWith(field: try Self.field(word), text)
    }

    private static func field(_ word: String) throws(GraphError) -> String {
        guard word.hasPrefix("fields/"), word.utf8.count > "fields/".utf8.count else { throw Filter.invalidClause }
        return String(word.dropFirst("fields/".count))
    }

    private mutating func literal() throws(GraphError) -> Filter.Literal {
        switch next() {
        case .text(let text)?: return .text(text)
        case .word("null")?: return .null
        case .word(let word)?:
            guard let number = Double(word), number.isFinite else { throw Filter.invalidClause }
            return .number(number)
        default: throw Filter.invalidClause
        }
    }

    private mutating func next() -> Token? {
        guard at < tokens.count else { return nil }
        defer { at += 1 }
        return tokens[at]
    }

    private mutating func take(_ token: Token) -> Bool {
        guard at < tokens.count, tokens[at] == token else { return false }
        at += 1
        return true
    }
}
