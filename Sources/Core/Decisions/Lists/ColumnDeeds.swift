/// What a person did to a column since it was applied, in words: from what it was to what it is.
package enum ColumnDeeds {
    /// - Parameter applied: The column as it was applied last, which is also what the manifests want.
    package static func words(_ applied: DesiredColumn, found: RemoteColumn) -> [String] {
        var words: [String] = []
        if found.displayName != applied.displayName {
            words.append("renamed: \"\(applied.displayName)\" → \"\(found.displayName)\"")
        }
        if found.description != applied.description { words.append("description changed") }
        if found.type != applied.type { words += type(applied.type, found) }
        flag(applied.indexed, found.indexed, "index", &words)
        flag(applied.unique, found.unique, "unique values", &words)
        if found.required != applied.required { words.append(found.required ? "made required" : "no longer required") }
        if let value = applied.defaultValue, found.defaultValue != value {
            words.append("default: \(text(value)) → \(found.defaultValue.map(text) ?? "none")")
        }
        return words
    }

    private static func flag(_ was: Bool, _ now: Bool, _ name: String, _ words: inout [String]) {
        if was != now { words.append(now ? "\(name) added" : "\(name) removed") }
    }

    private static func text(_ value: ColumnDefault) -> String {
        switch value {
        case .value(let text): "\"\(text)\""
        case .formula(let text): "formula \(text)"
        }
    }

    private static func type(_ applied: ColumnType, _ found: RemoteColumn) -> [String] {
        guard let now = found.type else {
            return ["type: \(applied.words) → \(found.facet ?? "one that Graph does not describe")"]
        }
        switch (applied, now) {
        case (.choice(let old), .choice(let new)) where old.isMultiple == new.isMultiple: return choices(old, new)
        case (.text(let old), .text(let new))
        where !old.allowMultipleLines && !new.allowMultipleLines && old.maxLength != new.maxLength:
            return ["maxLength: \(old.maxLength) → \(new.maxLength)"]
        case (.number(let old), .number(let new)): return limits(old, new)
        case (.text, _), (.number, _), (.boolean, _), (.dateTime, _), (.choice, _), (.currency, _):
            return applied.words == now.words
                ? ["its options changed"] : ["type: \(applied.words) → \(now.words)"]
        }
    }

    private static func choices(_ old: ColumnType.Choice, _ new: ColumnType.Choice) -> [String] {
        var words: [String] = []
        let removed = old.choices.filter { !new.choices.containsText($0) }
        let added = new.choices.filter { !old.choices.containsText($0) }
        if !removed.isEmpty { words.append("choices removed: " + removed.map { "\"\($0)\"" }.joined(separator: ", ")) }
        if !added.isEmpty { words.append("choices added: " + added.map { "\"\($0)\"" }.joined(separator: ", ")) }
        if old.allowTextEntry != new.allowTextEntry {
            words.append(new.allowTextEntry ? "other values allowed" : "other values no longer allowed")
        }
        return words.isEmpty ? ["order or display of its choices changed"] : words
    }

    private static func limits(_ old: ColumnType.Number, _ new: ColumnType.Number) -> [String] {
        func bound(_ value: Double?) -> String { value.map { ShortestDecimal.text($0) } ?? "none" }
        var words: [String] = []
        if old.minimum != new.minimum { words.append("minimum: \(bound(old.minimum)) → \(bound(new.minimum))") }
        if old.maximum != new.maximum { words.append("maximum: \(bound(old.maximum)) → \(bound(new.maximum))") }
        return words.isEmpty ? ["number format changed"] : words
    }
}
