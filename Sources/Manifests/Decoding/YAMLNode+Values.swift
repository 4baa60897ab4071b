import Core

extension YAMLNode {
    /// The text of a scalar that is one: quoted, in a block, plain without another type, or from a variable.
    var textValue: String? {
        guard let scalar else { return nil }
        return scalar.style == .variable || scalar.resolved == .text ? scalar.text : nil
    }

    var integerValue: Int? {
        guard let scalar, scalar.resolved == .integer else { return nil }
        return CoreSchema.integer(scalar.text)
    }

    var numberValue: Double? {
        guard let scalar, scalar.resolved == .integer || scalar.resolved == .decimal else { return nil }
        return CoreSchema.number(scalar.text)
    }

    var booleanValue: Bool? {
        guard let scalar, case .boolean(let value) = scalar.resolved else { return nil }
        return value
    }

    /// Whether it stands for a variable without a value, which was reported where it is written.
    var isUnresolved: Bool { scalar?.style == .unresolved }

    /// Whether it switches nothing on: `false`, null, or a collection without elements.
    var isOff: Bool {
        switch content {
        case .scalar(let scalar): scalar.resolved == .boolean(false) || scalar.resolved == .null
        case .sequence(let items): items.isEmpty
        case .mapping(let entries): entries.isEmpty
        }
    }
}

extension YAMLScalar {
    /// The scalar as the model keeps it. Numbers keep their digits; octal and hexadecimal ones become decimal.
    var value: Scalar {
        switch resolved {
        case .null: .null
        case .boolean(let value): .boolean(value)
        case .integer where text.hasPrefix("0x") || text.hasPrefix("0o"):
            CoreSchema.integer(text).map { .number(String($0)) } ?? .text(text)
        case .integer, .decimal: .number(text)
        case .text: .text(text)
        }
    }
}
