extension KeyForm {
    /// Appends the ledger's form of a part that is given by its canonical text, as sync keys and addresses have it.
    /// - Returns: `false` if the text is not of this form.
    func append(canonical text: String, to key: inout [UInt8]) -> Bool {
        let printed: String
        switch self {
        case .boolean:
            guard text == "true" || text == "false" else { return false }
            printed = text == "true" ? "t" : "f"
        case .timestamp: printed = Self.printed(text, zone: "")
        case .timestamptz: printed = Self.printed(text, zone: "+00")
        case .uuid:
            // As PostgreSQL prints it: it reads others, too.
            let bytes = Array(text.utf8)
            let hyphens = bytes.indices.filter { bytes[$0] == UInt8(ascii: "-") }
            guard bytes.count == 36, hyphens == [8, 13, 18, 23] else { return false }
            printed = text
        case .integer, .date, .numeric, .text: printed = text
        }
        return append(printed, to: &key) == text
    }

    /// A timestamp as PostgreSQL prints it.
    private static func printed(_ text: String, zone: String) -> String {
        guard let mark = text.firstIndex(of: "T") else { return text }
        let era = text.hasSuffix(" BC") ? " BC" : ""
        var clock = text[text.index(after: mark)...].dropLast(era.count)
        if clock.hasSuffix("Z") { clock = clock.dropLast() }
        return text[..<mark] + " " + clock + zone + era
    }
}

extension SyncKey {
    /// The canonical texts of a key's parts.
    /// - Returns: `nil` for a key of another prefix, one that is a hash, or one that was not made by us.
    package static func parts(of text: String, prefix: String) -> [String]? {
        guard text.hasPrefix("\(prefix)/"), !text.hasPrefix("\(prefix)/#") else { return nil }
        var rest = text.dropFirst(prefix.count + 1)
        // A suffix against case: `~` is percent-encoded everywhere else.
        if let mark = rest.lastIndex(of: "~") { rest = rest[..<mark] }
        var parts: [String] = []
        for segment in rest.split(separator: "/", omittingEmptySubsequences: false) {
            guard let part = PercentEncoding.decode(segment) else { return nil }
            parts.append(part)
        }
        return SyncKey(prefix: prefix, parts: parts).text == text ? parts : nil
    }
}
