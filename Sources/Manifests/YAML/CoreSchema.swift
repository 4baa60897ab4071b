import Core

/// Types of plain scalars by the core schema of YAML 1.2.2 §10.3.2. `yes`, `no`, `on` and `off` are text.
enum CoreSchema {
    static func resolve(_ text: String) -> YAMLScalar.Resolved {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        default: break
        }
        let bytes = Array(text.utf8)
        // Most scalars are words: look no further than the first character.
        guard let first = bytes.first, digits.contains(first) || first == dot || isSign(first) else { return .text }
        if isInteger(bytes) { return .integer }
        return isDecimal(bytes) ? .decimal : .text
    }

    /// The value of an integer in any of its spellings; `nil` if it is none or does not fit.
    static func integer(_ text: String) -> Int? {
        guard isInteger(Array(text.utf8)) else { return nil }
        if text.hasPrefix("0x") { return Int(text.dropFirst(2), radix: 16) }
        if text.hasPrefix("0o") { return Int(text.dropFirst(2), radix: 8) }
        return Int(text)
    }

    /// The value of a finite number in any of its spellings.
    static func number(_ text: String) -> Double? {
        if let integer = integer(text) { return Double(integer) }
        let bytes = Array(text.utf8)
        guard isInteger(bytes) || isDecimal(bytes), let value = Double(text), value.isFinite else { return nil }
        return value
    }

    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    private static let dot = UInt8(ascii: ".")

    private static func isSign(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") }

    private static func isInteger(_ bytes: [UInt8]) -> Bool {
        if bytes.count > 2, bytes[0] == UInt8(ascii: "0") {
            if bytes[1] == UInt8(ascii: "o") { return bytes.dropFirst(2).allSatisfy { $0 >= 0x30 && $0 <= 0x37 } }
            if bytes[1] == UInt8(ascii: "x") {
                return bytes.dropFirst(2).allSatisfy { digits.contains($0) || (0x61...0x66).contains($0 | 0x20) }
            }
        }
        let rest = bytes.first.map(isSign) == true ? bytes.dropFirst() : bytes[...]
        return !rest.isEmpty && rest.allSatisfy(digits.contains)
    }

    private static func isDecimal(_ bytes: [UInt8]) -> Bool {
        var rest = bytes.first.map(isSign) == true ? bytes.dropFirst() : bytes[...]
        let word = String(decoding: rest, as: UTF8.self)
        if [".inf", ".Inf", ".INF"].contains(word) { return true }
        if [".nan", ".NaN", ".NAN"].contains(word) { return rest.count == bytes.count }
        let whole = rest.prefix(while: digits.contains)
        rest = rest.dropFirst(whole.count)
        var fraction: ArraySlice<UInt8> = []
        if rest.first == dot {
            rest = rest.dropFirst()
            fraction = rest.prefix(while: digits.contains)
            rest = rest.dropFirst(fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return false }
        guard let mark = rest.first else { return true }
        guard mark | 0x20 == UInt8(ascii: "e") else { return false }
        rest = rest.dropFirst()
        if rest.first.map(isSign) == true { rest = rest.dropFirst() }
        return !rest.isEmpty && rest.allSatisfy(digits.contains)
    }
}
