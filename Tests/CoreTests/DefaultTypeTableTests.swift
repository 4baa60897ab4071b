import Testing

@testable import Core

/// The table of SPEC §10, from a column of the catalog to the column of a list, through the whole binding.
@Suite("From a column of the table to one of the list")
struct DefaultTypeTableTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var type: SourceType
        var expected: ColumnType
        var allowed: [String]?

        init(_ type: SourceType, _ expected: ColumnType, allowed: [String]? = nil) {
            (self.type, self.expected, self.allowed) = (type, expected, allowed)
        }

        var testDescription: String { type.description + (allowed == nil ? "" : " with a CHECK") }
    }

    static func bind(
        _ column: SourceColumn, _ mapping: Mapping = Mapping(auto: AutoMapping()), zone: SiteTimeZone? = .utc
    ) -> (bound: BoundDefinition?, diagnostics: Diagnostics) {
        let definition = SyncDefinition(
            name: "d", sourceProfile: "p", table: TableName(schema: nil, name: "t"), siteProfile: "s",
            sharding: ShardingPolicy(defaultList: Located("A")), mapping: mapping, deletes: .propagate)
        let relation = SourceRelation(
            schema: "public", name: "t", kind: .table, columns: [SourceColumn("key", .uuid), column],
            primaryKey: ["key"])
        return Binder.bind(definition, to: relation, zone: zone)
    }

    private static let dateTime = ColumnType.dateTime(.init(format: .dateTime))
    private static func number(_ places: ColumnType.Number.Places) -> ColumnType {
        .number(.init(decimalPlaces: places))
    }
    private static func labels(_ labels: String...) -> SourceType {
        .enumeration(schema: "public", name: "e", labels: labels)
    }

    @Test(arguments: [
        Row(.smallint, number(.none)), Row(.integer, number(.none)), Row(.bigint, number(.none)),
        Row(.numeric(precision: 5, scale: 0), number(.none)), Row(.numeric(precision: 5, scale: 1), number(.one)),
        Row(.numeric(precision: 5, scale: 2), number(.two)), Row(.numeric(precision: 5, scale: 3), number(.three)),
        Row(.numeric(precision: 5, scale: 4), number(.four)), Row(.numeric(precision: 9, scale: 5), number(.five)),
        Row(.numeric(precision: 9, scale: 6), number(.automatic)),
        Row(.numeric(precision: nil, scale: nil), number(.automatic)), Row(.real, number(.automatic)),
        Row(.double, number(.automatic)), Row(.money, .currency(locale: "en-us")), Row(.boolean, .boolean),
        Row(.date, .dateOnly), Row(.timestamp, dateTime), Row(.timestamptz, dateTime),
        Row(.varchar(length: 255), .singleLineText), Row(.varchar(length: 1), .singleLineText),
        Row(.char(length: 255), .singleLineText), Row(.uuid, .singleLineText), Row(.inet, .singleLineText),
        Row(.cidr, .singleLineText), Row(.macaddr, .singleLineText), Row(.time, .singleLineText),
        Row(.timetz, .singleLineText), Row(.interval, .singleLineText), Row(.bit, .singleLineText),
        Row(.name, .singleLineText), Row(.oid, .singleLineText), Row(.text, .multilineText),
        Row(.varchar(length: 256), .multilineText), Row(.varchar(length: nil), .multilineText),
        Row(.json, .multilineText),
        Row(.jsonb, .multilineText), Row(.array(.integer), .multilineText), Row(.array(.text), .multilineText),
        Row(.composite(schema: "s", name: "c"), .multilineText), Row(.xml, .multilineText),
        Row(.range(name: "int4range"), .multilineText), Row(.other("tsvector"), .multilineText),
        Row(labels("a", "b"), .choice(.init(choices: ["a", "b"]))),
        Row(.text, .choice(.init(choices: ["x", "y"])), allowed: ["x", "y"]),
        Row(.varchar(length: 9), .choice(.init(choices: ["x"])), allowed: ["x"]),
        Row(.array(labels("a", "b")), .choice(.init(choices: ["a", "b"], displayAs: .checkBoxes))),
        Row(.array(.text), .choice(.init(choices: ["x", "y"], displayAs: .checkBoxes)), allowed: ["x", "y"]),
    ])
    func typesOfTheContract(_ row: Row) throws {
        let column = SourceColumn("value", row.type, allowedValues: row.allowed)
        let (bound, diagnostics) = Self.bind(column)
        #expect(diagnostics.isEmpty, "\(diagnostics.all.map(\.detail))")
        let wanted = try #require(bound?.columns.first { $0.sourceColumn == "value" })
        #expect(wanted.type == row.expected && wanted.name == "value" && wanted.displayName == "Value")
        // What is written into it is of a kind that it takes.
        let field = try #require(bound?.fields.first { $0.target == "value" })
        #expect(wanted.type.takes(try #require(bound?.reads[field.read].kind)))
    }

    @Test func byteaIsRefusedAndTheWaysOutAreNamed() {
        let (bound, diagnostics) = Self.bind(SourceColumn("photo", .bytea))
        #expect(bound == nil && diagnostics.all.map(\.code) == [.unsupportedType])
        let help = diagnostics.all.first?.help ?? ""
        #expect(help.contains("skip: [photo]") && help.contains("expression"))
        let skipped = Self.bind(SourceColumn("photo", .bytea), Mapping(auto: AutoMapping(skip: [Located("photo")])))
        #expect(skipped.bound?.columns.map(\.name) == ["key"] && skipped.diagnostics.isEmpty)
    }

    /// A day is a moment of the site's zone; without one nobody knows which (SPEC §3).
    @Test func aDateNeedsTheZoneOfTheSite() {
        let (bound, diagnostics) = Self.bind(SourceColumn("day", .date), zone: nil)
        #expect(bound == nil && diagnostics.all.map(\.code) == [.missingTimeZone])
        #expect(diagnostics.all.first?.help?.contains("timeZone:") == true)
        #expect(Self.bind(SourceColumn("day", .timestamptz), zone: nil).diagnostics.isEmpty)
    }

    // MARK: Which kinds a column takes

    @Test func aColumnTakesTheseKinds() {
        let kinds: [ValueKind] = [
            .text, .number, .boolean, .date, .timestamp(zoned: true), .list, .json,
        ]
        let table: [(ColumnType, String)] = [
            (.singleLineText, "1111111"), (.multilineText, "1111111"), (.number(.init()), "1100000"),
            (.currency(locale: "de-de"), "1100000"), (.boolean, "0010000"), (.dateOnly, "1001100"),
            (Self.dateTime, "1001100"), (.choice(.init(choices: [])), "1111100"),
            (.choice(.init(choices: [], displayAs: .checkBoxes)), "1000010"),
        ]
        for (type, expected) in table {
            #expect(kinds.map { type.takes($0) ? "1" : "0" }.joined() == expected, "\(type.words)")
        }
    }

    // MARK: What the words of a type say

    @Test(arguments: [
        (ColumnType.singleLineText, "text", "single-line text (255)", true, true),
        (.text(.init(maxLength: 12)), "text", "single-line text (12)", true, true),
        (.multilineText, "text", "multi-line text", false, false), (number(.automatic), "number", "number", true, true),
        (number(.none), "number", "number, no decimals", true, true),
        (number(.three), "number", "number, three decimals", true, true), (.boolean, "boolean", "yes/no", true, false),
        (.dateOnly, "dateTime", "date", true, true), (dateTime, "dateTime", "date and time", true, true),
        (.choice(.init(choices: ["a"])), "choice", "choice of 1", true, true),
        (.choice(.init(choices: ["a", "b"], displayAs: .checkBoxes)), "choice", "multi-choice of 2", false, false),
        (.currency(locale: "de-de"), "currency", "currency (de-de)", true, true),
    ])
    func wordsAndIndexes(type: ColumnType, facet: String, words: String, indexed: Bool, unique: Bool) {
        #expect(type.facet == facet && type.words == words)
        #expect(type.canBeIndexed == indexed && type.canBeUnique == unique)
    }
}
