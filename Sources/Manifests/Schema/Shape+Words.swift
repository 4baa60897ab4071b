import Core

extension ObjectShape {
    var supportedKeys: [String] {
        keys.compactMap { key in
            if case .never = key.support { nil } else { key.name }
        }
    }
}

extension Shape {
    var help: String? {
        if case .text(let form) = self { form.help } else { nil }
    }

    /// What is expected, with its article.
    var noun: String {
        switch self {
        case .text(let form): form.noun
        case .integer: "a whole number"
        case .number: "a number"
        case .boolean: "true or false"
        case .scalar: "a single value"
        case .factor: "a number"
        case .anything: "anything"
        case .word: "one word of a list"
        case .list(let element, _): "a list (of \(element.noun) each)"
        case .dictionary: "a mapping"
        case .object(let object): "a mapping: \(object.noun)"
        case .secret: "a reference to a secret"
        case .either(let scalar, let list, let mapping):
            [scalar, list, mapping].compactMap { $0?.noun }.joined(separator: " or ")
        case .named(let named): named.shape.noun
        }
    }
}

extension TextForm {
    /// What exactly is wrong, where the form has more than one way to be missed.
    func reason(against text: String) -> String? {
        switch self {
        case .columnName: ColumnNames.problem(with: text)
        case .sql: SQLFragment.problem(in: text)
        default: nil
        }
    }
}

extension String {
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
