/// A day of the proleptic Gregorian calendar, without a zone, as days since 1970-01-01.
package struct CivilDate: Hashable, Sendable, Comparable {
    /// Days since 1970-01-01; negative before.
    package var days: Int32

    package init(days: Int32) { self.days = days }

    /// 1900-01-01 to 8900-12-31, in days since 1970-01-01: what a SharePoint column of dates only takes.
    package static let writable: ClosedRange<Int32> = -25_567...2_531_495

    /// - Returns: `nil` if there is no such day, or if it lies outside years 1 to 9999.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= CivilDate.daysInMonth(month, year: year)
        else { return nil }
        self.days = Int32(CivilDate.daysFromCivil(year: year, month: month, day: day))
    }

    package static func < (left: CivilDate, right: CivilDate) -> Bool { left.days < right.days }

    package var components: (year: Int, month: Int, day: Int) { CivilDate.civilFromDays(Int(days)) }

    /// `2013-01-01`.
    package var isoText: String {
        let (year, month, day) = components
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    /// Reads `2013-01-01` and nothing else.
    package init?(isoText: some StringProtocol) {
        let bytes = Array(isoText.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = decimalDigits(bytes[0..<4]), let month = decimalDigits(bytes[5..<7]),
            let day = decimalDigits(bytes[8..<10])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    package static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    package static func daysInMonth(_ month: Int, year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    // Both directions count in eras of 400 years that begin on 1 March, so that the leap day is the last of its year
    // (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    package static func daysFromCivil(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    package static func civilFromDays(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}

/// The value of a run of ASCII digits; `nil` if it is empty, too long or holds anything else.
package func decimalDigits(_ bytes: some Collection<UInt8>) -> Int? {
    guard !bytes.isEmpty, bytes.count <= 18 else { return nil }
    var value = 0
    for byte in bytes {
        guard byte >= 0x30, byte <= 0x39 else { return nil }
        value = value * 10 + Int(byte - 0x30)
    }
    return value
}

/// `value` with at least `width` digits.
package func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value.magnitude)
    let zeros = String(repeating: "0", count: max(0, width - digits.utf8.count))
    return (value < 0 ? "-" : "") + zeros + digits
}
