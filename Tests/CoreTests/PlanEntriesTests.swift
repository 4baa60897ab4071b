import Testing

@testable import Core

/// What of a tally gets into a plan, and what of it may be read (SPEC §5: values only for shareable fields).
@Suite("Rows in plans")
struct PlanEntriesTests {
    private static let fieldPlace = SourceRange(file: "main.yaml", line: 12, column: 5)

    private static func bound(shareable: Set<String> = []) throws -> BoundDefinition {
        let fields = [("id", "Number"), ("name", "Title"), ("cost", "Cost")].map { source, target in
            Field(
                origin: .column(source), target: target, shareable: shareable.contains(source),
                place: target == "Cost" ? fieldPlace : nil)
        }
        var bound = try #require(Made.bound(fields: fields))
        bound.definition.place = SourceRange(file: "main.yaml", line: 1, column: 1)
        bound.definition.mapping.place = SourceRange(file: "main.yaml", line: 10, column: 3)
        bound.definition.keyPlace = SourceRange(file: "main.yaml", line: 4, column: 11)
        bound.definition.sharding.rules[0].place = SourceRange(file: "main.yaml", line: 20, column: 7)
        return bound
    }

    private static func add(
        _ decision: RowDecision, _ number: Int, _ values: [Value] = [], isInSource: Bool = true,
        to tally: inout RowTally
    ) {
        tally.add(
            decision, ledgerKey: Made.key(number), entry: decision.from.map { Made.entry(number, in: $0) },
            isInSource: isInSource, cause: .source, parts: { ["\(number)"] }, values: { values })
    }

    private static func entries(_ bound: BoundDefinition, _ tally: RowTally) -> [DataChange] {
        var mask = Mask()
        return DataChange.entries(of: bound, tally, mask: &mask)
    }

    @Test func everyListHasAnEntryAndRowsWithoutOneHaveOneIfThereAreAny() throws {
        var tally = Made.tally()
        #expect(Self.entries(try Self.bound(), tally).map(\.address.text) == ["rows/d/s/A", "rows/d/s/B"])
        Self.add(RowDecision(.unrouted, route: .unrouted), 1, to: &tally)
        let entries = Self.entries(try Self.bound(), tally)
        #expect(entries.map(\.list) == ["A", "B", nil] && entries[2].address.text == "rows/d")
        #expect(entries[2].counts.unrouted == 1 && entries[2].counts.sourceRows == 1)
    }

    // MARK: Values

    private static let update = RowDecision(.update, list: 0, from: Made.lists[0], changedFields: [1, 2])

