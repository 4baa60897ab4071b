/// `text` in double quotes, for a message: one line, of bounded length, without control characters, and without
/// the credentials that a connection string would show.
package func quoted(_ text: some StringProtocol) -> String {
    let whole = String(text)
    guard !Credentials.areIn(whole) else { return "\"…\"" }
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
        isInURL(text, strictly: true) || isInKeywords(text) && text.lowercased().contains("host")
    }

    /// `scheme://user:password@host`, anywhere in the text.
    private static func isInURL(_ text: String, strictly: Bool) -> Bool {
        var rest = Array(text.utf8)[...]
        while let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
            let after = rest[(colon + 1)...]
            rest = after
            guard after.starts(with: "//".utf8) else { continue }
            let authority = after.dropFirst(2).prefix { $0 != UInt8(ascii: "/") && $0 > 0x20 }
            // A password may hold a slash where somebody forgot to encode it.
            let end = after.dropFirst(2).prefix { $0 > 0x20 }
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
        let lowered = Array(text.lowercased().utf8)
        return ["password", "passwd", "pwd", "client_secret", "clientsecret", "access_token"].contains { word in
            var rest = lowered[...]
            while let found = firstRange(of: Array(word.utf8), in: rest) {
                rest = lowered[found.upperBound...]
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

    private static func firstRange(of word: [UInt8], in text: ArraySlice<UInt8>) -> Range<Int>? {
        guard text.count >= word.count else { return nil }
        for start in text.startIndex...(text.endIndex - word.count)
        where text[start..<(start + word.count)].elementsEqual(word) {
            return start..<(start + word.count)
        }
        return nil
    }
}
