import Core

/// Writes resolved documents as YAML that reads as the same tree: variables are values, secrets stay references.
package enum ManifestRenderer {
    /// The documents in the order kind, name. Environments are left out: what they said is in the values.
    package static func render(_ result: LoadResult) -> String {
        let kinds = ManifestKind.allCases
        let documents = result.documents.filter { $0.kind != .environment }
        let sorted = documents.enumerated().sorted { left, right in
            let leftKey = (
                left.element.kind.flatMap(kinds.firstIndex) ?? kinds.count, left.element.name ?? "", left.offset
            )
            let rightKey = (
                right.element.kind.flatMap(kinds.firstIndex) ?? kinds.count, right.element.name ?? "", right.offset
            )
            return leftKey < rightKey
        }.map(\.element)
        return sorted.map { document in
            var writer = YAMLWriter()
            writer.document(VariableTyping.typed(document.root, document.kind.map { .object($0.document) }))
            return writer.output
        }.joined(separator: "---\n")
    }
}

/// Writes one document in block style, two blanks a level.
struct YAMLWriter {
    private(set) var output = ""

    mutating func document(_ root: YAMLNode) { value(root, indentation: 0, isSecret: false, afterKey: false) }

    /// - Parameter isSecret: Whether a scalar here could be a secret that somebody wrote out.
    private mutating func value(_ node: YAMLNode, indentation: Int, isSecret: Bool, afterKey: Bool) {
        switch node.content {
        case .scalar(let scalar): output += (afterKey ? " " : "") + text(of: scalar, isSecret: isSecret) + "\n"
        case .sequence(let items):
            guard !items.isEmpty else {
                output += (afterKey ? " " : "") + "[]\n"
                return
            }
            if afterKey { output += "\n" }
            for item in items {
                output += String(repeating: " ", count: indentation) + "-"
                element(item, indentation: indentation, isSecret: isSecret)
            }
        case .mapping(let entries):
            guard !entries.isEmpty else {
                output += (afterKey ? " " : "") + "{}\n"
                return
            }
            if afterKey { output += "\n" }
            for entry in entries {
                output += String(repeating: " ", count: indentation)
                write(entry, indentation: indentation, isSecret: isSecret)
            }
        }
    }

    /// What stands after a dash: the first key of a mapping on the same line.
    private mutating func element(_ node: YAMLNode, indentation: Int, isSecret: Bool) {
        guard let entries = node.mapping, let first = entries.first else {
            return value(node, indentation: indentation + 2, isSecret: isSecret, afterKey: true)
        }
        output += " "
        write(first, indentation: indentation + 2, isSecret: isSecret)
        for entry in entries.dropFirst() {
            output += String(repeating: " ", count: indentation + 2)
            write(entry, indentation: indentation + 2, isSecret: isSecret)
        }
    }

    private mutating func write(_ entry: YAMLEntry, indentation: Int, isSecret: Bool) {
        output += quotedIfNeeded(entry.key, isPlain: CoreSchema.resolve(entry.key) == .text) + ":"
        if entry.key == "secretRef" {
            output += " " + reference(entry.value) + "\n"
            return
        }
        let isSecret = isSecret || SnippetRule.isSensitive(key: entry.key)
        value(entry.value, indentation: indentation + 2, isSecret: isSecret, afterKey: true)
    }

    /// What is not plainly a reference may be the secret itself.
    private func reference(_ node: YAMLNode) -> String {
        guard let entry = node.mapping?.first, node.mapping?.count == 1, let text = entry.value.textValue,
            entry.key == "file" || entry.key == "env" && TextForm.environmentVariable.accepts(text)
        else { return YAMLWriter.hidden }
        return "{ \(entry.key): \(quotedIfNeeded(text, isPlain: CoreSchema.resolve(text) == .text)) }"
    }

    private static let hidden = "\"(hidden)\""

    private func text(of scalar: YAMLScalar, isSecret: Bool) -> String {
        if isSecret && scalar.resolved != .null || Credentials.areIn(scalar.text) { return YAMLWriter.hidden }
        switch scalar.resolved {
        case .null: return scalar.style == .unresolved ? "\"\"" : "null"
        case .boolean(let value): return value ? "true" : "false"
        case .integer, .decimal: return scalar.text
        case .text:
            return quotedIfNeeded(scalar.text, isPlain: CoreSchema.resolve(scalar.text) == .text)
        }
    }

    /// Plain where that is safe in any place, else in double quotes. `${` becomes `$${`, which reads as itself.
    private func quotedIfNeeded(_ text: String, isPlain: Bool) -> String {
        let escaped = text.replacing("${", with: "$${")
        let isSafe =
            isPlain
            && escaped.utf8.allSatisfy { TextForm.isAlphanumeric($0) || "_-./+()$".utf8.contains($0) || $0 == 0x20 }
            && escaped.utf8.first.map { TextForm.isAlphanumeric($0) || "_/".utf8.contains($0) } == true
            && escaped.utf8.last != 0x20 && escaped != "---"
        return isSafe ? escaped : doubleQuoted(escaped)
    }

    private func doubleQuoted(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\t": output += "\\t"
            default:
                let isShown = scalar.value >= 0x20 && !Inert.isHidden(scalar)
                if isShown {
                    output.unicodeScalars.append(scalar)
                } else {
                    let digits = String(scalar.value, radix: 16, uppercase: true)
                    output += "\\U" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
                }
            }
        }
        return output + "\""
    }
}
