import Testing

@testable import Core

@Suite("Sharding rules")
struct ShardingTests {
    /// A definition over one column `c`, whose single rule is `comparison`; what it says about `text`.
    private func holds(
        _ comparison: Condition.Comparison, _ type: SourceType, _ text: String?, now: Int64 = 0
    ) throws -> Bool {
        try holds(.column("c", comparison, place: nil), type, text, now: now)
    }

    private func holds(_ condition: Condition, _ type: SourceType, _ text: String?, now: Int64 = 0) throws -> Bool {
        let (bound, diagnostics) = bind([.init(when: condition, list: "Yes")], type)
        let routing = try #require(bound?.routing, "\(diagnostics.all.map(\.detail))")
        let kind = type.reading().kind
        let value = try #require(SourceValue(text, kind: kind, type: type))
        return routing.route([value], now: now).list == 0
    }

    private func bind(
        _ rules: [ShardingPolicy.Rule], _ type: SourceType
    ) -> (bound: BoundDefinition?, diagnostics: Diagnostics) {
        let definition = SyncDefinition(
            name: "d", sourceProfile: "p", table: TableName(schema: nil, name: "t"), key: ["id"], siteProfile: "s",
            sharding: ShardingPolicy(rules: rules, defaultList: Located("No")), mapping: Mapping(), deletes: .propagate)
        let relation = SourceRelation(
            schema: "public", name: "t", kind: .table,
            columns: [SourceColumn("id", .bigint), SourceColumn("c", type)], primaryKey: ["id"])
        return Binder.bind(definition, to: relation, zone: .utc)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var comparison: Condition.Comparison
        var type: SourceType
        var yes: [String?]
        var no: [String?]

        init(_ comparison: Condition.Comparison, _ type: SourceType, yes: [String?], no: [String?]) {
            (self.comparison, self.type, self.yes, self.no) = (comparison, type, yes, no)
        }

        var testDescription: String { "\(comparison) of \(type.description)" }
    }

    @Test(arguments: [
        Case(.equal(.text("é")), .text, yes: ["é"], no: ["e\u{301}", "É", "é ", "", nil]),
        Case(.equal(.null), .text, yes: [nil], no: ["", "x"]),
        Case(.notEqual(.null), .text, yes: ["", "x"], no: [nil]),
        Case(.notEqual(.text("x")), .text, yes: ["", "X", nil], no: ["x"]),
        Case(.oneOf([.text("a"), .null]), .text, yes: ["a", nil], no: ["", "b"]),
        Case(.oneOf([.text("a"), .text("b")]), .text, yes: ["a", "b"], no: ["", nil]),
        Case(.noneOf([.text("a")]), .text, yes: ["b", nil], no: ["a"]),
        Case(.noneOf([.text("a"), .null]), .text, yes: ["b"], no: ["a", nil]),
        Case(.oneOf([]), .text, yes: [], no: ["a", nil]),
        Case(.isNull(true), .bigint, yes: [nil], no: ["0"]),
        Case(.isNull(false), .bigint, yes: ["0"], no: [nil]),
        Case(.prefix("ab"), .text, yes: ["ab", "abc"], no: ["Ab", "a", "", nil]),
        Case(.prefix(""), .text, yes: ["", "a"], no: [nil]),
        Case(.suffix("\u{301}"), .text, yes: ["e\u{301}"], no: ["é", nil]),
        Case(.contains("b"), .text, yes: ["abc", "b"], no: ["aBc", "", nil]),
        Case(.contains("aa"), .text, yes: ["baab"], no: ["aba"]),
    ])
    func texts(_ c: Case) throws { try check(c) }

