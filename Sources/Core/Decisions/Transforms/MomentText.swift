/// A date with a time of day, as people and programs write it: `2013-01-01 05:00:00.25`, `2013-01-01T05:00:00Z`,
/// `2013-01-01T07:00:00.25+02:00`.
struct MomentText: Hashable, Sendable {
    /// Since 1970, in UTC or, without a zone, on a clock.
    var microseconds: Int64
    /// Whether a zone or an offset is written.
    var isZoned: Bool

    init?(_ text: String) {
        // The day must exist: PostgreSQL's own texts need no such check.
        let bytes = Array(text.utf8)
        guard bytes.count >= 19, CivilDate(isoText: text.prefix(10)) != nil,
            let hour = decimalDigits(bytes[11..<13]), let minute = decimalDigits(bytes[14..<16]),
            let second = decimalDigits(bytes[17..<19]), hour < 24, minute < 60, second < 60
        else { return nil }
        if let instant = Instant(isoText: text) {
            (microseconds, isZoned) = (instant.seconds * 1_000_000 + MomentText.fraction(of: text), true)
        } else if case .finite(let value) = PostgreSQLText.timestamp(text) {
            (microseconds, isZoned) = (value, false)
        } else {
            return nil
        }
    }

    var value: SourceValue { .timestamp(microseconds: microseconds, zoned: isZoned) }

    /// The microseconds behind the point, which ``Instant`` leaves out.
    private static func fraction(of text: String) -> Int64 {
        let rest = text.utf8.dropFirst(19)
        guard rest.first == UInt8(ascii: ".") else { return 0 }
        let digits = rest.dropFirst().prefix { $0 >= 0x30 && $0 <= 0x39 }.prefix(6)
        let padding = repeatElement(UInt8(ascii: "0"), count: 6 - digits.count)
        return decimalDigits(Array(digits) + padding).map(Int64.init) ?? 0
    }
}