    @Test func nothingIsShownThatTheManifestsDoNotShare() throws {
        var tally = Made.tally()
        Self.add(Self.update, 7, [.number(7), .text("Bridge"), .number(12.5)], to: &tally)
        let hidden = try #require(Self.entries(try Self.bound(), tally)[0].samples.first)
        #expect(hidden.key == .masked(1))
        #expect(
            hidden.after.map(\.field) == ["Title", "Cost"] && hidden.after.map(\.value) == [.masked(2), .masked(3)])
        let shared = try #require(Self.entries(try Self.bound(shareable: ["name"]), tally)[0].samples.first)
        #expect(shared.key == .masked(1) && shared.after.map(\.value) == [.clear("Bridge"), .masked(2)])
        // A key is shown where every column of it is.
        let all = try #require(Self.entries(try Self.bound(shareable: ["id", "name", "cost"]), tally)[0].samples.first)
        #expect(all.key == .clear("7") && all.after.map(\.value) == [.clear("Bridge"), .clear("12.5")])
        #expect(hidden.json.text().contains("Bridge") == false && all.json.text().contains("\"Title\":\"Bridge\""))
        #expect(hidden.json["key"] == ["$mask": 1])
    }

    /// Equal values have equal numbers within one plan, also across lists and fields.
    @Test func masksTellEqualValuesFromOthers() throws {
        var tally = Made.tally()
        Self.add(RowDecision(.create, list: 0, changedFields: [1]), 1, [.null, .text("x")], to: &tally)
        Self.add(RowDecision(.create, list: 1, changedFields: [1, 2]), 2, [.null, .text("y"), .text("x")], to: &tally)
        let samples = Self.entries(try Self.bound(), tally).flatMap(\.samples)
        let (first, second) = (samples[0].after, samples[1].after)
        #expect(first[0].value == second[1].value && first[0].value != second[0].value)
    }

    @Test func masksCompareByBytes() {
        var mask = Mask()
        #expect(mask.shown("é", shareable: false) == .masked(1))
        #expect(mask.shown("e\u{301}", shareable: false) == .masked(2), "another value than the composed one")
        #expect(mask.shown("é", shareable: false) == .masked(1) && mask.shown("é", shareable: true) == .clear("é"))
    }

    /// Deletes have a key only, and of each action there are five at most.
    @Test func samplesAreFewAndDeletesHaveNoValues() throws {
        var tally = Made.tally()
        for number in 1...9 {
            Self.add(RowDecision(.delete, from: Made.lists[0]), number, isInSource: false, to: &tally)
        }
        for number in 11...19 { Self.add(Self.update, number, [.null, .text("a"), .null], to: &tally) }
        let samples = Self.entries(try Self.bound(), tally)[0].samples
        #expect(samples.map(\.action) == Array(repeating: .update, count: 5) + Array(repeating: .delete, count: 5))
        #expect(samples.allSatisfy { $0.after.isEmpty == ($0.action == .delete) })
    }

    @Test(arguments: [
        (Value.null, "–"), (.text("a b"), "a b"), (.number(12.50), "12.5"), (.boolean(true), "true"),
        (.instant(Instant(seconds: 0)), "1970-01-01T00:00:00Z"), (.date(CivilDate(days: 0)), "1970-01-01"),
        (.set(of: ["b", "a"]), "a, b"),
    ])
    func valuesAreShownAsPeopleReadThem(value: Value, text: String) { #expect(value.shownText == text) }

    // MARK: Fields, moves, rejects

    @Test func updatesAreNamedByTheirColumnsInTheMappingsOrder() throws {
        var tally = Made.tally()
        for (number, fields) in [[2], [1, 2], [2]].enumerated() {
            Self.add(RowDecision(.update, list: 0, from: Made.lists[0], changedFields: fields), number, to: &tally)
        }
        let entry = Self.entries(try Self.bound(), tally)[0]
        #expect(entry.byField == [.init(field: "Title", updates: 1), .init(field: "Cost", updates: 3)])
    }

    @Test func aMoveNamesWhatDecidedIt() throws {
        var tally = Made.tally()
        Self.add(RowDecision(.move, list: 0, from: Made.lists[1], route: .rule(0)), 1, to: &tally)
        Self.add(RowDecision(.move, list: 0, from: Made.lists[1], route: .byDefault), 2, to: &tally)
        Self.add(RowDecision(.finishMove, list: 0, from: Made.lists[0]), 3, to: &tally)
        Self.add(RowDecision(.move, list: 0, from: ListID("gone"), route: .rule(0)), 4, to: &tally)
        let moves = Self.entries(try Self.bound(), tally)[0].moves
        #expect(
            moves == [
                .init(from: "?", to: "A", count: 1, rule: "main.yaml:20:7"),
                .init(from: "?", to: "A", count: 1, rule: "unfinished move"),
                .init(from: "B", to: "A", count: 1, rule: "default"),
                .init(from: "B", to: "A", count: 1, rule: "main.yaml:20:7"),
            ])
    }

    @Test func aRejectNamesWhatAPersonWouldLookAt() throws {
        var tally = Made.tally()
        let rejections = [
            Rejection(.textTooLong, field: 2), Rejection(.textTooLong, field: 2), Rejection(.keyIsNull),
            Rejection(.notANumber, field: 1), Rejection(.badValue),
        ]
        for (number, rejection) in rejections.enumerated() {
            Self.add(RowDecision(.reject, list: 0, rejection: rejection), number, to: &tally)
        }
        let rejects = Self.entries(try Self.bound(), tally)[0].rejects
        #expect(rejects.map(\.code) == [.badValue, .keyIsNull, .notANumber, .textTooLong])
        #expect(rejects.map(\.count) == [1, 1, 1, 2] && rejects.map(\.field) == [nil, nil, "Title", "Cost"])
        // The mapping, the key, the mapping of a field without a place, the field.
        #expect(
            rejects.map { $0.place?.text } == ["main.yaml:10:3", "main.yaml:4:11", "main.yaml:10:3", "main.yaml:12:5"])
    }
}
