/// Text made safe for keys, addresses and stamps: byte by byte of its UTF-8 outside `[A-Za-z0-9._-]`, lower-case hex.
package enum PercentEncoding {
    package static func encode(_ text: String) -> String {
        var output: [UInt8] = []
        for byte in text.utf8 {
            if isPlain(byte) {
                output.append(byte)
            } else {
                output.append(UInt8(ascii: "%"))
                output.append(Hexadecimal.digits[Int(byte >> 4)])
                output.append(Hexadecimal.digits[Int(byte & 15)])
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// - Returns: `nil` for a `%` without two hexadecimal digits, or bytes that are not UTF-8.
    package static func decode(_ text: some StringProtocol) -> String? {
        let bytes = Array(text.utf8)
        var output: [UInt8] = []
        var at = 0
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "%") {
                guard at + 2 < bytes.count,
                    let high = Character(Unicode.Scalar(bytes[at + 1])).hexDigitValue,
                    let low = Character(Unicode.Scalar(bytes[at + 2])).hexDigitValue
                else { return nil }
                output.append(UInt8(high << 4 | low))
                at += 3
            } else {
                output.append(bytes[at])
                at += 1
            }
        }
        return String(validating: output, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
