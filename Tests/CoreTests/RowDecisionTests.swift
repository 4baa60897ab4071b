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
            listIDs: [here, there], policy: RowPolicy(deletes: deletes),
            mapping: MappingHistory(
                version: mapping, fields: mapping == 1 ? ["Title", "Cost"] : ["Title", "Cost", "Note"],
                registered: [1: ["Title", "Cost"], 2: ["Title", "Cost", "Note"]]))
    }

    private static func entry(_ state: LedgerState, item: Int64? = 5, list: ListID? = here) -> LedgerEntry {
        LedgerEntry(
            key: LedgerKey(bytes: [1]), state: state, list: list, item: item, etag: "e", contentHash: old.whole,
            fieldHashes: old.fields, refusal: state == .quarantined ? Refusal(.refused) : nil)
    }

    private static let toHere = Route(list: 0, decision: .rule(0))

    /// A move to the other list was refused; of what it was to write the item has nothing.
    private static let refusedThere: LedgerEntry = {
        var entry = Self.entry(.quarantined)
        entry.contentHash = new.whole
        entry.fieldHashes = [old.fields[0], 0]
        entry.remoteHashes = old.fields
        entry.refusal = Refusal(.itemLoses, list: there)
        return entry
    }()

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
        Case(
            name: "refused elsewhere and back here", ledger: refusedThere, hash: new, expected: .update, changed: [1]),
        Case(name: "marked and back", ledger: entry(.marked), expected: .update),
        Case(name: "archived and back", ledger: entry(.archived), expected: .rebase),
        Case(name: "move under way", ledger: entry(.moving), hash: new, expected: .finishMove),
        Case(
            name: "move under way, without a route since", ledger: entry(.moving),
            route: Route(list: nil, decision: .unrouted), hash: new, expected: .finishMove),
    ])
    func presentRows(_ c: Case) {
        let decision = Self.decider().decide(route: c.route, projection: .success(c.hash), ledger: c.ledger)
        #expect(decision.action == c.expected)
        #expect(decision.changedFields == c.changed)
    }

    /// What was refused as such is decided anew as soon as its hazard is allowed.
    @Test(arguments: [RejectCode.writeLoop, .itemLoses])
    func anAllowedHazardLetsARowGo(code: RejectCode) {
        var entry = Self.entry(.quarantined)
        entry.refusal = Refusal(code)
        var decider = Self.decider()
        func action() -> RowAction {
            decider.decide(route: Self.toHere, projection: .success(Self.old), ledger: entry).action
        }
        #expect(action() == .reject)
        if code == .writeLoop { decider.allowsLosses = [0] } else { decider.allowsLoops = [0] }
        #expect(action() == .reject)
        (decider.allowsLosses, decider.allowsLoops) = ([0], [0])
        #expect(action() != .reject)
    }

    @Test func rejectedRowsKeepTheirItem() {
        let decision = Self.decider().decide(
            route: Self.toHere, projection: .failure(Rejection(.textTooLong, field: 1)), ledger: Self.entry(.synced))
        #expect(decision.action == .reject && decision.rejection == Rejection(.textTooLong, field: 1))
        // Else its old item would stay beside the new one for as long as the row cannot be written.
        let moving = Self.decider().decide(
            route: Self.toHere, projection: .failure(Rejection(.textTooLong, field: 1)), ledger: Self.entry(.moving))
        #expect(moving.action == .finishMove)
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

    /// A delete that was refused is not tried for ever; that the row's content was refused before is no reason.
    @Test(arguments: [RejectCode.refused, .itemLocked])
    func aGoneRowWhoseDeleteWasRefused(code: RejectCode) {
        var entry = Self.entry(.quarantined)
        entry.refusal = Refusal(code)
        #expect(Self.decider().decideGone(entry, listIndex: 0)?.action == .delete)
        entry.contentHash = nil
        let decision = Self.decider().decideGone(entry, listIndex: 0)
        #expect(decision?.action == .reject && decision?.rejection == Rejection(code))
    }

    // MARK: A field that was left out of the mapping for a while

    private static let again = RowDecider(
        listIDs: [here], policy: RowPolicy(deletes: .propagate),
        mapping: MappingHistory(
            version: 3, fields: ["Title", "Note"],
            registered: [1: ["Title", "Note"], 2: ["Title"], 3: ["Title", "Note"]]))

    private static func title(mapping: Int) -> LedgerEntry {
        let hash = ContentHash(of: [.text("a")])
        return LedgerEntry(
            key: LedgerKey(bytes: [1]), state: .synced, list: here, item: 5, etag: "e", contentHash: hash.whole,
            fieldHashes: hash.fields, mappingVersion: mapping)
    }

    /// Its column stayed, with what it held: nothing is written over it although the row has no value.
    @Test func isWrittenThoughItHasNoValue() {
        let empty = ContentHash(of: [.text("a"), .null])
        let decision = Self.again.decide(
            route: Self.toHere, projection: .success(empty), ledger: Self.title(mapping: 2))
        #expect(decision.action == .update && decision.changedFields == [1])
        // A new column is empty.
        var fresh = Self.again
        fresh.mapping.registered = [2: ["Title"], 3: ["Title", "Note"]]
        #expect(
            fresh.decide(route: Self.toHere, projection: .success(empty), ledger: Self.title(mapping: 2)).action
                == .rebase)
    }

    @Test func anEntryIsTranslatedWithNewColumnsEmpty() throws {
        var fresh = Self.again
        fresh.mapping.registered = [2: ["Title"], 3: ["Title", "Note"]]
        let entry = try #require(fresh.mapping.translated(Self.title(mapping: 2)))
        #expect(entry.fieldHashes == ContentHash(of: [.text("a"), .null]).fields && entry.mappingVersion == 3)
        #expect(entry.driftedFields.isEmpty && fresh.mapping.translated(Self.title(mapping: 7)) == nil)
    }
}
