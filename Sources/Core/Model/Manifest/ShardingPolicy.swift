/// Chooses the list of each row: the first rule that holds decides.
package struct ShardingPolicy: Hashable, Sendable {
    /// The document it came from; `nil` if it is written in the definition.
    package var name: String?
    package var rules: [Rule]
    /// The list of rows that no rule takes; without it they are held.
    package var defaultList: Located<String>?
    package var place: SourceRange?

    package struct Rule: Hashable, Sendable {
        package var condition: Condition
        package var list: String
        package var place: SourceRange?

        package init(when condition: Condition, list: String, place: SourceRange? = nil) {
            self.condition = condition
            self.list = list
            self.place = place
        }
    }

    package init(
        name: String? = nil, rules: [Rule] = [], defaultList: Located<String>? = nil, place: SourceRange? = nil
    ) {
        self.name = name
        self.rules = rules
        self.defaultList = defaultList
        self.place = place
    }

    /// Every list a row can be sent to, without repetitions, in the order of the rules.
    package var listNames: [String] {
        var seen: Set<String> = []
        return (rules.map(\.list) + (defaultList.map { [$0.value] } ?? [])).filter { seen.insert($0).inserted }
    }
}

/// A condition over source columns. Two-valued: a comparison with NULL is false, `ne` and `notIn` negate `eq` and `in`.
package indirect enum Condition: Hashable, Sendable {
    case all([Condition])
    case any([Condition])
    case not(Condition)
    case column(String, Comparison, place: SourceRange?)

    package enum Comparison: Hashable, Sendable {
        case equal(Scalar)
        case notEqual(Scalar)
        case oneOf([Scalar])
        case noneOf([Scalar])
        case greater(Scalar)
        case greaterOrEqual(Scalar)
        case less(Scalar)
        case lessOrEqual(Scalar)
        case prefix(String)
        case suffix(String)
        case contains(String)
        case isNull(Bool)
        /// Seconds before now.
        case olderThan(Int64)
        case newerThan(Int64)
    }

    /// The names of the columns it reads.
    package var columns: Set<String> {
        switch self {
        case .all(let parts), .any(let parts): parts.reduce(into: []) { $0.formUnion($1.columns) }
        case .not(let part): part.columns
        case .column(let name, _, _): [name]
        }
    }
}

/// A scalar as the manifest writes it, before the column's type gives it a meaning.
package enum Scalar: Hashable, Sendable {
    case null
    case boolean(Bool)
    /// The number's text as written.
    case number(String)
    case text(String)

    /// The text that a text column would compare with.
    package var text: String? {
        switch self {
        case .null: nil
        case .boolean(let value): value ? "true" : "false"
        case .number(let text), .text(let text): text
        }
    }
}
