import TestSupport
import Testing

@testable import Core

/// Values as Graph's `fields` write and read them (FACTS 5.1).
@Suite("Fields of items")
struct FieldCodecTests {
    private static let dateTime = ColumnType.dateTime(.init(format: .dateTime))
    private static let choice = ColumnType.choice(.init(choices: ["a"]))
    private static let several = ColumnType.choice(.init(choices: ["a", "b"], displayAs: .checkBoxes))
    private static let west = SiteTimeZone(name: "W", fixedOffset: -8 * 3600)

    private func written(_ value: Value, _ type: ColumnType, _ zone: SiteTimeZone = .utc) -> String {
        JSON.object(FieldCodec(zone: zone).encode(value, column: "C", type: type)).text()
    }

    @Test(arguments: [
        (Value.null, ColumnType.singleLineText, #"{"C":null}"#), (.text("a\"b"), .singleLineText, #"{"C":"a\"b"}"#),
        (.number(1e21), .number(.init()), #"{"C":1e+21}"#), (.number(-0.0), .number(.init()), #"{"C":0}"#),
        (.boolean(false), .boolean, #"{"C":false}"#),
        (.instant(Instant(seconds: 1_356_998_400)), dateTime, #"{"C":"2013-01-01T00:00:00Z"}"#),
        (.text("a"), choice, #"{"C":"a"}"#), (.null, choice, #"{"C":null}"#),
        // A multi-choice field needs its annotation, also to be cleared.
        (.set(of: ["b", "a"]), several, #"{"C@odata.type":"Collection(Edm.String)","C":["a","b"]}"#),
        (.null, several, #"{"C@odata.type":"Collection(Edm.String)","C":[]}"#),
    ])
    func writes(value: Value, type: ColumnType, expected: String) { #expect(written(value, type) == expected) }

    /// SPEC §10: the UTC instant of the day's first moment in the site's zone.
    @Test func aDayIsTheMomentAtWhichItBeginsAtTheSite() throws {
        let day = Value.date(try #require(CivilDate(isoText: "2013-01-01")))
        #expect(written(day, .dateOnly) == #"{"C":"2013-01-01T00:00:00Z"}"#)
        #expect(written(day, .dateOnly, Self.west) == #"{"C":"2013-01-01T08:00:00Z"}"#)
        let berlin = try #require(
            SiteTimeZone(name: "Berlin", tzif: TimeTests.tzif(footer: "CET-1CEST,M3.5.0,M10.5.0/3")))
        #expect(written(day, .dateOnly, berlin) == #"{"C":"2012-12-31T23:00:00Z"}"#)
        let summer = Value.date(try #require(CivilDate(isoText: "2013-07-01")))
        #expect(written(summer, .dateOnly, berlin) == #"{"C":"2013-06-30T22:00:00Z"}"#)
    }

    struct Answer: Sendable, CustomTestStringConvertible {
        var json: String?
        var type: ColumnType
        /// `nil`: not of the column's form.
        var value: Value?

        init(_ json: String?, _ type: ColumnType, _ value: Value?) {
            (self.json, self.type, self.value) = (json, type, value)
        }

        var testDescription: String { "\(json ?? "absent") in \(type.words)" }
    }

    @Test(arguments: [
        Answer(nil, .singleLineText, .null), Answer("null", .number(.init()), .null), Answer(nil, several, .null),
        Answer(#""x""#, .singleLineText, .text("x")), Answer(#""""#, .singleLineText, .null),
        Answer("1", .singleLineText, nil), Answer(#""a\r\nb\rc""#, .multilineText, .text("a\nb\nc")),
        Answer(#""\r\n""#, .multilineText, .text("\n")), Answer("1.50", .number(.init()), .number(1.5)),
        Answer("-0", .number(.init()), .number(0)), Answer("1e400", .number(.init()), nil),
        Answer(#""1""#, .number(.init()), nil), Answer("2", .currency(locale: "en-us"), .number(2)),
        Answer("true", .boolean, .boolean(true)), Answer("1", .boolean, nil),
        Answer(#""2013-01-01T00:00:00Z""#, dateTime, .instant(Instant(seconds: 1_356_998_400))),
        Answer(#""2013-01-01T02:00:00+02:00""#, dateTime, .instant(Instant(seconds: 1_356_998_400))),
        Answer(#""1.1.2013""#, dateTime, nil), Answer("0", .dateOnly, nil), Answer(#""a""#, choice, .text("a")),
        Answer(#""""#, choice, .null), Answer("[]", choice, nil),
        Answer(#"["b","a","b"]"#, several, .set(of: ["a", "b"])),
        Answer("[]", several, .null), Answer(#""a""#, several, nil),
    ])
    func reads(_ c: Answer) throws {
        let json = try c.json.map { try JSON.parse($0) }
        #expect(FieldCodec(zone: .utc).decode(json, type: c.type) == c.value)
    }

    /// Any moment of the day at the site is that day: somebody may have typed a time.
    @Test func aMomentIsTheDayThatItHasAtTheSite() throws {
        let codec = FieldCodec(zone: Self.west)
        func day(_ text: String) -> String? {
            guard case .date(let date) = codec.decode(.string(text), type: .dateOnly) else { return nil }
            return date.isoText
        }
        #expect(day("2013-01-01T08:00:00Z") == "2013-01-01" && day("2013-01-01T07:59:59Z") == "2012-12-31")
        #expect(day("2013-01-02T07:59:59Z") == "2013-01-01")
    }

    @Test(arguments: UInt64(0)..<10)
    func whatIsWrittenIsReadBack(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let codec = FieldCodec(
            zone: SiteTimeZone(name: "Z", fixedOffset: random.pick([-39_600, -12_600, 0, 3600, 50_400])))
        for _ in 0..<100 {
            let (value, type): (Value, ColumnType) =
                switch Int.random(in: 0..<6, using: &random) {
                case 0: (.null, random.pick([.singleLineText, .boolean, .dateOnly, Self.several]))
                case 1: (.text("x" + random.text(5)), .singleLineText)
                case 2: (.number(Double(Int.random(in: -9999...9999, using: &random)) / 8), .number(.init()))
                case 3: (.date(CivilDate(days: Int32.random(in: CivilDate.writable, using: &random))), .dateOnly)
                case 4: (.instant(Instant(seconds: Int64.random(in: 0...4_000_000_000, using: &random))), Self.dateTime)
                default: (.set(of: (0...2).map { _ in random.pick(["a", "b", "é"]) }), Self.several)
                }
            let fields = codec.encode(value, column: "C", type: type)
            let answer = try JSON.parse(JSON.object(fields).text())
            #expect(codec.decode(answer["C"], type: type) == value)
        }
    }
}
