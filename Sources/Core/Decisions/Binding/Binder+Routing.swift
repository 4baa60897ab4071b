extension Binder {
    mutating func boundRouting(
        lists: [String], key: [BoundDefinition.KeyPart]
    ) -> (Routing, [BoundDefinition.ShardingRead]) {
        var reads: [BoundDefinition.ShardingRead] = []
        var columnIndex: [String: Int] = [:]
        var rules: [Routing.Rule] = []
        for rule in definition.sharding.rules {
            let columns = rule.condition.columns
            let onKey = columns.intersection(key.map(\.column)).sorted()
            if !onKey.isEmpty {
                diagnostics.warning(
                    .ruleOnKey,
                    "The rule for list \"\(rule.list)\" asks for key column \"\(onKey[0])\": a row whose key changes is "
                        + "deleted and created, never moved.", at: rule.place)
            }
            for name in columns.sorted() where columnIndex[name] == nil {
                guard let column = relation.column(name) else { continue }
                columnIndex[name] = reads.count
                reads.append(BoundDefinition.ShardingRead(read: read(column: column, asList: false).index))
            }
            guard let condition = bound(rule.condition, columnIndex, rule.place),
                let list = lists.firstIndex(of: rule.list)
            else { continue }
            rules.append(Routing.Rule(condition: condition, list: list))
        }
        warnOfUncoveredLabels()
        let defaultList = definition.sharding.defaultList.flatMap { lists.firstIndex(of: $0.value) }
        return (Routing(rules: rules, defaultList: defaultList), reads)
    }

    private mutating func bound(
        _ condition: Condition, _ columnIndex: [String: Int], _ rulePlace: SourceRange?
    ) -> BoundCondition? {
        switch condition {
        case .all(let parts):
            let bound = parts.map { self.bound($0, columnIndex, rulePlace) }
            return bound.contains(nil) ? nil : .all(bound.compactMap { $0 })
        case .any(let parts):
            let bound = parts.map { self.bound($0, columnIndex, rulePlace) }
            return bound.contains(nil) ? nil : .any(bound.compactMap { $0 })
        case .not(let part): return bound(part, columnIndex, rulePlace).map(BoundCondition.not)
        case .column(let name, let comparison, let place):
            guard let column = relation.column(name), let index = columnIndex[name] else {
                unknownColumn(name, at: place ?? rulePlace)
                return nil
            }
            return bound(comparison, column, index, place ?? rulePlace)
        }
    }

    private mutating func bound(
        _ comparison: Condition.Comparison, _ column: SourceColumn, _ index: Int, _ place: SourceRange?
    ) -> BoundCondition? {
        func test(_ test: BoundCondition.Test) -> BoundCondition { .column(index, test) }
        switch comparison {
        case .isNull(let wanted): return wanted ? test(.isNull) : .not(test(.isNull))
        // A comparison with null is a test for NULL, and its negation the other one.
        case .equal(.null): return test(.isNull)
        case .notEqual(.null): return .not(test(.isNull))
        case .equal(let scalar): return equality([scalar], column, place).map { $0.condition(index) }
        case .notEqual(let scalar): return equality([scalar], column, place).map { .not($0.condition(index)) }
        case .oneOf(let scalars): return equality(scalars, column, place).map { $0.condition(index) }
        case .noneOf(let scalars): return equality(scalars, column, place).map { .not($0.condition(index)) }
        case .greater(let scalar): return value(scalar, column, place).map { test(.compare(.greater, $0)) }
        case .greaterOrEqual(let scalar):
            return value(scalar, column, place).map { test(.compare(.greaterOrEqual, $0)) }
        case .less(let scalar): return value(scalar, column, place).map { test(.compare(.less, $0)) }
        case .lessOrEqual(let scalar): return value(scalar, column, place).map { test(.compare(.lessOrEqual, $0)) }
        case .prefix(let text): return textual(column, place) ? test(.prefix(Array(text.utf8))) : nil
        case .suffix(let text): return textual(column, place) ? test(.suffix(Array(text.utf8))) : nil
        case .contains(let text): return textual(column, place) ? test(.contains(text)) : nil
        case .olderThan(let seconds): return temporal(column, place) ? test(.olderThan(seconds * 1_000_000)) : nil
        case .newerThan(let seconds): return temporal(column, place) ? test(.newerThan(seconds * 1_000_000)) : nil
        }
    }

    /// Values that equality looks for, and whether NULL is among them.
    private struct Equality {
        var values: [SourceValue]
        var orNull: Bool

        func condition(_ index: Int) -> BoundCondition {
            let equal = BoundCondition.column(index, .equal(values))
            return orNull ? .any([.column(index, .isNull), equal]) : equal
        }
    }

    private mutating func equality(_ scalars: [Scalar], _ column: SourceColumn, _ place: SourceRange?) -> Equality? {
        var values: [SourceValue] = []
        for scalar in scalars where scalar != .null {
            guard let value = value(scalar, column, place) else { return nil }
            values.append(value)
        }
        return Equality(values: values, orNull: scalars.contains(.null))
    }

    private mutating func value(_ scalar: Scalar, _ column: SourceColumn, _ place: SourceRange?) -> SourceValue? {
        let kind = column.type.reading().kind
        guard kind != .json, kind != .list, let value = kind.value(of: scalar).flatMap(column.type.asPrinted),
            value != .null
        else {
            diagnostics.error(
                .typeMismatch,
                "Column \"\(column.name)\" has the type \(column.type.description), which cannot be compared with "
                    + "\(scalar.words).", help: "write a value of the column's type", at: place)
            return nil
        }
        if case .enumeration(_, _, let labels) = column.type, case .text(let text) = value, !labels.contains(text) {
            diagnostics.error(
                .typeMismatch, "The type \(column.type.description) has no label \"\(text)\".",
                help: closest(to: text, among: labels).map { "did you mean \"\($0)\"?" }
                    ?? "its labels: " + labels.joined(separator: ", "), at: place)
            return nil
        }
        return value
    }

    private mutating func textual(_ column: SourceColumn, _ place: SourceRange?) -> Bool {
        guard column.type.reading().kind == .text else {
            diagnostics.error(
                .typeMismatch,
                "Column \"\(column.name)\" has the type \(column.type.description); prefix, suffix and contains are "
                    + "for text.", help: "use eq, in, gt, gte, lt or lte", at: place)
            return false
        }
        return true
    }

    private mutating func temporal(_ column: SourceColumn, _ place: SourceRange?) -> Bool {
        guard column.type.reading().kind.isTemporal else {
            diagnostics.error(
                .typeMismatch,
                "Column \"\(column.name)\" has the type \(column.type.description); olderThan and newerThan are for "
                    + "dates and timestamps.", help: "use a date or timestamp column", at: place)
            return false
        }
        return true
    }

    /// Without a default, a label that no rule names leaves its rows without a list.
    private mutating func warnOfUncoveredLabels() {
        guard definition.sharding.defaultList == nil else { return }
        var named: [String: Set<String>] = [:]
        for rule in definition.sharding.rules {
            guard case .column(let name, let comparison, _) = rule.condition else { return }
            switch comparison {
            case .equal(let scalar): named[name, default: []].insert(scalar.text ?? "")
            case .oneOf(let scalars): named[name, default: []].formUnion(scalars.compactMap(\.text))
            default: return
            }
        }
        for (name, values) in named.sorted(by: { $0.key < $1.key }) {
            guard let column = relation.column(name) else { continue }
            let labels: [String]
            if case .enumeration(_, _, let all) = column.type {
                labels = all
            } else {
                labels = column.allowedValues ?? []
            }
            let missing = labels.filter { !values.contains($0) }
            guard !missing.isEmpty else { continue }
            diagnostics.warning(
                .uncoveredLabel,
                "Column \"\(name)\" can be \(missing.map { "\"\($0)\"" }.joined(separator: ", ")), for which no rule "
                    + "has a list: such rows are held.", help: "add a rule, or a default",
                at: definition.sharding.place ?? definition.place)
        }
    }
}

extension SourceType {
    /// A text of the manifest in the form in which a column of this type is read; `nil` if it is no value of the type.
    fileprivate func asPrinted(_ value: SourceValue) -> SourceValue? {
        guard case .text(let text) = value else { return value }
        switch self {
        case .char:
            // The column loses its padding when it is read.
            return .text(String(decoding: text.utf8.reversed().drop { $0 == 0x20 }.reversed(), as: UTF8.self))
        case .uuid:
            var digits = text.lowercased().filter { $0 != "-" }[...]
            if digits.hasPrefix("{"), digits.hasSuffix("}") { digits = digits.dropFirst().dropLast() }
            guard digits.utf8.count == 32, digits.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
                return nil
            }
            let all = Array(digits)
            return .text(
                [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(all[$0]) }.joined(separator: "-"))
        default: return value
        }
    }
}

extension Scalar {
    /// For messages.
    package var words: String {
        switch self {
        case .null: "null"
        case .boolean(let flag): flag ? "true" : "false"
        case .number(let text): "the number \(text)"
        case .text(let text): "the text \"\(text)\""
        }
    }
}
