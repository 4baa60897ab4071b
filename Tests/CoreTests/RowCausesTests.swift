import Testing

@testable import Core

/// Why rows change: what was pushed before, what is there now, and what the manifests said and say.
@Suite("Causes of changes")
struct RowCausesTests {
    typealias Change = @Sendable (inout SyncDefinition) -> Void

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// What the manifests said at the last apply, and say now; both begin with the same definition.
        var before: Change = { _ in }
        var now: Change = { _ in }
        /// The row as it was pushed under the manifests of before; `nil` for one that was not.
        var was: [String: String]? = RowCausesTests.row()
        /// The row as it is; `nil` for one that is gone from the table.
        var row: [String: String]? = RowCausesTests.row()
        /// Whether it fits `where` now, and whether it fits that of before.
        var fits = true
        var fitted = true
        var entry: @Sendable (inout LedgerEntry) -> Void = { _ in }
        /// Seconds since the last apply.
        var age: Int64 = 86_400
        var action: RowAction
        var cause: Cause

        var testDescription: String { name }
    }

    static let now = Instant(seconds: 1_770_000_000)

    static func row(_ changes: [String: String] = [:]) -> [String: String] {
        ["id": "7", "name": "seven", "status": "a", "at": "2026-01-01 00:00:00+00"].merging(changes) { $1 }
    }

    private static let relation = SourceRelation(
        schema: "public", name: "t", kind: .table,
        columns: [
            SourceColumn("id", .bigint), SourceColumn("name", .text), SourceColumn("status", .text),
            SourceColumn("at", .timestamptz), SourceColumn("note", .text),
        ], primaryKey: ["id"])

    private static let ids = ["A": ListID("id-a"), "B": ListID("id-b"), "Old": ListID("id-old")]

    private static func definition() -> SyncDefinition {
        SyncDefinition(
            name: "d", sourceProfile: "p", table: TableName(schema: nil, name: "t"), siteProfile: "s",
            sharding: ShardingPolicy(rules: [rule("a", "A")], defaultList: Located("B")),
            mapping: Mapping(fields: [Field(origin: .column("name"), target: "Title", type: .singleLineText)]),
            deletes: .propagate)
    }

    private static func rule(_ status: String, _ list: String) -> ShardingPolicy.Rule {
        .init(when: .column("status", .equal(.text(status)), place: nil), list: list)
    }

    static let toB: Change = { $0.sharding = ShardingPolicy(defaultList: Located("B")) }
    static let upper: Change = { $0.mapping.fields[0].transforms = [Located(.uppercase)] }
    static let status: Change = {
        $0.mapping.fields.append(Field(origin: .column("status"), target: "Status", type: .singleLineText))
    }
    static let note: Change = {
        $0.mapping.fields.append(Field(origin: .column("note"), target: "Note", type: .singleLineText))
    }
    /// Rows older than 40 days are in a list of their own.
    static let byAge: Change = {
        $0.sharding.rules.insert(
            .init(when: .column("at", .olderThan(40 * 86_400), place: nil), list: "Old"), at: 0)
    }
    static let revert: Change = { $0.onDrift = .revert }
    static let drifted: @Sendable (inout LedgerEntry) -> Void = { $0.seenHashes = $0.fieldHashes.map { $0 &+ 1 } }

    private static func found(_ c: Case) throws -> (action: RowAction, cause: Cause) {
        var (before, after) = (definition(), definition())
        c.before(&before)
        c.now(&after)
        let isSame = before == after
        let earlier = try #require(Binder.bind(before, to: relation, zone: .utc).bound)
        let bound = try #require(Binder.bind(after, to: relation, zone: .utc).bound)
        let (wider, placed) = bound.reading(beside: earlier)
        func decider(_ bound: BoundDefinition) -> RowDecider {
            let (first, fields) = (earlier.fields.map(\.target), bound.fields.map(\.target))
            return RowDecider(
                listIDs: bound.lists.map { ids[$0] }, policy: bound.definition.rowPolicy,
                mapping: MappingHistory(version: fields == first ? 1 : 2, fields: fields, registered: [1: first]))
        }
        let appliedAt = Instant(seconds: now.seconds - c.age)
        let evaluator = RowEvaluator(bound, prefix: "d", now: now.seconds * 1_000_000)
        var entry: LedgerEntry?
        if let was = c.was {
            let evaluator = RowEvaluator(earlier, prefix: "d", now: appliedAt.seconds * 1_000_000)
            try show(was, earlier.reads) { row in
                let hash = ContentHash(of: try evaluator.projection(of: row))
                entry = LedgerEntry(
                    key: try evaluator.key(of: row).ledgerKey, state: .synced,
                    list: evaluator.route(of: row).list.flatMap { ids[earlier.lists[$0]] }, item: 1,
                    contentHash: hash.whole, fieldHashes: hash.fields, version: 1)
            }
        }
        if var changed = entry {
            c.entry(&changed)
            entry = changed
        }
        let manifests: RowCauses.Manifests =
            isSame ? .same : .changed(RowCauses.Earlier(placed, decider(placed)))
        let decided = decider(bound)
        var causes = RowCauses(manifests, evaluator, decided, appliedAt: appliedAt)
        var result = (RowAction.unchanged, Cause.source)
        try show(c.row ?? [:], bound.reads) { own in
            try show(c.row ?? [:], bound.reads + (wider?.reads ?? [])) { whole in
                let row = RowCauses.Row(
                    own: c.row != nil && c.fits ? own : nil, earlier: c.row != nil && c.fitted ? whole : nil)
                guard c.row != nil, c.fits else {
                    let index = entry.flatMap { entry in decided.listIDs.firstIndex { $0 == entry.list } }
                    guard let gone = entry, let decision = decided.decideGone(gone, listIndex: index) else { return }
                    result = (decision.action, causes.cause(of: decision, entry, row, nil))
                    return
                }
                let projection: Result<ContentHash, Rejection>
                do throws(Rejection) {
                    projection = .success(ContentHash(of: try evaluator.projection(of: own)))
                } catch {
                    projection = .failure(error)
                }
                let decision = decided.decide(
                    route: evaluator.route(of: own), projection: projection, ledger: entry)
                result = (decision.action, causes.cause(of: decision, entry, row, projection))
            }
        }
        return result
    }

    private static func show(
        _ row: [String: String], _ reads: [BoundDefinition.Read], _ body: (CopyRow) throws -> Void
    ) throws {
        var encoder = CopyTextEncoder()
        for read in reads {
            guard case .column(let name, _) = read.expression else { continue }
            encoder.append(row[name])
        }
        encoder.endRow()
        try encoder.take().withUnsafeBytes { try body(CopyRow($0)) }
    }

    private static func expect(_ c: Case) throws {
        let found = try found(c)
        #expect(found.action == c.action && found.cause == c.cause, "\(found.action) by \(found.cause)")
    }

    @Test(arguments: [
        Case(name: "the row changed", row: row(["name": "VII"]), action: .update, cause: .source),
        Case(name: "its list changed", row: row(["status": "b"]), action: .move, cause: .source),
        Case(name: "it is new", was: nil, action: .create, cause: .source),
        Case(name: "it is gone", row: nil, action: .delete, cause: .source),
        Case(name: "it left where", fits: false, fitted: false, action: .delete, cause: .source),
        Case(name: "a row that came back", entry: { $0.state = .tombstone }, action: .create, cause: .source),
        Case(name: "a marked row that came back", entry: { $0.state = .marked }, action: .update, cause: .source),
        Case(name: "a move that was interrupted", entry: { $0.state = .moving }, action: .finishMove, cause: .source),
        Case(name: "what was refused", entry: { $0.state = .quarantined }, action: .reject, cause: .source),
        Case(
            name: "what cannot be written", row: row(["name": String(repeating: "x", count: 300)]), action: .reject,
            cause: .source),
    ])
    func withoutAChangeOfManifests(_ c: Case) throws { try Self.expect(c) }

    @Test(arguments: [
        Case(
            name: "an edit is taken back", before: revert, now: revert, entry: drifted, action: .update, cause: .person),
        Case(
            name: "and the row changed too", before: revert, now: revert, row: row(["name": "VII"]), entry: drifted,
            action: .update, cause: .source),
        Case(
            name: "a deleted item is made again", before: revert, now: revert,
            entry: {
                $0.state = .deletedByPerson
                $0.prior = ItemLocation(list: ListID("id-a"), item: 1, etag: nil)
                $0.list = nil
                $0.item = nil
            }, action: .create, cause: .person),
        Case(
            name: "in another list", before: revert, now: revert, row: row(["status": "b"]),
            entry: {
                $0.state = .deletedByPerson
                $0.prior = ItemLocation(list: ListID("id-a"), item: 1, etag: nil)
                $0.list = nil
                $0.item = nil
            }, action: .create, cause: .source),
        Case(
            name: "an edit of what the change of manifests lets alone", before: revert,
            now: {
                revert(&$0)
                toB(&$0)
            }, was: row(["status": "b"]), row: row(["status": "b"]), entry: drifted, action: .update, cause: .person),
        Case(name: "edits are taken back from now on", now: revert, entry: drifted, action: .update, cause: .manifest),
    ])
    func people(_ c: Case) throws { try Self.expect(c) }

    @Test(arguments: [
        Case(name: "another rule", now: toB, action: .move, cause: .manifest),
        Case(
            name: "another rule, and the row changed", now: toB, row: row(["name": "VII"]), action: .move,
            cause: .manifest),
        Case(
            name: "the row would have moved anyway", now: toB, row: row(["status": "b"]), action: .move, cause: .source),
        Case(
            name: "it would have moved elsewhere",
            now: { $0.sharding = ShardingPolicy(defaultList: Located("Old")) }, row: row(["status": "b"]),
            action: .move, cause: .manifest),
        Case(
            name: "a row that the rule lets alone", now: toB, was: row(["status": "b"]),
            row: row(["status": "b", "name": "VII"]), action: .update, cause: .source),
        Case(name: "a new row in another list", now: toB, was: nil, action: .create, cause: .manifest),
        Case(
            name: "a new row in the same list", now: toB, was: nil, row: row(["status": "b"]), action: .create,
            cause: .source),
        Case(name: "another transform", now: upper, action: .update, cause: .manifest),
        Case(
            name: "a transform that changes nothing", now: upper, row: row(["name": "VII"]), action: .update,
            cause: .source),
        Case(name: "a new field", now: status, action: .update, cause: .manifest),
        Case(
            name: "a new field of a column that was not read", now: note, row: row(["note": "n"]), action: .update,
            cause: .manifest),
        Case(
            name: "a field that is left out, and the row changed", before: status, row: row(["name": "VII"]),
            action: .update, cause: .source),
        Case(
            name: "a field that is left out brings nothing", before: status, action: .rebase, cause: .source),
        Case(
            name: "the other field changed, which is left out now", before: status,
            was: row(["status": "c"]), row: row(["status": "b", "name": "VII"]), action: .update, cause: .source),
        Case(
            name: "values are refused from now on",
            now: { $0.mapping.fields[0].type = .text(.init(maxLength: 3)) }, action: .reject, cause: .manifest),
        Case(
            name: "rows are held from now on", now: { $0.sharding.defaultList = nil },
            was: row(["status": "b"]), row: row(["status": "b"]), action: .unrouted, cause: .manifest),
        Case(
            name: "rows were held before", before: { $0.sharding.defaultList = nil },
            now: {
                $0.sharding.defaultList = nil
                upper(&$0)
            }, was: nil, row: row(["status": "b"]), action: .unrouted,
            cause: .source),
        Case(
            name: "what is refused is tried again by a new mapping", now: status,
            entry: { $0.state = .quarantined }, action: .update, cause: .manifest),
        Case(
            name: "a move by the manifests was interrupted", now: toB,
            entry: {
                $0.state = .moving
                $0.list = ListID("id-b")
            }, action: .finishMove, cause: .manifest),
    ])
    func mappingAndRules(_ c: Case) throws { try Self.expect(c) }

    static let where1: Change = { $0.predicate = Located("1") }
    static let where2: Change = { $0.predicate = Located("2") }

    @Test(arguments: [
        Case(
            name: "a row leaves by where", before: where1, now: where2, fits: false, action: .delete, cause: .manifest),
        Case(
            name: "a row was deleted in the source", before: where1, now: where2, row: nil, action: .delete,
            cause: .source),
        Case(
            name: "a row left both conditions", before: where1, now: where2, fits: false, fitted: false,
            action: .delete, cause: .source),
        Case(
            name: "a row enters by where", before: where1, now: where2, was: nil, fitted: false, action: .create,
            cause: .manifest),
        Case(name: "a new row fits both", before: where1, now: where2, was: nil, action: .create, cause: .source),
        Case(
            name: "a row fits both and changed", before: where1, now: where2, row: row(["name": "VII"]),
            action: .update, cause: .source),
        Case(
            name: "its item stayed, and it enters again, changed", before: where1, now: where2,
            row: row(["name": "VII"]), fitted: false, entry: { $0.state = .archived }, action: .update, cause: .manifest
        ),
        Case(
            name: "rows are marked from now on", now: { $0.deletes = .mark }, row: nil, action: .mark, cause: .manifest),
        Case(
            name: "rows are deleted from now on", before: { $0.deletes = .retain }, row: nil, action: .delete,
            cause: .manifest),
    ])
    func conditionsAndDeletes(_ c: Case) throws { try Self.expect(c) }

    @Test(arguments: [
        Case(
            name: "it grew old", before: byAge, now: byAge, row: row(["at": "2025-12-24 02:00:00+00"]), action: .move,
            cause: .clock),
        Case(
            name: "it was old before, and is where it was", before: byAge, now: byAge,
            was: row(["at": "2025-11-01 00:00:00+00"]), row: row(["at": "2025-11-01 00:00:00+00", "name": "VII"]),
            action: .update, cause: .source),
        Case(
            name: "it changed to be old", before: byAge, now: byAge, row: row(["at": "2025-11-01 00:00:00+00"]),
            action: .move, cause: .source),
        Case(
            name: "it grew old, and changed", before: byAge, now: byAge,
            was: row(["at": "2025-12-24 02:00:00+00"]), row: row(["at": "2025-12-24 02:00:00+00", "name": "VII"]),
            action: .move, cause: .clock),
        Case(
            name: "new, and between the two times", before: byAge, now: byAge, was: nil,
            row: row(["at": "2025-12-24 02:00:00+00"]), action: .create, cause: .clock),
        Case(name: "new and young", before: byAge, now: byAge, was: nil, action: .create, cause: .source),
        Case(
            name: "the rule is new", now: byAge, was: row(["at": "2025-11-01 00:00:00+00"]),
            row: row(["at": "2025-11-01 00:00:00+00"]), action: .move, cause: .manifest),
        Case(
            name: "it grew old while a field was added", before: byAge,
            now: {
                byAge(&$0)
                status(&$0)
            }, was: row(["at": "2025-12-24 02:00:00+00"]), row: row(["at": "2025-12-24 02:00:00+00"]), action: .move,
            cause: .clock),
    ])
    func clock(_ c: Case) throws { try Self.expect(c) }

    @Test func aFirstPlanIsOfManifests() throws {
        let bound = try #require(Binder.bind(Self.definition(), to: Self.relation, zone: .utc).bound)
        let evaluator = RowEvaluator(bound, prefix: "d", now: 0)
        let decider = RowDecider(
            listIDs: [nil, nil], policy: RowPolicy(deletes: .propagate),
            mapping: MappingHistory(version: 1, fields: ["Title"]))
        var causes = RowCauses(.new, evaluator, decider, appliedAt: nil)
        let row = RowCauses.Row(own: nil, earlier: nil)
        for action in [RowAction.create, .update, .move, .delete, .reject, .unrouted] {
            let found = causes.cause(of: RowDecision(action, list: 0), nil, row, nil)
            #expect(found == .manifest)
        }
    }

    @Test func whatIsReadBesideADefinition() throws {
        var other = Self.definition()
        Self.note(&other)
        let bound = try #require(Binder.bind(Self.definition(), to: Self.relation, zone: .utc).bound)
        let earlier = try #require(Binder.bind(other, to: Self.relation, zone: .utc).bound)
        #expect(bound.reading(beside: bound).wider == nil)
        let wider = try #require(bound.reading(beside: earlier).wider)
        #expect(wider.reads.map(\.expression) == [.column("note", .plain)] && wider.rows == nil)
        // Nothing more to read the other way round.
        #expect(earlier.reading(beside: bound).wider == nil)
        Self.where1(&other)
        let conditioned = try #require(Binder.bind(other, to: Self.relation, zone: .utc).bound)
        #expect(bound.reading(beside: conditioned).wider?.rows == .init(predicate: "1", ownReads: []))
        #expect(conditioned.reading(beside: bound).wider?.rows?.predicate == nil)
        #expect(conditioned.reading(beside: bound).wider?.rows?.ownReads == [2])
        let placed = bound.reading(beside: conditioned).other
        #expect(
            placed.fields.map { placed.reads[$0.read].expression } == [
                .column("name", .plain), .column("note", .plain),
            ])
    }
}
