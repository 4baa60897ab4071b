import Core
import Reconciler
import Testing

/// Columns that somebody deleted, and that are not made again yet.
@Suite("Rows of a list that lacks columns of ours")
struct MissingColumnTests {
    /// The list refuses to show what it does not have.
    @Test func aMissingColumnIsNotAskedFor() {
        var row = RowScript(settling: .update, age: 0)
        row.setColumns(["Title", "Cost"], of: "old")
        #expect(row.start() == .send(.read(list: "old", item: 5, select: ["Title", "Cost"])))
        guard case .record(.put(let entry, _, 3?), _) = row.read(row.item(5, "Bridge", 12)) else {
            return unexpected()
        }
        #expect(entry.contentHash == ContentHash(of: [.text("Bridge"), .number(12)]).whole)
    }

    @Test func aListThatWasNotLookedAtIsAskedForAll() {
        var row = RowScript(settling: .update, age: 0)
        row.setColumns(["Title"], of: "another")
        #expect(row.start() == .send(.read(list: "old", item: 5, select: row.selection)))
    }

    /// Its item, if there is one, lost its key with the column, and nobody can know of it.
    @Test func anOpenCreateInAListWithoutKeysEndsWhenItCannotArrive() {
        var young = RowScript(settling: .create, age: 59)
        young.setColumns(["Title", "Cost"], of: "new")
        #expect(young.start() == .finish(.unsettled) && young.closed == 0)
        var old = RowScript(settling: .create, age: 60)
        old.setColumns(["Title", "Cost"], of: "new")
        #expect(old.start() == .finish(.settled) && old.closed == 1)
    }

    /// The list would refuse to look for a key, and any item of it shows that it answers.
    @Test func anItemOfAListWithoutKeysIsGoneWhenItsListAnswers() {
        var row = RowScript(settling: .delete, age: 0)
        row.setColumns(["Title", "Cost"], of: "old")
        row.isProvingAbsences = false
        _ = row.start()
        #expect(row.fail(.gone) == .send(.probe(list: "old")))
        #expect(row.found([]) == .send(.read(list: "old", item: 5, select: [])))
        #expect(row.fail(.gone) == .send(.probe(list: "old")))
        guard case .record(.put(let entry, _, _), _) = row.found([]) else { return unexpected() }
        #expect(entry.state == .tombstone)
    }

    /// The column of keys went since the list was looked at: it refuses to look for a key, and may have the item all the same.
    @Test func aListThatRefusesToLookForAKeyProvesNothing() {
        var row = RowScript(settling: .delete, age: 0)
        row.isProvingAbsences = false
        _ = row.start()
        #expect(row.fail(.gone) == .send(.find(list: "old", key: "p/1", select: ["SyncBridgeKey"])))
        guard case .finish(.failed) = row.fail(.refused) else { return unexpected() }
        #expect(row.closed == 0)
    }

    /// The first answer may have been lost, so that the 404 is of what we did: what the request replaced is kept in its intent.
    @Test func aDeletionWhoseItemCannotBeProvedToBeGoneStaysInDoubt() {
        var row = RowScript(.delete)
        row.isProvingAbsences = false
        guard case .send(.delete) = row.start() else { return unexpected() }
        #expect(row.fail(.gone) == .send(.find(list: "old", key: "p/1", select: ["SyncBridgeKey"])))
        guard case .finish(.failed) = row.fail(.refused) else { return unexpected() }
        #expect(row.closed == 0 && row.intents.count == 1)
    }

    /// Nobody emptied the field: the new item gets the row's value.
    @Test func aMoveOutOfAListThatLacksAColumnTakesTheRowsValue() {
        var row = RowScript(.move)
        row.setColumns(["SyncBridgeKey", "Cost"], of: "old")
        #expect(row.start() == .send(.read(list: "old", item: 5, select: row.originSelection.filter { $0 != "Title" })))
        var old = row.item(5, "Bridge", 10)
        old.fields.removeAll { $0.name == "Title" }
        guard case .send(.create(_, let fields)) = row.read(old) else { return unexpected() }
        #expect(fields.first { $0.name == "Title" }?.value == "Bridge")
        #expect(row.intents.last?.saved == [])
    }
}
