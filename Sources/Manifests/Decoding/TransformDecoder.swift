import Core

/// Reads the steps of a field.
enum TransformDecoder {
    /// The transforms in order. Reports steps that can take nothing of what the steps before them give.
    static func transforms(_ entry: YAMLEntry?, _ diagnostics: inout Diagnostics) -> [Located<Transform>] {
        guard let entry else { return [] }
        let nodes = entry.value.sequence ?? [entry.value]
        let steps = nodes.compactMap { node in transform(node, &diagnostics).map { Located($0, at: node.range) } }
        // What is missing could be what makes the others fit.
        if steps.count == nodes.count { checkKinds(steps, &diagnostics) }
        return steps
    }

    private static func transform(_ node: YAMLNode, _ diagnostics: inout Diagnostics) -> Transform? {
        if let word = node.textValue { return plain[word] }
        guard let entry = node.mapping?.first else { return nil }
        let value = entry.value
        switch entry.key {
        case "DATE_FORMAT":
            return value.textValue.flatMap { DatePattern.problem(with: $0) == nil ? .dateFormat($0) : nil }
        case "TRUNCATE": return value.integerValue.map(Transform.truncate)
        case "ROUND": return value.integerValue.map(Transform.round)
        case "SCALE": return value.scalar?.value.text.map(Transform.scale)
        case "REPLACE": return replace(value, &diagnostics)
        case "MAP": return map(value, at: entry.keyRange, &diagnostics)
        case "DEFAULT", "NULL_IF": return forNull(entry, &diagnostics)
        case "JOIN": return value.textValue.map(Transform.join)
        case "SPLIT": return value.textValue.flatMap { $0.isEmpty ? nil : .split($0) }
        default: return nil
        }
    }

    private static func replace(_ value: YAMLNode, _ diagnostics: inout Diagnostics) -> Transform? {
        let texts = (value.sequence ?? []).compactMap(\.textValue)
        if texts.count > 2 || texts.first?.isEmpty == true {
            diagnostics.error(
                .badValue, "\"REPLACE\" takes two texts, of which the first is not empty.", help: "write [old, new]",
                at: value.range)
        }
        guard texts.count == 2, !texts[0].isEmpty else { return nil }
        return .replace(texts[0], texts[1])
    }

    private static func map(_ value: YAMLNode, at place: SourceRange, _ diagnostics: inout Diagnostics) -> Transform? {
        guard let entries = value.mapping else { return nil }
        if entries.isEmpty {
            diagnostics.error(.badValue, "\"MAP\" names no value.", help: "write { from: to }", at: place)
        }
        return .map(
            entries.compactMap { entry in
                entry.value.scalar.map { Transform.MapEntry(from: entry.key, to: $0.value) }
            })
    }

    private static func forNull(_ entry: YAMLEntry, _ diagnostics: inout Diagnostics) -> Transform? {
        guard let scalar = entry.value.scalar?.value else { return nil }
        guard scalar != .null else {
            diagnostics.error(
                .badValue, "\(quoted(entry.key)) with null changes nothing.",
                help: "write a value, or leave the step out",
                at: entry.value.range)
            return nil
        }
        return entry.key == "DEFAULT" ? .defaultValue(scalar) : .nullIf(scalar)
    }

    private static let plain: [String: Transform] = [
        "CAST_TO_STRING": .castToString, "CAST_TO_NUMBER": .castToNumber, "CAST_TO_BOOLEAN": .castToBoolean,
        "DATE_FORMAT_ISO": .dateFormatISO, "DATE_ONLY": .dateOnly, "TRIM": .trim, "UPPERCASE": .uppercase,
        "LOWERCASE": .lowercase, "JSON_STRINGIFY": .jsonStringify, "GUARD_FORMULA": .guardFormula,
    ]

    /// Follows every kind that a column can have through the steps. The database decides which one it is.
    private static func checkKinds(_ steps: [Located<Transform>], _ diagnostics: inout Diagnostics) {
        var kinds: Set<ValueKind> = [
            .text, .number, .boolean, .date, .timestamp(zoned: true), .timestamp(zoned: false), .list, .json,
        ]
        var previous: Transform?
        for step in steps {
            let next = Set(kinds.compactMap { step.value.resultKind(of: $0) })
            if next.isEmpty {
                let before = previous.map { "what \($0.word) gives" } ?? "any value"
                diagnostics.error(
                    .transformMismatch, "\(step.value.word) cannot take \(before).",
                    help: "change the order, or cast in between", at: step.place)
                return
            }
            kinds = next
            previous = step.value
        }
    }
}
