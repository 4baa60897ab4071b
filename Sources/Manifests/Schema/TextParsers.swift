import Core

/// Durations of manifests: a whole number and a unit (SPEC §9).
package enum DurationText {
    /// The duration in seconds; `nil` if the text is none, or too long to count.
    package static func seconds(_ text: String) -> Int64? {
        guard let unit = text.utf8.last, let count = decimalDigits(Array(text.utf8.dropLast())) else { return nil }
        let length: Int64
        switch unit {
        case UInt8(ascii: "s"): length = 1
        case UInt8(ascii: "m"): length = 60
        case UInt8(ascii: "h"): length = 3600
        case UInt8(ascii: "d"): length = 86_400
        case UInt8(ascii: "w"): length = 604_800
        default: return nil
        }
        let (product, overflow) = Int64(count).multipliedReportingOverflow(by: length)
        // Ten thousand years: further back than a timestamp of PostgreSQL can be compared with.
        return overflow || product > 315_360_000_000 ? nil : product
    }

    /// A duration of whole days, at least one.
    static func days(_ text: String) -> Int? {
        guard let seconds = seconds(text), seconds > 0, seconds % 86_400 == 0 else { return nil }
        return Int(seconds / 86_400)
    }
}

/// Names of relations as PostgreSQL reads them, without folding case: `public.projects`, `"My Schema"."Odd.Table"`.
enum TableNameParser {
    static func parse(_ text: String) -> TableName? {
        var parts: [String] = []
        var rest = Array(text.unicodeScalars)[...]
        while true {
            guard let (part, after) = part(rest), !part.isEmpty, part.utf8.count <= 63, TextForm.isPrintable(part)
            else { return nil }
            parts.append(part)
            rest = after
            guard let next = rest.first else { break }
            guard next == "." else { return nil }
            rest = rest.dropFirst()
        }
        switch parts.count {
        case 1: return TableName(schema: nil, name: parts[0])
        case 2: return TableName(schema: parts[0], name: parts[1])
        default: return nil
        }
    }

    private static func part(_ text: ArraySlice<Unicode.Scalar>) -> (String, ArraySlice<Unicode.Scalar>)? {
        var output = String.UnicodeScalarView()
        guard text.first == "\"" else {
            let plain = text.prefix { $0 != "." }
            guard plain.allSatisfy({ $0 != "\"" && $0 != ";" && $0.value > 0x20 }) else { return nil }
            output.append(contentsOf: plain)
            return (String(output), text.dropFirst(plain.count))
        }
        var rest = text.dropFirst()
        while let scalar = rest.popFirst() {
            guard scalar == "\"" else {
                output.append(scalar)
                continue
            }
            guard rest.first == "\"" else { return (String(output), rest) }
            output.append("\"")
            rest = rest.dropFirst()
        }
        return nil
    }
}

/// What can be said about an SQL expression without a database (SPEC §8). PostgreSQL parses it before it is used.
enum SQLFragment {
    /// Why the expression is refused; `nil` if nothing offline speaks against it.
    static func problem(in text: String) -> String? {
        guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else { return "It is empty." }
        guard TextForm.isPrintable(text) else { return "It holds a control character." }
        var open: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""):
                guard let end = rest.firstIndex(of: byte) else { return "A quote is not closed." }
                rest = rest[(end + 1)...]
            case UInt8(ascii: ";"): return "It holds a semicolon."
            case UInt8(ascii: "-") where rest.first == UInt8(ascii: "-"),
                UInt8(ascii: "/") where rest.first == UInt8(ascii: "*"):
                return "It holds a comment."
            // Dollar quotes and parameters would hide what stands between them.
            case UInt8(ascii: "$"): return "It holds a dollar sign; write texts in single quotes."
            case UInt8(ascii: "("), UInt8(ascii: "["): open.append(byte)
            case UInt8(ascii: ")"), UInt8(ascii: "]"):
                let partner = byte == UInt8(ascii: ")") ? UInt8(ascii: "(") : UInt8(ascii: "[")
                guard open.popLast() == partner else { return "A bracket is closed that was not opened." }
            default: break
            }
        }
        return open.isEmpty ? nil : "A bracket is not closed."
    }
}

/// Roots of services: `https://graph.microsoft.com`, `http://127.0.0.1:8080`.
enum EndpointText {
    static func accepts(_ text: String) -> Bool {
        guard TextForm.isPrintable(text), text.utf8.allSatisfy({ $0 > 0x20 }) else { return false }
        let isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://") else { return false }
        let rest = text.dropFirst(isSecure ? 8 : 7)
        guard !rest.contains(where: { "?#@\\".contains($0) }), !rest.hasSuffix("/") else { return false }
        let segments = rest.split(separator: "/", omittingEmptySubsequences: false)
        guard let host = hostname(String(segments[0])) else { return false }
        guard !segments.dropFirst().contains(where: { $0.isEmpty || $0 == "v1.0" || $0 == "beta" }) else {
            return false
        }
        return isSecure || isLoopback(host)
    }

    /// The host of `host`, `host:port` or `[address]:port`; `nil` if it is malformed.
    private static func hostname(_ authority: String) -> String? {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            let inner = authority[..<end].dropFirst()
            let after = authority[authority.index(after: end)...]
            guard !inner.isEmpty, inner.utf8.allSatisfy({ isAddress($0) }), after.isEmpty || isPort(after) else {
                return nil
            }
            return String(inner)
        }
        let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first, TextForm.hostname.accepts(String(host)) else { return nil }
        return parts.count == 1 || isPort(":" + parts[1]) ? String(host) : nil
    }

    private static func isAddress(_ byte: UInt8) -> Bool {
        TextForm.isDigit(byte) || (0x61...0x66).contains(byte | 0x20) || byte == UInt8(ascii: ":")
            || byte == UInt8(ascii: ".")
    }

    private static func isPort(_ text: some StringProtocol) -> Bool {
        guard text.first == ":", let port = decimalDigits(Array(text.utf8.dropFirst())) else { return false }
        return (1...65_535).contains(port)
    }

    private static func isLoopback(_ host: String) -> Bool {
        let lowered = host.lowercased()
        if lowered == "localhost" || lowered.hasSuffix(".localhost") || lowered == "::1" { return true }
        let parts = lowered.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in decimalDigits(Array(part.utf8)).map { $0 <= 255 } ?? false }
    }
}
