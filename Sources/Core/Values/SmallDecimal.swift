/// A decimal number of at most 18 digits, without memory of its own: nearly all that tables hold. Others are read as
/// ``DecimalNumber``.
struct SmallDecimal: Hashable {
    /// `digits / 10^scale`
    private(set) var digits: Int64
    /// 0 to 18; as small as it can be.
    private(set) var scale: Int

    static let digitsMax = 18

    /// 10^0 to 10^18.
    private static func power(_ exponent: Int) -> Int64 {
        var value: Int64 = 1
        for _ in 0..<exponent { value *= 10 }
        return value
    }

    /// Reads `-12.50`; `nil` for a number with more digits, an exponent, and anything else.
    @inline(__always)
    init?(_ text: UnsafeRawBufferPointer) {
        var at = 0
        var isNegative = false
        guard text.count > 0, text.count <= Self.digitsMax + 2 else { return nil }
        if text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") {
            isNegative = text[0] == UInt8(ascii: "-")
            at = 1
        }
        var value: Int64 = 0
        var read = 0
        var point = -1
        while at < text.count {
            let digit = text[at] &- 0x30
            if digit <= 9 {
                guard read < Self.digitsMax else { return nil }
                value = value &* 10 &+ Int64(digit)
                read += 1
            } else {
                guard text[at] == UInt8(ascii: "."), point < 0 else { return nil }
                point = read
            }
            at += 1
        }
        guard read > 0 else { return nil }
        self.init(digits: isNegative ? -value : value, scale: point < 0 ? 0 : read - point)
    }

    @inline(__always)
    private init(digits: Int64, scale: Int) {
        self.digits = digits
        self.scale = scale
        while self.scale > 0, self.digits % 10 == 0 {
            self.digits /= 10
            self.scale -= 1
        }
    }

    /// The number, if it is small.
    init?(_ number: DecimalNumber) {
        var text = number.text
        guard let small = text.withUTF8({ SmallDecimal(UnsafeRawBufferPointer($0)) }) else { return nil }
        self = small
    }

    /// The nearest double; `nil` where one division does not give it surely, and for integers that a double may not hold.
    @inline(__always)
    var double: Double? {
        // Both are doubles exactly, so that the division rounds once (Clinger, 1990).
        guard digits.magnitude < 1 << 53 else { return nil }
        if scale == 0 { return Double(digits) }
        return Double(digits) / Self.doublePower(scale)
    }

    @inline(__always)
    private static func doublePower(_ exponent: Int) -> Double {
        switch exponent {
        case 1: 1e1
        case 2: 1e2
        case 3: 1e3
        case 4: 1e4
        case 5: 1e5
        case 6: 1e6
        default: Double(power(exponent))
        }
    }

    /// Rounded half away from zero.
    func rounded(places: Int) -> SmallDecimal {
        guard scale > places else { return self }
        let divisor = Self.power(scale - places)
        let (quotient, remainder) = digits.magnitude.quotientAndRemainder(dividingBy: divisor.magnitude)
        let rounded = Int64(quotient) + (remainder >= divisor.magnitude / 2 ? 1 : 0)
        return SmallDecimal(digits: digits < 0 ? -rounded : rounded, scale: places)
    }

    /// The product, if it is small too.
    func multiplied(by other: SmallDecimal) -> SmallDecimal? {
        let (product, overflow) = digits.multipliedReportingOverflow(by: other.digits)
        guard !overflow, product.magnitude < Self.power(18).magnitude, scale + other.scale <= Self.digitsMax else {
            return nil
        }
        return SmallDecimal(digits: product, scale: scale + other.scale)
    }

    /// The sign of `self - other`.
    @inline(__always)
    func compared(to other: SmallDecimal) -> Int {
        if scale == other.scale { return digits < other.digits ? -1 : digits == other.digits ? 0 : 1 }
        let left = Int128(digits) * Int128(Self.power(other.scale))
        let right = Int128(other.digits) * Int128(Self.power(scale))
        return left < right ? -1 : left == right ? 0 : 1
    }

    /// Plain decimal text without trailing zeros, as ``DecimalNumber/text``.
    func text(in scratch: inout ScratchText) -> UnsafeRawBufferPointer? {
        guard let memory = scratch.take(Self.digitsMax + 3) else { return nil }
        var at = memory.count
        var rest = digits.magnitude
        var written = 0
        repeat {
            if written == scale, scale > 0 {
                at -= 1
                memory[at] = UInt8(ascii: ".")
            }
            at -= 1
            memory[at] = UInt8(truncatingIfNeeded: rest % 10) + 0x30
            rest /= 10
            written += 1
        } while rest > 0 || written <= scale
        if digits < 0 {
            at -= 1
            memory[at] = UInt8(ascii: "-")
        }
        return UnsafeRawBufferPointer(rebasing: memory[at...])
    }
}
