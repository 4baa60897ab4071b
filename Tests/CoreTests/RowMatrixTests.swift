import Testing

@testable import Core

/// Every state of the ledger against what each side did, under each setting that decides: who wins is written down here
/// cell by cell, from SPEC §11, and not asked of the decider.
@Suite("The matrix of row decisions")
struct RowMatrixTests {
    private static let a = ListID("a")
    private static let b = ListID("b")
    private static let old = ContentHash(of: [.text("x"), .number(1), .null])
    private static let new = ContentHash(of: [.text("x"), .number(2), .null])
    private static let person = ContentHash(of: [.text("Kim's"), .number(1), .null])

    /// What the source did since both sides agreed.
    enum Source: CaseIterable, Sendable {
        case same, changed, moved, movedAndChanged, unrouted, rejected, gone
    }

    /// What a person did to the item.
    enum Person: CaseIterable, Sendable {
        case nothing, edited, editedWhatTheSourceChanged
    }

    struct Cell: Hashable, Sendable {
        var state: LedgerState
        var source: Source
        var person = Person.nothing
        var deletes = SyncDefinition.Deletes.propagate
        var reverts = false
    }

    private static func entry(_ cell: Cell) -> LedgerEntry {
        var entry = LedgerEntry(
            key: Made.key(1), state: cell.state, list: a, item: 5, etag: "e", contentHash: old.whole,
            remoteHash: old.whole,
            fieldHashes: old.fields)
        switch cell.state {
        case .deletedByPerson, .tombstone:
            entry.prior = ItemLocation(list: a, item: 5, etag: nil)
            (entry.list, entry.item, entry.etag) = (nil, nil, nil)
        case .moving: entry.prior = ItemLocation(list: b, item: 9, etag: "f")
        case .quarantined: entry.refusal = Refusal(.refused, list: a)
        case .synced, .archived, .marked: break
        }
        switch cell.person {
        case .nothing: break
        case .edited: entry.seenHashes = person.fields
        case .editedWhatTheSourceChanged: entry.seenHashes = ContentHash(of: [.text("x"), .number(77), .null]).fields
        }
        return entry
    }

    private static let mapping = MappingHistory(
        version: 1, fields: ["Title", "Cost", "Note"], registered: [1: ["Title", "Cost", "Note"]])

    private static func decide(_ cell: Cell) -> RowDecision? {
        let decider = RowDecider(
            listIDs: [a, b], policy: RowPolicy(deletes: cell.deletes, onDrift: cell.reverts ? .revert : .report),
            mapping: mapping)
        let here = Route(list: 0, decision: .rule(0))
        let there = Route(list: 1, decision: .byDefault)
        let entry = entry(cell)
        switch cell.source {
        case .same: return decider.decide(route: here, projection: .success(old), ledger: entry)
        case .changed: return decider.decide(route: here, projection: .success(new), ledger: entry)
        case .moved: return decider.decide(route: there, projection: .success(old), ledger: entry)
        case .movedAndChanged: return decider.decide(route: there, projection: .success(new), ledger: entry)
        case .unrouted:
            return decider.decide(
                route: Route(list: nil, decision: .unrouted), projection: .success(new), ledger: entry)
        case .rejected:
            return decider.decide(route: here, projection: .failure(Rejection(.textTooLong, field: 0)), ledger: entry)
        case .gone: return decider.decideGone(entry, listIndex: entry.list == nil ? nil : 0)
        }
    }

    // MARK: Without a person

    /// In the order of ``Source``. `nil`: the row does not count at all.
    private static let table: [LedgerState: [RowAction?]] = [
        .synced: [.unchanged, .update, .move, .move, .unrouted, .reject, .delete],
        // Until a move is finished the row has two items, so that nothing else is decided.
        .moving: [.finishMove, .finishMove, .finishMove, .finishMove, .finishMove, .finishMove, .finishMove],
        // It came back: the item is its own again.
        .archived: [.rebase, .update, .move, .move, .unrouted, .reject, nil],
        // The mark has to go, whatever else is the same.
        .marked: [.update, .update, .move, .move, .unrouted, .reject, nil],
        // Deleted stays deleted, whatever the row does.
        .deletedByPerson: [.unchanged, .unchanged, .unchanged, .unchanged, .unrouted, .reject, .forget],
        // Refused as it is; tried again as soon as the row or its list is another.
        .quarantined: [.reject, .update, .move, .move, .unrouted, .reject, .delete],
        // We deleted it because the row was gone.
        .tombstone: [.create, .create, .create, .create, .unrouted, .reject, nil],
    ]

