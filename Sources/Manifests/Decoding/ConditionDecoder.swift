import Core

/// Reads `when` of sharding rules.
enum ConditionDecoder {
    /// - Returns: `nil` if any part of it cannot be used. An empty mapping is a condition that always holds.
    static func condition(_ node: YAMLNode) -> Condition? {
        guard let entries = node.mapping else { return nil }
        var parts: [Condition] = []
        for entry in entries {
            guard let part = part(entry) else { return nil }
            parts.append(part)
        }
        return joined(parts)
    }

    private static func part(_ entry: YAMLEntry) -> Condition? {
        switch entry.key {
        case "all": return every(entry.value.sequence, condition).map(Condition.all)
        case "any": return every(entry.value.sequence, condition).map(Condition.any)
        case "not": return condition(entry.value).map(Condition.not)
        case "columns": return every(entry.value.mapping, tests).map(joined)
        default: return tests(entry)
        }
    }

    /// All of them decoded, or nothing; an empty collection is nothing too.
    private static func every<Element>(_ parts: [Element]?, _ decode: (Element) -> Condition?) -> [Condition]? {
        guard let parts, !parts.isEmpty else { return nil }
        let conditions = parts.compactMap(decode)
        return conditions.count == parts.count ? conditions : nil
    }

    private static func joined(_ parts: [Condition]) -> Condition { parts.count == 1 ? parts[0] : .all(parts) }

    /// The tests of one column: a scalar, a list, or operators that must all hold.
    private static func tests(_ column: YAMLEntry) -> Condition? {
        let (name, place) = (column.key, column.keyRange)
        switch column.value.content {
        case .scalar(let scalar): return scalar.style == .unresolved ? nil : equal(name, scalar.value, place)
        case .sequence(let items): return scalars(items).map { oneOf(name, $0, place) }
        case .mapping(let operators):
            return every(operators) { test(name, $0.key, $0.value, place) }.map(joined)
        }
    }

    private static func scalars(_ items: [YAMLNode]) -> [Scalar]? {
        let values = items.compactMap { $0.isUnresolved ? nil : $0.scalar?.value }
        return values.isEmpty || values.count < items.count ? nil : values
    }

    private static func test(_ name: String, _ word: String, _ node: YAMLNode, _ place: SourceRange) -> Condition? {
        func column(_ comparison: Condition.Comparison?) -> Condition? {
            comparison.map { .column(name, $0, place: place) }
        }
        let scalar = node.isUnresolved ? nil : node.scalar?.value
        let scalars = node.sequence.flatMap { self.scalars($0) }
        switch word {
        case "eq": return scalar.map { equal(name, $0, place) }
        case "ne": return scalar.flatMap { column($0 == .null ? .isNull(false) : .notEqual($0)) }
        case "in": return scalars.map { oneOf(name, $0, place) }
        case "notIn": return scalars.map { noneOf(name, $0, place) }
        case "gt": return column(scalar.map(Condition.Comparison.greater))
        case "gte": return column(scalar.map(Condition.Comparison.greaterOrEqual))
        case "lt": return column(scalar.map(Condition.Comparison.less))
        case "lte": return column(scalar.map(Condition.Comparison.lessOrEqual))
        case "prefix": return column(node.textValue.map(Condition.Comparison.prefix))
        case "suffix": return column(node.textValue.map(Condition.Comparison.suffix))
        case "contains": return column(node.textValue.map(Condition.Comparison.contains))
        case "isNull": return column(node.booleanValue.map(Condition.Comparison.isNull))
        case "olderThan":
            return column(node.textValue.flatMap(DurationText.seconds).map(Condition.Comparison.olderThan))
        case "newerThan":
            return column(node.textValue.flatMap(DurationText.seconds).map(Condition.Comparison.newerThan))
        default: return nil
        }
    }

    // `eq null` means `isNull` (SPEC §9), so null leaves the comparisons here and never reaches a row.

    private static func equal(_ name: String, _ value: Scalar, _ place: SourceRange) -> Condition {
        .column(name, value == .null ? .isNull(true) : .equal(value), place: place)
    }

    private static func oneOf(_ name: String, _ values: [Scalar], _ place: SourceRange) -> Condition {
        let others = values.filter { $0 != .null }
        let test = Condition.column(name, .oneOf(others), place: place)
        guard others.count < values.count else { return test }
        let isNull = Condition.column(name, .isNull(true), place: place)
        return others.isEmpty ? isNull : .any([isNull, test])
    }

    private static func noneOf(_ name: String, _ values: [Scalar], _ place: SourceRange) -> Condition {
        let others = values.filter { $0 != .null }
        let test = Condition.column(name, .noneOf(others), place: place)
        guard others.count < values.count else { return test }
        let hasValue = Condition.column(name, .isNull(false), place: place)
        return others.isEmpty ? hasValue : .all([hasValue, test])
    }
}

/// What can be said about a condition that the shape cannot say.
enum ConditionCheck {
    /// Comparisons with null and operators that are not there.
    static func check(_ node: YAMLNode, _ diagnostics: inout Diagnostics) {
        for entry in node.mapping ?? [] {
            switch entry.key {
            case "all", "any": for part in entry.value.sequence ?? [] { check(part, &diagnostics) }
            case "not": check(entry.value, &diagnostics)
            case "columns": for column in entry.value.mapping ?? [] { checkTests(column, &diagnostics) }
            default: checkTests(entry, &diagnostics)
            }
        }
    }

    private static func checkTests(_ column: YAMLEntry, _ diagnostics: inout Diagnostics) {
        guard let operators = column.value.mapping else { return }
        if operators.isEmpty {
            diagnostics.error(
                .badValue, "The test of \(quoted(column.key)) has no operator.",
                help: "write a value, a list of values, or operators such as { olderThan: 90d }", at: column.keyRange)
        }
        for test in operators where ["gt", "gte", "lt", "lte"].contains(test.key) {
            guard test.value.scalar?.resolved == .null else { continue }
            diagnostics.error(
                .badValue, "Nothing is greater or less than null.", help: "write { isNull: true } or { isNull: false }",
                at: test.value.range)
        }
    }
}
