import Core

/// Finds the first byte that a manifest may not hold. libyaml would only say how many bytes in it is.
enum EncodingCheck {
    /// The one error of a file that is not text; `nil` if `bytes` are UTF-8 that YAML can hold.
    static func problem(in bytes: [UInt8], file: String) -> Diagnostic? {
        if let name = wideEncoding(bytes) {
            return Diagnostic(
                .badEncoding, "This file is \(name); manifests are UTF-8.",
                help: "save the file as UTF-8, without changing its text",
                at: SourceRange(file: file, line: 1, column: 1))
        }
        var scanner = Scanner(bytes: bytes, file: file)
        return scanner.firstProblem()
    }

    private static func wideEncoding(_ bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) { return "UTF-32" }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
        guard bytes.count >= 4 else { return nil }
        // Without a mark: ASCII characters show as a regular pattern of zeros.
        switch (bytes[0] == 0, bytes[1] == 0, bytes[2] == 0, bytes[3] == 0) {
        case (false, true, false, true), (true, false, true, false): return "UTF-16"
        case (false, true, true, true), (true, true, true, false): return "UTF-32"
        default: return nil
        }
    }

    private struct Scanner {
        let bytes: [UInt8]
        let file: String
        var line = 1
        var column = 1

        mutating func firstProblem() -> Diagnostic? {
            var index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            while index < bytes.count {
                let byte = bytes[index]
                if byte >= 0x20 && byte < 0x7F || byte == 0x09 {
                    column += 1
                    index += 1
                    continue
                }
                let lineBreak = SourceText.breakLength(bytes, at: index)
                if lineBreak > 0 {
                    line += 1
                    column = 1
                    index += lineBreak
                    continue
                }
                guard let (scalar, length) = EncodingCheck.decode(bytes, at: index) else {
                    return error(
                        "Byte 0x\(Hexadecimal.text([byte])) is not UTF-8 here.",
                        help: "save the file as UTF-8; an editor that guessed Latin-1 or Windows-1252 writes such bytes"
                    )
                }
                if let what = forbidden(scalar) {
                    return error(what, help: "remove the character, or write it escaped in double quotes")
                }
                column += 1
                index += length
            }
            return nil
        }

        private func error(_ detail: String, help: String) -> Diagnostic {
            Diagnostic(.badEncoding, detail, help: help, at: SourceRange(file: file, line: line, column: column))
        }

        private func forbidden(_ scalar: UInt32) -> String? {
            switch scalar {
            case 0: "A NUL byte is not text."
            case 0xFEFF: "A byte order mark (U+FEFF) may only begin the file."
            case 0..<0x20, 0x7F..<0xA0, 0xFFFE, 0xFFFF:
                "The control character U+\(EncodingCheck.hexadecimal(scalar)) is not allowed in YAML."
            default: nil
            }
        }
    }

    static func hexadecimal(_ scalar: UInt32) -> String {
        let digits = String(scalar, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }

    /// The scalar at `index` and its length in bytes; `nil` if the bytes there are not well-formed UTF-8 (RFC 3629).
    private static func decode(_ bytes: [UInt8], at index: Int) -> (scalar: UInt32, length: Int)? {
        let first = bytes[index]
        let (length, least): (Int, UInt32) =
            switch first {
            case 0..<0x80: (1, 0)
            case 0xC2...0xDF: (2, 0x80)
            case 0xE0...0xEF: (3, 0x800)
            case 0xF0...0xF4: (4, 0x1_0000)
            default: (0, 0)
            }
        guard length > 0, index + length <= bytes.count else { return nil }
        if length == 1 { return (UInt32(first), 1) }
        var scalar = UInt32(first) & (0x7F >> UInt32(length))
        for next in bytes[(index + 1)..<(index + length)] {
            guard next & 0xC0 == 0x80 else { return nil }
            scalar = scalar << 6 | UInt32(next & 0x3F)
        }
        guard scalar >= least, scalar <= 0x10_FFFF, !(0xD800...0xDFFF).contains(scalar) else { return nil }
        return (scalar, length)
    }
}
