/// The text that names a row in its list, in the column `SyncBridgeKey` (SPEC §2).
package struct SyncKey: Hashable, Sendable {
    package let text: String

    /// - Parameters:
    ///   - prefix: The definition's name at its first apply.
    ///   - parts: The canonical texts of the key columns, in order.
    package init(prefix: String, parts: [String]) {
        let plain = ([prefix] + parts.map(PercentEncoding.encode)).joined(separator: "/")
        let digest = Digest(of: plain)
        var key = plain
        // SharePoint compares without regard to case, so keys must differ by more than case.
        if plain.utf8.contains(where: { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }) {
            key += "~" + Base32.text(digest.bytes).prefix(6)
        }
        text = key.utf8.count <= SyncKey.lengthMax ? key : "\(prefix)/#" + Base32.text(digest.bytes)
    }

    /// Single-line text holds no more UTF-16 units; a key is ASCII.
    package static let lengthMax = 255

    /// The internal name of the column that holds it.
    package static let column = "SyncBridgeKey"
}
