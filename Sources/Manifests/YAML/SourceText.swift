import Core

/// The text of one file with its lines, counted as libyaml counts them.
struct SourceText: Sendable {
    let file: String
    /// UTF-8, without a byte order mark.
    let bytes: [UInt8]
    /// Where each line begins and where its text ends, as offsets into `bytes`.
    private let lines: [Range<Int>]

    init(file: String, bytes: [UInt8]) {
        self.file = file
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        // A file over the limit is refused unread.
        self.lines = bytes.count > YAMLLimits.fileBytes ? [] : SourceText.lines(of: self.bytes)
    }

    /// The text of line `number`, from 1, without its end. Bytes that are no UTF-8 become replacement characters.
    func line(_ number: Int) -> String? {
        guard lines.indices.contains(number - 1) else { return nil }
        return String(decoding: bytes[lines[number - 1]], as: UTF8.self)
    }

    var lineCount: Int { lines.count }

    /// LF, CR, CRLF, and the three breaks beyond ASCII that YAML 1.1, and so libyaml, ends lines with.
    private static func lines(of bytes: [UInt8]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var start = 0
        var index = 0
        while index < bytes.count {
            // All breaks begin with one of these; most bytes begin none.
            let byte = bytes[index]
            let length = byte == 0x0A || byte == 0x0D || byte >= 0xC2 ? breakLength(bytes, at: index) : 0
            if length > 0 {
                result.append(start..<index)
                index += length
                start = index
            } else {
                index += 1
            }
        }
        result.append(start..<bytes.count)
        return result
    }

    /// Bytes of the line break at `index`; 0 if there is none.
    static func breakLength(_ bytes: [UInt8], at index: Int) -> Int {
        switch bytes[index] {
        case 0x0A: 1
        case 0x0D: index + 1 < bytes.count && bytes[index + 1] == 0x0A ? 2 : 1
        case 0xC2: index + 1 < bytes.count && bytes[index + 1] == 0x85 ? 2 : 0
        case 0xE2:
            index + 2 < bytes.count && bytes[index + 1] == 0x80
                && (bytes[index + 2] == 0xA8 || bytes[index + 2] == 0xA9)
                ? 3 : 0
        default: 0
        }
    }
}
