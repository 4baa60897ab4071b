internal import Core

/// The OData options of a request. Names may come with or without `$`, at the top and inside `$expand`.
struct QueryOptions {
    var select: [String]?
    var expand: [Expansion] = []
    var filter: String?
    var orderBy: String?
    var top: Int?
    var skipToken: String?
    /// Of a change feed.
    var token: String?

    struct Expansion: Hashable {
        var name: String
        var select: [String]?
    }

    enum Option: String, CaseIterable {
        case select, expand, filter, orderby, top, skiptoken, token

        static let ofItems: Set<Option> = [.select, .expand, .filter, .orderby, .top, .skiptoken]
    }

    /// - Parameter query: Percent-encoded, without the question mark.
    /// - Parameter allowed: Options that make sense for the resource.
    init(_ query: String, allowed: Set<Option>) throws(GraphError) {
        for pair in query.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(halves[0], plusIsBlank: true),
                let value = PercentEncoding.decode(halves.count > 1 ? halves[1] : "", plusIsBlank: true)
            else { throw .invalid("The query is not encoded well", inner: "invalidQueryOption") }
            let bare = name.hasPrefix("$") ? String(name.dropFirst()) : name
            guard let option = Option(rawValue: bare.lowercased()), allowed.contains(option) else {
                // Options of one's own may be anything; OData's must be known.
                if name.hasPrefix("$") {
                    throw .invalid("The query option '\(name)' is not supported here", inner: "invalidQueryOption")
                }
                continue
            }
            try set(option, value)
        }
    }

    private mutating func set(_ option: Option, _ value: String) throws(GraphError) {
        switch option {
        case .select: select = QueryOptions.names(value)
        case .expand: expand = try QueryOptions.expansions(value)
        case .filter: filter = value
        case .orderby: orderBy = value
        case .top:
            guard let count = Int(value), count > 0 else {
                throw .invalid("$top is a positive number", inner: "invalidQueryOption")
            }
            top = count
        case .skiptoken: skipToken = value
        case .token: token = value
        }
    }

    private static func names(_ text: some StringProtocol) -> [String] {
        text.split(separator: ",").map { $0.drop { $0 == " " } }.map { String($0).trimmingBlanks }.filter {
            !$0.isEmpty
        }
    }

    /// Reads `fields($select=A,B),columns`.
    private static func expansions(_ text: String) throws(GraphError) -> [Expansion] {
        var output: [Expansion] = []
        var depth = 0
        var start = text.startIndex
        var parts: [Substring] = []
        for index in text.indices {
            switch text[index] {
            case "(": depth += 1
            case ")": depth -= 1
            case "," where depth == 0:
                parts.append(text[start..<index])
                start = text.index(after: index)
            default: break
            }
        }
        guard depth == 0 else { throw .malformed("Parsing OData Expand failed: unbalanced parentheses") }
        parts.append(text[start...])
        for part in parts {
            let name = String(part.prefix { $0 != "(" }).trimmingBlanks
            guard !name.isEmpty else { throw .malformed("Parsing OData Expand failed") }
            var expansion = Expansion(name: name)
            if let open = part.firstIndex(of: "(") {
                let inner = String(part[part.index(after: open)...].dropLast()).trimmingBlanks
                let bare = inner.hasPrefix("$") ? inner.dropFirst() : inner[...]
                guard part.hasSuffix(")"), bare.lowercased().hasPrefix("select=") else {
                    throw .malformed("Parsing OData Expand failed: only $select can be nested")
                }
                expansion.select = names(bare.dropFirst("select=".count))
            }
            output.append(expansion)
        }
        return output
    }

    /// These options as a query, for a next link, with another token.
    func link(skipToken: String) -> String { QueryOptions.query(pairs + [("$skiptoken", skipToken)]) }

    private var pairs: [(String, String)] {
        var pairs: [(String, String)] = []
        if let select { pairs.append(("$select", select.joined(separator: ","))) }
        if !expand.isEmpty {
            let texts = expand.map { expansion in
                expansion.name + (expansion.select.map { "($select=\($0.joined(separator: ",")))" } ?? "")
            }
            pairs.append(("$expand", texts.joined(separator: ",")))
        }
        if let filter { pairs.append(("$filter", filter)) }
        if let orderBy { pairs.append(("$orderby", orderBy)) }
        if let top { pairs.append(("$top", String(top))) }
        return pairs
    }

    private static func query(_ pairs: [(String, String)]) -> String {
        pairs.map { "\($0.0)=\(PercentEncoding.encode($0.1, alsoSafe: "$(),/"))" }.joined(separator: "&")
    }

    /// These options as a query, without any token.
    var queryWithoutToken: String { QueryOptions.query(pairs) }
}

extension String {
    var trimmingBlanks: String {
        var text = self[...]
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

/// Where a page begins, inside an opaque token.
enum PagePosition: Hashable {
    /// After the item with this id.
    case afterItem(Int)
    /// After this many entries, for pages that are not in the order of ids.
    case skip(Int)

    var token: String {
        let text =
            switch self {
            case .afterItem(let id): "Paged=TRUE&p_ID=\(id)"
            case .skip(let count): "Paged=TRUE&p_Skip=\(count)"
            }
        return Base64URL.encode(Array(text.utf8))
    }

    init(token: String) throws(GraphError) {
        let text = Base64URL.decode(token).map { String(decoding: $0, as: UTF8.self) } ?? ""
        if text.hasPrefix("Paged=TRUE&p_ID="), let id = Int(text.dropFirst("Paged=TRUE&p_ID=".count)) {
            self = .afterItem(id)
        } else if text.hasPrefix("Paged=TRUE&p_Skip="), let count = Int(text.dropFirst("Paged=TRUE&p_Skip=".count)) {
            self = .skip(count)
        } else {
            throw .invalid("The $skiptoken is not valid", inner: "invalidQueryOption")
        }
    }
}

extension Tenant {
    /// One page of a collection that is not items.
    func page(
        _ elements: [JSON], _ options: QueryOptions, size: Int, context: String, url: String
    ) throws(GraphError) -> GraphAnswer {
        var from = 0
        if let token = options.skipToken {
            guard case .skip(let count) = try PagePosition(token: token) else {
                throw .invalid("The $skiptoken is not valid", inner: "invalidQueryOption")
            }
            from = count
        } else if settings.leadingEmptyPage {
            return collection(
                [], context: context, next: "\(url)?\(options.link(skipToken: PagePosition.skip(0).token))")
        }
        let size = min(options.top ?? size, size)
        let shown = Array(elements.dropFirst(from).prefix(size))
        let rest = elements.count - from - shown.count
        let next = rest > 0 ? "\(url)?\(options.link(skipToken: PagePosition.skip(from + shown.count).token))" : nil
        return collection(shown, context: context, next: next)
    }

    func collection(_ elements: [JSON], context: String, next: String?) -> GraphAnswer {
        var members: [JSON.Member] = [.init("@odata.context", .string(context))]
        if let next { members.append(.init("@odata.nextLink", .string(next))) }
        members.append(.init("value", .array(elements)))
        return GraphAnswer(200, .object(members))
    }

    /// The members that `$select` names; annotations and the id always stay.
    func selected(_ json: JSON, _ select: [String]?) -> JSON {
        guard let select, let members = json.members else { return json }
        return .object(members.filter { $0.name.hasPrefix("@odata.") || $0.name == "id" || select.contains($0.name) })
    }
}
