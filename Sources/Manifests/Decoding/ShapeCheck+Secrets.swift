import Core

/// Secrets are references. Whatever else stands in their place may be the secret itself, and is never repeated.
extension ShapeCheck {
    static let secretHelp =
        "write { secretRef: { env: NAME } } or { secretRef: { file: PATH } }, and keep the secret there"

    static let reference = ObjectShape(
        "a secretRef",
        [
            Key("env", .text(.environmentVariable), "An environment variable that holds it."),
            Key("file", .text(.any), "A file that holds it."),
        ], holdsOneKey: true)

    mutating func checkSecret(_ node: YAMLNode, named name: String) {
        guard let entries = node.mapping else {
            secrets.append(node.range)
            guard node.scalar?.resolved != .null else { return wrongType(node, .secret, named: name) }
            return diagnostics.error(
                .literalSecret, "\(quoted(name)) holds the secret itself; whoever reads the repository has it.",
                help: ShapeCheck.secretHelp + "; then change the secret, since it is in the history", at: node.range)
        }
        let references = entries.filter { $0.key == "secretRef" }
        for entry in entries where entry.key != "secretRef" {
            secrets.append(entry.value.range)
            diagnostics.error(
                .unknownKey, "\(quoted(entry.key)) is no key of a secret.", help: ShapeCheck.secretHelp,
                at: entry.keyRange)
        }
        guard let reference = references.first else {
            return diagnostics.error(
                .literalSecret, "\(quoted(name)) does not say where the secret is found.", help: ShapeCheck.secretHelp,
                at: node.range)
        }
        checkReference(reference)
    }

    private mutating func checkReference(_ reference: YAMLEntry) {
        guard let entries = reference.value.mapping else {
            secrets.append(reference.value.range)
            return wrongType(reference.value, .object(ShapeCheck.reference), named: "secretRef")
        }
        var hasBadName = false
        for entry in entries where entry.key == "env" {
            guard let text = entry.value.textValue, !TextForm.environmentVariable.accepts(text) else { continue }
            hasBadName = true
            // What is no variable's name may well be the secret, so it is not repeated.
            secrets.append(entry.value.range)
            diagnostics.error(
                .badName, "\"env\" names an environment variable; this text is no such name.",
                help: TextForm.environmentVariable.help, at: entry.value.range)
        }
        for entry in entries where ShapeCheck.reference.key(entry.key) == nil { secrets.append(entry.value.range) }
        guard !hasBadName else { return }
        checkObject(reference.value, ShapeCheck.reference, named: "secretRef", at: reference.keyRange)
    }
}
