import Conformance
import Core
import Logging
import Simulation
import Synchronization
import Testing

@testable import Reconciler

/// Keys are written from the ledger into items that lost them.
@Suite("Keys that are put back")
struct KeyRestorerTests {
    /// Three rows whose items have no key any more.
    private static func world(
        inDoubt: Set<LedgerKey> = [],
        _ body: (KeyRestorer, AbsentSite, any MetaStore, _ list: String) async throws -> Void
    ) async throws {
        let store = MemoryDatabase(now: { 1_770_000_000 }, makeID: { MetaStoreConformance.run }).connect()
        try await MetaStoreConformance.prepare(store)
        let site = AbsentSite(MemorySite(application: "ours", now: { 1_770_000_000 }))
        let list = try await site.base.createList(
            ListCreation(
                title: "Projects", description: "",
                columns: [
                    ColumnCreation(
                        name: SyncKey.column, displayName: "Key", description: "", type: .singleLineText)
                ]))
        var entries: [LedgerEntry] = []
        for number in UInt8(1)...3 {
            let answer = await site.base.perform([.create(list: list.id, fields: [JSON.Member("Title", "a")])])
            guard case .success(.created(let item))? = answer.first else { throw Unmade() }
            let hash = ContentHash(of: [])
            entries.append(
                LedgerEntry(
                    key: MetaStoreConformance.key(number), state: .synced, list: ListID(list.id), item: item.id,
                    etag: item.etag, contentHash: hash.whole, fieldHashes: hash.fields))
        }
        try await store.commit(
            MetaStoreConformance.commit(entries.map { .put($0, sourceKey: "projects/\($0.item ?? 0)", replaces: nil) }))
        var rows = RowContext(
            fields: [], codec: FieldCodec(zone: .utc), mapping: MappingHistory(version: 1, fields: []),
            hasUniqueFields: false, now: Instant(seconds: 0))
        rows.columns = [ListID(list.id): ["Title", SyncKey.column]]
        let restorer = KeyRestorer(
            site: site, metaStore: store,
            context: RunContext(
                now: Instant(seconds: 0), runID: MetaStoreConformance.run, toolVersion: "1", actor: "a",
                clock: StandingClock(), logger: Logger(label: "test"), makeID: { MetaStoreConformance.run }),
            project: "p", list: ListID(list.id), lease: MetaStoreConformance.lease,
            definition: MetaStoreConformance.definition,
            rows: rows, inDoubt: inDoubt)
        try await body(restorer, site, store, list.id)
    }

    private static func keys(_ site: AbsentSite) -> [String?] {
        site.base.edit { tenant in tenant.lists[0].sortedItems.map(\.syncKey) }
    }

    @Test func everyItemGetsItsKey() async throws {
        try await Self.world { restorer, site, _, _ in
            let failure = try await restorer.restoreAll()
            #expect(failure == nil)
            #expect(Self.keys(site) == ["projects/1", "projects/2", "projects/3"])
        }
    }

    /// The service says of each item once that it is not there.
    @Test func anItemThatIsSaidToBeGoneOnceGetsItsKeyToo() async throws {
        try await Self.world { restorer, site, _, _ in
            site.absent = 1
            let failure = try await restorer.restoreAll()
            #expect(failure == nil)
            #expect(Self.keys(site) == ["projects/1", "projects/2", "projects/3"])
        }
    }

    /// Nothing of the list is there for the client, while it is for everybody else.
    @Test func keysAreNotDoneWhileTheListDoesNotAnswer() async throws {
        try await Self.world { restorer, site, _, _ in
            site.absent = 100
            let failure = try await restorer.restoreAll()
            #expect(failure?.kind == .missing)
            site.absent = 0
            let again = try await restorer.restoreAll()
            #expect(again == nil)
            #expect(Self.keys(site) == ["projects/1", "projects/2", "projects/3"])
        }
    }

    /// A person may have typed into the item since, and a write of ours would make that look like ours.
    @Test func anItemWhoseEffectIsInDoubtGetsItsKeyWhenThatIsSettled() async throws {
        try await Self.world(inDoubt: [MetaStoreConformance.key(2)]) { restorer, site, store, list in
            let failure = try await restorer.restoreAll()
            #expect(failure == nil)
            #expect(Self.keys(site) == ["projects/1", nil, "projects/3"])
            let strays = try await store.strays(of: "p")
            #expect(strays == [StrayItem(list: ListID(list), item: 2, syncKey: "")])
        }
    }

