/// A moment, as whole seconds since 1970-01-01T00:00:00Z. SharePoint keeps no fractions (`dateTime` columns).
package struct Instant: Hashable, Sendable, Comparable {
    package var seconds: Int64

    package init(seconds: Int64) { self.seconds = seconds }

    package static func < (left: Instant, right: Instant) -> Bool { left.seconds < right.seconds }

    /// 1900-01-01T00:00:00Z to 8900-12-31T23:59:59Z: what a SharePoint date column takes.
    package static let writable = Instant(seconds: -2_208_988_800)...Instant(seconds: 218_721_254_399)

    /// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z: what a text of four digits for the year can say.
    private static let written: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// `2026-03-01T10:00:00Z`.
    package var isoText: String {
        let (day, second) = seconds.quotientAndRemainderFlooring(dividingBy: 86_400)
        let time = "\(padded(Int(second / 3600), 2)):\(padded(Int(second / 60 % 60), 2)):\(padded(Int(second % 60), 2))"
        return "\(CivilDate(days: Int32(clamping: day)).isoText)T\(time)Z"
    }

    /// Reads an ISO 8601 date and time with `Z` or an offset; fractions of a second are cut off.
    package init?(isoText: some StringProtocol) {
        let bytes = Array(isoText.utf8)
        guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " "),
            let date = CivilDate(isoText: String(decoding: bytes[0..<10], as: UTF8.self)),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let hour = decimalDigits(bytes[11..<13]), let minute = decimalDigits(bytes[14..<16]),
            let second = decimalDigits(bytes[17..<19]), hour < 24, minute < 60, second < 60
        else { return nil }
        var rest = bytes[19...]
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            let fraction = rest.prefix { $0 >= 0x30 && $0 <= 0x39 }
            guard !fraction.isEmpty else { return nil }
            rest = rest.dropFirst(fraction.count)
        }
        guard let offset = Instant.offset(Array(rest)) else { return nil }
        self.seconds = Int64(date.days) * 86_400 + Int64(hour * 3600 + minute * 60 + second - offset)
        // The offset may lead out of the years that have a text.
        guard Instant.written.contains(seconds) else { return nil }
    }

    /// Seconds east of Greenwich in `Z`, `+01`, `+0100` or `+01:00`.
    private static func offset(_ text: [UInt8]) -> Int? {
        if text == [UInt8(ascii: "Z")] { return 0 }
        guard let sign = text.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        let digits = text.dropFirst().filter { $0 != UInt8(ascii: ":") }
        guard digits.count == 2 || digits.count == 4, let hours = decimalDigits(digits.prefix(2)) else { return nil }
        let minutes = digits.count == 4 ? decimalDigits(digits.suffix(2)) : 0
        guard let minutes, hours < 16, minutes < 60 else { return nil }
        return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 3600 + minutes * 60)
    }
}

extension Int64 {
    /// Division that rounds towards minus infinity, so that the remainder is never negative.
    package func quotientAndRemainderFlooring(dividingBy divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
