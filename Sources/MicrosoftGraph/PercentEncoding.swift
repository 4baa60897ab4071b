/// Percent-encoding of text for the places of a URL and for forms (RFC 3986). Works on UTF-8 bytes.
package enum PercentEncoding {
    /// One segment of a path. The comma stays: SharePoint's site ids hold two.
    package static func segment(_ text: String) -> String { encode(text, keeping: ",") }

    /// The text of a query option after its `=`. What OData writes often stays readable.
    package static func query(_ text: String) -> String { encode(text, keeping: "$(),/") }

    /// A name or value of `application/x-www-form-urlencoded`.
    package static func form(_ text: String) -> String { encode(text, keeping: "") }

    private static func encode(_ text: String, keeping extra: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if isUnreserved(byte) || extra.utf8.contains(byte) {
                output.append(byte)
            } else {
                output.append(contentsOf: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
