import Testing

@testable import Core

@Suite("Values of source columns")
struct SourceValueTests {
    private static func decimal(_ text: String) -> SourceValue { DecimalNumber(text).map(SourceValue.decimal) ?? .null }

    // MARK: How columns are read

    struct Reading: Sendable, CustomTestStringConvertible {
        var type: SourceType
        var spelling: String
        var form = ReadForm.plain
        var kind = ValueKind.text

        var testDescription: String { spelling }
    }

    /// Every type of SPEC §10's table, by PostgreSQL's own name.
    @Test(arguments: [
        Reading(type: .smallint, spelling: "smallint", kind: .number),
        Reading(type: .integer, spelling: "integer", kind: .number),
        Reading(type: .bigint, spelling: "bigint", kind: .number), Reading(type: .oid, spelling: "oid"),
        Reading(type: .numeric(precision: 12, scale: 2), spelling: "numeric(12,2)", kind: .number),
        Reading(type: .numeric(precision: nil, scale: nil), spelling: "numeric", kind: .number),
        Reading(type: .real, spelling: "real", kind: .number),
        Reading(type: .double, spelling: "double precision", kind: .number),
        Reading(type: .money, spelling: "money", form: .numeric, kind: .number),
        Reading(type: .boolean, spelling: "boolean", kind: .boolean),
        Reading(type: .date, spelling: "date", kind: .date),
        Reading(type: .timestamp, spelling: "timestamp without time zone", kind: .timestamp(zoned: false)),
        Reading(type: .timestamptz, spelling: "timestamp with time zone", kind: .timestamp(zoned: true)),
        Reading(type: .time, spelling: "time without time zone"),
        Reading(type: .timetz, spelling: "time with time zone"), Reading(type: .interval, spelling: "interval"),
        Reading(type: .varchar(length: 40), spelling: "character varying(40)"),
        Reading(type: .varchar(length: nil), spelling: "character varying"),
        // Without its padding.
        Reading(type: .char(length: 8), spelling: "character(8)", form: .text),
        Reading(type: .text, spelling: "text"), Reading(type: .name, spelling: "name"),
        Reading(type: .uuid, spelling: "uuid"), Reading(type: .inet, spelling: "inet"),
        Reading(type: .cidr, spelling: "cidr"), Reading(type: .macaddr, spelling: "macaddr"),
        Reading(type: .bit, spelling: "bit"), Reading(type: .json, spelling: "json", form: .json, kind: .json),
        Reading(type: .jsonb, spelling: "jsonb", form: .json, kind: .json), Reading(type: .xml, spelling: "xml"),
        Reading(type: .bytea, spelling: "bytea"),
        Reading(type: .enumeration(schema: "public", name: "state", labels: ["a"]), spelling: "public.state"),
        Reading(type: .array(.integer), spelling: "integer[]", form: .json, kind: .json),
        Reading(type: .array(.array(.text)), spelling: "text[][]", form: .json, kind: .json),
        Reading(type: .composite(schema: "s", name: "c"), spelling: "s.c", form: .json, kind: .json),
        Reading(type: .range(name: "int4range"), spelling: "int4range"),
        Reading(type: .other("point"), spelling: "point"),
    ])
    func typesAreRead(_ c: Reading) {
        #expect(c.type.description == c.spelling)
        let reading = c.type.reading()
        #expect(reading.form == c.form && reading.kind == c.kind)
    }

    @Test func onlyArraysOfTextsAreLists() {
        for element in [
            SourceType.text, .varchar(length: 3), .char(length: 3), .name,
            .enumeration(schema: "s", name: "e", labels: []),
        ] {
            #expect(SourceType.array(element).isTextArray)
            #expect(SourceType.array(element).reading(asList: true) == (.json, .list))
        }
        for type in [SourceType.array(.integer), .array(.uuid), .array(.array(.text)), .text, .json] {
            #expect(!type.isTextArray, "\(type.description)")
        }
    }

    // MARK: Texts of PostgreSQL

    struct Case: Sendable, CustomTestStringConvertible {
        var text: String?
        var type: SourceType
        /// `nil`: the text is of no value of the type.
        var value: SourceValue?
        var isList = false

        init(_ text: String?, _ type: SourceType, _ value: SourceValue?, isList: Bool = false) {
            (self.text, self.type, self.value, self.isList) = (text, type, value, isList)
        }

        var testDescription: String { "\(type.description) \(text ?? "NULL")" }
    }

