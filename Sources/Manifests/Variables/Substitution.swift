import Core

/// Replaces variables in a document. Trees go in and out: a value can become another value, never structure.
struct Substitution {
    var table: VariableTable
    private(set) var diagnostics = Diagnostics()

    init(table: VariableTable) { self.table = table }

    /// The document with its variables replaced. Its kind, its names and references to secrets cannot hold any.
    mutating func document(_ root: YAMLNode) -> YAMLNode {
        guard let entries = root.mapping else { return root }
        return YAMLNode(
            mapping: entries.map { entry in
                var entry = entry
                switch entry.key {
                case "apiVersion", "kind": entry.value = refused(entry.value, "the \(entry.key) of a document")
                case "metadata": entry.value = metadata(entry.value)
                default: entry.value = value(entry.value)
                }
                return entry
            }, at: root.range)
    }

    private mutating func metadata(_ node: YAMLNode) -> YAMLNode {
        guard let entries = node.mapping else { return node }
        return YAMLNode(
            mapping: entries.map { entry in
                var entry = entry
                if entry.key == "labels" {
                    entry.value = value(entry.value)
                } else {
                    entry.value = refused(entry.value, "a document's name")
                }
                return entry
            }, at: node.range)
    }

    private mutating func value(_ node: YAMLNode) -> YAMLNode {
        switch node.content {
        case .scalar(let scalar): return YAMLNode(self.scalar(scalar, at: node.range), at: node.range)
        case .sequence(let items): return YAMLNode(sequence: items.map { value($0) }, at: node.range)
        case .mapping(let entries):
            return YAMLNode(
                mapping: entries.compactMap { entry in
                    var entry = entry
                    guard accepts(key: entry) else { return nil }
                    if entry.key == "secretRef" {
                        entry.value = refused(entry.value, "a reference to a secret")
                    } else {
                        entry.value = value(entry.value)
                    }
                    return entry
                }, at: node.range)
        }
    }

    private mutating func scalar(_ scalar: YAMLScalar, at place: SourceRange) -> YAMLScalar {
        guard VariableTemplate.mayHoldVariables(scalar.text) else { return scalar }
        do throws(VariableTemplate.Malformed) {
            let template = try VariableTemplate(scalar.text)
            guard let text = table.expand(template, at: place, &diagnostics) else {
                return YAMLScalar(text: "", style: .unresolved)
            }
            // A variable alone is read in the type of its field; as a part of a text it is text.
            return YAMLScalar(text: text, style: template.single == nil ? .quoted : .variable)
        } catch {
            diagnostics.error(
                .badVariable, error.reason,
                help: "write ${name}, ${name:-default}, or $${ for the characters themselves",
                at: place)
            return YAMLScalar(text: "", style: .unresolved)
        }
    }

    // MARK: - Places without variables

    private mutating func accepts(key entry: YAMLEntry) -> Bool {
        guard Substitution.holdsVariable(entry.key) else { return true }
        diagnostics.error(
            .badVariable, "A key cannot hold a variable.", help: "write the key out; variables stand in values",
            at: entry.keyRange)
        return false
    }

    private mutating func refused(_ node: YAMLNode, _ what: String) -> YAMLNode {
        switch node.content {
        case .scalar(let scalar):
            guard Substitution.holdsVariable(scalar.text) else { return node }
            diagnostics.error(
                .badVariable, "\(what.capitalizedFirst) cannot hold a variable.",
                help: "write it out, so that it means the same everywhere", at: node.range)
            return YAMLNode(YAMLScalar(text: "", style: .unresolved), at: node.range)
        case .sequence(let items):
            return YAMLNode(sequence: items.map { refused($0, what) }, at: node.range)
        case .mapping(let entries):
            return YAMLNode(
                mapping: entries.map { entry in
                    YAMLEntry(key: entry.key, keyRange: entry.keyRange, value: refused(entry.value, what))
                }, at: node.range)
        }
    }

    private static func holdsVariable(_ text: String) -> Bool {
        guard VariableTemplate.mayHoldVariables(text) else { return false }
        guard let template = try? VariableTemplate(text) else { return true }
        return template.hasVariables
    }
}
