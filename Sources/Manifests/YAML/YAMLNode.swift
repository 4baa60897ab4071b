import Core

/// A node of a YAML document with its place. Aliases are resolved: what they name is repeated here.
struct YAMLNode: Hashable, Sendable {
    enum Content: Hashable, Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
    }

    var content: Content
    var range: SourceRange
    /// Nodes in this tree, this one and keys included.
    var weight: Int
    /// Collections inside one another, this one included; 0 for a scalar.
    var height: Int

    init(_ scalar: YAMLScalar, at range: SourceRange) {
        self.content = .scalar(scalar)
        self.range = range
        self.weight = 1
        self.height = 0
    }

    init(sequence items: [YAMLNode], at range: SourceRange) {
        self.content = .sequence(items)
        self.range = range
        self.weight = items.reduce(1) { $0 + $1.weight }
        self.height = 1 + (items.map(\.height).max() ?? 0)
    }

    init(mapping entries: [YAMLEntry], at range: SourceRange) {
        self.content = .mapping(entries)
        self.range = range
        self.weight = entries.reduce(1) { $0 + 1 + $1.value.weight }
        self.height = 1 + (entries.map(\.value.height).max() ?? 0)
    }

    var scalar: YAMLScalar? {
        guard case .scalar(let scalar) = content else { return nil }
        return scalar
    }

    var sequence: [YAMLNode]? {
        guard case .sequence(let items) = content else { return nil }
        return items
    }

    var mapping: [YAMLEntry]? {
        guard case .mapping(let entries) = content else { return nil }
        return entries
    }

    /// The entry called `key`, if this is a mapping that has one.
    func entry(_ key: String) -> YAMLEntry? { mapping?.first { $0.key == key } }

    subscript(_ key: String) -> YAMLNode? { entry(key)?.value }

    /// What it is, for messages: `a list`, `the number 5`'s `a number`.
    var noun: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar(let scalar):
            switch scalar.resolved {
            case .null: "nothing"
            case .boolean: "true or false"
            case .integer: "a whole number"
            case .decimal: "a number"
            case .text: "a text"
            }
        }
    }
}

/// One key of a mapping and its value.
struct YAMLEntry: Hashable, Sendable {
    var key: String
    var keyRange: SourceRange
    var value: YAMLNode
}

/// A scalar as it is written, before a type is asked of it.
struct YAMLScalar: Hashable, Sendable {
    enum Style: Hashable, Sendable {
        /// Unquoted: the core schema gives it a type.
        case plain
        /// Quoted or in a block: text.
        case quoted
        /// The value of a variable that stands alone: read in the type of its field.
        case variable
        /// The place of a variable without a value: reported, and read as nothing.
        case unresolved
    }

    enum Resolved: Hashable, Sendable {
        case null
        case boolean(Bool)
        case integer
        case decimal
        case text
    }

    var text: String
    var style: Style

    /// The type that YAML 1.2's core schema gives it.
    var resolved: Resolved {
        switch style {
        case .plain, .variable: CoreSchema.resolve(text)
        case .quoted: .text
        case .unresolved: .null
        }
    }
}
