import Core

extension JSON: ExpressibleByFloatLiteral {
    package init(floatLiteral value: Double) { self = .number(value) }
}

/// One PostgreSQL column, the list column it must become, and what its values must look like there.
struct TypeCase: Sendable {
    var name: String
    /// What stands behind the name in CREATE TABLE.
    var type: String
    /// The facet and the members of it that matter.
    var facet: String
    var options: [String: JSON]
    /// Literals and the values that SharePoint must show; `nil`: none. The first is the typical one.
    var values: [(sql: String, shown: JSON?)]
    /// Another value, for changes.
    var changed: (sql: String, shown: JSON?)
    /// The column that is set, if another one.
    var setsColumn: String?
    /// The column in the list, if its name is another one.
    var target: String?

    var field: String { target ?? name }

    init(
        _ name: String, _ type: String, _ facet: String, _ options: [String: JSON], _ values: [(String, JSON?)],
        changed: (String, JSON?), setsColumn: String? = nil, target: String? = nil
    ) {
        (self.name, self.type, self.facet, self.options) = (name, type, facet, options)
        (self.values, self.changed, self.setsColumn, self.target) = (values, changed, setsColumn, target)
    }
}

/// Every row of SPEC §10's table but lookups. Expectations are literals, worked out by hand for a site in Berlin.
enum TypeTable {
    static let types = """
        CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'très content');
        CREATE TYPE pair AS (num numeric, "Text" text);
        CREATE DOMAIN plain_text AS text CHECK (VALUE <> 'never');
        CREATE DOMAIN level AS varchar(20) CHECK (VALUE IN ('low', 'high'));
        CREATE DOMAIN positive AS int CHECK (VALUE > 0);
        CREATE TABLE parents (id int PRIMARY KEY);
        INSERT INTO parents VALUES (1), (2);
        """

    private static func number(_ places: String) -> [String: JSON] {
        ["decimalPlaces": .string(places), "displayAs": "number"]
    }
    private static let line: [String: JSON] = ["allowMultipleLines": false, "maxLength": 255]
    private static let lines: [String: JSON] = ["allowMultipleLines": true, "textType": "plain"]
    private static let dateOnly: [String: JSON] = ["format": "dateOnly"]
    private static let dateTime: [String: JSON] = ["format": "dateTime"]

    static let numbers: [TypeCase] = [
        TypeCase(
            "c_smallint", "smallint", "number", number("none"), [("1", 1), ("-32768", -32768), ("32767", 32767)],
            changed: ("2", 2)),
        TypeCase(
            "c_integer", "integer", "number", number("none"), [("7", 7), ("-2147483648", -2_147_483_648), ("0", 0)],
            changed: ("8", 8)),
        TypeCase(
            "c_bigint", "bigint", "number", number("none"),
            [("42", 42), ("9007199254740992", 9_007_199_254_740_992), ("-9007199254740992", -9_007_199_254_740_992)],
            changed: ("9007199254740991", 9_007_199_254_740_991)),
        TypeCase(
            "c_numeric0", "numeric(18,0)", "number", number("none"),
            [("1234567890", 1_234_567_890), ("-0", 0), ("999999999999999000", 999_999_999_999_999_000)],
            changed: ("5", 5)),
        TypeCase(
            "c_numeric2", "numeric(12,2)", "number", number("two"),
            [("1.25", 1.25), ("0.10", 0.1), ("-0.01", -0.01), ("9999999999.99", 9_999_999_999.99)],
            changed: ("1.24", 1.24)),
        TypeCase(
            "c_numeric5", "numeric(12,5)", "number", number("five"), [("0.00001", 0.00001)],
            changed: ("0.00002", 0.00002)),
        TypeCase(
            "c_numeric7", "numeric(20,7)", "number", number("automatic"),
            [("0.1234567", 0.1234567), ("1234567890123.1234567", 1_234_567_890_123.1235)],
            changed: ("0.1234568", 0.1234568)),
        TypeCase(
            "c_numericm2", "numeric(6,-2)", "number", number("automatic"), [("12345", 12300)], changed: ("100", 100)),
        TypeCase(
            "c_numeric", "numeric", "number", number("automatic"),
            [
                ("0.1", 0.1), ("1e-20", 1e-20), ("1e300", 1e300),
                ("-123456789.123456789123456789", -123_456_789.12345679),
            ],
            changed: ("0.2", 0.2)),
        TypeCase(
            "c_real", "real", "number", number("automatic"),
            [("0.1", 0.1), ("3.4028235e38", 3.4028235e38), ("1e-45", 1e-45), ("'-0'", 0), ("16777216", 16_777_216)],
            changed: ("0.3", 0.3)),
        TypeCase(
            "c_double", "double precision", "number", number("automatic"),
            [
                ("0.1", 0.1), ("1.7976931348623157e308", 1.7976931348623157e308), ("5e-324", .number("5e-324")),
                ("'-0'", 0), ("1e22", 1e22),
            ],
            changed: ("0.1::float8 + 0.2::float8", 0.30000000000000004)),
        TypeCase(
            "c_money", "money", "currency", ["locale": "en-us"],
            [("12.34::numeric", 12.34), ("'-92233720368547758.08'::numeric", -92_233_720_368_547_760)],
            changed: ("12.35::numeric", 12.35)),
        TypeCase(
            "c_boolean", "boolean", "boolean", [:], [("true", true), ("false", false)], changed: ("false", false)),
        TypeCase("c_positive", "positive", "number", number("none"), [("3", 3)], changed: ("4", 4)),
        TypeCase(
            "c_generated", "int GENERATED ALWAYS AS (c_base * 2) STORED", "number", number("none"), [],
            changed: ("5", 10), setsColumn: "c_base"),
        TypeCase("c_parent", "int REFERENCES parents", "number", number("none"), [("1", 1)], changed: ("2", 2)),
    ]

