import TestSupport
import Testing

@testable import Core

@Suite("Items, their ids and what requests cost")
struct ItemTests {
    @Test(arguments: UInt64(0)..<20)
    func aSetOfIdsKnowsWhatWasPutIn(seed: UInt64) {
        var random = SplitMix(state: seed)
        var (ids, plain) = (ItemIDSet(), Set<Int64>())
        #expect(ids.isEmpty && !ids.contains(0))
        for _ in 0..<100 {
            let id = Int64.random(in: -5...80, using: &random)
            ids.insert(id)
            plain.insert(id)
            let asked = Int64.random(in: -10...90, using: &random)
            #expect(ids.contains(asked) == plain.contains(asked))
        }
        for id in Int64(-10)...90 { #expect(ids.contains(id) == plain.contains(id), "\(id)") }
    }

    /// In whatever order they come, the same ids are the same set.
    @Test func theOrderOfIdsSaysNothing() {
        func set(_ ids: [Int64]) -> ItemIDSet {
            var set = ItemIDSet()
            for id in ids { set.insert(id) }
            return set
        }
        let ids: [Int64] = [1, 2, 3, 5, 7, 8, .max, 4]
        #expect(set(ids) == set(ids.reversed()) && set(ids) == set(ids.sorted()) && set(ids) == set(ids + ids))
        #expect(set(ids) != set(Array(ids.dropLast())))
    }

    /// SPEC §20: create 2, update 2, delete 2, and 1 for a read by id.
    @Test func requestsCostResourceUnits() {
        let requests: [(ItemRequest, Int)] = [
            (.create(list: "l", fields: []), 2), (.update(list: "l", item: 1, etag: nil, fields: []), 2),
            (.delete(list: "l", item: 1, etag: "e"), 2), (.read(list: "l", item: 1, select: []), 1),
            (.find(list: "l", key: "k", select: []), 2),
        ]
        for (request, units) in requests { #expect(request.resourceUnits == units && request.list == "l") }
    }

    @Test func aFieldOfAnItemIsFoundByItsName() {
        let item = RemoteItem(id: 1, etag: "e", fields: [JSON.Member("A", 1), JSON.Member("B", .null)])
        #expect(item["A"] == 1 && item["B"] == .null && item["C"] == nil)
    }

    /// What a move would leave behind.
    @Test(arguments: [
        (nil as JSON?, false), (.null, false), ("", false), (.array([]), false), (false, false), (true, true),
        (0, true),
        ("x", true), (.array([1]), true), (.object([]), true),
    ])
    func emptyFieldsAreNothingToLose(value: JSON?, isFilled: Bool) { #expect(ItemMarks.isFilled(value) == isFilled) }

    // MARK: Intents

    @Test func aCreateWithoutAKeyIsAnAdoption() {
        let key = JSON.Member(SyncKey.column, "d/1")
        func intent(_ kind: Intent.Kind, _ fields: [JSON.Member]) -> Intent {
            Intent(key: Made.key(1), syncKey: "d/1", kind: kind, fields: fields)
        }
        #expect(!intent(.create, [key]).isAdoption && intent(.create, [JSON.Member("Title", "x")]).isAdoption)
        for kind in Intent.Kind.allCases where kind != .create { #expect(!intent(kind, []).isAdoption) }
    }

    @Test func aChangeOfTheLedgerNamesItsRow() {
        let entry = Made.entry(7)
        #expect(LedgerCommit.Change.put(entry, sourceKey: "d/7", replaces: nil).key == Made.key(7))
        #expect(LedgerCommit.Change.remove(Made.key(8), version: 1).key == Made.key(8))
    }

    @Test func aChunkOfTheLedgerShowsItsKeys() {
        let chunk = LedgerChunk(
            bytes: [1, 2, 3, 4, 5],
            briefs: [.init(keyStart: 0, keyEnd: 2), .init(keyStart: 2, keyEnd: 5, mark: .fingerprint(0))],
            lists: [])
        #expect(chunk.briefs.map(chunk.key) == [LedgerKey(bytes: [1, 2]), LedgerKey(bytes: [3, 4, 5])])
    }

    @Test func idsOfListsAreOneWhateverTheirCase() {
        #expect(
            ListID("6F2A0F0E-AAAA") == ListID("6f2a0f0e-aaaa") && ListID("A").text == "a" && ListID("a") < ListID("B"))
    }

    // MARK: HTTP

    @Test func headersAreFoundWithoutRegardToCase() {
        let response = HTTPResponse(
            status: 429,
            headers: [HTTPHeader("Retry-After", "12"), HTTPHeader("retry-after", "13"), HTTPHeader("X", "")])
        #expect(response.header("retry-AFTER") == "12" && response.header("x") == "" && response.header("Retry") == nil)
        // Only ASCII letters have two cases here.
        #expect(!HTTPHeader("[", "").isNamed("{") && !HTTPHeader("é", "").isNamed("É"))
    }

    // MARK: The schema of the meta-store

    struct Schema: Sendable, CustomTestStringConvertible {
        var state: MetaStoreSchema
        var reads: ExpectedFailure?
        var writes: ExpectedFailure?

        enum ExpectedFailure: Sendable { case old, new }

        var testDescription: String { "\(state)" }
    }

    /// SPEC §7: a program works with its own schema version and the one before.
    @Test(arguments: [
        Schema(state: .absent), Schema(state: .current(version: 9)),
        Schema(state: .previous(version: 8, needed: 9), writes: .old),
        Schema(state: .behind(version: 7, needed: 9), reads: .old, writes: .old),
        Schema(state: .newer(version: 10, known: 9), reads: .new, writes: .new),
    ])
    func whatASchemaIsGoodFor(_ c: Schema) {
        func words(_ expected: Schema.ExpectedFailure?) -> String? {
            expected.map { $0 == .old ? "this program needs 9" : "this program knows 9" }
        }
        func reason(_ body: () throws(Failure) -> Void) -> String? {
            do throws(Failure) { try body() } catch { return error.reason }
            return nil
        }
        let (reads, writes) = (
            reason { () throws(Failure) in try c.state.requireReadable() },
            reason { () throws(Failure) in try c.state.requireWritable() }
        )
        #expect((reads == nil) == (c.reads == nil) && (writes == nil) == (c.writes == nil))
        if let expected = words(c.reads) { #expect(reads?.contains(expected) == true) }
        if let expected = words(c.writes) { #expect(writes?.contains(expected) == true) }
    }
}
