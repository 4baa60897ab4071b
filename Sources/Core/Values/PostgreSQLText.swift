/// Dates and timestamps as PostgreSQL prints them with `DateStyle=ISO` and `TimeZone=UTC`.
package enum PostgreSQLText {
    package enum Extended<Finite: Hashable & Sendable>: Hashable, Sendable {
        case finite(Finite)
        case infinity(positive: Bool)
    }

    /// Days since 1970-01-01 of `2013-01-01`, `0044-03-15 BC`, `infinity`; `nil` for any other text.
    package static func date(_ text: some StringProtocol) -> Extended<Int32>? {
        if let infinite: Extended<Int32> = infinity(text) { return infinite }
        var bytes = Array(text.utf8)
        let isBC = takeBC(&bytes)
        guard let days = days(bytes[...], isBC: isBC) else { return nil }
        return Int32(exactly: days).map(Extended.finite)
    }

    /// Microseconds since 1970 of `2013-01-01 05:00:00.25`, with `+00` behind it or not; `nil` for any other text.
    package static func timestamp(_ text: some StringProtocol) -> Extended<Int64>? {
        if let infinite: Extended<Int64> = infinity(text) { return infinite }
        var bytes = Array(text.utf8)
        let isBC = takeBC(&bytes)
        guard let blank = bytes.firstIndex(where: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "T") }),
            let days = days(bytes[..<blank], isBC: isBC)
        else { return nil }
        var clock = bytes[(blank + 1)...]
        if clock.suffix(3).elementsEqual("+00".utf8) { clock = clock.dropLast(3) }
        if clock.last == UInt8(ascii: "Z") { clock = clock.dropLast() }
        guard let micros = microseconds(clock) else { return nil }
        let (product, overflow) = days.multipliedReportingOverflow(by: 86_400_000_000)
        let (sum, isLate) = product.addingReportingOverflow(micros)
        // The last thirty years of PostgreSQL's range do not fit.
        return overflow || isLate ? nil : .finite(sum)
    }

    /// `2013-01-01T05:00:00.25`, without trailing zeros, with `Z` if it has a zone.
    package static func isoText(microseconds: Int64, zoned: Bool) -> String {
        let (day, rest) = microseconds.quotientAndRemainderFlooring(dividingBy: 86_400_000_000)
        let (second, fraction) = rest.quotientAndRemainder(dividingBy: 1_000_000)
        let (year, month, dayOfMonth) = CivilDate.civilFromDays(Int(day))
        let date = "\(padded(year > 0 ? year : 1 - year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))"
        var text = "\(date)T\(padded(Int(second / 3600), 2)):\(padded(Int(second / 60 % 60), 2))"
        text += ":\(padded(Int(second % 60), 2))"
        if fraction != 0 {
            var digits = padded(Int(fraction), 6)
            while digits.last == "0" { digits.removeLast() }
            text += ".\(digits)"
        }
        return text + (zoned ? "Z" : "") + (year > 0 ? "" : " BC")
    }

    /// The day as PostgreSQL prints it, ` BC` included.
    static func isoText(days: Int) -> String {
        let (year, month, day) = CivilDate.civilFromDays(days)
        let shown = year > 0 ? year : 1 - year
        return "\(padded(shown, 4))-\(padded(month, 2))-\(padded(day, 2))" + (year > 0 ? "" : " BC")
    }

    private static func infinity<Finite>(_ text: some StringProtocol) -> Extended<Finite>? {
        switch text {
        case "infinity": .infinity(positive: true)
        case "-infinity": .infinity(positive: false)
        default: nil
        }
    }

    private static func takeBC(_ bytes: inout [UInt8]) -> Bool {
        guard bytes.suffix(3).elementsEqual(" BC".utf8) else { return false }
        bytes.removeLast(3)
        return true
    }

    private static func days(_ bytes: ArraySlice<UInt8>, isBC: Bool) -> Int64? {
        let parts = bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 3, let shown = decimalDigits(parts[0]), let month = decimalDigits(parts[1]),
            let day = decimalDigits(parts[2]), (1...12).contains(month), (1...31).contains(day), shown > 0,
            shown < 10_000_000
        else { return nil }
        return Int64(CivilDate.daysFromCivil(year: isBC ? 1 - shown : shown, month: month, day: day))
    }

    private static func microseconds(_ clock: ArraySlice<UInt8>) -> Int64? {
        let bytes = Array(clock)
        guard bytes.count >= 8, bytes[2] == UInt8(ascii: ":"), bytes[5] == UInt8(ascii: ":"),
            let hour = decimalDigits(bytes[0..<2]), let minute = decimalDigits(bytes[3..<5]),
            let second = decimalDigits(bytes[6..<8]), hour < 24, minute < 60, second < 60
        else { return nil }
        var micros = Int64(hour * 3600 + minute * 60 + second) * 1_000_000
        if bytes.count > 8 {
            guard bytes[8] == UInt8(ascii: "."), bytes.count <= 15 else { return nil }
            let digits = Array(bytes[9...]) + [UInt8](repeating: 0x30, count: 15 - bytes.count)
            guard let fraction = decimalDigits(digits) else { return nil }
            micros += Int64(fraction)
        }
        return micros
    }
}
