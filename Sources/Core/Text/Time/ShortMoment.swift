/// Dates and timestamps of years 1 to 9999 as PostgreSQL prints them with `DateStyle=ISO` and `TimeZone=UTC`, read in
/// place. Others are read by ``PostgreSQLText``.
enum ShortMoment {
    /// Days since 1970-01-01 of `2013-01-01`.
    @inline(__always)
    static func days(_ text: UnsafeRawBufferPointer) -> Int32? {
        guard text.count == 10 else { return nil }
        return daysAtStart(text).map { Int32(truncatingIfNeeded: $0) }
    }

    /// Microseconds since 1970 of `2013-01-01 05:00:00.25`, with `+00` behind it or not.
    @inline(__always)
    static func microseconds(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard text.count >= 19, text[10] == UInt8(ascii: " "), text[13] == UInt8(ascii: ":"),
            text[16] == UInt8(ascii: ":"), let days = daysAtStart(text)
        else { return nil }
        let (hour, minute, second) = (pair(text, 11), pair(text, 14), pair(text, 17))
        guard hour < 100, minute < 100, second < 100 else { return nil }
        var end = text.count
        if end >= 22, text[end - 3] == UInt8(ascii: "+"), text[end - 2] == 0x30, text[end - 1] == 0x30 { end -= 3 }
        var micros = (Int64(hour) * 3600 + Int64(minute) * 60 + Int64(second)) * 1_000_000
        if end > 19 {
            guard text[19] == UInt8(ascii: "."), end > 20, end <= 26 else { return nil }
            var fraction: Int64 = 0
            var unit: Int64 = 100_000
            var at = 20
            while at < end {
                let digit = text[at] &- 0x30
                guard digit <= 9 else { return nil }
                fraction += Int64(digit) * unit
                unit /= 10
                at += 1
            }
            micros += fraction
        }
        return Int64(days) * 86_400_000_000 + micros
    }

    @inline(__always)
    private static func daysAtStart(_ text: UnsafeRawBufferPointer) -> Int? {
        let (century, year, month, day) = (pair(text, 0), pair(text, 2), pair(text, 5), pair(text, 8))
        guard text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"), century < 100, year < 100,
            century + year > 0, month >= 1, month <= 12, day >= 1, day <= 31
        else { return nil }
        return CivilDate.daysFromCivil(year: century * 100 + year, month: month, day: day)
    }

    /// The number of two digits; 100 or more if they are not digits.
    @inline(__always)
    private static func pair(_ text: UnsafeRawBufferPointer, _ at: Int) -> Int {
        let (tens, ones) = (text[at] &- 0x30, text[at + 1] &- 0x30)
        return tens <= 9 && ones <= 9 ? Int(tens) * 10 + Int(ones) : 1000
    }
}
