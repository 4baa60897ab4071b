/// U+FFFE and U+FFFF. PostgreSQL stores them; XML, in which SharePoint keeps its values, cannot hold them (XML 1.0 §2.2).
enum Noncharacters {
    /// Their first byte in UTF-8, by which a search may pass over most texts.
    static let lead: UInt8 = 0xEF

    /// Whether one of them is in a text of UTF-8: the bytes EF BF BE or EF BF BF.
    static func occur(in text: some Sequence<UInt8>) -> Bool {
        var last: (UInt8, UInt8) = (0, 0)
        for byte in text {
            if byte >= 0xBE, last == (lead, 0xBF) { return true }
            last = (last.1, byte)
        }
        return false
    }
}