    @Test(arguments: [
        Case(
            .equal(.number("1.50")), .numeric(precision: nil, scale: nil), yes: ["1.5", "1.500"],
            no: ["1.51", "NaN", nil]),
        Case(.equal(.number("0.1")), .real, yes: ["0.1"], no: ["0.2", "NaN"]),
        Case(.equal(.number("0")), .double, yes: ["-0", "0"], no: ["1e-300"]),
        Case(.notEqual(.number("0")), .double, yes: ["NaN", "Infinity", nil], no: ["-0"]),
        Case(.equal(.text("42")), .bigint, yes: ["42"], no: ["43"]),
        Case(
            .greater(.number("9007199254740993")), .bigint, yes: ["9007199254740994"],
            no: ["9007199254740993", "9007199254740992", nil]),
        Case(.greaterOrEqual(.number("-1")), .integer, yes: ["-1", "0"], no: ["-2", nil]),
        Case(.less(.number("1e3")), .integer, yes: ["999", "-5"], no: ["1000", nil]),
        Case(.lessOrEqual(.number("2.5")), .double, yes: ["2.5"], no: ["2.500001", nil]),
        Case(.less(.number("5")), .money, yes: ["4.99"], no: ["5.00"]),
        Case(.equal(.boolean(true)), .boolean, yes: ["t"], no: ["f", nil]),
        Case(.notEqual(.boolean(true)), .boolean, yes: ["f", nil], no: ["t"]),
        Case(.greater(.text("B")), .text, yes: ["a", "é", "C"], no: ["A", "B", "", nil]),
        // The order of UTF-8 is that of code points; UTF-16 would put the emoji first.
        Case(.greater(.text("\u{FF21}")), .text, yes: ["😀"], no: ["a"]),
    ])
    func numbersAndOrder(_ c: Case) throws { try check(c) }

    @Test(arguments: [
        Case(
            .less(.text("2013-01-01")), .date, yes: ["2012-12-31", "0044-03-15 BC", "-infinity"],
            no: ["2013-01-01", "infinity", nil]),
        Case(
            .greaterOrEqual(.text("2013-01-01")), .timestamp, yes: ["2013-01-01 00:00:00", "infinity"],
            no: ["2012-12-31 23:59:59.999999"]),
        Case(
            .equal(.text("2013-01-01T05:00:00.25Z")), .timestamptz, yes: ["2013-01-01 05:00:00.25+00"],
            no: ["2013-01-01 05:00:00+00"]),
        Case(
            .equal(.text("2013-01-01T07:00:00.25+02:00")), .timestamptz, yes: ["2013-01-01 05:00:00.25+00"],
            no: ["2013-01-01 05:00:00+00", "2013-01-01 07:00:00.25+00"]),
        Case(
            .equal(.text("2013-01-01 05:00:00")), .timestamp, yes: ["2013-01-01 05:00:00"],
            no: ["2013-01-01 05:00:00.1"]),
        Case(.equal(.text("infinity")), .date, yes: ["infinity"], no: ["-infinity", "2013-01-01"]),
        Case(
            .notEqual(.text("-infinity")), .timestamptz, yes: ["infinity", "2013-01-01 00:00:00+00", nil],
            no: ["-infinity"]),
    ])
    func dates(_ c: Case) throws { try check(c) }

    /// Equality is that of the column's type, however the value is written.
    @Test(arguments: [
        Case(
            .equal(.text("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11")), .uuid,
            yes: ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"], no: [nil]),
        Case(
            .oneOf([.text("{a0eebc999c0b4ef8bb6d6bb9bd380a11}")]), .uuid,
            yes: ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"], no: ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12"]),
        Case(.equal(.text("ab   ")), .char(length: 5), yes: ["ab"], no: [" ab", nil]),
        Case(
            .equal(.text("ok")), .enumeration(schema: "public", name: "e", labels: ["ok", "bad"]), yes: ["ok"],
            no: ["bad", nil]),
    ])
    func equalityInTheColumnsType(_ c: Case) throws { try check(c) }

