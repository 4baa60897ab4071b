/// The shortest decimal text of a double, in the spelling of ECMAScript (`Number::toString`), which RFC 8785 asks for
/// and which every JSON reader takes: `0.1`, `1e+21`, `100000000000000000000`, `-0` as `0`.
package enum ShortestDecimal {
    /// - Parameter value: A finite number.
    package static func text(_ value: Double) -> String {
        if value == 0 { return "0" }
        // Swift prints the shortest digits that read back as the same number; only the layout differs.
        let (digits, exponent) = decompose(value.magnitude.description)
        let sign = value < 0 ? "-" : ""
        let count = digits.count
        // `point` is the number of digits before the decimal point.
        let point = exponent
        if point > 21 || point <= -6 {
            let head = digits.prefix(1)
            let tail = digits.dropFirst()
            let power = point - 1
            let mantissa = tail.isEmpty ? String(head) : "\(head).\(tail)"
            return "\(sign)\(mantissa)e\(power < 0 ? "-" : "+")\(power.magnitude)"
        }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if point >= count { return sign + digits + String(repeating: "0", count: point - count) }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }

    /// The significant digits without leading or trailing zeros, and how many of them stand before the point.
    private static func decompose(_ description: String) -> (digits: String, point: Int) {
        var mantissa = Substring(description)
        var power = 0
        if let mark = description.firstIndex(of: "e") {
            mantissa = description[..<mark]
            power = Int(description[description.index(after: mark)...]) ?? 0
        }
        let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        let whole = parts[0]
        let fraction = parts.count > 1 ? parts[1] : ""
        let all = whole + fraction
        let leading = all.prefix { $0 == "0" }.count
        var digits = all.dropFirst(leading)
        while digits.last == "0" { digits = digits.dropLast() }
        return (String(digits), whole.count - leading + power)
    }
}
