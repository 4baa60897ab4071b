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
        case .number(let text) where layout != .canonical: append(text)
        case .number(let text): number(text)
        case .string(let text): JSONText.append(text, to: &output)
        case .array(let elements):
            sequence(elements, UInt8(ascii: "["), UInt8(ascii: "]"), indentation) { writer, element, deeper in
                writer.write(element, indentation: deeper)
            }
        case .object(let members):
            let ordered =
                layout == .canonical
                ? members.sorted { $0.name.utf16.lexicographicallyPrecedes($1.name.utf16) } : members
            sequence(ordered, UInt8(ascii: "{"), UInt8(ascii: "}"), indentation) { writer, member, deeper in
                JSONText.append(member.name, to: &writer.output)
                writer.output.append(contentsOf: (writer.layout == .pretty ? ": " : ":").utf8)
                writer.write(member.value, indentation: deeper)
            }
        }
    }

    private mutating func number(_ text: String) {
        // Integers below 2^53 but -0 are spelled alike everywhere; anything else goes through the double that RFC 8785 means.
        // What is beyond all doubles has no spelling there and keeps its own.
        if !(text.utf8.count < 16 && Int(text) != nil && text != "-0"), let value = Double(text), value.isFinite {
            output.append(contentsOf: ShortestDecimal.text(value).utf8)
        } else {
            append(text)
        }
    }

    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { output.append(contentsOf: $0) }
    }

    private mutating func sequence<Element>(
        _ elements: [Element], _ open: UInt8, _ close: UInt8, _ indentation: Int,
        _ each: (inout JSONWriter, Element, Int) -> Void
    ) {
        output.append(open)
        for (index, element) in elements.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            lineBreak(indentation + 1)
            each(&self, element, indentation + 1)
        }
        if !elements.isEmpty { lineBreak(indentation) }
        output.append(close)
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
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            while true {
                let end = firstEscaped(in: bytes, from: start)
                output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<end]))
                guard end < bytes.count else { break }
                escape(bytes[end], to: &output)
                start = end + 1
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    /// Where the next byte is that cannot stand for itself; eight at a time.
    private static func firstEscaped(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let raw = UnsafeRawBufferPointer(bytes)
        var at = start
        while raw.count - at >= 8 {
            let word = raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            // The high bit of each byte that is below 0x20, a quote or a backslash; a few others may be taken for one.
            let control = word &- repeated(0x20)
            let quote = (word ^ repeated(UInt8(ascii: "\""))) &- repeated(1)
            let backslash = (word ^ repeated(UInt8(ascii: "\\"))) &- repeated(1)
            if (control | quote | backslash) & ~word & repeated(0x80) != 0 {
                if let found = (at..<at + 8).first(where: { isEscaped(raw[$0]) }) { return found }
            }
            at += 8
        }
        while at < raw.count, !isEscaped(raw[at]) { at += 1 }
        return at
    }

    private static func repeated(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private static func escape(_ byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""): output.append(contentsOf: "\\\"".utf8)
        case UInt8(ascii: "\\"): output.append(contentsOf: "\\\\".utf8)
        case 0x08: output.append(contentsOf: "\\b".utf8)
        case 0x09: output.append(contentsOf: "\\t".utf8)
        case 0x0A: output.append(contentsOf: "\\n".utf8)
        case 0x0C: output.append(contentsOf: "\\f".utf8)
        case 0x0D: output.append(contentsOf: "\\r".utf8)
        default:
            output.append(contentsOf: "\\u00".utf8)
            output.append(Hexadecimal.digits[Int(byte >> 4)])
            output.append(Hexadecimal.digits[Int(byte & 15)])
        }
    }
}
