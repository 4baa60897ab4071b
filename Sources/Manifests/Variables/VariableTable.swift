import Core

/// The values of variables, from the first source that has one: `--set`, `--vars`, `SYNCBRIDGE_VAR_…`, the environment's
/// and the project's `variables`. The rest of the process environment, where secrets live, is never looked at.
struct VariableTable {
    static let prefix = "SYNCBRIDGE_VAR_"

    /// How many names a finding looks through and shows: there may be as many findings as names.
    private static let shownMax = 50

    /// A variable that a document declares. Its text may name others.
    private struct Declared {
        var text: String
        var place: SourceRange
    }

    /// Values from outside the tree: taken as they are.
    private var given: [String: String] = [:]
    private var declared: [String: Declared] = [:]
    private var expanded: [String: String?] = [:]

    /// - Parameters:
    ///   - layers: Sources outside the tree, the strongest first.
    ///   - documents: The `variables` of documents, the strongest first.
    init(layers: [[String: String]], documents: [YAMLNode]) {
        for layer in layers { given.merge(layer) { stronger, _ in stronger } }
        for entry in documents.flatMap({ $0.mapping ?? [] }) where declared[entry.key] == nil {
            guard let text = entry.value.scalar?.text else { continue }
            declared[entry.key] = Declared(text: text, place: entry.value.range)
        }
        names = Set(given.keys).union(declared.keys).sorted()
    }

    private let names: [String]

    /// `text` with its variables replaced; `nil` if one of them has no value, which is reported.
    mutating func expand(_ template: VariableTemplate, at place: SourceRange, _ diagnostics: inout Diagnostics)
        -> String?
    {
        var chain: [String] = []
        return expand(template, at: place, &chain, &diagnostics)
    }

    private mutating func expand(
        _ template: VariableTemplate, at place: SourceRange, _ chain: inout [String], _ diagnostics: inout Diagnostics
    ) -> String? {
        var output = ""
        for piece in template.pieces {
            switch piece {
            case .literal(let text): output += text
            case .variable(let name, let fallback):
                guard let text = value(of: name, fallback, at: place, &chain, &diagnostics) else { return nil }
                output += text
                // Variables that double each other would otherwise fill the memory.
                guard output.utf8.count <= 65_536 else {
                    diagnostics.error(
                        .badVariable, "With its variables replaced, this text has more than 65,536 bytes.",
                        help: "look for variables that repeat one another", at: place)
                    return nil
                }
            }
        }
        return output
    }

    private mutating func value(
        of name: String, _ fallback: String?, at place: SourceRange, _ chain: inout [String],
        _ diagnostics: inout Diagnostics
    ) -> String? {
        if let text = given[name] { return text.isEmpty ? fallback ?? text : text }
        if let known = expanded[name] { return known.map { $0.isEmpty ? fallback ?? $0 : $0 } }
        guard let variable = declared[name] else {
            if let fallback { return fallback }
            reportUnset(name, at: place, &diagnostics)
            return nil
        }
        if let start = chain.firstIndex(of: name) {
            diagnostics.error(
                .circularReference,
                "The variable \(quoted(name)) needs its own value: \((chain[start...] + [name]).joined(separator: " → ")).",
                help: "give one of them a value that names none of the others", at: variable.place)
            // Everything on the circle is without value, and is reported once.
            for name in chain[start...] { expanded[name] = .some(nil) }
            return nil
        }
        // Each step is a call: a long chain must not end on the stack.
        guard chain.count < 64 else {
            diagnostics.error(
                .badVariable, "More than 64 variables need one another in a row.", help: "write the value out",
                at: variable.place)
            return nil
        }
        chain.append(name)
        defer { chain.removeLast() }
        let text: String?
        if let template = try? VariableTemplate(variable.text) {
            text = expand(template, at: variable.place, &chain, &diagnostics)
        } else {
            // Reported where it is written.
            text = nil
        }
        expanded[name] = .some(text)
        return text.map { $0.isEmpty ? fallback ?? $0 : $0 }
    }

    private func reportUnset(_ name: String, at place: SourceRange, _ diagnostics: inout Diagnostics) {
        var help: [String] = []
        if let meant = closest(to: name, among: names.prefix(VariableTable.shownMax)) {
            help.append("did you mean ${\(meant)}?")
        }
        help.append(
            "set it with --set \(name)=…, \(VariableTable.prefix)\(name), or variables: of the project or environment.")
        let others = names.count > VariableTable.shownMax ? " and \(names.count - VariableTable.shownMax) more" : ""
        help.append(
            names.isEmpty
                ? "No variable is set."
                : "Set are: \(names.prefix(VariableTable.shownMax).joined(separator: ", "))\(others)")
        diagnostics.error(
            .unsetVariable, "The variable \(quoted(name)) has no value, and no default is written.",
            help: help.joined(separator: " "), at: place)
    }
}
