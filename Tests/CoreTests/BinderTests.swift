import Testing

@testable import Core

@Suite("Binding keys, rules and limits")
struct BinderTests {
    private static let place = SourceRange(file: "main.yaml", line: 5, column: 3)

    private static func bind(
        key: [String]? = nil, rules: [ShardingPolicy.Rule] = [], defaultList: String? = "Rest", fields: [Field] = [],
        kind: SourceRelation.Kind = .table, primaryKey: [String] = ["id"], uniqueKeys: [[String]] = []
    ) -> (bound: BoundDefinition?, diagnostics: Diagnostics) {
        let definition = SyncDefinition(
            name: "d", sourceProfile: "p", table: TableName(schema: nil, name: "t"), key: key, keyPlace: place,
            siteProfile: "s",
            sharding: ShardingPolicy(
                rules: rules, defaultList: defaultList.map { Located($0) },
                place: SourceRange(file: "main.yaml", line: 9, column: 1)),
            mapping: Mapping(fields: fields), deletes: .propagate)
        let relation = SourceRelation(
            schema: "public", name: "t", kind: kind,
            columns: [
                SourceColumn("id", .bigint), SourceColumn("code", .text, isNullable: false),
                SourceColumn("weight", .double, isNullable: false), SourceColumn("day", .date),
                SourceColumn("price", .money),
                SourceColumn("state", .enumeration(schema: "public", name: "e", labels: ["Active", "Closed", "New"])),
                SourceColumn("size", .text, allowedValues: ["S", "M", "L"]), SourceColumn("meta", .jsonb),
            ], primaryKey: primaryKey, uniqueKeys: uniqueKeys)
        return Binder.bind(definition, to: relation, zone: .utc)
    }

    // MARK: Keys

    @Test func theKeyIsThePrimaryKeyInItsOrderUnlessOneIsNamed() throws {
        let primary = try #require(Self.bind(primaryKey: ["day", "id"]).bound)
        #expect(primary.key.map(\.column) == ["day", "id"] && primary.key.map(\.form) == [.date, .integer])
        #expect(primary.reads.map(\.kind) == [.text, .text], "keys are read as texts")
        let named = try #require(Self.bind(key: ["code", "price"]).bound)
        #expect(named.keyShape.text == "code:text,price:numeric")
        #expect(named.reads.map(\.expression) == [.column("code", .text), .column("price", .numeric)])
    }