    @Test(arguments: LedgerState.allCases)
    func everyState(state: LedgerState) throws {
        let expected = try #require(Self.table[state])
        for (source, action) in zip(Source.allCases, expected) {
            let decision = Self.decide(Cell(state: state, source: source))
            #expect(decision?.action == action, "\(state) and \(source)")
        }
    }

    /// In the order of states: synced, moving, archived, marked, deletedByPerson, quarantined, tombstone.
    @Test(arguments: [
        (
            SyncDefinition.Deletes.propagate,
            [.delete, .finishMove, nil, nil, .forget, .delete, nil] as [RowAction?]
        ),
        (.retain, [.archive, .finishMove, nil, nil, .forget, .archive, nil]),
        (.mark, [.mark, .finishMove, nil, nil, .forget, .mark, nil]),
    ])
    func whatBecomesOfAGoneRow(deletes: SyncDefinition.Deletes, expected: [RowAction?]) {
        for (state, action) in zip(LedgerState.allCases, expected) {
            #expect(Self.decide(Cell(state: state, source: .gone, deletes: deletes))?.action == action, "\(state)")
        }
    }

    /// How rows that stay are treated does not depend on what becomes of gone ones.
    @Test func deletesDecideNothingElse() {
        for state in LedgerState.allCases {
            for source in Source.allCases where source != .gone {
                for reverts in [false, true] {
                    let decisions = SyncDefinition.Deletes.allCases.map {
                        Self.decide(Cell(state: state, source: source, deletes: $0, reverts: reverts))
                    }
                    #expect(Set(decisions).count == 1, "\(state) \(source)")
                }
            }
        }
    }

    // MARK: With a person

    struct Drift: Sendable, CustomTestStringConvertible {
        var name: String
        var cell: Cell
        var action: RowAction
        var written: [Int] = []

        var testDescription: String { name }
    }

    private static func synced(_ source: Source, _ person: Person, reverts: Bool = false) -> Cell {
        Cell(state: .synced, source: source, person: person, reverts: reverts)
    }

    /// SPEC §11, drift per field.
    @Test(arguments: [
        Drift(name: "a person's edit alone stays", cell: synced(.same, .edited), action: .unchanged),
        Drift(
            name: "REVERT writes over it", cell: synced(.same, .edited, reverts: true), action: .update, written: [0]),
        Drift(
            name: "the source's field is written, the person's stays", cell: synced(.changed, .edited), action: .update,
            written: [1]),
        Drift(
            name: "REVERT writes both", cell: synced(.changed, .edited, reverts: true), action: .update,
            written: [0, 1]),
        Drift(
            name: "of a field that both changed the source's counts",
            cell: synced(.changed, .editedWhatTheSourceChanged), action: .update, written: [1]),
        Drift(
            name: "REVERT is the same there", cell: synced(.changed, .editedWhatTheSourceChanged, reverts: true),
            action: .update, written: [1]),
        Drift(
            name: "a move writes what the source changed", cell: synced(.movedAndChanged, .edited), action: .move,
            written: [1]),
        Drift(name: "a move alone writes nothing over people", cell: synced(.moved, .edited), action: .move),
        Drift(
            name: "a deleted item comes back under REVERT",
            cell: Cell(state: .deletedByPerson, source: .same, reverts: true), action: .create, written: [0, 1]),
    ])
    func whatAPersonDid(_ c: Drift) {
        let decision = Self.decide(c.cell)
        #expect(decision?.action == c.action && decision?.changedFields == c.written)
    }

    /// `onDrift` concerns what people did, and nothing else.
    @Test func withoutAPersonRevertChangesNothing() {
        for state in LedgerState.allCases where state != .deletedByPerson {
            for source in Source.allCases {
                let cell = Cell(state: state, source: source)
                var reverting = cell
                reverting.reverts = true
                #expect(Self.decide(cell) == Self.decide(reverting), "\(state) \(source)")
            }
        }
    }

    // MARK: Where and why

