/// An exact decimal number of any size, as PostgreSQL's `numeric` prints it.
package struct DecimalNumber: Hashable, Sendable, Comparable {
    private var isNegative: Bool
    /// Digits 0–9 without leading zeros; empty for zero.
    private var digits: [UInt8]
    /// How many of the digits stand after the point; negative for trailing zeros that are not stored.
    private var scale: Int

    /// Reads `-12.50`, `1e21`, `.5`; `nil` for anything else, `NaN` and the infinities included.
    package init?(_ text: some StringProtocol) {
        var rest = Array(text.utf8)[...]
        var negative = false
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            negative = sign == UInt8(ascii: "-")
            rest = rest.dropFirst()
        }
        var digits: [UInt8] = []
        var scale = 0
        var seenPoint = false
        var seenDigit = false
        while let byte = rest.first, byte == UInt8(ascii: ".") || (byte >= 0x30 && byte <= 0x39) {
            rest = rest.dropFirst()
            if byte == UInt8(ascii: ".") {
                guard !seenPoint else { return nil }
                seenPoint = true
            } else {
                seenDigit = true
                digits.append(byte - 0x30)
                if seenPoint { scale += 1 }
            }
        }
        guard seenDigit else { return nil }
        if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
            // A bound, because a few bytes of exponent could otherwise ask for gigabytes of zeros.
            guard let exponent = Int(String(decoding: rest.dropFirst(), as: UTF8.self)), exponent.magnitude <= 20_000
            else { return nil }
            scale -= exponent
            rest = []
        }
        guard rest.isEmpty else { return nil }
        self.init(isNegative: negative, digits: digits, scale: scale)
    }

    private init(isNegative: Bool, digits: [UInt8], scale: Int) {
        var digits = digits
        var scale = scale
        while digits.last == 0 {
            digits.removeLast()
            scale -= 1
        }
        digits.removeFirst(digits.prefix { $0 == 0 }.count)
        self.digits = digits
        self.scale = digits.isEmpty ? 0 : scale
        self.isNegative = isNegative && !digits.isEmpty
    }

    package var isInteger: Bool { scale <= 0 }

    /// Plain decimal text without trailing zeros: `12.5`, `-0.001`, `1000`.
    package var text: String {
        if digits.isEmpty { return "0" }
        var body = digits.map { $0 + 0x30 }
        if scale <= 0 {
            body.append(contentsOf: repeatElement(0x30, count: -scale))
        } else {
            if body.count <= scale {
                body.insert(contentsOf: repeatElement(0x30, count: scale - body.count + 1), at: 0)
            }
            body.insert(UInt8(ascii: "."), at: body.count - scale)
        }
        return (isNegative ? "-" : "") + String(decoding: body, as: UTF8.self)
    }

    /// How many characters ``text`` has, or one more.
    package var textLength: Int { max(digits.count - min(scale, 0), scale + 1) + 2 }

    /// The nearest double; infinite if the number is too large for one.
    package var double: Double { Double(text) ?? (isNegative ? -.infinity : .infinity) }

    package static func < (left: DecimalNumber, right: DecimalNumber) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        let ascending = left.magnitudePrecedes(right)
        let descending = right.magnitudePrecedes(left)
        return left.isNegative ? descending : ascending
    }

    private func magnitudePrecedes(_ other: DecimalNumber) -> Bool {
        if digits.isEmpty || other.digits.isEmpty { return digits.isEmpty && !other.digits.isEmpty }
        let (place, otherPlace) = (digits.count - scale, other.digits.count - other.scale)
        return place != otherPlace ? place < otherPlace : digits.lexicographicallyPrecedes(other.digits)
    }

    /// Rounded to `places` digits after the point, half away from zero.
    package func rounded(places: Int) -> DecimalNumber {
        guard scale > places else { return self }
        let drop = scale - places
        guard drop <= digits.count else { return DecimalNumber(isNegative: false, digits: [], scale: 0) }
        var kept = Array(digits.dropLast(drop))
        if digits[digits.count - drop] >= 5 {
            var at = kept.count - 1
            while at >= 0, kept[at] == 9 {
                kept[at] = 0
                at -= 1
            }
            if at >= 0 { kept[at] += 1 } else { kept.insert(1, at: 0) }
        }
        return DecimalNumber(isNegative: isNegative, digits: kept, scale: places)
    }

    package static func * (left: DecimalNumber, right: DecimalNumber) -> DecimalNumber {
        var product = [Int](repeating: 0, count: left.digits.count + right.digits.count)
        for (i, a) in left.digits.reversed().enumerated() {
            for (j, b) in right.digits.reversed().enumerated() {
                product[i + j] += Int(a) * Int(b)
            }
        }
        for at in product.indices.dropLast() where product[at] > 9 {
            product[at + 1] += product[at] / 10
            product[at] %= 10
        }
        return DecimalNumber(
            isNegative: left.isNegative != right.isNegative, digits: product.reversed().map { UInt8($0) },
            scale: left.scale + right.scale)
    }
}
