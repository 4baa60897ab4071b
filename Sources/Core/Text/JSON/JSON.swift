/// A JSON value (RFC 8259) that keeps what arrived: numbers as their text, object members in their order.
///
/// Numbers stay text because a `json` column may hold more digits than a double; ask for ``double`` or ``integer``
/// where a number is wanted.
package enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    /// The number's text, as JSON spells it.
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])

    /// One name and its value. A type of its own, because a tuple inside an enum's payload is a circular reference.
    package struct Member: Hashable, Sendable {
        package var name: String
        package var value: JSON

        package init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }
}

extension JSON {
    /// Texts are compared code point by code point: another Unicode form is another text.
    package static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let one), .bool(let other)): one == other
        case (.number(let one), .number(let other)): one == other
        case (.string(let one), .string(let other)): one.isSameText(as: other)
        case (.array(let one), .array(let other)): one == other
        case (.object(let one), .object(let other)):
            one.elementsEqual(other) { $0.name.isSameText(as: $1.name) && $0.value == $1.value }
        case (.null, _), (.bool, _), (.number, _), (.string, _), (.array, _), (.object, _): false
        }
    }

    package static func number(_ value: Int) -> JSON { .number(String(value)) }

    package static func number(_ value: Int64) -> JSON { .number(String(value)) }

    /// The shortest text that reads back as `value`. NaN and the infinities, which JSON lacks, become `null`.
    package static func number(_ value: Double) -> JSON {
        value.isFinite ? .number(ShortestDecimal.text(value)) : .null
    }

    /// The value of the first member called `name`; `nil` if this is no object or has none.
    package subscript(_ name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    package var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    package var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    package var double: Double? {
        guard case .number(let text) = self else { return nil }
        return Double(text)
    }

    /// The number as an integer, also when it is spelled `42.0`; `nil` if it has a fraction or is out of range.
    package var integer: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    }

    package var array: [JSON]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    package var members: [Member]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    package var isNull: Bool { self == .null }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .number(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// Members keep the order they are written in.
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
}
