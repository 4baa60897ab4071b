import TestSupport
import Testing

@testable import Core

@Suite("Zones of sites")
struct SiteTimeZoneTests {
    private static let berlin = "CET-1CEST,M3.5.0,M10.5.0/3"
    private static let newYork = "EST5EDT,M3.2.0,M11.1.0"

    private func zone(_ rule: String) throws -> SiteTimeZone {
        try #require(SiteTimeZone(name: "test", tzif: TimeTests.tzif(footer: rule)))
    }

    private static func seconds(_ text: String) throws -> Int64 { try #require(Instant(isoText: text)).seconds }

    // MARK: Offsets around a change of clocks

    struct Case: Sendable, CustomTestStringConvertible {
        var rule: String
        var at: String
        var hours: Double

        init(_ rule: String, _ at: String, _ hours: Double) { (self.rule, self.at, self.hours) = (rule, at, hours) }

        var testDescription: String { "\(rule) at \(at)" }
    }

    /// The moments are those of the zones' own laws, worked out by hand in UTC.
    @Test(arguments: [
        Case(berlin, "2026-03-29T00:59:59Z", 1), Case(berlin, "2026-03-29T01:00:00Z", 2),
        Case(berlin, "2026-10-25T00:59:59Z", 2), Case(berlin, "2026-10-25T01:00:00Z", 1),
        // Two o'clock of the standard time in the second week, then of the summer time in the first.
        Case(newYork, "2026-03-08T06:59:59Z", -5), Case(newYork, "2026-03-08T07:00:00Z", -4),
        Case(newYork, "2026-11-01T05:59:59Z", -4), Case(newYork, "2026-11-01T06:00:00Z", -5),
        // South of the equator summer spans the turn of the year.
        Case("AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-01T00:00:00Z", 11),
        Case("AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-04-04T15:59:59Z", 11),
        Case("AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-04-04T16:00:00Z", 10),
        Case("AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-10-03T16:00:00Z", 11),
        // Half an hour, three quarters, and a summer of half an hour.
        Case("IST-5:30", "2026-07-01T00:00:00Z", 5.5), Case("<+0545>-5:45", "2026-07-01T00:00:00Z", 5.75),
        Case("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-07-01T00:00:00Z", 10.5),
        Case("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-01-01T00:00:00Z", 11),
        // Ireland's winter is the exception to its standard time.
        Case("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-01T00:00:00Z", 0),
        Case("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-01T00:00:00Z", 1),
        Case("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-03-29T00:59:59Z", 0),
        Case("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-03-29T01:00:00Z", 1),
        // Days by number: 29 February is never counted, or always; 2024 is a leap year.
        Case("AAA0BBB,J60/0,J300/0", "2024-02-29T23:59:59Z", 0),
        Case("AAA0BBB,J60/0,J300/0", "2024-03-01T00:00:00Z", 1),
        Case("AAA0BBB,59/0,300/0", "2024-02-29T00:00:00Z", 1), Case("AAA0BBB,59/0,300/0", "2024-02-28T23:59:59Z", 0),
        Case("AAA0BBB,59/0,300/0", "2023-03-01T00:00:00Z", 1),
        // A change before its day, and one after it (RFC 8536 §3.3.1).
        Case("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -2),
        Case("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -1),
        Case("EET-2EEST,M3.4.4/50,M10.4.4/50", "2026-03-27T23:59:59Z", 2),
        Case("EET-2EEST,M3.4.4/50,M10.4.4/50", "2026-03-28T00:00:00Z", 3),
    ])
    func offsets(_ c: Case) throws {
        let zone = try zone(c.rule)
        #expect(zone.offset(at: try Self.seconds(c.at)) == Int(c.hours * 3600))
    }

    // MARK: Days

    @Test(arguments: [
        ("Berlin", berlin), ("New York", newYork), ("Honolulu", "HST10"), ("Kiritimati", "<+14>-14"),
        ("Pago Pago", "SST11"), ("Kolkata", "IST-5:30"), ("Sydney", "AEST-10AEDT,M10.1.0,M4.1.0/3"),
        ("Santiago", "<-04>4<-03>,M9.1.6/24,M4.1.6/24"), ("Cairo", "EET-2EEST,M4.5.5/0,M10.5.4/24"),
        ("Havana", "CST5CDT,M3.2.0/0,M11.1.0/1"),
    ])
    func everyDayBeginsOnceAndTheSecondBeforeIsTheDayBefore(name: String, rule: String) throws {
        let zone = try zone(rule)
        let first = try #require(CivilDate(isoText: "2023-12-25")).days
        let wrong = (first..<first + 2 * 366).map { CivilDate(days: $0) }.filter { date in
            let instant = zone.firstInstant(of: date)
            let before = zone.day(of: Instant(seconds: instant.seconds - 1))
            return zone.day(of: instant) != date || before.days != date.days - 1
        }
        #expect(wrong.isEmpty, "\(name): \(wrong.map(\.isoText))")
    }

    @Test(arguments: [
        // West of Greenwich a day begins later than in UTC, east of it earlier.
        ("HST10", "2026-03-01", "2026-03-01T10:00:00Z"), ("<+14>-14", "2026-03-01", "2026-02-28T10:00:00Z"),
        ("SST11", "1900-01-01", "1900-01-01T11:00:00Z"), ("<+14>-14", "1900-01-01", "1899-12-31T10:00:00Z"),
        // The clocks go back at one to midnight: the day began an hour before.
        ("CST5CDT,M3.2.0/0,M11.1.0/1", "2026-11-01", "2026-11-01T04:00:00Z"),
        // They skip midnight.
        ("CST5CDT,M3.2.0/0,M11.1.0/1", "2026-03-08", "2026-03-08T05:00:00Z"),
        ("EET-2EEST,M4.5.5/0,M10.5.4/24", "2026-04-24", "2026-04-23T22:00:00Z"),
    ])
    func daysBegin(rule: String, day: String, expected: String) throws {
        let date = try #require(CivilDate(isoText: day))
        #expect(try zone(rule).firstInstant(of: date).isoText == expected)
    }

    @Test func fixedOffsetsAreNegativeToo() {
        let west = SiteTimeZone(name: "W", fixedOffset: -3 * 3600 - 1800)
        #expect(west.offset(at: 0) == -12_600)
        #expect(west.day(of: Instant(seconds: 12_599)).days == -1 && west.day(of: Instant(seconds: 12_600)).days == 0)
        #expect(SiteTimeZone.utc.day(of: Instant(seconds: -1)).days == -1)
    }

    // MARK: Files

    /// A file with two changes of the clocks before its rule: RFC 8536 §3.2.
    private static func file(version: UInt8, transitions: [Int64], offsets: [Int32], footer: String) -> [UInt8] {
        func block(_ width: Int) -> [UInt8] {
            var bytes = Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
            func big(_ value: Int64, _ width: Int) {
                for shift in (0..<width).reversed() {
                    bytes.append(UInt8(truncatingIfNeeded: value >> Int64(8 * shift)))
                }
            }
            for count in [0, 0, 0, transitions.count, offsets.count, 4] { big(Int64(count), 4) }
            for transition in transitions { big(transition, width) }
            for index in transitions.indices { bytes.append(UInt8(index + 1)) }
            for offset in offsets {
                big(Int64(offset), 4)
                bytes += [0, 0]
            }
            return bytes + Array("ABC\0".utf8)
        }
        guard version > 0 else { return block(4) }
        return block(4) + block(8) + [0x0A] + Array(footer.utf8) + [0x0A]
    }

    @Test func transitionsCountUntilTheRuleDoes() throws {
        // -11 h until 1900, then +1 h, and from 2000 on the rule.
        let bytes = Self.file(
            version: 0x32, transitions: [-2_208_988_800, 946_684_800], offsets: [-39_600, 3600, 7200], footer: "MSK-3")
        let zone = try #require(SiteTimeZone(name: "z", tzif: bytes))
        #expect(zone.offset(at: -2_208_988_801) == -39_600 && zone.offset(at: -2_208_988_800) == 3600)
        #expect(zone.offset(at: 946_684_799) == 3600 && zone.offset(at: 946_684_800) == 10_800)
        // Without a rule the last offset stays.
        let bare = try #require(
            SiteTimeZone(
                name: "z",
                tzif: Self.file(version: 0x32, transitions: [0], offsets: [3600, -7200], footer: "")))
        #expect(bare.offset(at: -1) == 3600 && bare.offset(at: 5_000_000_000) == -7200)
        // Version 1 has four bytes a moment and no rule.
        let old = try #require(
            SiteTimeZone(name: "z", tzif: Self.file(version: 0, transitions: [-1], offsets: [0, 3600], footer: "")))
        #expect(old.offset(at: -2) == 0 && old.offset(at: -1) == 3600)
    }

    /// The whole of 30 December 2011 was skipped in Samoa. The day that is not begins where the next one does.
    @Test func aDayThatAZoneSkippedBeginsWithTheNext() throws {
        let change = try Self.seconds("2011-12-30T10:00:00Z")
        let bytes = Self.file(
            version: 0x32, transitions: [change], offsets: [-10 * 3600, 14 * 3600], footer: "")
        let zone = try #require(SiteTimeZone(name: "Apia", tzif: bytes))
        let skipped = try #require(CivilDate(isoText: "2011-12-30"))
        #expect(zone.firstInstant(of: skipped).seconds == change)
        #expect(zone.firstInstant(of: CivilDate(days: skipped.days + 1)).seconds == change)
        #expect(zone.firstInstant(of: CivilDate(days: skipped.days - 1)).seconds == change - 86_400)
    }

    @Test func aBrokenFileIsNoZone() {
        let whole = Self.file(version: 0x32, transitions: [0], offsets: [0, 3600], footer: "CET-1")
        #expect(SiteTimeZone(name: "z", tzif: whole) != nil)
        // What the first block promises must be there, and the second block whole.
        let blocks = whole.count - 7
        for length in 0..<blocks {
            #expect(SiteTimeZone(name: "z", tzif: Array(whole.prefix(length))) == nil, "\(length)")
        }
        var other = whole
        other[0] = 0x55
        #expect(SiteTimeZone(name: "z", tzif: other) == nil, "another kind of file")
        let far = Self.file(version: 0x32, transitions: [0], offsets: [0, 100_000], footer: "")
        #expect(SiteTimeZone(name: "z", tzif: far) == nil, "an offset of more than a day")
        let missing = Self.file(version: 0x32, transitions: [0, 1], offsets: [0, 3600], footer: "")
        #expect(SiteTimeZone(name: "z", tzif: missing) == nil, "an offset that is not there")
    }

    @Test(arguments: [
        "CET", "CE-1", "-1", "CET-25", "CET-1:60", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J100", "CET-1CEST,J366,J100",
        "CET-1CEST,366,100", "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0x", "<CET-1",
    ])
    func whatIsNoRuleIsRefused(rule: String) {
        #expect(SiteTimeZone(name: "z", tzif: TimeTests.tzif(footer: rule)) == nil)
    }

    @Test func zonesOfEqualDataAreTheSameWhateverTheyAreCalled() throws {
        let (one, same, other) = (try zone(Self.berlin), try zone(Self.berlin), try zone(Self.newYork))
        #expect(one.data != other.data && one.data == same.data)
        #expect(SiteTimeZone(name: "A", fixedOffset: 60).data == SiteTimeZone(name: "B", fixedOffset: 60).data)
    }
}
