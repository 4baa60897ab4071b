import Testing

@testable import Core

@Suite("Deciding rows")
struct RowDecisionTests {
    private static let here = ListID("here")
    private static let there = ListID("there")
    private static let old = ContentHash(of: [.text("a"), .number(1)])
    private static let new = ContentHash(of: [.text("a"), .number(2)])

    private static func decider(_ deletes: SyncDefinition.Deletes = .propagate, mapping: Int = 1) -> RowDecider {
        RowDecider(
            listIDs: [here, there], deletes: deletes, mappingVersion: mapping,
            olderMappings: [1: ["Title", "Cost"], 2: ["Title", "Cost", "Note"]],
            fields: mapping == 1 ? ["Title", "Cost"] : ["Title", "Cost", "Note"])
    }

    private static func entry(_ state: LedgerState, item: Int64? = 5, list: ListID? = here) -> LedgerEntry {
        LedgerEntry(
            key: LedgerKey(bytes: [1]), state: state, list: list, item: item, etag: "e", contentHash: old.whole,
            fieldHashes: old.fields, refusal: state == .quarantined ? Refusal(.refused) : nil)
    }

    private static let toHere = Route(list: 0, decision: .rule(0))

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var ledger: LedgerEntry?
        var route = RowDecisionTests.toHere
        var hash = RowDecisionTests.old
        var expected: RowAction
        var changed: [Int] = []

        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "new", ledger: nil, expected: .create, changed: [0, 1]),
        Case(name: "the same", ledger: entry(.synced), expected: .unchanged),
        Case(name: "changed", ledger: entry(.synced), hash: new, expected: .update, changed: [1]),
        Case(name: "elsewhere", ledger: entry(.synced), route: Route(list: 1, decision: .byDefault), expected: .move),
        Case(
            name: "elsewhere and changed", ledger: entry(.synced), route: Route(list: 1, decision: .byDefault),
            hash: new,
            expected: .move, changed: [1]),
        Case(
            name: "no route: its item stays", ledger: entry(.synced), route: Route(list: nil, decision: .unrouted),
            hash: new, expected: .unrouted),
        Case(name: "deleted by a person", ledger: entry(.deletedByPerson, item: nil), hash: new, expected: .unchanged),
        Case(name: "refused and unchanged", ledger: entry(.quarantined, item: nil, list: nil), expected: .reject),
        Case(
            name: "refused and changed", ledger: entry(.quarantined, item: nil, list: nil), hash: new,
            expected: .create,
            changed: [0, 1]),
        Case(
            name: "refused update that changed again", ledger: entry(.quarantined), hash: new, expected: .update,
            changed: [1]),
        Case(name: "marked and back", ledger: entry(.marked), expected: .update),
        Case(name: "archived and back", ledger: entry(.archived), expected: .rebase),
        Case(name: "move under way", ledger: entry(.moving), hash: new, expected: .finishMove),
    ])
    func presentRows(_ c: Case) {
        let decision = Self.decider().decide(route: c.route, projection: .success(c.hash), ledger: c.ledger)
        #expect(decision.action == c.expected)
        #expect(decision.changedFields == c.changed)
    }

    @Test func rejectedRowsKeepTheirItem() {
        let decision = Self.decider().decide(
            route: Self.toHere, projection: .failure(Rejection(.textTooLong, field: 1)), ledger: Self.entry(.synced))
        #expect(decision.action == .reject && decision.rejection == Rejection(.textTooLong, field: 1))
    }

    /// A mapping with one more field: only a value in it is a change (SPEC §11, rebase).
    @Test(arguments: [(Value.null, RowAction.rebase, [Int]()), (.text("x"), .update, [2])])
    func aNewFieldCountsOnlyIfItHasAValue(note: Value, expected: RowAction, changed: [Int]) {
        let decision = Self.decider(mapping: 2).decide(
            route: Self.toHere, projection: .success(ContentHash(of: [.text("a"), .number(1), note])),
            ledger: Self.entry(.synced))
        #expect(decision.action == expected && decision.changedFields == changed)
    }

    @Test(arguments: [
        (LedgerState.synced, SyncDefinition.Deletes.propagate, RowAction?.some(.delete)),
        (.synced, .retain, .archive), (.synced, .mark, .mark), (.archived, .retain, nil), (.marked, .mark, nil),
        (.deletedByPerson, .propagate, .forget), (.moving, .propagate, .finishMove),
    ])
    func goneRows(state: LedgerState, deletes: SyncDefinition.Deletes, expected: RowAction?) {
        let item: Int64? = state == .deletedByPerson ? nil : 5
        #expect(Self.decider(deletes).decideGone(Self.entry(state, item: item), listIndex: 0)?.action == expected)
    }
}
