/// Percent-encoding as URLs use it.
enum PercentEncoding {
    /// Decodes `%XX`; `nil` for a broken escape or bytes that are not UTF-8.
    /// - Parameter plusIsBlank: In a query `+` stands for a blank, so a sender must escape a real one.
    static func decode(_ text: some StringProtocol, plusIsBlank: Bool = false) -> String? {
        let bytes = Array(text.utf8)
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var at = 0
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "%"):
                guard at + 2 < bytes.count, let high = hexadecimal(bytes[at + 1]), let low = hexadecimal(bytes[at + 2])
                else { return nil }
                output.append(high << 4 | low)
                at += 3
            case UInt8(ascii: "+") where plusIsBlank:
                output.append(0x20)
                at += 1
            case let byte:
                output.append(byte)
                at += 1
            }
        }
        return String(validating: output, as: UTF8.self)
    }

    /// Escapes everything but letters, digits and `-._~` and the characters of `alsoSafe`.
    static func encode(_ text: String, alsoSafe: StaticString = "") -> String {
        var output: [UInt8] = []
        for byte in text.utf8 {
            let safe = alsoSafe.withUTF8Buffer { $0.contains(byte) }
            if isUnreserved(byte) || safe {
                output.append(byte)
            } else {
                output.append(UInt8(ascii: "%"))
                output.append(upperDigit(byte >> 4))
                output.append(upperDigit(byte & 15))
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: false
        }
    }

    private static func upperDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
    }
}

/// Base64 for URLs (RFC 4648 §5), without padding: the form of paging tokens.
enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                output.append(alphabet[Int(buffer >> UInt32(bits) & 63)])
            }
        }
        if bits > 0 { output.append(alphabet[Int(buffer << UInt32(6 - bits) & 63)]) }
        return String(decoding: output, as: UTF8.self)
    }

    /// Also takes the usual alphabet and padding.
    static func decode(_ text: String) -> [UInt8]? {
        var output: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for byte in text.utf8 {
            let plain =
                byte == UInt8(ascii: "+") ? UInt8(ascii: "-") : byte == UInt8(ascii: "/") ? UInt8(ascii: "_") : byte
            if plain == UInt8(ascii: "=") { continue }
            guard let value = alphabet.firstIndex(of: plain) else { return nil }
            buffer = buffer << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                output.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        return output
    }
}
