/// Reads the list of values out of a CHECK expression as PostgreSQL prints it (`pg_get_expr`):
///
///     (status = ANY (ARRAY['a'::text, 'b'::text]))
///     ((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))
///     ((status IS NULL) OR (status = 'a'::text))
///     (tags <@ ARRAY['a'::text, 'b'::text])
///
/// Strict: whatever is not one of these forms, over text types and with constants only, is no list of values.
package enum CheckExpression {
    package struct Choices: Hashable, Sendable {
        package var column: String
        /// In the expression's order, without repeats.
        package var values: [String]
        /// `<@`: each element of an array is one of the values.
        package var isSubset: Bool

        package init(column: String, values: [String], isSubset: Bool = false) {
            self.column = column
            self.values = values
            self.isSubset = isSubset
        }
    }

    /// - Returns: `nil` for an expression of another form. In a domain's constraint the column is `VALUE`.
    package static func choices(_ expression: String) -> Choices? {
        guard let tokens = Tokenizer.tokens(expression) else { return nil }
        var parser = Parser(tokens: tokens[...])
        guard let choices = parser.condition(), parser.tokens.isEmpty else { return nil }
        // By bytes, as a row's value is compared: as texts, "é" composed and decomposed would be one.
        var seen: Set<[UInt8]> = []
        return Choices(
            column: choices.column, values: choices.values.filter { seen.insert(Array($0.utf8)).inserted },
            isSubset: choices.isSubset)
    }

    enum Token: Hashable {
        /// A name or keyword; one without quotation marks is as it was printed.
        case word(String, quoted: Bool)
        case string(String)
        case symbol(String)
    }

    private struct Parser {
        var tokens: ArraySlice<Token>
        /// Forms within one another. PostgreSQL prints a few; a text with more is none of the forms above, and would end
        /// on the stack.
        private var depth = 0

        init(tokens: ArraySlice<Token>) { self.tokens = tokens }

        private mutating func take(_ symbol: String) -> Bool {
            guard tokens.first == .symbol(symbol) else { return false }
            tokens.removeFirst()
            return true
        }

        private mutating func takeWord(_ word: String) -> Bool {
            guard tokens.first == .word(word, quoted: false) else { return false }
            tokens.removeFirst()
            return true
        }

        /// Tries a form; what it took is given back if it does not fit.
        private mutating func attempt<T>(_ form: (inout Parser) -> T?) -> T? {
            guard depth < 100 else { return nil }
            var copy = self
            copy.depth += 1
            guard let result = form(&copy) else { return nil }
            tokens = copy.tokens
            return result
        }

        private mutating func parenthesised<T>(_ form: (inout Parser) -> T?) -> T? {
            attempt { parser in
                guard parser.take("("), let result = form(&parser), parser.take(")") else { return nil }
                return result
            }
        }

        mutating func condition() -> Choices? {
            attempt { $0.comparison() } ?? attempt { $0.nullOrComparison() } ?? parenthesised { $0.condition() }
        }

        /// A CHECK lets NULL pass anyway.
        private mutating func nullOrComparison() -> Choices? {
            let null = parenthesised { $0.nullTest() } ?? attempt { $0.nullTest() }
            guard let null, takeWord("OR"), let choices = condition(), choices.column == null else { return nil }
            return choices
        }

        private mutating func nullTest() -> String? {
            guard let column = operand(), takeWord("IS"), takeWord("NULL") else { return nil }
            return column
        }

        private mutating func comparison() -> Choices? {
            guard let column = operand() else { return nil }
            if take("<@") { return array().map { Choices(column: column, values: $0, isSubset: true) } }
            guard take("=") else { return nil }
            if takeWord("ANY") {
                return parenthesised { $0.array() }.map { Choices(column: column, values: $0) }
            }
            return constant().map { Choices(column: column, values: [$0]) }
        }

        private mutating func operand() -> String? {
            var column: String?
            if case .word(let name, _)? = tokens.first {
                tokens.removeFirst()
                column = name
            } else {
                column = parenthesised { $0.operand() }
            }
            guard let column, casts() else { return nil }
            return column
        }

        private mutating func array() -> [String]? {
            let values: [String]?
            if takeWord("ARRAY") {
                values = elements()
            } else if case .string(let literal)? = tokens.first {
                tokens.removeFirst()
                values = ArrayText.parse(literal)
            } else {
                values = parenthesised { $0.array() }
            }
            guard let values, casts() else { return nil }
            return values
        }

        private mutating func elements() -> [String]? {
            guard take("[") else { return nil }
            var values: [String] = []
            repeat {
                guard let value = constant() else { return nil }
                values.append(value)
            } while take(",")
            return take("]") ? values : nil
        }

        private mutating func constant() -> String? {
            var value: String?
            if case .string(let text)? = tokens.first {
                tokens.removeFirst()
                value = text
            } else {
                value = parenthesised { $0.constant() }
            }
            guard let value, casts() else { return nil }
            return value
        }

        /// Any number of `::type`; false if one of them could change a text.
        private mutating func casts() -> Bool {
            while take("::") {
                let isText =
                    takeWord("text") || takeWord("bpchar") || takeWord("name")
                    || (takeWord("character") && (takeWord("varying") || true))
                guard isText, tokens.first != .symbol("("), tokens.first != .symbol(".") else { return false }
                if take("["), !take("]") { return false }
            }
            return true
        }
    }

    private enum Tokenizer {
        static func tokens(_ text: String) -> [Token]? {
            let scalars = Array(text.unicodeScalars)
            var tokens: [Token] = []
            var at = 0
            while at < scalars.count {
                switch scalars[at] {
                case " ", "\n", "\t": at += 1
                case "'":
                    guard let string = quoted(scalars, &at, escapes: false) else { return nil }
                    tokens.append(.string(string))
                case "E" where at + 1 < scalars.count && scalars[at + 1] == "'":
                    at += 1
                    guard let string = quoted(scalars, &at, escapes: true) else { return nil }
                    tokens.append(.string(string))
                case "\"":
                    guard let name = quoted(scalars, &at, escapes: false) else { return nil }
                    tokens.append(.word(name, quoted: true))
                case let scalar where isWordStart(scalar):
                    let start = at
                    while at < scalars.count, isWordStart(scalars[at]) || isDigit(scalars[at]) { at += 1 }
                    tokens.append(.word(string(scalars[start..<at]), quoted: false))
                case ":", "<":
                    let pair = string(scalars[at..<min(at + 2, scalars.count)])
                    guard pair == "::" || pair == "<@" else { return nil }
                    tokens.append(.symbol(pair))
                    at += 2
                case "(", ")", "[", "]", ",", "=", ".":
                    tokens.append(.symbol(string(scalars[at...at])))
                    at += 1
                default: return nil
                }
            }
            return tokens
        }

        private static func isWordStart(_ scalar: Unicode.Scalar) -> Bool {
            ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_" || scalar.value >= 0x80
        }

        private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
            ("0"..."9").contains(scalar) || scalar == "$"
        }

        private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars)
            return text
        }

        /// From the opening quote to behind the closing one. PostgreSQL prints a backslash only doubled, in `E'…'`.
        private static func quoted(_ scalars: [Unicode.Scalar], _ at: inout Int, escapes: Bool) -> String? {
            let quote = scalars[at]
            var text = ""
            at += 1
            while at < scalars.count {
                let scalar = scalars[at]
                let next = at + 1 < scalars.count ? scalars[at + 1] : nil
                if scalar == quote {
                    guard next == quote else {
                        at += 1
                        return text
                    }
                    at += 1
                } else if escapes, scalar == "\\" {
                    guard next == "\\" else { return nil }
                    at += 1
                }
                text.unicodeScalars.append(scalar)
                at += 1
            }
            return nil
        }
    }

    /// The elements of an array constant that holds texts only.
    private enum ArrayText {
        static func parse(_ literal: String) -> [String]? {
            guard literal.hasPrefix("{"), literal.hasSuffix("}"), literal.count >= 2 else { return nil }
            let inner = Array(literal.unicodeScalars.dropFirst().dropLast())
            var values: [String] = []
            var at = 0
            while at < inner.count {
                guard let value = element(inner, &at) else { return nil }
                values.append(value)
                guard at < inner.count else { return values }
                guard inner[at] == ",", at + 1 < inner.count else { return nil }
                at += 1
            }
            return values.isEmpty ? nil : values
        }

        private static func element(_ inner: [Unicode.Scalar], _ at: inout Int) -> String? {
            var text = ""
            guard inner[at] == "\"" else {
                while at < inner.count, inner[at] != "," {
                    guard !["\"", "{", "}", "\\"].contains(inner[at]) else { return nil }
                    text.unicodeScalars.append(inner[at])
                    at += 1
                }
                return text.isEmpty || text == "NULL" ? nil : text
            }
            at += 1
            while at < inner.count {
                if inner[at] == "\"" {
                    at += 1
                    return text
                }
                if inner[at] == "\\" { at += 1 }
                guard at < inner.count else { return nil }
                text.unicodeScalars.append(inner[at])
                at += 1
            }
            return nil
        }
    }
}
