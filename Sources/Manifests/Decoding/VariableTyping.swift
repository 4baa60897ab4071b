import Core

/// Gives each value that came from a variable the style of its field, so that the text of the document means the same
/// without the variable: quoted where a text is meant, plain elsewhere.
enum VariableTyping {
    static func typed(_ node: YAMLNode, _ shape: Shape?) -> YAMLNode {
        switch node.content {
        case .scalar(var scalar):
            guard scalar.style == .variable else { return node }
            scalar.style = isText(shape) ? .quoted : .plain
            return YAMLNode(scalar, at: node.range)
        case .sequence(let items):
            let element: Shape? = if case .list(let element, _) = form(shape, of: node) { element } else { nil }
            return YAMLNode(sequence: items.map { typed($0, element) }, at: node.range)
        case .mapping(let entries):
            return YAMLNode(
                mapping: entries.map { entry in
                    var entry = entry
                    entry.value = typed(entry.value, value(of: entry.key, in: node, form(shape, of: node)))
                    return entry
                }, at: node.range)
        }
    }

    /// The alternative that the node is written in.
    private static func form(_ shape: Shape?, of node: YAMLNode) -> Shape? {
        switch shape {
        case .named(let named): return form(named.shape, of: node)
        case .either(let scalar, let list, let mapping):
            switch node.content {
            case .scalar: return scalar.flatMap { form($0, of: node) }
            case .sequence: return list.flatMap { form($0, of: node) }
            case .mapping: return mapping.flatMap { form($0, of: node) }
            }
        default: return shape
        }
    }

    private static func value(of key: String, in node: YAMLNode, _ shape: Shape?) -> Shape? {
        switch shape {
        case .dictionary(_, let value): return value
        case .object(let object):
            if let variants = object.variants, variants.key == key {
                let word = node[variants.discriminator]?.textValue
                return variants.shapes.first { $0.word == word }.map { .object($0.shape) }
            }
            return object.key(key)?.shape ?? object.others
        default: return nil
        }
    }

    private static func isText(_ shape: Shape?) -> Bool {
        switch shape {
        case .text, .word: true
        case .either(let scalar, _, _): isText(scalar)
        case .named(let named): isText(named.shape)
        default: false
        }
    }
}