    /// People typed rows' keys into each other's items, in a circle or in a chain.
    @Test(arguments: [[2, 3, 1], [3, 1, 2], [2, 1, 3], [2, 3, nil], [nil, 1, 2], [3, nil, nil]])
    func keysThatWereExchangedAreAllPutBack(_ typed: [Int?]) async throws {
        try await Self.world { restorer, site, store, list in
            let column = try #require(try await site.base.columns(of: list).first { $0.name == SyncKey.column })
            try await site.base.updateColumn(column.id, ColumnChange(indexed: true, unique: true), in: list)
            site.base.edit { tenant in
                for (item, key) in zip(Int64(1)..., typed) where key != nil {
                    _ = tenant.perform(
                        .update(
                            list: list, item: item, etag: nil,
                            fields: [JSON.Member(SyncKey.column, .string("projects/\(key ?? 0)"))]),
                        by: .person, at: 1_770_000_000)
                }
            }
            let failure = try await restorer.restoreAll()
            #expect(failure == nil)
            // What made room for another is a stray, and gets its own key with the next look.
            let strays = try await store.strays(of: "p")
            let rows = try await store.entries(
                of: MetaStoreConformance.definition, list: ListID(list), items: strays.map(\.item), syncKeys: [])
            let shown = Dictionary(strays.map { ($0.item, $0.syncKey) }) { $1 }
            let outcome = try await restorer.restore(rows, shown: shown)
            #expect(outcome.failure == nil)
            #expect(Self.keys(site) == ["projects/1", "projects/2", "projects/3"])
            #expect(try await store.strays(of: "p").isEmpty)
            // Each entry has its item's tag.
            let entries = try await store.rows(
                of: MetaStoreConformance.definition, in: ListID(list), after: 0, limit: 9)
            let tags = site.base.edit { tenant in tenant.lists[0].sortedItems.map(\.etag) }
            #expect(entries.map(\.entry.etag) == tags)
        }
    }

    @Test func anItemThatIsGoneNeedsNoKey() async throws {
        try await Self.world { restorer, site, _, list in
            _ = await site.base.perform([.delete(list: list, item: 2, etag: nil)])
            let failure = try await restorer.restoreAll()
            #expect(failure == nil)
            #expect(Self.keys(site) == ["projects/1", "projects/3"])
        }
    }

    private struct Unmade: Error {}
}

/// A site that answers so many requests, one batch like one request, as if the list were not there.
private final class AbsentSite: SharePointSite {
    let base: MemorySite
    private let left = Mutex(0)

    init(_ base: MemorySite) { self.base = base }

    var absent: Int {
        get { left.withLock { $0 } }
        set { left.withLock { $0 = newValue } }
    }

    func perform(_ requests: [ItemRequest]) async -> [Result<ItemAnswer, SiteFailure>] {
        guard absent > 0 else { return await base.perform(requests) }
        absent -= 1
        return requests.map { request in
            switch request {
            case .create, .find, .probe: .failure(SiteFailure(.missing, status: 404, reason: "404"))
            case .update, .delete, .read: .failure(SiteFailure(.gone, status: 404, reason: "404"))
            }
        }
    }

    func site() async throws(SiteFailure) -> RemoteSite { try await base.site() }
    func lists() async throws(SiteFailure) -> [RemoteList] { try await base.lists() }
    func columns(of list: String) async throws(SiteFailure) -> [RemoteColumn] { try await base.columns(of: list) }
    func createList(_ creation: ListCreation) async throws(SiteFailure) -> RemoteList {
        try await base.createList(creation)
    }
    func updateList(_ list: String, _ change: ListChange) async throws(SiteFailure) {
        try await base.updateList(list, change)
    }
    func createColumn(_ column: ColumnCreation, in list: String) async throws(SiteFailure) -> RemoteColumn {
        try await base.createColumn(column, in: list)
    }
    func updateColumn(_ column: String, _ change: ColumnChange, in list: String) async throws(SiteFailure) {
        try await base.updateColumn(column, change, in: list)
    }
    func changes(
        of list: String, from position: FeedPosition, select: [String]
    ) async throws(SiteFailure) -> FeedPage { try await base.changes(of: list, from: position, select: select) }
}

/// It never moves, and nobody waits.
struct StandingClock: RunClock {
    func now() -> Instant { Instant(seconds: 1_770_000_000) }
    func elapsed() -> Double { 0 }
    func wait(seconds: Double) async throws(CancellationError) {}
}
