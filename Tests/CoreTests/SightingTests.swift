import Core
import Testing

@Suite("What an item that was seen means")
struct SightingTests {
    private static func entry(_ state: LedgerState = .synced) -> LedgerEntry {
        let base = ContentHash(of: [.text("Bridge"), .number(10)])
        return LedgerEntry(
            key: LedgerKey(bytes: [1]), state: state, list: ListID("list"), item: 5, etag: "\"g,2\"",
            contentHash: base.whole, remoteHash: base.whole, fieldHashes: base.fields, version: 3)
    }

    private static func item(_ version: Int) -> RemoteItem {
        RemoteItem(id: 5, etag: "\"g,\(version)\"", fields: [])
    }

    private static let shown = ContentHash(of: [.text("Kim's"), .number(10)])

    @Test func aNewerItemIsTakenWithItsTag() {
        guard case .changed(let seen) = Sighting.of(Self.item(3), shown: Self.shown, entry: Self.entry()) else {
            Issue.record("nothing was seen")
            return
        }
        #expect(seen.etag == "\"g,3\"" && seen.driftedFields == [0])
    }

    /// Its tag alone would let the next write pass that replaces what the person typed.
    @Test func anItemThatCannotBeComparedKeepsTheTagThatWasLookedAt() {
        #expect(Sighting.of(Self.item(3), shown: nil, entry: Self.entry()) == .nothing)
        #expect(Sighting.ofRead(Self.item(3), shown: nil, entry: Self.entry()) == .nothing)
        var deleted = Self.entry(.deletedByPerson)
        deleted.prior = ItemLocation(list: ListID("list"), item: 5, etag: nil)
        deleted.item = nil
        guard
            case .changed(let restored) = Sighting.ofFormer(
                Self.item(3), in: ListID("list"), shown: nil, entry: deleted)
        else {
            Issue.record("nothing was seen")
            return
        }
        #expect(restored.item == 5 && restored.etag == nil && restored.state == .synced)
    }

    /// Its row came back while the item was in the recycle bin: the mark has to go.
    @Test func aRestoredItemIsMarkedAsItWas() {
        var deleted = Self.entry()
        deleted.state = .deletedByPerson
        deleted.prior = ItemLocation(list: ListID("list"), item: 5, etag: nil)
        let sighting = Sighting.ofFormer(
            Self.item(3), in: ListID("list"), shown: Self.shown, isMarked: true, entry: deleted)
        guard case .changed(let restored) = sighting else {
            Issue.record("nothing was seen")
            return
        }
        #expect(restored.state == .marked && restored.item == 5)
    }

    @Test func anOlderItemIsNoNews() {
        #expect(Sighting.of(Self.item(1), shown: Self.shown, entry: Self.entry()) == .nothing)
    }
}
