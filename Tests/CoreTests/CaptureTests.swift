import Testing

@testable import Core

@Suite("Reading changes only")
struct CaptureTests {
    private static let now = Instant(seconds: 1_770_000_000)

    private static let watermark = BoundWatermark(
        column: "updated_at", kind: .timestamptz, overlap: 600_000_000, snapshotEvery: 86_400, shape: "s")

    private static let mark = CaptureMark(
        column: "updated_at", kind: .timestamptz, value: 1_769_999_000_000_000, shape: "s")

    private func situation(_ change: (inout CapturePlan.Situation) -> Void = { _ in }) -> CapturePlan.Situation {
        var situation = CapturePlan.Situation(
            watermark: Self.watermark, mark: Self.mark, lastSnapshotAt: Instant(seconds: Self.now.seconds - 3600),
            now: Self.now)
        change(&situation)
        return situation
    }

    // MARK: Decisions

    @Test func beginsTheOverlapBeforeTheMark() {
        var since = Self.mark
        since.value -= 600_000_000
        #expect(CapturePlan.decide(situation()) == .changes(since: since))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var reason: CapturePlan.Reason
        var change: @Sendable (inout CapturePlan.Situation) -> Void

        init(_ reason: CapturePlan.Reason, _ change: @escaping @Sendable (inout CapturePlan.Situation) -> Void) {
            (self.reason, self.change) = (reason, change)
        }

        var testDescription: String { "\(reason)" }
    }

    @Test(arguments: [
        Case(.notAsked) { $0.watermark = nil }, Case(.noMark) { $0.mark = nil },
        Case(.noMark) { $0.lastSnapshotAt = nil }, Case(.manifestChanged) { $0.manifestChanged = true },
        Case(.sourceChanged) { $0.sourceChanged = true }, Case(.listsChanged) { $0.listsChanged = true },
        Case(.columnChanged) { $0.mark?.column = "modified_at" }, Case(.columnChanged) { $0.mark?.kind = .timestamp },
        Case(.shapeChanged) { $0.mark?.shape = "t" }, Case(.dependsOnClock) { $0.dependsOnClock = true },
        Case(.clockBehind) { $0.lastSnapshotAt = Instant(seconds: $0.now.seconds + 1) },
        Case(.due) { $0.lastSnapshotAt = Instant(seconds: $0.now.seconds - 86_400) },
        Case(.due) { $0.watermark?.snapshotEvery = 0 },
    ])
    func readsAllWhereMoreThanRowsMayHaveChanged(_ example: Case) {
        #expect(CapturePlan.decide(situation(example.change)) == .snapshot(example.reason))
    }

    @Test func aSecondBeforeItIsDueReadsChanges() {
        let early = situation { $0.lastSnapshotAt = Instant(seconds: $0.now.seconds - 86_399) }
        #expect(CapturePlan.decide(early).isPartial)
    }

    // MARK: Marks

    @Test(arguments: [
        (CaptureMark.Kind.number, "42", 42 as Int64?), (.number, "-9223372036854775808", .min), (.number, "x", nil),
        (.date, "2026-02-02", 20_486), (.timestamp, "2026-02-02 02:40:00", 1_770_000_000_000_000),
        (.timestamptz, "2026-02-02 02:39:59.5+00", 1_769_999_999_500_000),
        // What lies in the future is no time of a change; a clock without a zone may be ahead.
        (.timestamptz, "9999-12-31 00:00:00+00", 1_770_000_000_000_000),
        (.timestamp, "9999-12-31 00:00:00", 1_770_050_400_000_000), (.date, "9999-12-31", 20_486),
        (.timestamptz, "294276-12-31 23:59:59+00", 1_770_000_000_000_000),
        (.timestamptz, "infinity", 1_770_000_000_000_000), (.timestamptz, "-infinity", nil),
    ])
    func marksASnapshot(kind: CaptureMark.Kind, greatest: String, value: Int64?) {
        var watermark = Self.watermark
        watermark.kind = kind
        let mark = CaptureMark(watermark, greatest: greatest, now: 1_770_000_000_000_000)
        #expect(mark?.value == value)
    }

