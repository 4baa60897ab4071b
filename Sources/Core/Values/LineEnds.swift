/// Line ends as SyncBridge keeps them.
package enum LineEnds {
    /// The text with CRLF and CR turned into LF.
    package static func unified(_ text: String) -> String {
        guard text.utf8.contains(0x0D) else { return text }
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count)
        var previousWasReturn = false
        for byte in text.utf8 {
            switch byte {
            case 0x0D: output.append(0x0A)
            case 0x0A where previousWasReturn: break
            default: output.append(byte)
            }
            previousWasReturn = byte == 0x0D
        }
        return String(decoding: output, as: UTF8.self)
    }
}
