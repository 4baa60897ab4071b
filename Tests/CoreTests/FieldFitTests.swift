import Testing

@testable import Core

/// The edges of what a column holds.
@Suite("Fitting values into columns")
struct FieldFitTests {
    private static let zones = [
        SiteTimeZone.utc, SiteTimeZone(name: "East", fixedOffset: 14 * 3600),
        SiteTimeZone(name: "West", fixedOffset: -11 * 3600),
    ]

    private func fit(_ value: SourceValue, _ type: ColumnType, _ zone: SiteTimeZone = .utc) -> Result<Value, Rejection>
    {
        do throws(Rejection) { return .success(try FieldFit.fit(value, into: type, zone: zone)) } catch {
            return .failure(error)
        }
    }

    @Test(arguments: zones, [("1900-01-01", true), ("1899-12-31", false), ("8900-12-31", true), ("8901-01-01", false)])
    func theCivilDateCountsWhateverTheZone(zone: SiteTimeZone, edge: (text: String, isWritable: Bool)) throws {
        let date = try #require(CivilDate(isoText: edge.text))
        let expected: Result<Value, Rejection> =
            edge.isWritable ? .success(.date(date)) : .failure(Rejection(.dateOutOfRange))
        #expect(fit(.date(date.days), .dateOnly, zone) == expected)
        #expect(fit(.text(edge.text), .dateOnly, zone) == expected)
    }

    @Test(arguments: [
        ColumnType.singleLineText, .multilineText, .choice(.init(choices: ["a"], allowTextEntry: true)),
    ])
    func whatXMLCannotHoldIsAControlCharacter(type: ColumnType) {
        for text in ["\u{FFFE}", "a\u{FFFF}", "abcdefgh\u{FFFE}ijklmnop"] {
            #expect(fit(.text(text), type) == .failure(Rejection(.controlCharacter)))
        }
        for text in ["\u{FFFD}", "\u{FEFF}a", "\u{FF21}\u{FF5E}", "\u{EFBF}\u{BE}"] {
            #expect(fit(.text(text), type) == .success(.text(text)))
        }
    }
}