    @Test func aDecisionSaysWhereTheRowBelongsWhereItIsAndWhy() throws {
        let move = try #require(Self.decide(Cell(state: .synced, source: .movedAndChanged)))
        #expect(move.list == 1 && move.from == Self.a && move.route == .byDefault && move.hash == Self.new)
        let unrouted = try #require(Self.decide(Cell(state: .synced, source: .unrouted)))
        #expect(unrouted.list == nil && unrouted.from == Self.a && unrouted.route == .unrouted)
        let reject = try #require(Self.decide(Cell(state: .synced, source: .rejected)))
        #expect(reject.list == 0 && reject.from == Self.a && reject.rejection == Rejection(.textTooLong, field: 0))
        let gone = try #require(Self.decide(Cell(state: .synced, source: .gone)))
        #expect(gone.list == 0 && gone.from == Self.a && gone.route == nil && gone.hash == nil)
        // A create writes the fields that have a value.
        let create = try #require(Self.decide(Cell(state: .tombstone, source: .same)))
        #expect(create.changedFields == [0, 1] && create.from == nil)
    }

    /// A row that was refused for another list, or before its list was there.
    @Test func aRefusalCountsForItsListOnly() {
        func action(_ refusedBy: ListID?, _ source: Source, lists: [ListID?] = [Self.a, Self.b]) -> RowAction {
            var entry = Self.entry(Cell(state: .quarantined, source: source))
            entry.refusal?.list = refusedBy
            let decider = RowDecider(
                listIDs: lists, policy: RowPolicy(deletes: .propagate), mapping: Self.mapping)
            let route = Route(list: source == .moved ? 1 : 0, decision: .byDefault)
            return decider.decide(route: route, projection: .success(Self.old), ledger: entry).action
        }
        #expect(action(Self.a, .same) == .reject && action(Self.a, .moved) == .move)
        #expect(action(Self.b, .moved) == .reject, "refused there")
        #expect(action(nil, .same) == .reject && action(nil, .moved) == .reject, "refused wherever it goes")
        #expect(action(Self.b, .moved, lists: [Self.a, nil]) == .reject, "its list is not made yet")
    }

    /// What the ledger says of an item in a list that is gone for good says nothing any more.
    @Test func anItemInAListThatIsGoneIsNone() {
        for state in LedgerState.allCases where state != .deletedByPerson && state != .tombstone {
            var decider = RowDecider(
                listIDs: [Self.b], policy: RowPolicy(deletes: .propagate), mapping: Self.mapping)
            decider.knownLists = [Self.b]
            let entry = Self.entry(Cell(state: state, source: .same))
            let decision = decider.decide(
                route: Route(list: 0, decision: .byDefault), projection: .success(Self.old), ledger: entry)
            #expect(decision.action == .create && decision.from == nil, "\(state)")
            #expect(decider.decideGone(entry, listIndex: nil)?.action == .forget, "\(state)")
        }
    }

    /// Somebody deleted the column: its values are written into it again, and nothing else is.
    @Test func whatWasTakenAwayWithItsColumnIsWrittenAgain() {
        var decider = RowDecider(
            listIDs: [Self.a, Self.b], policy: RowPolicy(deletes: .propagate), mapping: Self.mapping)
        decider.emptied = [Self.a: [1, 2]]
        func decide(_ hash: ContentHash, in list: ListID = Self.a) -> RowDecision {
            var entry = Self.entry(Cell(state: .synced, source: .same))
            entry.list = list
            return decider.decide(
                route: Route(list: list == Self.a ? 0 : 1, decision: .byDefault), projection: .success(hash),
                ledger: entry)
        }
        // Note has no value, so that the new column is right as it is.
        #expect(decide(Self.old).action == .update && decide(Self.old).changedFields == [1])
        #expect(decide(Self.new).changedFields == [1], "once, though it changed as well")
        #expect(decide(Self.old, in: Self.b).action == .unchanged, "the other list has its column")
    }

    @Test func anotherCanonicalFormIsRebased() {
        var entry = Self.entry(Cell(state: .synced, source: .same))
        entry.canonVersion = CanonicalForm.version - 1
        let decider = RowDecider(
            listIDs: [Self.a], policy: RowPolicy(deletes: .propagate), mapping: Self.mapping)
        let decision = decider.decide(
            route: Route(list: 0, decision: .byDefault), projection: .success(Self.old), ledger: entry)
        #expect(decision.action == .rebase && decision.changedFields.isEmpty)
    }
}
