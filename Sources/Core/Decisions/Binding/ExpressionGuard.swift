/// Refuses SQL of an author (`where`, `expression`) that could reach beyond the parentheses it will be put into. Offline,
/// and only about the form: what the text means, the server says.
package enum ExpressionGuard {
    package enum Problem: String, Error, Hashable, Sendable {
        case empty = "it is empty"
        case semicolon = "it holds a semicolon"
        case comment = "it holds a comment"
        case parentheses = "its parentheses or brackets do not match"
        case openQuote = "a quotation has no end"
        case parameter = "it holds a parameter such as $1"
        case nul = "it holds the character NUL"
    }

    /// - Throws: The first problem.
    package static func check(_ sql: String) throws(Problem) {
        let bytes = Array(sql.utf8)
        if bytes.contains(0) { throw .nul }
        if bytes.allSatisfy({ $0 == 32 || (9...13).contains($0) }) { throw .empty }
        var open: [UInt8] = []
        var at = 0
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: ";"): throw .semicolon
            case UInt8(ascii: "-") where follows(bytes, at, "--"), UInt8(ascii: "/") where follows(bytes, at, "/*"):
                throw .comment
            case UInt8(ascii: "'"): at = try endOfText(bytes, at)
            case UInt8(ascii: "\""): at = try endOfQuote(bytes, at, allowsBackslash: false)
            case UInt8(ascii: "$"): at = try endOfDollar(bytes, at)
            case UInt8(ascii: "("), UInt8(ascii: "["): open.append(bytes[at])
            case UInt8(ascii: ")"): guard open.popLast() == UInt8(ascii: "(") else { throw .parentheses }
            case UInt8(ascii: "]"): guard open.popLast() == UInt8(ascii: "[") else { throw .parentheses }
            default: break
            }
            at += 1
        }
        if !open.isEmpty { throw .parentheses }
    }

    private static func follows(_ bytes: [UInt8], _ at: Int, _ text: String) -> Bool {
        bytes[at...].starts(with: text.utf8)
    }

    /// `'…'`, or `E'…'` in which a backslash escapes.
    private static func endOfText(_ bytes: [UInt8], _ start: Int) throws(Problem) -> Int {
        let isEscape =
            start > 0 && (bytes[start - 1] | 0x20) == UInt8(ascii: "e")
            && (start == 1 || !isNamePart(bytes[start - 2]))
        return try endOfQuote(bytes, start, allowsBackslash: isEscape)
    }

    /// The place of the closing quote; a doubled one stays within.
    private static func endOfQuote(_ bytes: [UInt8], _ start: Int, allowsBackslash: Bool) throws(Problem) -> Int {
        var at = start + 1
        while at < bytes.count {
            if allowsBackslash, bytes[at] == UInt8(ascii: "\\") {
                at += 2
            } else if bytes[at] == bytes[start] {
                guard at + 1 < bytes.count, bytes[at + 1] == bytes[start] else { return at }
                at += 2
            } else {
                at += 1
            }
        }
        throw .openQuote
    }

    /// `$tag$…$tag$`; a `$` within a name is part of it.
    private static func endOfDollar(_ bytes: [UInt8], _ start: Int) throws(Problem) -> Int {
        if start > 0, isNamePart(bytes[start - 1]) { return start }
        var at = start + 1
        while at < bytes.count, isNamePart(bytes[at]), bytes[at] != UInt8(ascii: "$") { at += 1 }
        guard at < bytes.count, bytes[at] == UInt8(ascii: "$"),
            at == start + 1 || !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[start + 1])
        else { throw .parameter }
        let tag = bytes[start...at]
        var end = at + 1
        while end + tag.count <= bytes.count {
            if bytes[end..<end + tag.count].elementsEqual(tag) { return end + tag.count - 1 }
            end += 1
        }
        throw .openQuote
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
            true
        default: false
        }
    }
}