    @Test(arguments: [
        Case(nil, .integer, .null), Case(nil, .text, .null), Case("", .text, .text("")),
        Case("42", .bigint, decimal("42")),
        Case("9223372036854775807", .bigint, decimal("9223372036854775807")),
        Case("1.50", .numeric(precision: nil, scale: nil), decimal("1.5")),
        Case("NaN", .numeric(precision: nil, scale: nil), .notFinite),
        Case("Infinity", .numeric(precision: nil, scale: nil), .notFinite),
        Case("-Infinity", .double, .notFinite), Case("NaN", .real, .notFinite), Case("1e+20", .double, .double(1e20)),
        // The shortest text of a float, and not that of the double beside it.
        Case("0.1", .real, .double(0.1)), Case("16777216", .real, .double(16_777_216)),
        Case("5.00", .money, decimal("5")), Case("x", .integer, nil), Case("", .integer, nil), Case("x", .double, nil),
        Case("t", .boolean, .boolean(true)), Case("f", .boolean, .boolean(false)), Case("true", .boolean, nil),
        Case("2013-01-01", .date, .date(15_706)), Case("infinity", .date, .endless(positive: true)),
        Case("-infinity", .timestamp, .endless(positive: false)), Case("soon", .date, nil),
        Case("2013-01-01 00:00:00", .timestamp, .timestamp(microseconds: 1_356_998_400_000_000, zoned: false)),
        Case("2013-01-01 00:00:00+00", .timestamptz, .timestamp(microseconds: 1_356_998_400_000_000, zoned: true)),
        Case("soon", .timestamptz, nil), Case("42", .oid, .text("42")), Case(#"{"a":1}"#, .jsonb, .json(["a": 1])),
        Case("{", .json, nil), Case(#"["b",null,"a"]"#, .array(.text), .list(["b", "a"]), isList: true),
        Case(#"[["a","b"],["c",null]]"#, .array(.text), .list(["a", "b", "c"]), isList: true),
        Case("[]", .array(.text), .list([]), isList: true), Case("{}", .array(.text), nil, isList: true),
    ])
    func readsTexts(_ c: Case) {
        let kind = c.type.reading(asList: c.isList).kind
        #expect(SourceValue(c.text, kind: kind, type: c.type) == c.value)
    }

    // MARK: Canonical texts

    /// SPEC §2 for keys, and what text columns show.
    @Test(arguments: [
        (SourceValue.null, nil as String?), (.notFinite, nil), (.endless(positive: true), nil), (.text("é"), "é"),
        (decimal("-0.50"), "-0.5"), (decimal("1e3"), "1000"), (.double(0.1), "0.1"),
        (.double(1e21), "1000000000000000000000"),
        (.double(1e-7), "0.0000001"), (.double(-0.0), "0"), (.boolean(true), "true"), (.boolean(false), "false"),
        (.date(15_706), "2013-01-01"), (.date(-719_163), "0001-12-31 BC"),
        (.timestamp(microseconds: 1_356_998_400_500_000, zoned: true), "2013-01-01T00:00:00.5Z"),
        (.timestamp(microseconds: 1_356_998_400_000_000, zoned: false), "2013-01-01T00:00:00"),
        (.list(["a", "\""]), #"["a","\""]"#), (.list([]), "[]"),
        (.json(["b": 1, "a": [.null]]), #"{"a":[null],"b":1}"#),
    ])
    func canonicalTexts(value: SourceValue, expected: String?) { #expect(value.canonicalText == expected) }

    // MARK: Structures (SPEC §10: members sorted by UTF-8, plain decimals, no blanks)

    @Test(arguments: [
        (#"{ "b" : [ 1 , 2 ] , "a" : { } }"#, #"{"a":{},"b":[1,2]}"#),
        (#"[1.50, 1e3, -0, 1E-3, 100, 0.0]"#, "[1.5,1000,0,0.001,100,0]"),
        (#"{"a":1,"a":2}"#, #"{"a":2}"#), (#""\u00e9\n""#, #""é\n""#), ("true", "true"), ("null", "null"),
        // By UTF-8 the full-width letter comes before the emoji; by UTF-16 it would be behind.
        ("{\"\u{1F600}\":1,\"\u{FF21}\":2}", "{\"\u{FF21}\":2,\"\u{1F600}\":1}"),
        // Composed and decomposed are two members.
        ("{\"\u{e9}\":1,\"e\u{301}\":2}", "{\"e\u{301}\":2,\"\u{e9}\":1}"),
        (
            "[12345678901234567890.123456789012345678901234567890]",
            "[12345678901234567890.12345678901234567890123456789]"
        ),
    ])
    func structures(text: String, expected: String) throws {
        #expect(Array(try JSON.parse(text).structureText.utf8) == Array(expected.utf8))
    }

    /// A few bytes of `json` must not stand for megabytes.
    @Test func aNumberWithAHugeExponentStaysAsItIs() throws {
        #expect(try JSON.parse("1e900").structureText.utf8.count == 901)
        #expect(try JSON.parse("1e20000").structureText == "1e20000")
        #expect(try JSON.parse("1e-20000").structureText == "1e-20000")
        #expect(try JSON.parse("1e999999999").structureText == "1e999999999")
    }

    // MARK: Decimals

    @Test(arguments: [
        "", "-", "+", ".", "1.2.3", "1e", "e5", "1e5.5", "0x1", " 1", "1 ", "1_000", "1,5", "١", "NaN", "Infinity",
        "inf",
        "1e20001",
    ])
    func whatIsNoDecimalIsRefused(text: String) { #expect(DecimalNumber(text) == nil) }

    @Test func decimalsOfOneValueAreOne() {
        let spellings = ["1.5", "+1.5", "01.50", "15e-1", "0.15E1", "1500e-3"].compactMap { DecimalNumber($0) }
        #expect(spellings.count == 6 && Set(spellings).count == 1)
        #expect(DecimalNumber("-0.00") == DecimalNumber("0"))
        #expect(DecimalNumber("1.0")?.isInteger == true && DecimalNumber("1.01")?.isInteger == false)
    }

    @Test(arguments: [
        ("0.5", 0, "1"), ("-0.5", 0, "-1"), ("0.49", 0, "0"), ("1.005", 2, "1.01"), ("-1.005", 2, "-1.01"),
        ("99.995", 2, "100"),
        ("1234.5", 3, "1234.5"), ("0.0001", 2, "0"), ("-0.004", 2, "0"), ("15", 0, "15"),
    ])
    func halfIsRoundedAwayFromZero(text: String, places: Int, expected: String) {
        #expect(DecimalNumber(text)?.rounded(places: places).text == expected)
    }
}
