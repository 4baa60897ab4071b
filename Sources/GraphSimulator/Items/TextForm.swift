/// What a service may make of a text on its way in or out.
enum TextForm {
    /// - Parameter word: `trimmed` or `nfc`; any other leaves the text as it is.
    static func apply(_ word: String, _ text: String) -> String {
        switch word {
        case "trimmed": trimmed(text)
        case "nfc": composed(text)
        default: text
        }
    }

    /// Without blanks, tabs and line ends behind it.
    private static func trimmed(_ text: String) -> String {
        let end = text.utf8.lastIndex { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        return end.map { String(text[...$0]) } ?? ""
    }

    /// With Latin and Greek letters and their marks as one scalar each, as the normal form C has them.
    private static func composed(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { (0x300...0x36F).contains($0.value) }) else { return text }
        var output = String.UnicodeScalarView()
        for character in text {
            if let scalar = single[character], character.unicodeScalars.count > 1 {
                output.append(scalar)
            } else {
                output.append(contentsOf: character.unicodeScalars)
            }
        }
        return String(output)
    }

    /// Characters compare by canonical equivalence, so that a letter with its marks finds the scalar that is both.
    private static let single: [Character: Unicode.Scalar] = {
        var single: [Character: Unicode.Scalar] = [:]
        for range in [0xC0...0x24F, 0x370...0x3FF, 0x1E00...0x1FFF] as [ClosedRange<UInt32>] {
            for scalar in range.lazy.compactMap(Unicode.Scalar.init) where single[Character(scalar)] == nil {
                single[Character(scalar)] = scalar
            }
        }
        return single
    }()
}