    @Test(arguments: CaptureMark.Kind.allCases)
    func aMarkReadsBackAndHasATextOfPostgreSQL(kind: CaptureMark.Kind) throws {
        for value in [Int64.min, -1, 0, 20_486, 1_770_000_000_000_001] {
            let mark = CaptureMark(column: "c", kind: kind, value: value, shape: "s")
            #expect(CaptureMark(try JSON.parse(mark.json.text())) == mark)
            #expect(mark.text.utf8.allSatisfy { "0123456789-:.TZ BC".utf8.contains($0) }, "\(mark.text)")
        }
        #expect(CaptureMark(["column": "c", "kind": "clock", "value": 1, "shape": "s"]) == nil)
        let least = CaptureMark(column: "c", kind: kind, value: .min, shape: "s")
        #expect(least.moved(back: 600).value == .min)
    }

    // MARK: Binding

    private func bind(
        _ watermark: Watermark, _ type: SourceType, kind: SourceRelation.Kind = .table, indexed: Set<String> = ["c"]
    ) -> (bound: BoundDefinition?, diagnostics: Diagnostics) {
        let definition = SyncDefinition(
            name: "d", sourceProfile: "p", table: TableName(schema: nil, name: "t"), key: ["id"],
            capture: .watermark(watermark), siteProfile: "s", sharding: ShardingPolicy(defaultList: Located("A")),
            mapping: Mapping(auto: AutoMapping()), deletes: .propagate)
        let relation = SourceRelation(
            schema: "public", name: "t", kind: kind,
            columns: [SourceColumn("id", .bigint), SourceColumn("c", type)], primaryKey: ["id"],
            indexedColumns: indexed)
        return Binder.bind(definition, to: relation, zone: .utc)
    }

    @Test(arguments: [
        (SourceType.timestamptz, nil as Watermark.Overlap?, 600_000_000 as Int64),
        (.timestamp, .seconds(60), 60_000_000),
        (.date, nil, 2), (.date, .seconds(86_401), 3), (.bigint, nil, 1000), (.integer, .values(5), 5),
        (.smallint, .values(0), 0),
    ])
    func theOverlapIsInTheUnitOfTheColumn(type: SourceType, overlap: Watermark.Overlap?, units: Int64) {
        let (bound, diagnostics) = bind(
            Watermark(column: Located("c"), overlap: overlap.map { Located($0) }), type)
        #expect(diagnostics.isEmpty)
        #expect(bound?.watermark?.overlap == units)
    }

    @Test func whatCannotBeAWatermarkHasAPlace() {
        let place = SourceRange(file: "a.yaml", line: 3, column: 7)
        let cases: [(Watermark, SourceType, DiagnosticCode)] = [
            (Watermark(column: Located("absent", at: place)), .timestamptz, .unknownColumn),
            (Watermark(column: Located("c", at: place)), .text, .badWatermark),
            (Watermark(column: Located("c", at: place)), .double, .badWatermark),
            (Watermark(column: Located("c"), overlap: Located(.values(5), at: place)), .date, .badWatermark),
            (Watermark(column: Located("c"), overlap: Located(.seconds(5), at: place)), .bigint, .badWatermark),
        ]
        for (watermark, type, code) in cases {
            let (bound, diagnostics) = bind(watermark, type)
            #expect(bound == nil)
            #expect(diagnostics.all.map(\.code) == [code])
            #expect(diagnostics.all.first?.source == place)
            #expect(diagnostics.all.first?.help?.isEmpty == false)
        }
    }

    @Test func anIndexIsAdvisedWhereOneCanBeMade() {
        let watermark = Watermark(column: Located("c"))
        let (bound, diagnostics) = bind(watermark, .timestamptz, indexed: ["id"])
        #expect(bound != nil)
        #expect(diagnostics.all.map(\.code) == [.watermarkNotIndexed] && !diagnostics.hasErrors)
        #expect(bind(watermark, .timestamptz, kind: .view, indexed: []).diagnostics.isEmpty)
    }

    @Test func theShapeChangesWithWhatBecomesOfARow() {
        let watermark = Watermark(column: Located("c"))
        let shape = { (type: SourceType) in bind(watermark, type).bound?.watermark?.shape }
        #expect(shape(.timestamptz) != nil && shape(.timestamptz) == shape(.timestamptz))
        #expect(shape(.timestamptz) != shape(.timestamp))
    }
}