    private func check(_ c: Case) throws {
        for text in c.yes { #expect(try holds(c.comparison, c.type, text), "\(text ?? "NULL")") }
        for text in c.no { #expect(try !holds(c.comparison, c.type, text), "\(text ?? "NULL")") }
    }

    @Test func ageIsStrictAndCountsFromNow() throws {
        let day = Int64(86_400)
        let now = 10 * day * 1_000_000
        for (text, older, newer) in [
            ("1970-01-09 00:00:00", true, false), ("1970-01-10 00:00:00", false, false),
            ("1970-01-10 00:00:00.000001", false, true), ("1970-02-01 00:00:00", false, true),
            ("-infinity", true, false), ("infinity", false, true),
        ] {
            #expect(try holds(.olderThan(day), .timestamp, text, now: now) == older, "\(text)")
            #expect(try holds(.newerThan(day), .timestamp, text, now: now) == newer, "\(text)")
        }
        #expect(try !holds(.olderThan(day), .date, nil, now: now))
        #expect(try !holds(.newerThan(day), .date, nil, now: now))
        // A day begins at its midnight in UTC.
        #expect(try holds(.olderThan(day), .date, "1970-01-09", now: now))
        // PostgreSQL's last day, of which 64 bits do not hold the microseconds.
        #expect(try holds(.newerThan(day), .date, "5874897-12-31", now: now))
        #expect(try !holds(.olderThan(day), .date, "5874897-12-31", now: now))
        #expect(try !holds(.olderThan(day), .date, "1970-01-10", now: now))
    }

    @Test func conditionsCompose() throws {
        func column(_ comparison: Condition.Comparison) -> Condition { .column("c", comparison, place: nil) }
        let between = Condition.all([column(.greater(.number("1"))), column(.less(.number("3")))])
        #expect(try holds(between, .integer, "2"))
        #expect(try !holds(between, .integer, "3"))
        // Two-valued: what is not true of NULL is false, and its negation true.
        #expect(try !holds(between, .integer, nil))
        #expect(try holds(.not(between), .integer, nil))
        let either = Condition.any([column(.equal(.number("1"))), column(.isNull(true))])
        #expect(try holds(either, .integer, nil))
        #expect(try !holds(either, .integer, "2"))
        #expect(try holds(.all([]), .integer, nil))
        #expect(try !holds(.any([]), .integer, "1"))
    }

    @Test func theFirstRuleThatHoldsDecides() throws {
        let rules = [
            ShardingPolicy.Rule(when: .column("c", .less(.number("10")), place: nil), list: "Small"),
            ShardingPolicy.Rule(when: .column("c", .less(.number("100")), place: nil), list: "Middle"),
            ShardingPolicy.Rule(when: .column("c", .equal(.number("500")), place: nil), list: "Small"),
        ]
        let bound = try #require(bind(rules, .integer).bound)
        #expect(bound.lists == ["Small", "Middle", "No"])
        func route(_ text: String?) throws -> Route {
            bound.routing.route([try #require(SourceValue(text, kind: .number, type: .integer))], now: 0)
        }
        #expect(try route("5") == Route(list: 0, decision: .rule(0)))
        #expect(try route("50") == Route(list: 1, decision: .rule(1)))
        #expect(try route("500") == Route(list: 0, decision: .rule(2)))
        #expect(try route(nil) == Route(list: 2, decision: .byDefault))
        #expect(!bound.routing.dependsOnClock)
    }

    @Test(arguments: [
        (Condition.Comparison.equal(.text("x")), SourceType.integer), (.equal(.number("1")), .boolean),
        (.prefix("1"), .integer), (.olderThan(1), .text), (.equal(.text("{}")), .jsonb),
        (.equal(.text("soon")), .date), (.equal(.text("nope")), .enumeration(schema: "s", name: "e", labels: ["ok"])),
        (.equal(.text("not a uuid")), .uuid),
    ])
    func mismatchesAreErrors(_ comparison: Condition.Comparison, _ type: SourceType) {
        let (bound, diagnostics) = bind([.init(when: .column("c", comparison, place: nil), list: "Yes")], type)
        #expect(bound == nil)
        #expect(diagnostics.all.map(\.code) == [.typeMismatch])
    }
}
