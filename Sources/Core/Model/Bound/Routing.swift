/// Which list a row belongs in, and what decided.
package struct Route: Hashable, Sendable {
    package enum Decision: Hashable, Sendable {
        /// The index of the rule.
        case rule(Int)
        case byDefault
        case unrouted
    }

    /// The index of the list among the definition's lists; `nil` for a row that no rule takes.
    package var list: Int?
    package var decision: Decision
}

/// A sharding policy bound to a table's columns.
package struct Routing: Hashable, Sendable {
    package struct Rule: Hashable, Sendable {
        package var condition: BoundCondition
        /// The index of the list.
        package var list: Int
    }

    package var rules: [Rule]
    package var defaultList: Int?

    package init(rules: [Rule], defaultList: Int?) {
        self.rules = rules
        self.defaultList = defaultList
    }

    /// The first rule that holds decides, then the default; else the row has no route.
    package func route(_ row: [SourceValue], now: Int64) -> Route {
        for (index, rule) in rules.enumerated() where rule.condition.holds(for: row, now: now) {
            return Route(list: rule.list, decision: .rule(index))
        }
        guard let defaultList else { return Route(list: nil, decision: .unrouted) }
        return Route(list: defaultList, decision: .byDefault)
    }

    /// Whether the route of a row can change with the clock alone.
    package var dependsOnClock: Bool { rules.contains { $0.condition.dependsOnClock } }
}

extension BoundCondition {
    var dependsOnClock: Bool {
        switch self {
        case .all(let parts), .any(let parts): parts.contains { $0.dependsOnClock }
        case .not(let part): part.dependsOnClock
        case .column(_, .olderThan), .column(_, .newerThan): true
        case .column: false
        }
    }
}