    @Test func aKeyThatIsMissingNamesWhatWouldServe() {
        let none = Self.bind(kind: .view, primaryKey: [])
        #expect(none.bound == nil && none.diagnostics.all.map(\.code) == [.missingKeyColumns])
        #expect(none.diagnostics.all[0].detail.contains("view public.t has no primary key, and definition \"d\""))
        #expect(
            none.diagnostics.all[0].help?.contains("key: [id]") == true && none.diagnostics.all[0].source == Self.place)
        // Of unique indexes the one with the fewest columns that are never NULL and have one text.
        let serving = Self.bind(primaryKey: [], uniqueKeys: [["weight"], ["id"], ["code", "size"], ["code"]])
        #expect(serving.diagnostics.all[0].help == "a unique index would serve: source: { table: …, key: [code] }")
    }

    @Test func aKeyOfWrongColumnsIsRefusedColumnByColumn() {
        let (bound, diagnostics) = Self.bind(key: ["weight", "nope", "meta", "code"])
        #expect(bound == nil && diagnostics.all.map(\.code) == [.badKeyType, .unknownColumn, .badKeyType])
        #expect(diagnostics.all.allSatisfy { $0.source == Self.place })
        #expect(diagnostics.all[0].detail.contains("double precision"))
    }

    @Test(arguments: [
        (SourceRelation.Kind.table, "table"), (.partitionedTable, "partitioned table"), (.view, "view"),
        (.materializedView, "materialised view"), (.foreignTable, "foreign table"),
    ])
    func kindsOfRelationsHaveWords(kind: SourceRelation.Kind, words: String) { #expect(kind.words == words) }

    // MARK: Rules

    private static func rule(_ column: String, _ comparison: Condition.Comparison, _ list: String = "A")
        -> ShardingPolicy.Rule
    {
        .init(when: .column(column, comparison, place: nil), list: list, place: place)
    }

    @Test func columnsOfRulesAreReadOnceAndBesideTheFields() throws {
        let field = Field(origin: .column("state"), target: "State")
        let bound = try #require(
            Self.bind(
                rules: [
                    Self.rule("state", .equal(.text("Active"))), Self.rule("day", .isNull(true), "B"),
                    Self.rule("state", .notEqual(.text("New")), "C"),
                ], fields: [field]
            ).bound)
        #expect(bound.lists == ["A", "B", "C", "Rest"])
        #expect(bound.reads.count == 3 && bound.shardingReads.map(\.read) == [1, 2])
        #expect(bound.routing.defaultList == 3 && bound.routing.rules.map(\.list) == [0, 1, 2])
    }

    @Test func aRuleOnTheKeyIsWarnedOf() {
        let (bound, diagnostics) = Self.bind(rules: [Self.rule("id", .less(.number("5")))])
        #expect(bound != nil && diagnostics.all.map(\.code) == [.ruleOnKey])
        #expect(diagnostics.all[0].severity == .warning && diagnostics.all[0].source == Self.place)
        #expect(diagnostics.all[0].detail.contains("key column \"id\""))
    }

    struct Uncovered: Sendable, CustomTestStringConvertible {
        var name: String
        var rules: [ShardingPolicy.Rule]
        var defaultList: String?
        var missing: String?

        var testDescription: String { name }
    }

    @Test(arguments: [
        Uncovered(
            name: "a label without a rule",
            rules: [rule("state", .oneOf([.text("Active"), .text("Closed")]))], missing: "\"New\""),
        Uncovered(name: "several", rules: [rule("state", .equal(.text("Active")))], missing: "\"Closed\", \"New\""),
        Uncovered(name: "a CHECK", rules: [rule("size", .equal(.text("S")))], missing: "\"M\", \"L\""),
        Uncovered(
            name: "all have one",
            rules: [
                rule("state", .oneOf([.text("Active"), .text("Closed")])), rule("state", .equal(.text("New")), "B"),
            ]),
        Uncovered(name: "the default takes them", rules: [rule("state", .equal(.text("Active")))], defaultList: "Rest"),
        Uncovered(name: "any text is possible", rules: [rule("code", .equal(.text("Active")))]),
        Uncovered(
            name: "a rule that is not about labels",
            rules: [rule("state", .equal(.text("Active"))), rule("day", .isNull(true))]),
    ])
    func labelsWithoutARuleAreNamed(_ c: Uncovered) {
        let (bound, diagnostics) = Self.bind(rules: c.rules, defaultList: c.defaultList)
        #expect(bound != nil && diagnostics.all.map(\.code) == (c.missing == nil ? [] : [.uncoveredLabel]))
        if let missing = c.missing {
            #expect(diagnostics.all[0].detail.contains("can be \(missing), for which no rule"))
        }
    }

    struct Mismatch: Sendable, CustomTestStringConvertible {
        var rule: ShardingPolicy.Rule
        var code = DiagnosticCode.typeMismatch
        var words: String

        var testDescription: String { words }
    }

    @Test(arguments: [
        Mismatch(rule: rule("nope", .isNull(true)), code: .unknownColumn, words: "has no column \"nope\""),
        Mismatch(rule: rule("id", .greater(.text("x"))), words: "cannot be compared with the text \"x\""),
        Mismatch(rule: rule("id", .greater(.null)), words: "cannot be compared with null"),
        Mismatch(rule: rule("day", .oneOf([.text("2013-01-01"), .number("7")])), words: "compared with the number 7"),
        Mismatch(rule: rule("day", .equal(.boolean(true))), words: "compared with true"),
        Mismatch(rule: rule("meta", .equal(.text("{}"))), words: "type jsonb"),
        Mismatch(rule: rule("state", .equal(.text("Activ"))), words: "did you mean \"Active\"?"),
        Mismatch(rule: rule("state", .oneOf([.text("zzzzz")])), words: "its labels: Active, Closed, New"),
        Mismatch(rule: rule("weight", .contains("1")), words: "prefix, suffix and contains are for text"),
        Mismatch(rule: rule("code", .newerThan(60)), words: "olderThan and newerThan are for dates and timestamps"),
    ])
    func aRuleOfAnotherTypeIsRefused(_ c: Mismatch) {
        let (bound, diagnostics) = Self.bind(rules: [c.rule])
        let errors = diagnostics.all.filter { $0.severity == .error }
        #expect(bound == nil && errors.map(\.code) == [c.code])
        let text = (errors.first?.detail ?? "") + "\n" + (errors.first?.help ?? "")
        #expect(text.contains(c.words))
        #expect(errors.first?.source == Self.place)
    }

    @Test func oneWrongPartOfAConditionIsTheWholeRules() {
        let wrong = Condition.any([
            .column("code", .equal(.text("x")), place: nil), .not(.column("code", .olderThan(1), place: nil)),
        ])
        let (bound, diagnostics) = Self.bind(rules: [.init(when: .all([wrong]), list: "A", place: Self.place)])
        #expect(bound == nil && diagnostics.all.map(\.code) == [.typeMismatch])
    }

    // MARK: Limits of a list (FACTS 3.4, 5.5)

    private static func fields(_ count: Int, _ type: ColumnType, indexed: Bool = false) -> [Field] {
        (0..<count).map { Field(origin: .column("code"), target: "C\($0)_", type: type, indexed: indexed) }
    }

    @Test(arguments: [(19, true), (20, false)])
    func aListHasTwentyIndexesWithThatOfTheKey(count: Int, fits: Bool) {
        let (bound, diagnostics) = Self.bind(fields: Self.fields(count, .singleLineText, indexed: true))
        #expect((bound != nil) == fits && diagnostics.all.map(\.code) == (fits ? [] : [.tooManyIndexes]))
        if !fits { #expect(diagnostics.all[0].detail.contains("would have 21 indexes")) }
    }

    /// 7,700 bytes, 30 of them the key column's; single lines take 30, many lines 22.
    @Test(arguments: [
        (ColumnType.singleLineText, 255, true), (.singleLineText, 256, false), (.multilineText, 348, true),
        (.multilineText, 349, false), (.number(.init()), 547, true), (.number(.init()), 548, false),
    ])
    func aRowHasABoundedWidth(type: ColumnType, count: Int, fits: Bool) {
        let (bound, diagnostics) = Self.bind(fields: Self.fields(count, type))
        #expect((bound != nil) == fits && diagnostics.all.map(\.code) == (fits ? [] : [.rowTooWide]))
    }

    // MARK: Reading keys only, and the shape

    @Test func keysAloneAreReadWithoutFieldsAndRules() throws {
        let bound = try #require(
            Self.bind(
                rules: [Self.rule("state", .equal(.text("New")))],
                fields: [Field(origin: .column("code"), target: "Code")]
            ).bound)
        let keys = bound.keysOnly
        #expect(keys.reads.count == 1 && keys.fields.isEmpty && keys.shardingReads.isEmpty)
        let other = try #require(KeyShape("code:text,weight:text"))
        #expect(bound.showing(other) == nil, "a float is no key")
        #expect(bound.showing(try #require(KeyShape("code:text,day:date")))?.reads.count == 3)
        #expect(bound.ledgerKey(parts: ["42"]).flatMap { bound.parts(of: $0) } == ["42"])
        #expect(bound.ledgerKey(parts: ["x"]) == nil)
    }

    @Test func theShapeTellsWhateverChangesARow() throws {
        func shape(_ fields: [Field], rules: [ShardingPolicy.Rule] = [], list: String = "Rest") throws -> String {
            try #require(Self.bind(rules: rules, defaultList: list, fields: fields).bound).shape
        }
        let code = Field(origin: .column("code"), target: "Code", place: Self.place)
        var moved = code
        moved.place = nil
        var trimmed = code
        trimmed.transforms = [Located(.trim)]
        var renamed = code
        renamed.target = "Other"
        let known = try shape([code])
        #expect(try shape([moved]) == known, "where it is written says nothing")
        let others = [
            try shape([trimmed]), try shape([renamed]), try shape([]), try shape([code], list: "Else"),
            try shape([code], rules: [Self.rule("state", .isNull(true))]),
            try shape([code], rules: [Self.rule("state", .isNull(false))]),
        ]
        #expect(!others.contains(known) && Set(others).count == others.count)
    }
}
