import Testing

@testable import Core

@Suite("Transforms")
struct TransformTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var transform: Transform
        var value: SourceValue
        /// What comes out, or why nothing does.
        var expected: Result<SourceValue, Rejection>
        var zone = SiteTimeZone.utc

        init(
            _ name: String, _ transform: Transform, _ value: SourceValue, _ expected: SourceValue,
            zone: SiteTimeZone = .utc
        ) {
            (self.name, self.transform, self.value) = (name, transform, value)
            (self.expected, self.zone) = (.success(expected), zone)
        }

        init(_ name: String, _ transform: Transform, _ value: SourceValue, rejects code: RejectCode) {
            (self.name, self.transform, self.value) = (name, transform, value)
            expected = .failure(Rejection(code))
        }

        var testDescription: String { name }

        var kind: ValueKind {
            switch value {
            case .decimal, .double, .notFinite: .number
            case .boolean: .boolean
            case .date, .endless: .date
            case .timestamp(_, let zoned): .timestamp(zoned: zoned)
            case .list: .list
            case .json: .json
            case .text, .null: .text
            }
        }
    }

    private static func decimal(_ text: String) -> SourceValue {
        DecimalNumber(text).map(SourceValue.decimal) ?? .null
    }

    /// 2013-01-01 05:00:00.25 and the last quarter of a second of 1969.
    private static let moment = Int64(1_357_016_400_250_000)
    private static let before1970 = Int64(-750_000)
    private static let east = SiteTimeZone(name: "East", fixedOffset: 2 * 3600)
    private static let west = SiteTimeZone(name: "West", fixedOffset: -2 * 3600)

    private func check(_ c: Case) {
        let outcome = Result { () throws(Rejection) in
            try c.transform.apply(to: c.value, kind: c.kind, zone: c.zone)
        }
        #expect(outcome == c.expected)
        if case (.success(.text(let text)), .success(.text(let wanted))) = (outcome, c.expected) {
            // Swift takes composed and decomposed letters for one; the column does not.
            #expect(Array(text.utf8) == Array(wanted.utf8))
        }
    }

    // MARK: Text

    @Test(arguments: [
        Case("trim: blanks of every script", .trim, .text("\u{3000}\t a b \u{A0}\n"), .text("a b")),
        Case("trim: nothing but blanks", .trim, .text(" \u{2003} "), .text("")),
        Case("trim: a joiner is no blank", .trim, .text("\u{200D}a"), .text("\u{200D}a")),
        Case("uppercase: one letter becomes two", .uppercase, .text("straße"), .text("STRASSE")),
        Case("lowercase: beyond ASCII", .lowercase, .text("ÀÉ A\u{301}"), .text("àé a\u{301}")),
        Case("truncate: fits", .truncate(3), .text("abc"), .text("abc")),
        Case("truncate: nothing", .truncate(0), .text("abc"), .text("")),
        Case("truncate: no half emoji", .truncate(2), .text("a😀b"), .text("a")),
        Case("truncate: the emoji fits", .truncate(3), .text("a😀b"), .text("a😀")),
        Case("truncate: no letter without its accent", .truncate(3), .text("abe\u{301}"), .text("ab")),
        Case("truncate: no half of a family", .truncate(5), .text("👨‍👩‍👧!"), .text("")),
        Case("truncate: no half of a line end", .truncate(2), .text("a\r\nb"), .text("a")),
        Case("replace: every one", .replace("a", "bb"), .text("banana"), .text("bbbnbbnbb")),
        Case("replace: not what it made", .replace("aa", "a"), .text("aaaa"), .text("aa")),
        Case("replace: with nothing", .replace("-", ""), .text("1-2-3"), .text("123")),
        Case(
            "replace: by code point", .replace("é", "E"), .text("e\u{301}é"), .text("e\u{301}E")),
        Case("guard: a formula", .guardFormula, .text("=1+1"), .text("'=1+1")),
        Case("guard: each first character", .guardFormula, .text("@SUM(A1)"), .text("'@SUM(A1)")),
        Case("guard: a tab", .guardFormula, .text("\t=1"), .text("'\t=1")),
        Case("guard: not inside", .guardFormula, .text("1=1"), .text("1=1")),
        Case("guard: nothing", .guardFormula, .text(""), .text("")),
    ])
    func texts(_ c: Case) { check(c) }

    // MARK: Casts

    @Test(arguments: [
        Case("string: number", .castToString, decimal("1.500"), .text("1.5")),
        Case("string: huge double is plain", .castToString, .double(1e21), .text("1000000000000000000000")),
        Case("string: tiny double is plain", .castToString, .double(1e-7), .text("0.0000001")),
        Case("string: zero without sign", .castToString, .double(-0.0), .text("0")),
        Case("string: boolean", .castToString, .boolean(false), .text("false")),
        Case("string: day before Christ", .castToString, .date(-735_160), .text("0044-03-15 BC")),
        Case(
            "string: moment", .castToString, .timestamp(microseconds: moment, zoned: true),
            .text("2013-01-01T05:00:00.25Z")),
        Case("string: list", .castToString, .list(["a", "b\"c"]), .text(#"["a","b\"c"]"#)),
        Case("string: NaN", .castToString, .notFinite, rejects: .notFinite),
        Case("string: infinity", .castToString, .endless(positive: true), rejects: .dateIsInfinite),
        Case("number: text", .castToNumber, .text(" -1.50e2 "), decimal("-150")),
        Case("number: boolean", .castToNumber, .boolean(true), decimal("1")),
        Case("number: words", .castToNumber, .text("twelve"), rejects: .notANumber),
        Case("number: nothing", .castToNumber, .text(""), rejects: .notANumber),
        Case("number: NaN", .castToNumber, .text("NaN"), rejects: .notANumber),
        Case("number: thousands", .castToNumber, .text("1,000"), rejects: .notANumber),
        Case(
            "number: an exponent that would take gigabytes", .castToNumber, .text("1e999999999"), rejects: .notANumber),
        Case("boolean: yes", .castToBoolean, .text(" Yes "), .boolean(true)),
        Case("boolean: off", .castToBoolean, .text("OFF"), .boolean(false)),
        Case("boolean: one", .castToBoolean, decimal("1.0"), .boolean(true)),
        Case("boolean: zero", .castToBoolean, .double(-0.0), .boolean(false)),
        Case("boolean: two", .castToBoolean, decimal("2"), rejects: .notABoolean),
        Case("boolean: maybe", .castToBoolean, .text("maybe"), rejects: .notABoolean),
        Case("boolean: NaN", .castToBoolean, .notFinite, rejects: .notABoolean),
        Case("json: text", .jsonStringify, .text("a\"b\n"), .text(#""a\"b\n""#)),
        Case("json: number", .jsonStringify, decimal("1e3"), .text("1000")),
        Case("json: day", .jsonStringify, .date(0), .text(#""1970-01-01""#)),
        Case(
            "json: members in order of their bytes", .jsonStringify,
            .json(["b": 1, "a": [true, .null], "é": .number("1.50")]), .text(#"{"a":[true,null],"b":1,"é":1.5}"#)),
    ])
    func casts(_ c: Case) { check(c) }

    // MARK: Dates

    @Test(arguments: [
        Case("iso: day", .dateFormatISO, .date(15_706), .text("2013-01-01")),
        Case(
            "iso: clock", .dateFormatISO, .timestamp(microseconds: moment, zoned: false),
            .text("2013-01-01T05:00:00.25")),
        Case(
            "iso: before 1970", .dateFormatISO, .timestamp(microseconds: before1970, zoned: true),
            .text("1969-12-31T23:59:59.25Z")),
        Case("iso: infinity", .dateFormatISO, .endless(positive: false), rejects: .dateIsInfinite),
        Case(
            "pattern: everything", .dateFormat("dd.MM.yyyy 'at' HH:mm:ss"),
            .timestamp(microseconds: moment, zoned: false), .text("01.01.2013 at 05:00:00")),
        Case(
            "pattern: floor before 1970", .dateFormat("ss"), .timestamp(microseconds: before1970, zoned: false),
            .text("59")),
        Case("pattern: a quote", .dateFormat("''yyyy"), .date(0), .text("'1970")),
        Case("pattern: infinity", .dateFormat("yyyy"), .endless(positive: true), rejects: .dateIsInfinite),
        Case(
            "day: a moment has the day of the site", .dateOnly, .timestamp(microseconds: 82_800_000_000, zoned: true),
            .date(1), zone: east),
        Case("day: west of it", .dateOnly, .timestamp(microseconds: 3_600_000_000, zoned: true), .date(-1), zone: west),
        Case(
            "day: a clock has its own", .dateOnly, .timestamp(microseconds: 82_800_000_000, zoned: false), .date(0),
            zone: east),
        Case("day: before 1970", .dateOnly, .timestamp(microseconds: -1, zoned: false), .date(-1)),
        Case("day: text", .dateOnly, .text(" 1970-01-02 "), .date(1)),
        Case("day: text of a clock", .dateOnly, .text("1970-01-01 23:00:00"), .date(0), zone: east),
        Case("day: text of a moment", .dateOnly, .text("1970-01-01T23:00:00.5Z"), .date(1), zone: east),
        Case("day: text of a moment with an offset", .dateOnly, .text("1970-01-02T01:00:00+02:00"), .date(0)),
        Case("day: more than a date", .dateOnly, .text("1970-01-015"), rejects: .notADate),
        Case("day: a date and words", .dateOnly, .text("1970-01-01 or so"), rejects: .notADate),
        Case("day: no such day", .dateOnly, .text("2013-02-29"), rejects: .notADate),
        Case("day: infinity stays", .dateOnly, .endless(positive: true), .endless(positive: true)),
    ])
    func dates(_ c: Case) { check(c) }

    // MARK: Numbers

    @Test(arguments: [
        Case("round: half away from zero", .round(2), decimal("2.675"), decimal("2.68")),
        Case("round: half below zero", .round(0), decimal("-2.5"), decimal("-3")),
        Case("round: a double by its shortest text", .round(2), .double(2.675), decimal("2.68")),
        Case("round: carries", .round(1), decimal("9.96"), decimal("10")),
        Case("round: to nothing", .round(2), decimal("-0.004"), decimal("0")),
        Case("round: NaN", .round(2), .notFinite, rejects: .notFinite),
        Case("scale: cents", .scale("0.01"), decimal("12345"), decimal("123.45")),
        Case("scale: exact", .scale("3"), .double(0.1), decimal("0.3")),
        Case("scale: by nothing", .scale("0"), decimal("-5"), decimal("0")),
        Case(
            "scale: more digits than a double", .scale("10"), decimal("123456789012345678901234567890.1"),
            decimal("1234567890123456789012345678901")),
    ])
    func numbers(_ c: Case) { check(c) }

    // MARK: Null, map, lists

    private static let map = Transform.map([
        .init(from: "A", to: .text("Active")), .init(from: "C", to: .null), .init(from: "é", to: .text("composed")),
    ])

    @Test(arguments: [
        Case("map: found", map, .text("A"), .text("Active")),
        Case("map: others pass", map, .text("a"), .text("a")),
        Case("map: to null", map, .text("C"), .null),
        Case("map: by code point", map, .text("e\u{301}"), .text("e\u{301}")),
        Case("map: numbers stay numbers", .map([.init(from: "1", to: .number("100"))]), decimal("1.0"), decimal("100")),
        Case("map: numbers become text", .map([.init(from: "1", to: .text("one"))]), decimal("2"), .text("2")),
        Case(
            "map: booleans", .map([.init(from: "true", to: .text("Yes")), .init(from: "false", to: .text("No"))]),
            .boolean(false), .text("No")),
        Case("map: NaN in a map to words", .map([.init(from: "1", to: .text("one"))]), .notFinite, rejects: .notFinite),
        Case("default: null", .defaultValue(.text("x")), .null, .text("x")),
        Case("default: empty text is none", .defaultValue(.text("x")), .text(""), .text("x")),
        Case("default: a blank is a value", .defaultValue(.text("x")), .text(" "), .text(" ")),
        Case("null if: text", .nullIf(.text("-")), .text("-"), .null),
        Case("null if: by code point", .nullIf(.text("é")), .text("e\u{301}"), .text("e\u{301}")),
        Case("null if: number", .nullIf(.number("0")), decimal("0.00"), .null),
        Case("null if: double", .nullIf(.number("0")), .double(-0.0), .null),
        Case("null if: day", .nullIf(.text("1970-01-01")), .date(0), .null),
        Case("null if: moment", .nullIf(.text("1970-01-01")), .timestamp(microseconds: 0, zoned: true), .null),
        Case("null if: another", .nullIf(.number("0")), .double(1), .double(1)),
        Case("join", .join(", "), .list(["a", "", "c"]), .text("a, , c")),
        Case("join: nothing", .join(", "), .list([]), .text("")),
        Case("split", .split(";"), .text("a;;b;"), .list(["a", "", "b", ""])),
        Case("split: one", .split("; "), .text("a;b"), .list(["a;b"])),
        Case("split: inside an emoji is none", .split("\u{200D}"), .text("a"), .list(["a"])),
    ])
    func valuesAndLists(_ c: Case) { check(c) }

    /// But for `DEFAULT`, every step passes null on.
    @Test(arguments: [
        Transform.castToString, .castToNumber, .castToBoolean, .dateFormatISO, .dateOnly, .trim, .uppercase, .lowercase,
        .jsonStringify, .guardFormula, .dateFormat("yyyy"), .truncate(1), .round(1), .scale("2"), .replace("a", "b"),
        map, .nullIf(.text("a")), .join(","), .split(","),
    ])
    func nullStaysNull(_ transform: Transform) throws {
        #expect(try transform.apply(to: .null, kind: .text, zone: .utc) == .null)
    }

    @Test func stepsKnowWhatTheyTake() {
        #expect(Transform.castToNumber.resultKind(of: .date) == nil)
        #expect(Transform.castToBoolean.resultKind(of: .list) == nil)
        #expect(Transform.dateOnly.resultKind(of: .number) == nil)
        #expect(Transform.trim.resultKind(of: .number) == nil)
        #expect(Transform.round(1).resultKind(of: .text) == nil)
        #expect(Transform.join(",").resultKind(of: .text) == nil)
        #expect(Transform.split(",").resultKind(of: .list) == nil)
        #expect(Transform.defaultValue(.text("x")).resultKind(of: .number) == nil)
        #expect(Transform.defaultValue(.number("1")).resultKind(of: .number) == .number)
        #expect(Self.map.resultKind(of: .json) == nil)
        #expect(Transform.map([.init(from: "1", to: .text("one"))]).resultKind(of: .number) == .text)
    }
}
