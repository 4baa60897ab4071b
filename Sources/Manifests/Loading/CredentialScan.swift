import Core

/// Finds secrets outside the places that are made for them.
struct CredentialScan {
    private(set) var diagnostics = Diagnostics()
    /// Places whose text must not be shown.
    private(set) var places: [SourceRange] = []

    /// - Parameter known: Places that were reported before.
    init(_ root: YAMLNode, known: [SourceRange]) {
        walk(root, key: "", isSensitive: false, known: known)
    }

    private mutating func walk(_ node: YAMLNode, key: String, isSensitive: Bool, known: [SourceRange]) {
        switch node.content {
        case .scalar(let scalar):
            if isSensitive { places.append(node.range) }
            guard Credentials.areWrittenOut(in: scalar.text) else { return }
            places.append(node.range)
            guard !known.contains(where: { $0.contains(node.range) }) else { return }
            diagnostics.error(
                .literalSecret, "\(quoted(key)) holds a connection string with its password.",
                help: ShapeCheck.secretHelp + "; then change the password, since it is in the history", at: node.range)
        case .sequence(let items):
            for item in items { walk(item, key: key, isSensitive: isSensitive, known: known) }
        case .mapping(let entries):
            for entry in entries {
                // A reference may be shown: it names the place of a secret.
                let below = entry.key == "secretRef" ? false : isSensitive || SnippetRule.isSensitive(key: entry.key)
                walk(entry.value, key: entry.key, isSensitive: below, known: known)
            }
        }
    }
}

/// Decides which lines of a manifest a finding may show, from what their text says.
enum SnippetRule {
    /// Whether a key's value is probably a secret.
    static func isSensitive(key: String) -> Bool {
        WordSearch.finds(words, in: key) && key.lowercased() != "secretref"
    }

    private static let words = WordSearch.words([
        "secr", "passw", "pwd", "dsn", "token", "credential", "pem", "apikey", "api_key", "privatekey",
    ])

    /// The line, or the one before it, whose text may go on in this one.
    static func mayShowSecret(_ number: Int, in text: SourceText) -> Bool {
        if isSuspicious(number, in: text) { return true }
        for above in stride(from: number - 1, to: max(0, number - 100), by: -1) {
            guard let line = text.line(above), !isBlank(line) else { continue }
            return isSuspicious(above, in: text)
        }
        return false
    }

    /// By the text alone, since a file that does not parse has no tree: the line, or a line that it stands below, names
    /// something secret and does more than refer to it, or looks like part of a key.
    private static func isSuspicious(_ number: Int, in text: SourceText) -> Bool {
        guard let line = text.line(number) else { return false }
        if Credentials.areIn(line) || holdsSecret(line) { return true }
        // A tab says nothing about the depth, and is often why the file does not parse.
        let isTabbed = line.utf8.prefix { $0 == 0x20 || $0 == 0x09 }.contains(0x09)
        var indentation = isTabbed ? Int.max : indentation(of: line)
        // Bounded, since a file may hold a million lines.
        for above in stride(from: number - 1, to: max(0, number - 2000), by: -1) {
            guard let other = text.line(above), !isBlank(other) else { continue }
            let otherIndentation = SnippetRule.indentation(of: other)
            guard otherIndentation < indentation || isContinued(other) else { continue }
            if namesSecret(other) { return !onlyRefers(line) }
            indentation = min(indentation, otherIndentation)
            if indentation == 0 { return false }
        }
        return false
    }

    private static func holdsSecret(_ line: String) -> Bool { namesSecret(line) && !onlyRefers(line) && hasValue(line) }

    private static func namesSecret(_ line: String) -> Bool {
        // `secretRef` says where a secret is; everything else around these words may be one.
        WordSearch.finds(words, in: line.replacing("secretRef", with: ""))
    }

    /// `dsn: { secretRef: { env: NAME } }`, `env: NAME`, `secretRef:`.
    private static func onlyRefers(_ line: String) -> Bool {
        line.contains("secretRef") && !line.contains("secretRef: \"") && !line.contains("secretRef: '")
            || line.trimmedBlanks.hasPrefix("env:") && line.utf8.count < 100
    }

    /// Whether something follows a colon.
    private static func hasValue(_ line: String) -> Bool {
        guard let colon = line.firstIndex(of: ":") else { return true }
        let rest = line[line.index(after: colon)...].drop { $0 == " " }
        return !rest.isEmpty
    }

    /// An open quote or bracket, so that the next lines belong to it whatever their indentation.
    private static func isContinued(_ line: String) -> Bool {
        line.utf8.count(where: { $0 == UInt8(ascii: "\"") }) % 2 == 1
            || line.utf8.count(where: { $0 == UInt8(ascii: "'") }) % 2 == 1
    }

    private static func isBlank(_ line: String) -> Bool { line.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } }

    private static func indentation(of line: String) -> Int { line.utf8.prefix { $0 == 0x20 || $0 == 0x09 }.count }
}

extension String {
    fileprivate var trimmedBlanks: Substring { drop { $0 == " " || $0 == "\t" || $0 == "-" } }
}

extension SourceRange {
    func contains(_ other: SourceRange) -> Bool {
        file == other.file && start <= other.start && other.end <= end
    }
}
