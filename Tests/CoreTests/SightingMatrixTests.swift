import Testing

@testable import Core

/// What an item that was seen, or is gone, means in each state of its row.
@Suite("The matrix of sightings")
struct SightingMatrixTests {
    private static let list = ListID("list")
    private static let base = ContentHash(of: [.text("Bridge"), .number(10)])
    private static let edited = ContentHash(of: [.text("Kim's"), .number(10)])

    private static func entry(_ state: LedgerState, etag: String? = "\"g,2\"") -> LedgerEntry {
        var entry = LedgerEntry(
            key: Made.key(1), state: state, list: list, item: 5, etag: etag, contentHash: base.whole,
            remoteHash: base.whole,
            fieldHashes: base.fields, version: 3)
        switch state {
        case .deletedByPerson, .tombstone:
            entry.prior = ItemLocation(list: list, item: 5, etag: nil)
            (entry.list, entry.item, entry.etag) = (nil, nil, nil)
        case .quarantined: entry.refusal = Refusal(.refused, list: list)
        case .moving: entry.prior = ItemLocation(list: ListID("old"), item: 9, etag: "\"o,1\"")
        case .synced, .archived, .marked: break
        }
        return entry
    }

    private static func item(_ etag: String) -> RemoteItem { RemoteItem(id: 5, etag: etag, fields: []) }

    private static func changed(_ sighting: Sighting) -> LedgerEntry? {
        if case .changed(let entry) = sighting { return entry }
        return nil
    }

    // MARK: Tags

    @Test(arguments: [
        ("\"g,2\"", "\"g,2\"" as String?, ItemTag.Order.same), ("\"g,3\"", "\"g,2\"", .newer),
        ("\"g,1\"", "\"g,2\"", .older),
        ("\"g,10\"", "\"g,9\"", .newer), ("\"g,2\"", nil, .newer), ("\"h,3\"", "\"g,2\"", .unknown),
        ("\"g,x\"", "\"g,2\"", .unknown), ("W/\"g,3\"", "\"g,2\"", .unknown), ("g,3", "\"g,2\"", .unknown),
        ("\"g,02\"", "\"g,2\"", .unknown), ("", "\"g,2\"", .unknown),
        ("\"g,99999999999999999999\"", "\"g,2\"", .unknown),
        ("\"a,b,3\"", "\"a,b,2\"", .newer),
    ])
    func tagsAreComparedAsFarAsTheirFormIsKnown(tag: String, known: String?, order: ItemTag.Order) {
        #expect(ItemTag.order(of: tag, against: known) == order)
    }

    // MARK: The row's own item

    private static let withItem: [LedgerState] = [.synced, .marked, .archived, .moving, .quarantined]

    @Test(arguments: withItem)
    func aNewerItemIsTakenAndAnOlderOneIsNot(state: LedgerState) throws {
        let entry = Self.entry(state)
        #expect(Sighting.of(Self.item("\"g,1\""), shown: Self.edited, entry: entry) == .nothing)
        #expect(Sighting.of(Self.item("\"x,3\""), shown: Self.edited, entry: entry) == .unsure)
        let seen = try #require(Self.changed(Sighting.of(Self.item("\"g,3\""), shown: Self.edited, entry: entry)))
        #expect(seen.etag == "\"g,3\"" && seen.driftedFields == [0] && seen.prior == entry.prior)
        // Whatever the other side did, what was refused may be accepted now.
        #expect(seen.state == (state == .quarantined ? .synced : state) && seen.refusal == nil)
        #expect((seen.contentHash == nil) == (state == .quarantined))
        // A read by id is the truth, whatever the tags look like.
        #expect(
            Self.changed(Sighting.ofRead(Self.item("\"x,1\""), shown: Self.edited, entry: entry))?.etag == "\"x,1\"")
    }

    @Test(arguments: withItem)
    func ourOwnWriteIsNoNews(state: LedgerState) {
        #expect(Sighting.of(Self.item("\"g,2\""), shown: Self.base, entry: Self.entry(state)) == .nothing)
        #expect(Sighting.of(Self.item("\"g,2\""), shown: nil, entry: Self.entry(state)) == .nothing)
        #expect(Sighting.ofRead(Self.item("\"g,2\""), shown: Self.base, entry: Self.entry(state)) == .nothing)
    }

    @Test(arguments: [LedgerState.deletedByPerson, .tombstone])
    func withoutAnItemThereIsNothingToSee(state: LedgerState) {
        #expect(Sighting.of(Self.item("\"g,9\""), shown: Self.edited, entry: Self.entry(state)) == .nothing)
    }

    /// A tag that nobody knows any more lets everything be seen afresh.
    @Test func anItemWithoutAKnownTagIsNew() {
        let seen = Self.changed(
            Sighting.of(Self.item("\"g,1\""), shown: Self.base, entry: Self.entry(.synced, etag: nil)))
        #expect(seen?.etag == "\"g,1\"" && seen?.driftedFields == [])
    }

    // MARK: An item that the row had once

    @Test func aRestoredItemIsTheRowsAgain() throws {
        let sighting = Sighting.ofFormer(
            Self.item("\"g,4\""), in: Self.list, shown: Self.edited, entry: Self.entry(.deletedByPerson))
        let restored = try #require(Self.changed(sighting))
        #expect(restored.state == .synced && restored.list == Self.list && restored.item == 5)
        #expect(restored.etag == "\"g,4\"" && restored.prior == nil && restored.driftedFields == [0])
        #expect(restored.contentHash == nil, "what was sent last is not known to be there")
    }

    @Test func elsewhereAFormerItemIsAStrayOrNothing() {
        for state in LedgerState.allCases where state != .deletedByPerson {
            let sighting = Sighting.ofFormer(
                Self.item("\"g,4\""), in: Self.list, shown: Self.edited, entry: Self.entry(state))
            #expect(sighting == (state == .tombstone ? .stray : .nothing), "\(state)")
        }
    }

    // MARK: An item that is gone

    @Test(arguments: LedgerState.allCases)
    func anItemThatIsGone(state: LedgerState) {
        let entry = Self.entry(state)
        let gone = Self.changed(Sighting.ofGone(entry))
        let expected: LedgerState? =
            switch state {
            // Deleted by a person; of a row that is gone itself nothing is left to keep.
            case .synced, .quarantined: .deletedByPerson
            case .archived, .marked: .tombstone
            // Its old item is still to be deleted.
            case .moving: .moving
            case .deletedByPerson, .tombstone: nil
            }
        #expect(gone?.state == expected)
        guard let gone else { return }
        #expect(gone.list == nil && gone.item == nil && gone.etag == nil && gone.refusal == nil)
        // Where it was, so that a restored one is known.
        let prior = state == .moving ? entry.prior : ItemLocation(list: Self.list, item: 5, etag: nil)
        #expect(gone.prior == prior)
        #expect(gone.fieldHashes.isEmpty == (expected == .tombstone), "no trace of values")
        #expect(Sighting.ofGone(gone) == .nothing, "gone once")
    }
}
