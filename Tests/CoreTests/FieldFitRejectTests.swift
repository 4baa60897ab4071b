import Testing

@testable import Core

/// What a column cannot hold is rejected with its code; never truncated, never guessed (SPEC §10).
@Suite("Values that no column takes")
struct FieldFitRejectTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var value: SourceValue
        var type: ColumnType
        var expected: Result<Value, Rejection>
        var zone = SiteTimeZone.utc

        init(_ value: SourceValue, _ type: ColumnType, _ fits: Value, zone: SiteTimeZone = .utc) {
            (self.value, self.type, expected, self.zone) = (value, type, .success(fits), zone)
        }

        init(_ value: SourceValue, _ type: ColumnType, rejects code: RejectCode) {
            (self.value, self.type, expected) = (value, type, .failure(Rejection(code)))
        }

        var testDescription: String {
            let text = "\(value)"
            return "\(text.count > 60 ? text.prefix(60) + "…" : text) into \(type.words)"
        }
    }

    private func expect(_ c: Case) {
        let outcome = Result { () throws(Rejection) in try FieldFit.fit(c.value, into: c.type, zone: c.zone) }
        #expect(outcome == c.expected)
    }

    private static func decimal(_ text: String) -> SourceValue { DecimalNumber(text).map(SourceValue.decimal) ?? .null }
    private static func units(_ count: Int, _ letter: String = "x") -> String {
        String(repeating: letter, count: count)
    }
    private static let single = ColumnType.singleLineText
    private static let many = ColumnType.multilineText
    private static let number = ColumnType.number(.init())
    private static let dateTime = ColumnType.dateTime(.init(format: .dateTime))
    private static let choice = ColumnType.choice(.init(choices: ["Active", "é"]))
    private static let several = ColumnType.choice(.init(choices: ["a", "b"], displayAs: .checkBoxes))

    // MARK: Text

    @Test(arguments: [
        Case(.text(""), single, .null), Case(.text(" "), single, .text(" ")),
        Case(.text("a\tb"), single, .text("a\tb")),
        Case(.text(units(255)), single, .text(units(255))), Case(.text(units(256)), single, rejects: .textTooLong),
        Case(.text(units(255, "é")), single, .text(units(255, "é"))),
        // Units of UTF-16: an emoji is two of them, an accent that combines is one of its own.
        Case(.text(units(127, "😀") + "x"), single, .text(units(127, "😀") + "x")),
        Case(.text(units(128, "😀")), single, rejects: .textTooLong),
        Case(.text(units(128, "e\u{301}")), single, rejects: .textTooLong),
        Case(.text(units(12)), .text(.init(maxLength: 12)), .text(units(12))),
        Case(.text(units(13)), .text(.init(maxLength: 12)), rejects: .textTooLong),
        Case(.text(units(63_999)), many, .text(units(63_999))), Case(.text(units(64_000)), many, rejects: .textTooLong),
        Case(.text("a\nb"), single, rejects: .lineBreak), Case(.text("a\r\nb"), single, rejects: .lineBreak),
        Case(.text("a\r\nb\rc"), many, .text("a\nb\nc")),
        // Two line ends become one unit less.
        Case(.text(units(63_998) + "\r\n"), many, .text(units(63_998) + "\n")),
        Case(.text("\u{0}"), many, rejects: .controlCharacter),
        Case(.text("a\u{1F}"), many, rejects: .controlCharacter),
        Case(.text("\u{7F}"), many, rejects: .controlCharacter),
        Case(.notFinite, single, rejects: .notFinite), Case(.endless(positive: true), single, rejects: .dateIsInfinite),
        Case(decimal("1.50"), single, .text("1.5")), Case(.boolean(true), single, .text("true")),
        Case(.date(0), single, .text("1970-01-01")), Case(.double(1e21), single, .text("1000000000000000000000")),
        Case(.json(["b": 1, "a": 2]), many, .text(#"{"a":2,"b":1}"#)), Case(.null, single, .null),
    ])
    func texts(_ c: Case) { expect(c) }

    // MARK: Numbers

    @Test(arguments: [
        Case(decimal("0.1"), number, .number(0.1)), Case(decimal("-0"), number, .number(0)),
        Case(.double(-0.0), number, .number(0)), Case(.text(" 1.5 "), number, .number(1.5)),
        Case(.text("1,5"), number, rejects: .notANumber), Case(.text(" "), number, rejects: .notANumber),
        // No text is no value (SPEC §10), whatever the column holds.
        Case(.text(""), number, .null), Case(.text(""), .currency(locale: "en-us"), .null),
        Case(.boolean(true), number, rejects: .notANumber), Case(.date(1), number, rejects: .notANumber),
        Case(.notFinite, number, rejects: .notFinite),
        // 2^53 is the last that all integers below it share their double with none.
        Case(decimal("9007199254740992"), number, .number(9_007_199_254_740_992)),
        Case(decimal("9007199254740993"), number, rejects: .precisionLoss),
        Case(decimal("-9007199254740993"), number, rejects: .precisionLoss),
        Case(decimal("9007199254740994"), number, .number(9_007_199_254_740_994)),
        Case(.text("9007199254740993"), number, rejects: .precisionLoss),
        // A fraction is sent as the nearest double.
        Case(decimal("9007199254740992.5"), number, .number(9_007_199_254_740_992)),
        Case(decimal("0.12345678901234567890123"), number, .number(0.12345678901234568)),
        Case(decimal("1e309"), number, rejects: .numberOutOfRange),
        Case(decimal("5"), .number(.init(minimum: 5, maximum: 6)), .number(5)),
        Case(decimal("4.99"), .number(.init(minimum: 5, maximum: 6)), rejects: .numberOutOfRange),
        Case(decimal("6.01"), .number(.init(minimum: 5, maximum: 6)), rejects: .numberOutOfRange),
        Case(decimal("12.34"), .currency(locale: "en-us"), .number(12.34)),
        Case(.notFinite, .currency(locale: "en-us"), rejects: .notFinite),
    ])
    func numbers(_ c: Case) { expect(c) }

    // MARK: Booleans and dates

    private static let east = SiteTimeZone(name: "E", fixedOffset: 3600)
    private static let west = SiteTimeZone(name: "W", fixedOffset: -3600)

    @Test(arguments: [
        Case(.boolean(false), .boolean, .boolean(false)), Case(.text("true"), .boolean, rejects: .notABoolean),
        Case(decimal("1"), .boolean, rejects: .notABoolean),
        // Seconds are floored, before 1970 too.
        Case(.timestamp(microseconds: 1_999_999, zoned: true), dateTime, .instant(Instant(seconds: 1))),
        Case(.timestamp(microseconds: -1, zoned: true), dateTime, .instant(Instant(seconds: -1))),
        // No zone means UTC, whatever the site's.
        Case(.timestamp(microseconds: 0, zoned: false), dateTime, .instant(Instant(seconds: 0)), zone: east),
        Case(.date(1), dateTime, .instant(Instant(seconds: 86_400)), zone: east),
        Case(.timestamp(microseconds: 82_800_000_000, zoned: true), .dateOnly, .date(CivilDate(days: 1)), zone: east),
        Case(.timestamp(microseconds: 82_800_000_000, zoned: false), .dateOnly, .date(CivilDate(days: 0)), zone: east),
        Case(.timestamp(microseconds: 0, zoned: true), .dateOnly, .date(CivilDate(days: -1)), zone: west),
        Case(.text("2013-01-01"), .dateOnly, .date(CivilDate(days: 15_706))),
        Case(.text(""), .dateOnly, .null), Case(.text(""), dateTime, .null),
        Case(.text("1.1.2013"), .dateOnly, rejects: .notADate), Case(.text("2013-01-01"), dateTime, rejects: .notADate),
        Case(.text("2013-01-01T00:00:00Z"), dateTime, .instant(Instant(seconds: 1_356_998_400))),
        Case(decimal("20130101"), .dateOnly, rejects: .notADate), Case(.boolean(true), dateTime, rejects: .notADate),
        Case(.endless(positive: true), .dateOnly, rejects: .dateIsInfinite),
        Case(.endless(positive: false), dateTime, rejects: .dateIsInfinite),
        Case(
            .timestamp(microseconds: -2_208_988_800_000_000, zoned: true), dateTime,
            .instant(Instant.writable.lowerBound)),
        Case(.timestamp(microseconds: -2_208_988_800_000_001, zoned: true), dateTime, rejects: .dateOutOfRange),
        Case(
            .timestamp(microseconds: 218_721_254_399_999_999, zoned: true), dateTime,
            .instant(Instant.writable.upperBound)),
        Case(.timestamp(microseconds: 218_721_254_400_000_000, zoned: true), dateTime, rejects: .dateOutOfRange),
        Case(.date(2_145_042_905), .dateOnly, rejects: .dateOutOfRange),
    ])
    func booleansAndDates(_ c: Case) { expect(c) }

    // MARK: Choices

    @Test(arguments: [
        Case(.text("Active"), choice, .text("Active")), Case(.text("active"), choice, rejects: .choiceNotAllowed),
        Case(.text("Active "), choice, rejects: .choiceNotAllowed), Case(.text(""), choice, .null),
        Case(.text("e\u{301}"), choice, rejects: .choiceNotAllowed),
        Case(.notFinite, choice, rejects: .choiceNotAllowed),
        Case(.text("Other"), .choice(.init(choices: [], allowTextEntry: true)), .text("Other")),
        Case(.text(units(256)), .choice(.init(choices: [], allowTextEntry: true)), rejects: .textTooLong),
        Case(.text("a\tb"), .choice(.init(choices: [], allowTextEntry: true)), rejects: .controlCharacter),
        Case(.text("a\nb"), .choice(.init(choices: [], allowTextEntry: true)), rejects: .lineBreak),
        Case(.list(["b", "a", "b", ""]), several, .set(["a", "b"])), Case(.list([]), several, .null),
        Case(.list(["a", "c"]), several, rejects: .choiceNotAllowed), Case(.text("a"), several, .set(["a"])),
        Case(.text(""), several, .null), Case(decimal("1"), several, rejects: .choiceNotAllowed),
        Case(decimal("7.0"), .choice(.init(choices: ["7"])), .text("7")),
    ])
    func choices(_ c: Case) { expect(c) }

    // MARK: Completeness

    /// Codes that a value alone can earn, but for those of keys and of what cannot be read.
    @Test func everyCodeOfAValueHasACase() {
        let earned: Set<RejectCode> = [
            .textTooLong, .controlCharacter, .lineBreak, .notANumber, .notFinite, .precisionLoss, .numberOutOfRange,
            .notABoolean, .notADate, .dateOutOfRange, .dateIsInfinite, .choiceNotAllowed,
        ]
        let ofReading: Set<RejectCode> = [.keyIsNull, .badValue]
        #expect(earned.union(ofReading) == Set(RejectCode.allCases.filter { !$0.isOfService }))
    }

    @Test func nullFitsEveryColumn() throws {
        for type in [
            Self.single, Self.many, Self.number, .boolean, .dateOnly, Self.dateTime, Self.choice, Self.several,
        ] {
            #expect(try FieldFit.fit(.null, into: type, zone: .utc) == .null)
        }
    }
}
