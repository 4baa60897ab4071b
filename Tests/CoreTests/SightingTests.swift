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

    // MARK: What is stored is not what the answer showed (FACTS 13)

    private static let sent = ContentHash(of: [.text("Bridge "), .number(10)])
    private static let trimmed = ContentHash(of: [.text("Bridge"), .number(10)])

    /// - Parameter answer: What the answer to the write showed.
    private static func written(answer: ContentHash) -> LedgerEntry {
        var entry = LedgerEntry(
            key: LedgerKey(bytes: [1]), state: .synced, list: ListID("list"), item: 5, etag: "\"g,2\"",
            contentHash: sent.whole, fieldHashes: sent.fields, version: 3)
        entry.setRemoteBase(answer.fields)
        entry.see(answer.fields, whole: answer.whole)
        return entry
    }

    private static func corrected(_ sighting: Sighting) -> LedgerEntry? {
        if case .corrected(let entry) = sighting { return entry }
        return nil
    }

    @Test func underTheTagOfOurOwnWriteWhatIsShownIsWhatIsStored() throws {
        let entry = Self.written(answer: Self.sent)
        let seen = try #require(Self.corrected(Sighting.of(Self.item(2), shown: Self.trimmed, entry: entry)))
        #expect(seen.driftedFields.isEmpty && seen.normalisedFields == [0] && seen.etag == entry.etag)
        #expect(Self.corrected(Sighting.ofRead(Self.item(2), shown: Self.trimmed, entry: entry)) == seen)
        // Once known it is no news.
        #expect(Sighting.of(Self.item(2), shown: Self.trimmed, entry: seen) == .nothing)
    }

    @Test func anAnswerThatWasWrongIsCorrectedToWhatWasSent() throws {
        let entry = Self.written(answer: Self.trimmed)
        let seen = try #require(Self.corrected(Sighting.of(Self.item(2), shown: Self.sent, entry: entry)))
        #expect(seen.driftedFields.isEmpty && seen.normalisedFields.isEmpty)
    }

    /// A person changed another field before the item was seen.
    @Test func aFieldThatShowsWhatWasSentIsNobodysEdit() {
        let shown = ContentHash(of: [.text("Bridge "), .number(77)])
        guard
            case .changed(let seen) = Sighting.of(Self.item(3), shown: shown, entry: Self.written(answer: Self.trimmed))
        else {
            Issue.record("nothing was seen")
            return
        }
        #expect(seen.driftedFields == [1])
    }

    /// What a person typed before stays theirs, also if the service keeps that in another form.
    @Test func aPersonsValueThatIsStoredOtherwiseStaysTheirs() throws {
        var entry = Self.written(answer: Self.sent)
        let answered = ContentHash(of: [.text("Kim's "), .number(10)])
        entry.see(answered.fields, whole: answered.whole)
        let shown = ContentHash(of: [.text("Kim's"), .number(10)])
        let seen = try #require(Self.corrected(Sighting.of(Self.item(2), shown: shown, entry: entry)))
        #expect(seen.driftedFields == [0] && seen.remoteBase == entry.remoteBase)
    }

    @Test func anOlderItemIsNoNews() {
        #expect(Sighting.of(Self.item(1), shown: Self.shown, entry: Self.entry()) == .nothing)
    }
}
