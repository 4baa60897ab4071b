import Testing

@testable import Core

@Suite("Patterns of dates")
struct DatePatternTests {
    private static let moment = SourceValue.timestamp(microseconds: 1_357_016_405_250_000, zoned: true)

    private func format(_ value: SourceValue, _ pattern: String) -> Result<String, Rejection> {
        Result { () throws(Rejection) in try DatePattern.format(value, pattern: pattern) }
    }

    @Test(arguments: [
        ("yyyy-MM-dd", "2013-01-01"), ("dd.MM.yyyy", "01.01.2013"), ("HH:mm:ss", "05:00:05"), ("yyyyMMdd", "20130101"),
        ("yyyy'T'HH", "2013T05"), ("'Q'yyyy", "Q2013"), ("dd/MM", "01/01"), ("''yyyy''", "'2013'"),
        ("'dd' dd", "dd 01"),
        ("yyyy年MM", ""), ("– 2", "– 2"), ("''", "'"),
    ])
    func formats(pattern: String, expected: String) {
        // Letters outside quotes are words of a later version, of whatever script.
        guard !expected.isEmpty else {
            #expect(DatePattern.problem(with: pattern) != nil)
            #expect(format(Self.moment, pattern) == .failure(Rejection(.notADate)))
            return
        }
        #expect(DatePattern.problem(with: pattern) == nil)
        #expect(format(Self.moment, pattern) == .success(expected))
    }

    @Test(arguments: [
        "", "y", "yyy", "YYYY", "MMM", "MMMM", "dddd", "yyyyyyyy", "d", "hh", "'open", "yyyy-mmm", "Z", "x", "é",
    ])
    func otherLettersAreProblems(pattern: String) {
        #expect(DatePattern.problem(with: pattern) != nil)
    }

    @Test func daysHaveNoClockAndMomentsHaveThatOfUTC() {
        #expect(format(.date(-1), "yyyy-MM-dd HH:mm:ss") == .success("1969-12-31 00:00:00"))
        #expect(
            format(.timestamp(microseconds: -1, zoned: true), "yyyy-MM-dd HH:mm:ss") == .success("1969-12-31 23:59:59"))
        // PostgreSQL's last day, of which 64 bits do not hold the microseconds.
        #expect(format(.date(2_145_042_905), "yyyy/MM/dd") == .success("5874897/12/31"))
    }

    @Test func whatIsNoDateIsRejected() {
        #expect(format(.endless(positive: true), "yyyy") == .failure(Rejection(.dateIsInfinite)))
        #expect(format(.text("2013-01-01"), "yyyy") == .failure(Rejection(.notADate)))
        #expect(format(.boolean(true), "yyyy") == .failure(Rejection(.notADate)))
    }
}
