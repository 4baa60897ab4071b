import Core

/// Reads a mapping that was held against its shape. Silent: what does not fit was reported, and reads as absent.
/// A key that is absent has the default of the shape, if there is one.
struct ObjectReader {
    /// `nil`: nobody wrote the mapping, so that all is default.
    let node: YAMLNode?
    let shape: ObjectShape
    /// Where something missing is reported.
    let anchor: SourceRange

    init(_ node: YAMLNode?, _ shape: ObjectShape, at anchor: SourceRange) {
        self.node = node
        self.shape = shape
        self.anchor = anchor
    }

    func has(_ key: String) -> Bool { entry(key) != nil }

    func entry(_ key: String) -> YAMLEntry? {
        assert(shape.key(key) != nil, "\(shape.noun) has no key \(key)")
        return node?.entry(key)
    }

    /// The place of a value that is there, else of what should hold it.
    func place(of key: String) -> SourceRange { entry(key)?.value.range ?? anchor }

    /// The text, if it has the form that its shape asks for.
    func text(_ key: String) -> String? {
        guard let node = entry(key)?.value else { return defaultValue(key)?.string }
        guard let text = node.textValue else { return nil }
        switch shape.key(key)?.shape {
        case .text(let form): return form.accepts(text) ? text : nil
        case .word(let words, _): return words.contains { $0.name == text } ? text : nil
        default: return text
        }
    }

    func located(_ key: String) -> Located<String>? { text(key).map { Located($0, at: place(of: key)) } }

    func integer(_ key: String) -> Int? {
        guard let node = entry(key)?.value else { return defaultValue(key)?.integer }
        guard let value = node.integerValue, case .integer(let range) = shape.key(key)?.shape else { return nil }
        return range.contains(value) ? value : nil
    }

    func number(_ key: String) -> Double? {
        guard let node = entry(key)?.value else { return defaultValue(key)?.double }
        return node.numberValue
    }

    func flag(_ key: String) -> Bool {
        guard let node = entry(key)?.value else { return defaultValue(key)?.bool ?? false }
        return node.booleanValue ?? false
    }

    /// The case of an enumeration whose raw values are the words of the shape.
    func word<Choice: RawRepresentable<String>>(_ key: String, as type: Choice.Type = Choice.self) -> Choice? {
        text(key).flatMap(Choice.init(rawValue:))
    }

    func list(_ key: String) -> [YAMLNode] { entry(key)?.value.sequence ?? [] }

    /// Texts of a list, or of a single one where that is allowed.
    func texts(_ key: String) -> [Located<String>] {
        guard let node = entry(key)?.value else { return [] }
        return (node.sequence ?? [node]).compactMap { item in item.textValue.map { Located($0, at: item.range) } }
    }

    func entries(_ key: String) -> [YAMLEntry] { entry(key)?.value.mapping ?? [] }

    /// A mapping inside this one; one of defaults if it is not there.
    func object(_ key: String) -> ObjectReader {
        let entry = entry(key)
        var inner = ObjectShape("nothing", [])
        if case .object(let shape) = shape.key(key)?.shape { inner = shape }
        return ObjectReader(entry?.value, inner, at: entry?.keyRange ?? anchor)
    }

    func secret(_ key: String) -> SecretReference? {
        guard let node = entry(key)?.value, let reference = node["secretRef"] else { return nil }
        if let name = reference["env"]?.textValue, TextForm.environmentVariable.accepts(name) {
            return SecretReference(.environment(name), place: reference.range)
        }
        return reference["file"]?.textValue.map { SecretReference(.file($0), place: reference.range) }
    }

    private func defaultValue(_ key: String) -> JSON? { shape.key(key)?.defaultValue }
}
