/// PostgreSQL's text form of one-dimensional arrays: `{a,"b c",NULL}`.
package enum ArrayLiteral {
    /// The array as text, for COPY.
    package static func text(_ elements: [String?]) -> String {
        var bytes: [UInt8] = []
        append(elements, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the array, every element quoted, so that none is taken for `NULL`, a brace or nothing.
    static func append(_ elements: [String?], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            guard let element else {
                bytes.append(contentsOf: "NULL".utf8)
                continue
            }
            bytes.append(UInt8(ascii: "\""))
            for byte in element.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// The elements of an array with one dimension and the separator `,`; nil for anything else.
    package static func parse(_ text: String) -> [String?]? {
        parse(Array(text.utf8))
    }

    static func parse(_ bytes: [UInt8]) -> [String?]? {
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else { return nil }
        let end = bytes.count - 1
        var at = 1
        var elements: [String?] = []
        if at == end { return elements }
        while true {
            guard let element = element(bytes, &at, end) else { return nil }
            elements.append(element.isNull ? nil : String(decoding: element.text, as: UTF8.self))
            if at == end { return elements }
            guard bytes[at] == UInt8(ascii: ",") else { return nil }
            at += 1
        }
    }

    private static func element(_ bytes: [UInt8], _ at: inout Int, _ end: Int) -> (text: [UInt8], isNull: Bool)? {
        guard at < end else { return nil }
        var text: [UInt8] = []
        let isQuoted = bytes[at] == UInt8(ascii: "\"")
        if isQuoted { at += 1 }
        while at < end {
            switch bytes[at] {
            case UInt8(ascii: "\\"):
                guard at + 1 < end else { return nil }
                text.append(bytes[at + 1])
                at += 2
            case UInt8(ascii: "\"") where isQuoted:
                at += 1
                return (text, false)
            case UInt8(ascii: ",") where !isQuoted:
                return text.isEmpty ? nil : (text, text == Array("NULL".utf8))
            case UInt8(ascii: "\"") where !isQuoted, UInt8(ascii: "{") where !isQuoted,
                UInt8(ascii: "}") where !isQuoted:
                return nil
            case let byte:
                text.append(byte)
                at += 1
            }
        }
        return isQuoted || text.isEmpty ? nil : (text, text == Array("NULL".utf8))
    }
}

/// PostgreSQL's binary form of one-dimensional arrays: no quoting, and half the work of the text form.
///
/// Five big-endian numbers of 32 bits (dimensions, whether there is a NULL, type of the elements, count, lower bound), then
/// each element as its length and bytes, NULL as the length -1. An array without elements has no dimension.
/// - SeeAlso: `array_recv` in the server's `arrayfuncs.c`; the manual does not describe this form.
enum BinaryArray {
    static let byteaType: UInt32 = 17
    static let int8Type: UInt32 = 20
    static let textType: UInt32 = 25
    static let jsonType: UInt32 = 114

    static func append<Element>(
        _ elements: [Element?], elementType: UInt32, to bytes: inout [UInt8],
        _ appendElement: (Element, inout [UInt8]) -> Void
    ) {
        bytes.appendBigEndian(Int32(elements.isEmpty ? 0 : 1))
        bytes.appendBigEndian(Int32(elements.contains { $0 == nil } ? 1 : 0))
        bytes.appendBigEndian(elementType)
        guard !elements.isEmpty else { return }
        bytes.appendBigEndian(Int32(clamping: elements.count))
        bytes.appendBigEndian(Int32(1))
        for element in elements {
            let start = bytes.count
            bytes.appendBigEndian(Int32(-1))
            guard let element else { continue }
            appendElement(element, &bytes)
            let length = UInt32(clamping: bytes.count - start - 4)
            for byte in 0..<4 {
                bytes[start + byte] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * byte))
            }
        }
    }
}

extension [UInt8] {
    mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