    static let dates: [TypeCase] = [
        TypeCase(
            "c_date", "date", "dateTime", dateOnly,
            [
                ("'2024-02-29'", "2024-02-28T23:00:00Z"), ("'1900-01-02'", "1900-01-01T23:00:00Z"),
                ("'8900-12-30'", "8900-12-29T23:00:00Z"), ("'2024-03-31'", "2024-03-30T23:00:00Z"),
                ("'2024-04-01'", "2024-03-31T22:00:00Z"), ("'2024-10-27'", "2024-10-26T22:00:00Z"),
                ("'2024-10-28'", "2024-10-27T23:00:00Z"), ("'1970-01-01'", "1969-12-31T23:00:00Z"),
            ], changed: ("'2024-03-01'", "2024-02-29T23:00:00Z")),
        TypeCase(
            "c_timestamp", "timestamp", "dateTime", dateTime,
            [
                ("'2024-03-31 02:30:00'", "2024-03-31T02:30:00Z"), ("'1969-12-31 23:59:59.25'", "1969-12-31T23:59:59Z"),
                ("'1900-01-01 00:00:00'", "1900-01-01T00:00:00Z"),
                ("'8900-12-31 23:59:59.999999'", "8900-12-31T23:59:59Z"),
                ("'1969-12-31 23:59:59.999999'", "1969-12-31T23:59:59Z"),
            ], changed: ("'2024-03-31 02:30:01.5'", "2024-03-31T02:30:01Z")),
        TypeCase(
            "c_timestamptz", "timestamptz", "dateTime", dateTime,
            [
                ("'2024-10-27 02:30:00+02'", "2024-10-27T00:30:00Z"),
                ("'2024-10-27 02:30:00+01'", "2024-10-27T01:30:00Z"),
                ("'1969-12-31 23:59:58.5+00'", "1969-12-31T23:59:58Z"),
                ("'1900-01-01 00:00:00+00'", "1900-01-01T00:00:00Z"),
            ], changed: ("'2024-10-27 02:30:00+00'", "2024-10-27T02:30:00Z")),
    ]

