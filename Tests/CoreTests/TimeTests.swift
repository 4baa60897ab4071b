import TestSupport
import Testing

@testable import Core

@Suite("Dates, instants and zones")
struct TimeTests {
    @Test func everyDayOfFourCenturiesComesBack() {
        for days in stride(from: CivilDate.daysFromCivil(year: 1600, month: 1, day: 1), to: 100_000, by: 1) {
            let (year, month, day) = CivilDate.civilFromDays(days)
            #expect(CivilDate.daysFromCivil(year: year, month: month, day: day) == days)
        }
        #expect(CivilDate(isoText: "1970-01-01")?.days == 0)
        #expect(CivilDate(isoText: "2024-02-29")?.isoText == "2024-02-29")
        #expect(CivilDate(isoText: "2023-02-29") == nil)
    }

    @Test func instantsReadAndWriteISO() {
        #expect(Instant(isoText: "2013-01-01T05:00:00.25Z")?.isoText == "2013-01-01T05:00:00Z")
        #expect(Instant(isoText: "2013-01-01 05:00:00+01:30")?.isoText == "2013-01-01T03:30:00Z")
        #expect(Instant.writable.lowerBound.isoText == "1900-01-01T00:00:00Z")
        #expect(Instant.writable.upperBound.isoText == "8900-12-31T23:59:59Z")
        #expect(Instant(isoText: "2013-01-01T05:00:00") == nil)
    }

    @Test(arguments: [
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29", "2026-03-28T23:00:00Z"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-30", "2026-03-29T22:00:00Z"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-26", "2026-10-25T23:00:00Z"),
        ("NZST-12NZDT,M9.5.0,M4.1.0/3", "2026-01-01", "2025-12-31T11:00:00Z"),
        // Midnight itself is skipped: the day begins at one o'clock.
        ("<-04>4<-03>,M9.1.6/24,M4.1.6/24", "2026-09-06", "2026-09-06T04:00:00Z"),
    ])
    func daysBeginAtTheirFirstMoment(rule: String, day: String, expected: String) throws {
        let zone = try #require(SiteTimeZone(name: "test", tzif: Self.tzif(footer: rule)))
        let date = try #require(CivilDate(isoText: day))
        let instant = zone.firstInstant(of: date)
        #expect(instant.isoText == expected)
        #expect(zone.day(of: instant) == date)
    }

    @Test func everyZoneOfThisMachineIsRead() throws {
        let zones = "/usr/share/zoneinfo"
        for folder in ["Africa", "America", "Antarctica", "Asia", "Australia", "Europe", "Pacific"] {
            for name in Golden.names(in: "\(zones)/\(folder)") {
                guard let bytes = Golden.read("\(zones)/\(folder)/\(name)"), bytes.starts(with: "TZif".utf8) else {
                    continue
                }
                #expect(SiteTimeZone(name: name, tzif: bytes) != nil, "\(folder)/\(name)")
            }
        }
    }

    /// A TZif file of version 2 with no transitions, so that only its footer counts.
    static func tzif(footer: String) -> [UInt8] {
        let header = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
        let counts: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]
        let block = header + counts + [0, 0, 0, 0, 0, 0, 0]
        return block + block + [0x0A] + Array(footer.utf8) + [0x0A]
    }
}
