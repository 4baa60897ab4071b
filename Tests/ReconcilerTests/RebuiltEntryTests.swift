import Core
import Reconciler
import Testing

/// What a lost ledger is rebuilt from: the row, and the items that carry its key.
@Suite("Rebuilding an entry of the ledger")
struct RebuiltEntryTests {
    private let key = LedgerKey(bytes: [1])
    private let here = ListID("here")
    private let there = ListID("there")
    private let row = ContentHash(of: [.text("a"), .number(1)])

    private func item(_ list: ListID, _ id: Int64 = 5, _ values: [Value]? = nil, isMarked: Bool = false) -> FoundItem {
        let hash = ContentHash(of: values ?? [.text("a"), .number(1)])
        return FoundItem(
            list: list, item: id, etag: "\"\(id)\"", syncKey: "d/1", hashes: hash.fields, whole: hash.whole,
            isMarked: isMarked)
    }

    private func rebuilt(_ items: [FoundItem], hash: ContentHash?, list: ListID? = ListID("here")) -> LedgerEntry? {
        RebuiltEntry.of(row: key, hash: hash, list: list, items: items, mappingVersion: 3)
    }

    @Test func aRowWithoutAnItemHasNoEntry() {
        #expect(rebuilt([], hash: row) == nil)
    }

    @Test func anItemThatShowsTheRowIsAsItWas() throws {
        let entry = try #require(rebuilt([item(here)], hash: row))
        #expect(entry.state == .synced && entry.list == here && entry.item == 5 && entry.etag == "\"5\"")
        #expect(entry.contentHash == row.whole && entry.fieldHashes == row.fields && entry.mappingVersion == 3)
        #expect(entry.driftedFields.isEmpty && entry.prior == nil && entry.remoteBase == row.fields)
    }

    @Test func aFieldThatDiffersHasNoBaseForNobodyKnowsWhoChangedIt() throws {
        let entry = try #require(rebuilt([item(here, 5, [.text("a"), .number(2)])], hash: row))
        #expect(entry.remoteBase == [row.fields[0], RowBase.unknown])
        #expect(entry.remoteHash == ContentHash(of: [.text("a"), .number(2)]).whole)
    }

    @Test func aRowThatCannotBeProjectedKnowsItsItemOnly() throws {
        let entry = try #require(rebuilt([item(here)], hash: nil))
        #expect(entry.item == 5 && entry.contentHash == nil && entry.fieldHashes.isEmpty)
    }

    @Test func aRowThatBelongsElsewhereHasItsItemWhereItIs() throws {
        let entry = try #require(rebuilt([item(there)], hash: row))
        #expect(entry.state == .synced && entry.list == there && entry.prior == nil)
    }

    /// What was typed into the old item after it was copied may be nowhere else.
    @Test func theOldItemOfAMoveIsReadBeforeItIsDeleted() throws {
        let entry = try #require(rebuilt([item(there, 4, [.text("typed"), .number(1)]), item(here, 5)], hash: row))
        #expect(entry.state == .moving && entry.list == here && entry.item == 5)
        #expect(entry.prior == ItemLocation(list: there, item: 4, etag: nil, hashes: nil))
        var script = RowScript(.finishMove)
        var task = script.machine.task
        task.ledger = entry
        script.machine = RowMachine(task, script.machine.context)
        guard case .send(.read(list: "there", item: 4, _)) = script.start() else { return unexpected() }
        #expect(script.intents.isEmpty)
    }

    struct Gone: Sendable, CustomTestStringConvertible {
        var deletes: SyncDefinition.Deletes
        var isMarked = false
        var expected: LedgerState

        var testDescription: String { "\(deletes.rawValue), marked: \(isMarked)" }
    }

    @Test(arguments: [
        Gone(deletes: .propagate, expected: .synced), Gone(deletes: .propagate, isMarked: true, expected: .synced),
        Gone(deletes: .retain, expected: .archived), Gone(deletes: .mark, expected: .synced),
        Gone(deletes: .mark, isMarked: true, expected: .marked),
    ])
    func anItemWhoseRowIsGone(_ c: Gone) {
        let entry = RebuiltEntry.of(
            item: item(here, isMarked: c.isMarked), key: key, deletes: c.deletes, mappingVersion: 1)
        #expect(entry.state == c.expected && entry.item == 5 && entry.contentHash == nil)
    }

    @Test(arguments: LedgerState.allCases, [true, false])
    func anItemThatWasDeletedOnceStays(_ state: LedgerState, hasLedger: Bool) {
        let known = LedgerEntry(key: key, state: state, version: 1)
        let wasDeleted = state == .tombstone || state == .deletedByPerson
        #expect(RebuiltEntry.stays(known: known, hasLedger: hasLedger) == wasDeleted)
    }

    /// A ledger that was kept and does not have the row had forgotten it, or never knew it.
    @Test(arguments: [true, false]) func anItemThatNobodyKnowsStaysWhereThereIsALedger(_ hasLedger: Bool) {
        #expect(RebuiltEntry.stays(known: nil, hasLedger: hasLedger) == hasLedger)
    }
}
