/// `text` in double quotes, for a message: one line, of bounded length, without control characters, and without
/// the credentials that a connection string would show.
package func quoted(_ text: some StringProtocol) -> String {
    let whole = String(text)
    // Only the beginning is shown, so only so much can show a secret.
    guard !Credentials.areIn(String(decoding: whole.utf8.prefix(4096), as: UTF8.self)) else { return "\"…\"" }
    var output = "\""
    for (count, scalar) in whole.unicodeScalars.enumerated() {
        if count == 80 {
            output += "…"
            break
        }
        output.unicodeScalars.append(contentsOf: Inert.shown(scalar))
    }
    return output + "\""
}

/// Several, as `"a", "b" and "c"`.
package func quoted(all words: [String], joinedBy conjunction: String = "and") -> String {
    let shown = words.map { quoted($0) }
    guard let last = shown.last, shown.count > 1 else { return shown.first ?? "" }
    return shown.dropLast().joined(separator: ", ") + " \(conjunction) " + last
}

/// Text from outside that a terminal only shows and never obeys.
package enum Inert {
    /// Whether `scalar` moves the cursor, or hides or reorders text.
    package static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB,
            0xE0000...0xE0FFF:
            true
        default: false
        }
    }

    /// `scalar` itself, or a visible form of one that is hidden.
    package static func shown(_ scalar: Unicode.Scalar) -> String.UnicodeScalarView {
        switch scalar {
        case "\n": "\\n".unicodeScalars
        case "\t": "\\t".unicodeScalars
        default: isHidden(scalar) ? "\u{FFFD}".unicodeScalars : String(scalar).unicodeScalars
        }
    }

    package static func shown(_ text: String) -> String {
        var output = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { output.append(contentsOf: shown(scalar)) }
        return String(output)
    }
}

/// Recognises connection strings that carry a password, so that no message repeats one.
package enum Credentials {
    /// Whether `text` may hold one: reason enough not to repeat it.
    package static func areIn(_ text: String) -> Bool { isInURL(text, strictly: false) || isInKeywords(text) }

    /// Whether `text` is a connection string with a password: reason enough to refuse it.
    package static func areWrittenOut(in text: String) -> Bool {
        isInURL(text, strictly: true) || isInKeywords(text) && WordSearch.finds(WordSearch.words(["host"]), in: text)
    }

    /// `scheme://user:password@host`, anywhere in the text.
    private static func isInURL(_ text: String, strictly: Bool) -> Bool {
        guard text.utf8.contains(UInt8(ascii: "@")) else { return false }
        var rest = Array(text.utf8)[...]
        while let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
            let after = rest[(colon + 1)...]
            rest = after
            guard after.starts(with: "//".utf8) else { continue }
            let authority = after.dropFirst(2).prefix { $0 != UInt8(ascii: "/") && $0 > 0x20 }
            // A password may hold a slash where somebody forgot to encode it.
            let end = after.dropFirst(2).prefix(1000).prefix { $0 > 0x20 }
            for part in strictly ? [authority] : [authority, end] {
                guard let at = part.lastIndex(of: UInt8(ascii: "@")),
                    let separator = part[..<at].firstIndex(of: UInt8(ascii: ":"))
                else { continue }
                if separator + 1 < at { return true }
            }
        }
        return false
    }

    /// `password=…` as in a libpq keyword string, a URL's query or ADO's `Pwd=…`, in any case.
    private static func isInKeywords(_ text: String) -> Bool {
        // Most texts hold no such sign, and every scalar of every manifest comes by here.
        guard text.utf8.contains(UInt8(ascii: "=")) else { return false }
        let lowered = text.utf8.map(WordSearch.lowered)
        return passwordWords.contains { word in
            var rest = lowered[...]
            while let end = WordSearch.end(of: word, in: rest) {
                rest = lowered[end...]
                let value = rest.drop { $0 == 0x20 }
                if value.first == UInt8(ascii: "="), let next = value.dropFirst().drop(while: { $0 == 0x20 }).first,
                    next != UInt8(ascii: "$")
                {
                    return true
                }
            }
            return false
        }
    }

    private static let passwordWords = WordSearch.words([
        "password", "passwd", "pwd", "client_secret", "clientsecret", "access_token",
    ])
}

/// Finds ASCII words without regard to case: over bytes, since every scalar of every manifest is searched.
package enum WordSearch {
    /// Words in the form that `finds` takes, in lower case.
    package static func words(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    package static func finds(_ words: [[UInt8]], in text: String) -> Bool {
        let lowered = text.utf8.map(lowered)
        return words.contains { end(of: $0, in: lowered[...]) != nil }
    }

    static func lowered(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }

    /// Just after the first place at which `word` stands.
    static func end(of word: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
        guard let first = word.first, text.count >= word.count else { return nil }
        for start in text.startIndex...(text.endIndex - word.count)
        where text[start] == first && text[start..<(start + word.count)].elementsEqual(word) {
            return start + word.count
        }
        return nil
    }
}
