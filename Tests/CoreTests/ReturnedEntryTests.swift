import Core
import Testing

/// The new item of a move went with its list, and the old one was still to be deleted.
@Suite("Rows whose move ended in a list that is gone")
struct ReturnedEntryTests {
    private static let old = ItemLocation(list: ListID("old"), item: 5, etag: "\"o\"", hashes: [1, 20, 3])

    private static func moving(
        sent: [UInt64] = [1, 2, 4], remote: [UInt64]? = nil, seen: [UInt64]? = nil, prior: ItemLocation? = old
    ) -> LedgerEntry {
        LedgerEntry(
            key: LedgerKey(bytes: [1]), state: .moving, list: ListID("gone"), item: 9, etag: "\"n\"",
            contentHash: ContentHash(of: []).whole, fieldHashes: sent, remoteHashes: remote, seenHashes: seen,
            prior: prior, version: 7)
    }

    @Test func theOldItemIsTheRowsAgainAndIsReadBeforeItIsWritten() throws {
        let entry = try #require(Self.moving().returned)
        #expect(entry.state == .synced && entry.list == ListID("old") && entry.item == 5 && entry.prior == nil)
        #expect(entry.etag == nil && entry.contentHash == nil && entry.version == 7)
    }

    /// Field 1 has a value that the move took along from a person, who had typed 20 over 2; field 2 had 3 before the move
    /// wrote 4; field 0 is the same in both.
    @Test func whatAPersonTypedStaysTheirsAndWhatTheMoveWroteIsWrittenAgain() throws {
        let entry = try #require(Self.moving(seen: [1, 20, 4]).returned)
        #expect(entry.fieldHashes == [1, 2, RowBase.unknown])
        #expect(entry.remoteBase == [1, 2, 3] && entry.seenHashes == [1, 20, 3])
        #expect(entry.driftedFields == [1])
    }

    @Test func withoutACopyNothingIsKnownOfTheOldItem() throws {
        var prior = Self.old
        for hashes in [nil, [1]] as [[UInt64]?] {
            prior.hashes = hashes
            let entry = try #require(Self.moving(prior: prior).returned)
            #expect(entry.fieldHashes.allSatisfy { $0 == RowBase.unknown } && entry.seenHashes == nil)
        }
    }

    @Test(arguments: [
        LedgerState.synced, .quarantined, .archived, .marked, .deletedByPerson, .tombstone,
    ])
    func aRowThatDoesNotMoveHasNoOldItem(state: LedgerState) {
        var entry = Self.moving()
        entry.state = state
        #expect(entry.returned == nil)
        entry.state = .moving
        entry.prior = nil
        #expect(entry.returned == nil)
    }
}
