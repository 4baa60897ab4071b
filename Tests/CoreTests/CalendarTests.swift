import TestSupport
import Testing

@testable import Core

@Suite("Days, moments and their texts")
struct CalendarTests {
    /// By another calendar's arithmetic (Python's `datetime`).
    @Test(arguments: [
        ("0001-01-01", -719_162), ("1582-10-15", -141_427), ("1900-01-01", -25_567), ("1970-01-01", 0),
        ("2000-02-29", 11_016), ("2026-11-29", 20_786), ("8900-12-31", 2_531_495), ("9999-12-31", 2_932_896),
    ])
    func days(text: String, days: Int32) {
        #expect(CivilDate(isoText: text)?.days == days)
        #expect(CivilDate(days: days).isoText == text)
    }

    @Test(arguments: [
        "", "2013-1-01", "2013-01-1", "2013-00-01", "2013-13-01", "2013-01-00", "2013-01-32", "2013-04-31",
        "2013-02-29",
        "1900-02-29", "0000-01-01", "10000-01-01", "2013/01/01", "2013-01-01 ", " 2013-01-01", "+013-01-01",
        "２013-01-01",
    ])
    func whatIsNoDayIsRefused(text: String) { #expect(CivilDate(isoText: text) == nil) }

    @Test func leapYearsAreThoseOfTheGregorianCalendar() {
        #expect([1600, 1700, 1800, 1900, 2000, 2023, 2024].filter(CivilDate.isLeap) == [1600, 2000, 2024])
        #expect((1...12).map { CivilDate.daysInMonth($0, year: 2023) }.reduce(0, +) == 365)
        #expect((1...12).map { CivilDate.daysInMonth($0, year: 2024) }.reduce(0, +) == 366)
    }

    // MARK: Moments

    @Test(
        arguments: [
            ("1969-12-31T23:59:59Z", -1), ("2013-01-01T05:00:00Z", 1_357_016_400),
            ("2013-01-01T05:00:00.999Z", 1_357_016_400),
            ("2013-01-01 05:00:00Z", 1_357_016_400), ("2013-01-01T06:30:00+01:30", 1_357_016_400),
            ("2013-01-01T06:00:00+01", 1_357_016_400), ("2013-01-01T03:30:00-0130", 1_357_016_400),
            ("2024-02-29T23:59:59-11:00", 1_709_290_799), ("1900-01-01T00:00:00Z", -2_208_988_800),
        ] as [(String, Int64)])
    func moments(text: String, seconds: Int64) { #expect(Instant(isoText: text)?.seconds == seconds) }

    @Test(arguments: [
        "", "2013-01-01", "2013-01-01T05:00:00", "2013-01-01T24:00:00Z", "2013-01-01T05:60:00Z", "2013-01-01T05:00:60Z",
        "2013-01-01T05:00Z", "2013-01-01T05:00:00.Z", "2013-02-29T05:00:00Z", "2013-01-01t05:00:00Z",
        "2013-01-01T05:00:00z", "2013-01-01T05:00:00+16:00", "2013-01-01T05:00:00+1", "2013-01-01T05:00:00Zx",
        // Of a year that has no text.
        "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00",
    ])
    func whatIsNoMomentIsRefused(text: String) { #expect(Instant(isoText: text) == nil) }

    @Test(arguments: UInt64(0)..<5)
    func everyMomentReadsBack(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<50 {
            let seconds = Int64.random(in: -62_135_596_800...253_402_300_799, using: &random)
            #expect(Instant(isoText: Instant(seconds: seconds).isoText)?.seconds == seconds)
            let (day, rest) = seconds.quotientAndRemainderFlooring(dividingBy: 86_400)
            #expect(day * 86_400 + rest == seconds && (0..<86_400).contains(rest))
        }
    }

    // MARK: As PostgreSQL prints them

    @Test(
        arguments: [
            ("2013-01-01 05:00:00", 1_357_016_400_000_000), ("2013-01-01 05:00:00.25", 1_357_016_400_250_000),
            ("2013-01-01 05:00:00.000001+00", 1_357_016_400_000_001), ("1969-12-31 23:59:59.999999", -1),
            ("2013-01-01T05:00:00Z", 1_357_016_400_000_000), ("1970-01-01 00:00:00.1", 100_000),
            ("0001-12-31 00:00:00 BC", -62_135_683_200_000_000),
        ] as [(String, Int64)])
    func timestamps(text: String, microseconds: Int64) {
        #expect(PostgreSQLText.timestamp(text) == .finite(microseconds))
    }

    @Test func theEndsOfTimeHaveNames() {
        #expect(PostgreSQLText.date("infinity") == .infinity(positive: true))
        #expect(PostgreSQLText.date("-infinity") == .infinity(positive: false))
        #expect(PostgreSQLText.timestamp("infinity") == .infinity(positive: true))
        #expect(PostgreSQLText.timestamp("-infinity") == .infinity(positive: false))
        // PostgreSQL's own first and last day; the latter has no microseconds in 64 bits.
        #expect(PostgreSQLText.date("4714-11-24 BC") == .finite(-2_440_588))
        #expect(PostgreSQLText.date("5874897-12-31") == .finite(2_145_042_905))
        let latest = CaptureMark(column: "c", kind: .date, value: .max, shape: "s")
        #expect(latest.text == "5874897-12-31" && latest.moved(back: .max).text == "1970-01-01")
        #expect(PostgreSQLText.timestamp("294276-12-31 23:59:59.999999") == nil)
    }

    @Test(arguments: [
        "", "today", "2013-01", "2013-01-01-01", "2013-13-01", "2013-01-40", "0000-01-01", "12345678901-01-01",
        "2013-aa-01",
        "2013-01-01 BC BC",
    ])
    func otherTextsAreNoDates(text: String) { #expect(PostgreSQLText.date(text) == nil) }

    @Test(arguments: [
        "", "2013-01-01", "2013-01-01 24:00:00", "2013-01-01 5:00:00", "2013-01-01 05:00:00.1234567",
        "2013-01-01 05:00",
        "2013-01-01 05:00:00+02", "2013-01-01 05-00-00", "2013-01-01 05:00:00.x",
    ])
    func otherTextsAreNoTimestamps(text: String) { #expect(PostgreSQLText.timestamp(text) == nil) }

    @Test(
        arguments: [
            (0, true, "1970-01-01T00:00:00Z"), (0, false, "1970-01-01T00:00:00"),
            (-1, true, "1969-12-31T23:59:59.999999Z"),
            (1_357_016_400_250_000, false, "2013-01-01T05:00:00.25"), (100_000, true, "1970-01-01T00:00:00.1Z"),
            (-62_135_683_200_000_000, false, "0001-12-31T00:00:00 BC"),
        ] as [(Int64, Bool, String)])
    func isoTextsHaveNoTrailingZeros(microseconds: Int64, zoned: Bool, expected: String) {
        #expect(PostgreSQLText.isoText(microseconds: microseconds, zoned: zoned) == expected)
    }

    /// The short way may pass texts on; what it reads, it reads as the long one does.
    @Test(arguments: UInt64(0)..<10)
    func theShortWaySaysWhatTheLongOneSays(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<50 {
            let day = CivilDate(days: Int32.random(in: -719_162...2_932_896, using: &random)).isoText
            let clock = random.pick([" 00:00:00", " 23:59:59", " 05:06:07.5", " 12:00:00.000001", " 22:30:00.123456"])
            let zone = random.pick(["", "+00"])
            var text = random.pick([day, day + clock + zone, day + " BC", "1\(day)", "infinity", day + clock + " BC"])
            text.withUTF8 { bytes in
                let raw = UnsafeRawBufferPointer(bytes)
                let whole = String(decoding: bytes, as: UTF8.self)
                if let days = ShortMoment.days(raw) { #expect(PostgreSQLText.date(whole) == .finite(days), "\(whole)") }
                if let micros = ShortMoment.microseconds(raw) {
                    #expect(PostgreSQLText.timestamp(whole) == .finite(micros), "\(whole)")
                }
            }
            var common = day + clock + zone
            #expect(common.withUTF8 { ShortMoment.microseconds(UnsafeRawBufferPointer($0)) } != nil, "\(common)")
        }
    }

    // MARK: As people write them

    @Test(
        arguments: [
            ("2013-01-01 05:00:00", 1_357_016_400_000_000, false),
            ("2013-01-01T05:00:00.25", 1_357_016_400_250_000, false),
            ("2013-01-01T05:00:00Z", 1_357_016_400_000_000, true),
            ("2013-01-01T07:00:00.25+02:00", 1_357_016_400_250_000, true),
            ("2013-01-01T05:00:00.1234567Z", 1_357_016_400_123_456, true), ("1969-12-31T23:59:59.5Z", -500_000, true),
        ] as [(String, Int64, Bool)])
    func momentsOfPeople(text: String, microseconds: Int64, isZoned: Bool) {
        let moment = MomentText(text)
        #expect(moment?.microseconds == microseconds && moment?.isZoned == isZoned)
        #expect(moment?.value == .timestamp(microseconds: microseconds, zoned: isZoned))
    }

    @Test(arguments: [
        "", "2013-01-01", "2013-02-30 05:00:00", "2013-01-01 25:00:00", "2013-01-01 05:00:00 or so",
        "2013-01-01T05:00:00+99:00", "infinity",
    ])
    func whatNobodyWritesSoIsRefused(text: String) { #expect(MomentText(text) == nil) }
}
