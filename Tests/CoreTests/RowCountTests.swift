import Testing

@testable import Core

/// What `summary.data` makes of each row (SPEC §5): a row, what the ledger knows of it, and where it counts.
@Suite("Counting rows of every state")
struct RowCountTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var state = LedgerState.synced
        var deletes = SyncDefinition.Deletes.propagate
        /// The row's value, and the list that it belongs in; `nil` for a row that is gone.
        var value: Double? = 1
        var list: Int? = 0
        var isKnown = true
        var hasItem = true
        /// What counts it in A, in B, and in neither, as `name number`.
        var a: [String] = []
        var b: [String] = []
        var homeless: [String] = []
        /// The one member of `summary.data` that counts it; `nil`: none.
        var summary: String?
        var byField: [Int: Int] = [:]

        var testDescription: String { name }
    }

    private static func words(_ counts: RowCounts) -> [String] {
        [
            ("create", counts.create), ("update", counts.update), ("in", counts.moveIn), ("out", counts.moveOut),
            ("delete", counts.delete), ("reject", counts.reject), ("unrouted", counts.unrouted),
            ("unchanged", counts.unchanged),
        ].filter { $0.1 > 0 }.map { "\($0.0) \($0.1)" }
    }

    private static func summary(_ counts: RowCounts) -> [String] {
        [
            ("create", counts.create), ("update", counts.update), ("move", counts.moveIn), ("delete", counts.delete),
            ("reject", counts.reject), ("unrouted", counts.unrouted), ("unchanged", counts.unchanged),
        ].flatMap { Array(repeating: $0.0, count: $0.1) }
    }

    /// Decides the row and counts it; its item is in A, with the value 1.
    private static func counted(_ c: Case) -> RowTally {
        let hash = ContentHash(of: [.number(1), .text("x")])
        let decider = RowDecider(
            listIDs: Made.lists, policy: RowPolicy(deletes: c.deletes),
            mapping: MappingHistory(version: 1, fields: ["N", "T"]))
        var entry: LedgerEntry? = Made.entry(1)
        entry?.state = c.state
        entry?.contentHash = hash.whole
        entry?.fieldHashes = hash.fields
        if !c.hasItem {
            entry?.item = nil
            entry?.list = nil
        }
        if !c.isKnown { entry = nil }
        var tally = Made.tally()
        let decision: RowDecision?
        if let value = c.value {
            let projection: Result<ContentHash, Rejection> =
                value.isNaN
                ? .failure(Rejection(.notFinite, field: 0))
                : .success(ContentHash(of: [.number(value), .text("x")]))
            decision = decider.decide(
                route: Route(list: c.list, decision: c.list.map { .rule($0) } ?? .unrouted), projection: projection,
                ledger: entry)
        } else {
            decision = entry.flatMap { decider.decideGone($0, listIndex: 0) }
        }
        if let decision {
            tally.add(
                decision, ledgerKey: Made.key(1), entry: entry, isInSource: c.value != nil, cause: .source,
                parts: { [] }, values: { [] })
        } else {
            tally.addLive(entry)
        }
        return tally
    }

    @Test(arguments: [
        Case(name: "new", isKnown: false, a: ["create 1"], summary: "create"),
        Case(name: "new, and held", list: nil, isKnown: false, homeless: ["unrouted 1"], summary: "unrouted"),
        Case(name: "new, and rejected", value: .nan, isKnown: false, a: ["reject 1"], summary: "reject"),
        Case(
            name: "new, rejected and without a list", value: .nan, list: nil, isKnown: false, homeless: ["reject 1"],
            summary: "reject"),
        Case(name: "as it was", a: ["unchanged 1"], summary: "unchanged"),
        Case(name: "changed", value: 2, a: ["update 1"], summary: "update", byField: [0: 1]),
        Case(name: "moved", list: 1, a: ["out 1"], b: ["in 1"], summary: "move"),
        Case(name: "moved and changed is one move", value: 2, list: 1, a: ["out 1"], b: ["in 1"], summary: "move"),
        Case(
            name: "rejected before it would move: in its route's list", value: .nan, list: 1, b: ["reject 1"],
            summary: "reject"),
        Case(name: "held where its item is", list: nil, a: ["unrouted 1"], summary: "unrouted"),
        Case(name: "held and changed", value: 2, list: nil, a: ["unrouted 1"], summary: "unrouted"),
        Case(
            name: "a deleted item stays deleted", state: .deletedByPerson, hasItem: false, a: ["unchanged 1"],
            summary: "unchanged"),
        Case(
            name: "it was deleted, and came back", state: .tombstone, hasItem: false, a: ["create 1"], summary: "create"
        ),
        Case(
            name: "an archived row that came back", state: .archived, deletes: .retain, a: ["unchanged 1"],
            summary: "unchanged"),
        Case(
            name: "an archived row that came back changed", state: .archived, deletes: .retain, value: 2,
            a: ["update 1"], summary: "update", byField: [0: 1]),
        Case(name: "a marked row that came back", state: .marked, deletes: .mark, a: ["update 1"], summary: "update"),
        Case(name: "refused as before", state: .quarantined, a: ["reject 1"], summary: "reject"),
        Case(name: "an interrupted move", state: .moving, a: ["in 1"], summary: "move"),
    ])
    func rowsThatAreThere(_ c: Case) { Self.expect(c) }

    @Test(arguments: [
        Case(name: "gone under PROPAGATE", value: nil, a: ["delete 1"], summary: "delete"),
        Case(name: "gone under MARK", deletes: .mark, value: nil, a: ["delete 1"], summary: "delete"),
        Case(name: "gone under RETAIN", deletes: .retain, value: nil, a: ["unchanged 1"], summary: "unchanged"),
        Case(name: "once marked", state: .marked, deletes: .mark, value: nil),
        Case(name: "once archived", state: .archived, deletes: .retain, value: nil),
        Case(name: "archived before deletes were propagated", state: .archived, value: nil),
        Case(name: "once deleted", state: .tombstone, value: nil, hasItem: false),
        Case(name: "a person had deleted its item", state: .deletedByPerson, value: nil, hasItem: false),
        Case(name: "refused, with an item", state: .quarantined, value: nil, a: ["delete 1"], summary: "delete"),
        Case(name: "refused, without one", state: .quarantined, value: nil, hasItem: false),
    ])
    func rowsThatAreGone(_ c: Case) { Self.expect(c) }

    private static func expect(_ c: Case) {
        let tally = counted(c)
        #expect(words(tally.lists[0].counts) == c.a)
        #expect(words(tally.lists[1].counts) == c.b)
        #expect(words(tally.homeless.counts) == c.homeless)
        #expect(summary(tally.total) == (c.summary.map { [$0] } ?? []))
        #expect(tally.lists[0].byField == c.byField && tally.lists[1].byField.isEmpty)
        #expect(tally.total.sourceRows == (c.value == nil ? 0 : 1))
    }
}
