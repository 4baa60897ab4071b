import Core

/// Finds rules that can never decide, because an earlier one takes every row of theirs.
enum RuleCheck {
    /// Stands for a condition that could not be read, so that its list is known all the same.
    static let unreadable = Condition.any([])

    /// A rule is compared with all earlier ones for being the same, and with so many before it for being contained.
    private static let reach = 200

    static func check(_ rules: [ShardingPolicy.Rule], _ diagnostics: inout Diagnostics) {
        let parts = rules.map { atoms($0.condition) }
        var first: [Set<Condition>: Int] = [:]
        for later in rules.indices where rules[later].condition != unreadable {
            let wider = (max(0, later - reach)..<later).first { earlier in
                rules[earlier].condition != unreadable && implies(parts[later], parts[earlier])
            }
            let same = first[parts[later]]
            if same == nil { first[parts[later]] = later }
            guard let earlier = [wider, same].compactMap({ $0 }).min() else { continue }
            report(rules[later], after: rules[earlier], parts[later], parts[earlier], &diagnostics)
        }
    }

    private static func report(
        _ later: ShardingPolicy.Rule, after earlier: ShardingPolicy.Rule, _ laterParts: Set<Condition>,
        _ earlierParts: Set<Condition>, _ diagnostics: inout Diagnostics
    ) {
        let place = earlier.place?.text ?? "above"
        if earlierParts.isEmpty {
            diagnostics.error(
                .unreachableRule, "The rule at \(place) has an empty condition, which always holds.",
                help: "write { default: \(earlier.list) } as the last rule instead", at: later.place)
        } else if laterParts == earlierParts {
            diagnostics.error(
                .duplicateCondition,
                "The rule at \(place) has the same condition and takes these rows to \(quoted(earlier.list)).",
                help: "remove one of the two", at: later.place)
        } else {
            diagnostics.error(
                .unreachableRule,
                "Whatever this rule takes, the rule at \(place) has already taken to \(quoted(earlier.list)).",
                help: "put this rule before that one", at: later.place)
        }
    }

    /// The parts of a conjunction, without places; empty if it always holds.
    private static func atoms(_ condition: Condition) -> Set<Condition> {
        guard case .all(let parts) = condition else { return [withoutPlaces(condition)] }
        return parts.reduce(into: []) { $0.formUnion(atoms($1)) }
    }

    private static func withoutPlaces(_ condition: Condition) -> Condition {
        switch condition {
        case .all(let parts): .all(parts.map(withoutPlaces))
        case .any(let parts): .any(parts.map(withoutPlaces))
        case .not(let part): .not(withoutPlaces(part))
        case .column(let name, let comparison, _): .column(name, comparison, place: nil)
        }
    }

    /// Whether every row for which all of `left` hold is one for which all of `right` hold. May miss some.
    private static func implies(_ left: Set<Condition>, _ right: Set<Condition>) -> Bool {
        right.allSatisfy { wanted in
            left.contains(wanted) || left.count <= 50 && left.contains { implies($0, wanted) }
        }
    }

    private static func implies(_ left: Condition, _ right: Condition) -> Bool {
        if left == right { return true }
        guard case .column(let name, let narrow, _) = left, case .column(name, let wide, _) = right else {
            return false
        }
        switch (narrow, wide) {
        case (.equal(let value), .oneOf(let values)): return values.contains(value)
        case (.oneOf(let some), .oneOf(let values)): return Set(some).isSubset(of: values)
        case (.olderThan(let more), .olderThan(let less)): return more >= less
        case (.newerThan(let less), .newerThan(let more)): return less <= more
        case (.isNull, _), (_, .isNull(true)): return false
        // Every comparison but these two is false for null.
        case (.notEqual, .isNull(false)), (.noneOf, .isNull(false)): return false
        case (_, .isNull(false)): return true
        default: return false
        }
    }
}
