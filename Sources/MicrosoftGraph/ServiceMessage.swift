internal import Core

/// What the service says of a refused request, as people may read it. Its texts are no contract and may repeat values,
/// so that names of columns stay and whatever could be a value goes.
enum ServiceMessage {
    /// Characters that are shown.
    private static let lengthMax = 240
    /// Letters of the beginning of a word by which it is known.
    private static let partMin = 4
    private static let marks: Set<Character> = ["\"", "'", "`", "«", "»", "„", "“", "”", "‘", "’", "「", "」"]
    private static let gap: Character = "…"

    /// - Parameter body: What was sent, whose values are taken out wherever they stand; `null` if nothing was.
    /// - Returns: `nil` if nothing is left that says something.
    static func masked(_ message: String, sent body: JSON) -> String? {
        let line = Inert.shown(String(message.prefix(1000).map { $0.isNewline ? " " : $0 }))
        guard !Credentials.areIn(line) else { return nil }
        let sent = Sent(body)
        var words: [String] = []
        for word in withoutQuoted(line, sent).split(separator: " ") {
            let shown = sent.isNamed(word) || !mayBeValue(word, sent) ? String(word) : String(gap)
            if shown != String(gap) || words.last != shown { words.append(shown) }
        }
        guard words.contains(where: { $0.contains(where: \.isLetter) }) else { return nil }
        let text = words.joined(separator: " ")
        return text.count > lengthMax ? text.prefix(lengthMax) + String(gap) : text
    }

    /// The line without what stands in quotation marks or brackets, but for names that were sent.
    private static func withoutQuoted(_ line: String, _ sent: Sent) -> String {
        let characters = Array(line)
        var output = ""
        var at = 0
        while at < characters.count {
            let character = characters[at]
            let isApostrophe =
                character == "'" && at > 0 && characters[at - 1].isLetter && at + 1 < characters.count
                && characters[at + 1].isLetter
            guard character == "[" || marks.contains(character) && !isApostrophe else {
                output.append(character)
                at += 1
                continue
            }
            let rest = characters[(at + 1)...]
            let close: (Character) -> Bool = character == "[" ? { $0 == "]" } : marks.contains
            if let end = rest.firstIndex(where: close), sent.names.contains(String(characters[(at + 1)..<end])) {
                output += String(characters[at...end])
                at = end + 1
            } else {
                // A value may hold marks itself: all up to the last one goes.
                let end = rest.lastIndex(where: close) ?? characters.count - 1
                output += " \(gap) "
                at = end + 1
            }
        }
        return output
    }

    private static func mayBeValue(_ word: Substring, _ sent: Sent) -> Bool {
        if word.contains(where: { $0.isNumber || $0 == "@" }) || word.contains("://") { return true }
        return Sent.words(of: String(word)).contains { word in
            // A service cuts what it repeats.
            sent.words.contains(word) || word.count >= partMin && sent.words.contains { $0.hasPrefix(word) }
        }
    }

    /// What a request told the service.
    private struct Sent {
        /// Names of columns.
        var names: Set<String> = []
        /// The words of all values, in lower case.
        var words: Set<String> = []

        init(_ body: JSON) {
            for member in body["fields"]?.members ?? body.members ?? [] {
                let name = member.name.split(separator: "@").first.map(String.init) ?? ""
                names.insert(name)
                collect(member.value)
            }
        }

        private mutating func collect(_ value: JSON) {
            switch value {
            case .null, .bool, .number: break
            case .string(let text): words.formUnion(Self.words(of: text))
            case .array(let elements): for element in elements { collect(element) }
            case .object(let members): for member in members { collect(member.value) }
            }
        }

        /// A name stays whatever stands around it: `[Code].`
        func isNamed(_ word: Substring) -> Bool {
            guard let first = word.first, first == "[" || ServiceMessage.marks.contains(first) else { return false }
            let name = word.dropFirst().prefix { $0 != "]" && !ServiceMessage.marks.contains($0) }
            return names.contains(String(name))
        }

        static func words(of text: String) -> [String] {
            text.split { !$0.isLetter && !$0.isNumber }.map { $0.lowercased() }
        }
    }
}