    static let shortTexts: [TypeCase] = [
        TypeCase(
            "c_varchar50", "varchar(50)", "text", line,
            [
                ("'Brücke'", "Brücke"), ("''", nil), ("repeat('😀', 50)", .string(String(repeating: "😀", count: 50))),
                (#"E'e\u0301 שלום مرحبا'"#, "e\u{301} שלום مرحبا"), ("' a '", " a "), (#"E'a\tb'"#, "a\tb"),
                (#"E'\u200D\uFEFF'"#, "\u{200D}\u{FEFF}"), ("'''; DROP TABLE types; --'", "'; DROP TABLE types; --"),
            ], changed: (#"E'Bru\u0308cke'"#, "Bru\u{308}cke")),
        TypeCase(
            "c_varchar255", "varchar(255)", "text", line,
            [("repeat('ä', 255)", .string(String(repeating: "ä", count: 255)))], changed: ("'x'", "x")),
        TypeCase(
            "c_char", "char(5)", "text", line, [("'ab'", "ab"), ("'     '", nil), ("' b'", " b")],
            changed: ("'abc'", "abc")),
        TypeCase(
            "c_uuid", "uuid", "text", line,
            [("'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")],
            changed: ("'00000000-0000-0000-0000-000000000000'", "00000000-0000-0000-0000-000000000000")),
        TypeCase(
            "c_inet", "inet", "text", line,
            [("'10.0.0.1'", "10.0.0.1"), ("'10.0.0.1/8'", "10.0.0.1/8"), ("'::1'", "::1")],
            changed: ("'10.0.0.2'", "10.0.0.2")),
        TypeCase(
            "c_cidr", "cidr", "text", line, [("'10.0.0.0/8'", "10.0.0.0/8")], changed: ("'10.0.0.0/9'", "10.0.0.0/9")),
        TypeCase(
            "c_macaddr", "macaddr", "text", line, [("'08-00-2B-01-02-03'", "08:00:2b:01:02:03")],
            changed: ("'08:00:2b:01:02:04'", "08:00:2b:01:02:04")),
        TypeCase(
            "c_time", "time", "text", line,
            [("'10:00'", "10:00:00"), ("'24:00:00'", "24:00:00"), ("'10:00:00.50'", "10:00:00.5")],
            changed: ("'10:01'", "10:01:00")),
        TypeCase(
            "c_timetz", "timetz", "text", line, [("'10:00:00+02'", "10:00:00+02")],
            changed: ("'10:00:00+03'", "10:00:00+03")),
        TypeCase(
            "c_interval", "interval", "text", line,
            [("'1 year 2 days 03:04:05.6'", "P1Y2DT3H4M5.6S"), ("'-1 day'", "P-1D"), ("'0'", "PT0S")],
            changed: ("'1 month'", "P1M")),
        TypeCase("c_bit", "bit(3)", "text", line, [("B'101'", "101")], changed: ("B'000'", "000")),
        TypeCase(
            "c_varbit", "varbit(9)", "text", line, [("B'0101'", "0101"), ("B''", nil)], changed: ("B'01010'", "01010")),
        TypeCase("c_name", "name", "text", line, [("'größe'", "größe")], changed: ("'b'", "b")),
        TypeCase("c_oid", "oid", "text", line, [("4294967295", "4294967295")], changed: ("0", "0")),
    ]

    static let longTexts: [TypeCase] = [
        TypeCase(
            "c_text", "text", "text", lines,
            [
                ("'plain'", "plain"), ("''", nil), (#"E'a\r\nb\rc\n\nd\r\r\n'"#, "a\nb\nc\n\nd\n\n"),
                ("repeat('x', 63999)", .string(String(repeating: "x", count: 63_999))), ("'👨‍👩‍👧'", "👨‍👩‍👧"),
                ("' '", " "), ("'<b>&amp;</b>'", "<b>&amp;</b>"),
            ], changed: (#"E'plain\n'"#, "plain\n")),
        TypeCase(
            "c_varchar300", "varchar(300)", "text", lines,
            [("repeat('ab', 150)", .string(String(repeating: "ab", count: 150)))],
            changed: ("'x'", "x")),
        TypeCase("c_varchar", "varchar", "text", lines, [("'x'", "x")], changed: ("'y'", "y")),
        TypeCase(
            "c_json", "json", "text", lines,
            [
                (
                    #"'{"b": 1.50, "a": [1e3, null, "\u00e9\""], "a2": {}}'"#,
                    #"{"a":[1000,null,"é\""],"a2":{},"b":1.5}"#
                ),
                ("'null'", "null"), (#"'""'"#, #""""#), (#"'{"a":1,"a":2}'"#, #"{"a":2}"#), ("'[ ]'", "[]"),
            ], changed: ("'{}'", "{}")),
        TypeCase(
            "c_jsonb", "jsonb", "text", lines, [(#"'{"bb": true, "a": -0.0}'"#, #"{"a":0,"bb":true}"#)],
            changed: ("'1'", "1")),
        TypeCase(
            "c_ints", "int[]", "text", lines,
            [("'{1,NULL,3}'", "[1,null,3]"), ("'{}'", "[]"), ("'{{1,2},{3,4}}'", "[[1,2],[3,4]]")],
            changed: ("'{3,1}'", "[3,1]")),
        TypeCase(
            "c_texts", "text[]", "text", lines, [(#"'{a,"b c",NULL,""}'"#, #"["a","b c",null,""]"#)],
            changed: ("'{b}'", #"["b"]"#)),
        TypeCase(
            "c_pair", "pair", "text", lines,
            [("ROW(1.50, 'x')", #"{"Text":"x","num":1.5}"#), ("ROW(NULL, NULL)", #"{"Text":null,"num":null}"#)],
            changed: ("ROW(2, 'x')", #"{"Text":"x","num":2}"#)),
        TypeCase("c_xml", "xml", "text", lines, [("'<a>é</a>'", "<a>é</a>")], changed: ("'<a/>'", "<a/>")),
        TypeCase(
            "c_range", "int4range", "text", lines, [("'[1,5]'", "[1,6)"), ("'empty'", "empty")],
            changed: ("'[1,)'", "[1,)")),
        TypeCase("c_point", "point", "text", lines, [("'(1,2.5)'", "(1,2.5)")], changed: ("'(1,2)'", "(1,2)")),
        TypeCase("c_plain", "plain_text", "text", lines, [("'x'", "x")], changed: ("'y'", "y")),
        TypeCase(
            "c_bytes", "bytea", "text", lines, [(#"'\xDEADBEEF'"#, "deadbeef"), (#"'\x'"#, nil)],
            changed: (#"'\x00'"#, "00"),
            target: "Bytes"),
    ]

    static let choices: [TypeCase] = [
        TypeCase(
            "c_mood", "mood", "choice", ["choices": ["sad", "it's ok", "très content"], "displayAs": "dropDownMenu"],
            [("'sad'", "sad"), ("'it''s ok'", "it's ok"), ("'très content'", "très content")],
            changed: ("'it''s ok'", "it's ok")),
        TypeCase(
            "c_checked", "text CHECK (c_checked IN ('red', 'light blue'))", "choice",
            ["choices": ["red", "light blue"], "allowTextEntry": false], [("'red'", "red")],
            changed: ("'light blue'", "light blue")),
        TypeCase(
            "c_level", "level", "choice", ["choices": ["low", "high"]], [("'low'", "low")], changed: ("'high'", "high")),
        TypeCase(
            "c_moods", "mood[]", "choice", ["choices": ["sad", "it's ok", "très content"], "displayAs": "checkBoxes"],
            [
                ("ARRAY['très content', 'sad', 'sad']::mood[]", ["sad", "très content"]), ("'{}'", nil),
                ("'{NULL}'", nil), ("'{{sad,sad},{très content,sad}}'", ["sad", "très content"]),
            ], changed: ("ARRAY['sad']::mood[]", ["sad"])),
        TypeCase(
            "c_tags", "text[] CHECK (c_tags <@ ARRAY['b', 'a', 'c d'])", "choice",
            ["choices": ["b", "a", "c d"], "displayAs": "checkBoxes"], [("'{c d,a}'", ["a", "c d"])],
            changed: ("'{b}'", ["b"])),
    ]

    static let all = numbers + dates + shortTexts + longTexts + choices
}
