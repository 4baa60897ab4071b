import Testing

@testable import Core

/// What both sides agreed on, what was seen since, and what counts as nobody's edit.
@Suite("Entries of the ledger")
struct LedgerEntryTests {
    typealias Pending = Edit<LedgerEntry>
    private static func entry(sent: [UInt64], remote: [UInt64]? = nil, seen: [UInt64]? = nil) -> LedgerEntry {
        LedgerEntry(
            key: Made.key(1), state: .synced, list: Made.lists[0], item: 5, etag: "e", fieldHashes: sent,
            remoteHashes: remote,
            seenHashes: seen)
    }

    private static let whole = Digest(of: "whole")

    // MARK: Drift

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var entry: LedgerEntry
        var drifted: [Int] = []
        var normalised: [Int] = []

        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "nothing was seen", entry: entry(sent: [1, 2])),
        Case(name: "seen as sent", entry: entry(sent: [1, 2], seen: [1, 2])),
        Case(name: "a person changed the second", entry: entry(sent: [1, 2], seen: [1, 9]), drifted: [1]),
        Case(
            name: "the service keeps the first otherwise", entry: entry(sent: [1, 2], remote: [7, 2]), normalised: [0]),
        Case(
            name: "the base of the other side is what the service made of it",
            entry: entry(sent: [1, 2], remote: [7, 2], seen: [7, 9]), drifted: [1], normalised: [0]),
        Case(
            name: "of a field that nobody knows nothing is said", entry: entry(sent: [0, 2], remote: [7, 0]),
            normalised: []),
        Case(name: "fewer were seen than were sent", entry: entry(sent: [1, 2], seen: [9]), drifted: [0]),
        Case(name: "of another mapping", entry: entry(sent: [1, 2], remote: [7])),
    ])
    func driftAndForms(_ c: Case) {
        #expect(c.entry.driftedFields == c.drifted && c.entry.normalisedFields == c.normalised)
    }

    // MARK: Seeing

    @Test func whatShowsTheBaseIsForgotten() {
        var entry = Self.entry(sent: [1, 2], seen: [1, 9])
        entry.see([1, 2], whole: Self.whole)
        #expect(entry.seenHashes == nil && entry.remoteHash == Self.whole && entry.driftedFields.isEmpty)
        entry.see([3, 2], whole: Self.whole)
        #expect(entry.seenHashes == [3, 2] && entry.driftedFields == [0])
    }

    /// The answer had shown another form; the item shows what was sent (FACTS 13).
    @Test func aFieldThatShowsWhatWasSentIsNobodysEdit() {
        var entry = Self.entry(sent: [1, 2], remote: [7, 8])
        entry.see([1, 8], whole: Self.whole)
        #expect(entry.remoteHashes == [1, 8] && entry.seenHashes == nil)
        entry.see([1, 2], whole: Self.whole)
        #expect(entry.remoteHashes == nil && entry.seenHashes == nil)
    }

    @Test func underTheKnownTagWhatIsShownIsWhatIsStored() {
        var entry = Self.entry(sent: [1, 2, 3])
        entry.correct([7, 2, 3], whole: Self.whole)
        #expect(entry.remoteBase == [7, 2, 3] && entry.driftedFields.isEmpty)
        // A person's value that is stored in another form stays theirs, beside a correction of ours.
        var edited = Self.entry(sent: [1, 2, 3], seen: [1, 9, 3])
        edited.correct([7, 10, 3], whole: Self.whole)
        #expect(edited.remoteBase == [7, 2, 3] && edited.seenHashes == [7, 10, 3] && edited.driftedFields == [1])
        // As many as the entry has, or nothing.
        var other = Self.entry(sent: [1, 2, 3])
        other.correct([7, 2], whole: Self.whole)
        #expect(other == Self.entry(sent: [1, 2, 3]))
    }

    // MARK: Settled, and what a fingerprint stands for

    private static let content = Digest(of: "content")

    private static let settled: LedgerEntry = {
        var entry = Self.entry(sent: [1])
        (entry.contentHash, entry.mappingVersion) = (content, 3)
        return entry
    }()

    private static func claim(
        _ content: Digest = content, list: ListID = Made.lists[0], mapping: Int = 3
    ) -> FingerprintClaim {
        let print = [1].withUnsafeBytes { RowFingerprint(of: $0, FingerprintKey(of: "k")) }
        return FingerprintClaim(fingerprint: print, key: 1, content: content, list: list, mappingVersion: mapping)
    }

    @Test func aSettledEntryBearsTheClaimThatSaysTheSame() {
        #expect(Self.settled.isAtRest && Self.settled.bears(Self.claim()))
        #expect(!Self.settled.bears(Self.claim(Digest(of: "other"))))
        #expect(!Self.settled.bears(Self.claim(list: Made.lists[1])))
        #expect(!Self.settled.bears(Self.claim(mapping: 2)))
    }

    /// SPEC §8: one under way, pending or of other versions is never believed.
    @Test(arguments: [
        Pending("another state") { $0.state = .marked }, Pending("another canonical form") { $0.canonVersion = 0 },
        Pending("no item") { $0.item = nil },
        Pending("a move under way") { $0.prior = ItemLocation(list: ListID("x"), item: 1, etag: nil) },
        Pending("refused") { $0.refusal = Refusal(.refused) }, Pending("a person was seen") { $0.seenHashes = [2] },
    ])
    func whateverIsPendingUnsettles(_ edit: Pending) {
        var entry = Self.settled
        edit.apply(&entry)
        #expect(!entry.isAtRest && !entry.bears(Self.claim()))
    }

    @Test func onlySyncedEntriesAreSettled() {
        for state in LedgerState.allCases {
            var entry = Self.settled
            entry.state = state
            #expect(entry.isAtRest == (state == .synced))
        }
    }

    // MARK: How often we wrote (SPEC §13: more than 6 times in 10 minutes)

    @Test func theSeventhWriteInTenMinutesIsOneTooMany() {
        var rate = WriteRate()
        let start = Instant(seconds: 1_000_000)
        for write in 0..<6 {
            let now = Instant(seconds: start.seconds + Int64(write) * 60)
            #expect(!rate.isExhausted(at: now), "\(write)")
            rate = rate.counting(at: now)
        }
        #expect(rate == WriteRate(count: 6, since: start))
        #expect(rate.isExhausted(at: Instant(seconds: start.seconds + 599)))
        #expect(!rate.isExhausted(at: Instant(seconds: start.seconds + 600)), "a new window")
        #expect(
            rate.counting(at: Instant(seconds: start.seconds + 600))
                == WriteRate(count: 1, since: Instant(seconds: 1_000_600)))
        // A clock that was set back begins anew.
        #expect(rate.counting(at: Instant(seconds: start.seconds - 1)).count == 1)
    }

    // MARK: Bases under other mappings

    private static let mapping = MappingHistory(
        version: 3, fields: ["Cost", "Title", "Note"],
        registered: [1: ["Note", "Title"], 2: ["Title", "Cost"], 3: ["Cost", "Title", "Note"]])

    @Test func aBaseIsReadByTheNamesOfItsFields() throws {
        var entry = Self.entry(sent: [11, 12], remote: [11, 22], seen: [99, 22])
        entry.mappingVersion = 2
        let base = try #require(Self.mapping.base(of: entry))
        #expect(base.sent == [12, 11, nil] && base.remote == [22, 11, nil] && base.seen == [22, 99, nil])
        #expect(base.hasDrifted && base.hasDrifted(1) && !base.hasDrifted(0) && !base.hasDrifted(2))
        // Note was mapped before version 2, so that its column may hold something.
        #expect(base.mayHold == [2] && base.filled(base.sent) == [12, 11, RowBase.unknown])
        entry.mappingVersion = 7
        #expect(Self.mapping.base(of: entry) == nil, "nobody knows that mapping")
        entry.mappingVersion = 2
        entry.fieldHashes = [1]
        #expect(Self.mapping.base(of: entry) == nil, "not as many as the mapping has")
    }

    @Test func anEntryIsTranslatedWithEverythingThatIsKnownOfIt() throws {
        var entry = Self.entry(sent: [11, 12], remote: [11, 22], seen: [99, 22])
        (entry.mappingVersion, entry.contentHash, entry.remoteHash) = (2, Self.content, Self.content)
        entry.prior = ItemLocation(list: Made.lists[1], item: 4, etag: "p", hashes: [31, 32])
        let translated = try #require(Self.mapping.translated(entry))
        #expect(translated.mappingVersion == 3 && translated.fieldHashes == [12, 11, 0])
        #expect(translated.remoteHashes == [22, 11, 0] && translated.seenHashes == [22, 99, 0])
        #expect(translated.driftedFields == [1] && translated.contentHash == nil && translated.remoteHash == nil)
        #expect(translated.prior?.hashes == [32, 31, 0] && translated.etag == "e" && translated.item == 5)
        // Of today's mapping it stays as it is.
        #expect(Self.mapping.translated(translated) == translated)
    }
}
