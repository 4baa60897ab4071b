/// How a JSON text is laid out.
package enum JSONLayout: Sendable {
    /// No blanks, members in their order.
    case compact
    /// Two blanks of indentation, members in their order, a line end after the last brace.
    case pretty
    /// RFC 8785: no blanks, members sorted by UTF-16 units, numbers as ECMAScript prints them. For digests.
    case canonical
}

extension JSON {
    /// The JSON text in UTF-8.
    package func serialized(_ layout: JSONLayout = .compact) -> [UInt8] {
        var writer = JSONWriter(layout: layout)
        writer.write(self, indentation: 0)
        if layout == .pretty { writer.output.append(0x0A) }
        return writer.output
    }

    package func text(_ layout: JSONLayout = .compact) -> String { String(decoding: serialized(layout), as: UTF8.self) }
}

private struct JSONWriter {
    let layout: JSONLayout
    var output: [UInt8] = []

    init(layout: JSONLayout) { self.layout = layout }

    mutating func write(_ value: JSON, indentation: Int) {
        switch value {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let text): number(text)
        case .string(let text): JSONText.append(text, to: &output)
        case .array(let elements):
            sequence(elements, "[", "]", indentation) { writer, element, deeper in
                writer.write(element, indentation: deeper)
            }
        case .object(let members):
            let ordered =
                layout == .canonical
                ? members.sorted { $0.name.utf16.lexicographicallyPrecedes($1.name.utf16) } : members
            sequence(ordered, "{", "}", indentation) { writer, member, deeper in
                JSONText.append(member.name, to: &writer.output)
                writer.output.append(contentsOf: (writer.layout == .pretty ? ": " : ":").utf8)
                writer.write(member.value, indentation: deeper)
            }
        }
    }

    private mutating func number(_ text: String) {
        // Integers below 2^53 are spelled alike everywhere; anything else goes through the double that RFC 8785 means. What
        // is beyond all doubles has no spelling there and keeps its own.
        if layout == .canonical, !(text.utf8.count < 16 && Int(text) != nil), let value = Double(text), value.isFinite {
            output.append(contentsOf: ShortestDecimal.text(value).utf8)
        } else {
            output.append(contentsOf: text.utf8)
        }
    }

    private mutating func sequence<Element>(
        _ elements: [Element], _ open: StaticString, _ close: StaticString, _ indentation: Int,
        _ each: (inout JSONWriter, Element, Int) -> Void
    ) {
        output.append(contentsOf: open.description.utf8)
        for (index, element) in elements.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            lineBreak(indentation + 1)
            each(&self, element, indentation + 1)
        }
        if !elements.isEmpty { lineBreak(indentation) }
        output.append(contentsOf: close.description.utf8)
    }

    private mutating func lineBreak(_ indentation: Int) {
        guard layout == .pretty else { return }
        output.append(0x0A)
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation * 2))
    }
}

/// Strings as JSON writes them.
package enum JSONText {
    /// Appends `text` in quotes, escaping only what RFC 8259 requires (the form of RFC 8785).
    package static func append(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output.append(contentsOf: "\\\"".utf8)
            case UInt8(ascii: "\\"): output.append(contentsOf: "\\\\".utf8)
            case 0x08: output.append(contentsOf: "\\b".utf8)
            case 0x09: output.append(contentsOf: "\\t".utf8)
            case 0x0A: output.append(contentsOf: "\\n".utf8)
            case 0x0C: output.append(contentsOf: "\\f".utf8)
            case 0x0D: output.append(contentsOf: "\\r".utf8)
            case 0..<0x20:
                output.append(contentsOf: "\\u00".utf8)
                output.append(Hexadecimal.digits[Int(byte >> 4)])
                output.append(Hexadecimal.digits[Int(byte & 15)])
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}

/// Lower-case hexadecimal.
package enum Hexadecimal {
    package static let digits = Array("0123456789abcdef".utf8)

    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        var output: [UInt8] = []
        for byte in bytes {
            output.append(digits[Int(byte >> 4)])
            output.append(digits[Int(byte & 15)])
        }
        return String(decoding: output, as: UTF8.self)
    }
}
