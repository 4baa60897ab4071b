import Conformance
import Core
import Logging
import Simulation
import Testing

@testable import Reconciler

/// A list of one row, `projects/1`, whose item was changed last by this program.
@Suite("What a feed shows of our own writes")
struct FeedReaderTests {
    private struct World {
        var store: any MetaStore
        var site: MemorySite
        var bound: BoundDefinition
        var list: ManagedList

        func reader() async throws -> FeedReader {
            let registry = try await store.registry(of: "p")
            let known = try #require(registry.lists.first { $0.id == list.id })
            let registered = try #require(registry.definitions.first)
            let work = DefinitionWork(
                bound: bound, registered: registered, prefix: "projects", mappingVersion: 1, source: "s", lists: [known]
            )
            return FeedReader(
                site: site, metaStore: store,
                context: RunContext(
                    now: Instant(seconds: 1_770_000_000), runID: MetaStoreConformance.run, toolVersion: "1",
                    actor: "a", clock: StandingClock(), logger: Logger(label: "test"),
                    makeID: { MetaStoreConformance.run }),
                work: work, definition: registered, project: Project(name: "p"), list: known,
                lease: MetaStoreConformance.lease,
                application: "ours", inDoubt: [])
        }

        /// The entry of the row.
        func entry() async throws -> LedgerEntry {
            let rows = try await store.rows(of: MetaStoreConformance.definition, in: list.id, after: 0, limit: 9)
            return try #require(rows.first).entry
        }
    }

    /// The row was written with the title "sent", and the service keeps "kept". Its key was written again since, and the
    /// process died before that was recorded.
    private static func world(keyRemoteID: String? = "id") async throws -> World {
        let store = MemoryDatabase(now: { 1_770_000_000 }, makeID: { MetaStoreConformance.run }).connect()
        try await MetaStoreConformance.prepare(store)
        let site = MemorySite(application: "ours", now: { 1_770_000_000 })
        let made = try await site.createList(
            ListCreation(
                title: "Active", description: "",
                columns: [
                    ColumnCreation(name: SyncKey.column, displayName: "Key", description: "", type: .singleLineText),
                    ColumnCreation(
                        name: DeletionMark.column, displayName: "Gone", description: "", type: .singleLineText),
                    ColumnCreation(
                        name: "Cost", displayName: "Cost", description: "", type: .number(ColumnType.Number())),
                ]))
        let list = ManagedList(
            id: ListID(made.id), definitionID: MetaStoreConformance.definition, name: "Active", site: "s",
            remoteSiteID: "s", webURL: "", applied: ListChange(displayName: "Active", description: ""))
        try await store.save(list: list, columns: [], project: "p", under: MetaStoreConformance.lease)
        try await store.save(
            column: ManagedColumn(name: SyncKey.column, remoteID: keyRemoteID, applied: nil), of: list.id,
            under: MetaStoreConformance.lease)
        let answer = await site.perform([
            .create(
                list: made.id,
                fields: [JSON.Member(SyncKey.column, "projects/1"), JSON.Member("Title", "kept")])
        ])
        guard case .success(.created(let item))? = answer.first else { throw Unmade() }
        let sent = ContentHash(of: [.text("sent"), .null])
        let entry = LedgerEntry(
            key: MetaStoreConformance.key(1), state: .synced, list: list.id, item: item.id, etag: item.etag,
            contentHash: sent.whole, remoteHash: sent.whole, fieldHashes: sent.fields)
        try await store.commit(
            MetaStoreConformance.commit([.put(entry, sourceKey: "projects/1", replaces: nil)]))
        _ = await site.perform([
            .update(list: made.id, item: item.id, etag: nil, fields: [JSON.Member(SyncKey.column, "projects/1")])
        ])
        let definition = SyncDefinition(
            name: "projects", sourceProfile: "p", table: TableName(schema: nil, name: "t"), siteProfile: "s",
            sharding: ShardingPolicy(defaultList: Located("Active")),
            mapping: Mapping(fields: [
                Field(origin: .column("name"), target: "Title"), Field(origin: .column("cost"), target: "Cost"),
            ]), deletes: .propagate)
        let relation = SourceRelation(
            schema: "public", name: "t", kind: .table,
            columns: [SourceColumn("id", .bigint), SourceColumn("name", .text), SourceColumn("cost", .double)],
            primaryKey: ["id"])
        let bound = try #require(Binder.bind(definition, to: relation, zone: .utc).bound)
        return World(store: store, site: site, bound: bound, list: list)
    }

    /// It was made by a later state of the meta-store than the one that is here.
    @Test func aWriteThatNobodyKnowsIsNotBuiltUpon() async throws {
        let world = try await Self.world()
        var reader = try await world.reader()
        let summary = try await reader.drain()
        #expect(summary.unknownWrites == 1)
    }

    /// Every write to it then is bound to a tag that is known, and has no intent.
    @Test func aWriteBesideAKeyColumnThatIsMadeAgainIsOfAKey() async throws {
        let world = try await Self.world(keyRemoteID: nil)
        var reader = try await world.reader()
        let summary = try await reader.drain()
        #expect(summary.unknownWrites == 0 && summary.changed == 0)
        let entry = try await world.entry()
        #expect(entry.driftedFields == [] && entry.normalisedFields == [0])
    }

    @Test func aWriteToAnItemWhoseKeyWasAnotherIsOfItsKey() async throws {
        let world = try await Self.world()
        try await world.store.commit(
            FeedCommit(
                project: "p", definition: MetaStoreConformance.definition, list: world.list.id,
                now: Instant(seconds: 0), lease: MetaStoreConformance.lease, changes: [],
                strays: [FeedCommit.Stray(item: 1, syncKey: "kim's")], noStrays: [],
                position: StoredFeedPosition(selection: "", link: nil)))
        var reader = try await world.reader()
        let summary = try await reader.drain()
        #expect(summary.unknownWrites == 0)
        #expect(try await world.entry().driftedFields == [])
    }

    /// The feed shows the item as it was before the state in which somebody was seen to have changed its key.
    @Test func aLateViewSaysNothingOfAKey() async throws {
        let world = try await Self.world()
        var entry = try await world.entry()
        let tag = try #require(entry.etag?.split(separator: ",").first)
        entry.etag = "\(tag),9\""
        entry.version = 1
        try await world.store.commit(
            MetaStoreConformance.commit([.put(entry, sourceKey: "projects/1", replaces: 0)]))
        let stray = FeedCommit.Stray(item: 1, syncKey: "kim's")
        try await world.store.commit(
            FeedCommit(
                project: "p", definition: MetaStoreConformance.definition, list: world.list.id,
                now: Instant(seconds: 0), lease: MetaStoreConformance.lease, changes: [], strays: [stray], noStrays: [],
                position: StoredFeedPosition(selection: "", link: nil)))
        world.site.edit { tenant in
            _ = tenant.perform(
                .update(list: world.list.id.text, item: 1, etag: nil, fields: [JSON.Member("Cost", .number(2))]),
                by: .person, at: 1_770_000_000)
        }
        var reader = try await world.reader()
        _ = try await reader.drain()
        #expect(try await world.store.strays(of: "p").map(\.syncKey) == ["kim's"])
    }

    struct Grave: Sendable, CustomTestStringConvertible {
        var name: String
        var deletes = SyncDefinition.Deletes.mark
        var key: JSON = "projects/1"
        var isMarked = false
        var state = LedgerState.tombstone

        var testDescription: String { name }
    }

    /// A 404 was believed, or a person restored the item: under MARK no item of a row that is gone goes unmarked.
    @Test(arguments: [
        Grave(name: "not marked", state: .synced),
        Grave(name: "its list has no keys", key: .null, state: .synced),
        Grave(name: "marked", isMarked: true, state: .marked),
        Grave(name: "another key", key: "kim's"),
        Grave(name: "deleted rows' items are deleted", deletes: .propagate),
    ])
    func theItemOfARowThatIsGoneIsTheRowsWhereItWouldBeMarked(_ c: Grave) async throws {
        var world = try await Self.world()
        world.bound.definition.deletes = c.deletes
        let known = try await world.entry()
        let grave = LedgerEntry(
            key: known.key, state: .tombstone, prior: ItemLocation(list: world.list.id, item: 1, etag: nil),
            version: known.version + 1)
        try await world.store.commit(
            MetaStoreConformance.commit([.put(grave, sourceKey: "projects/1", replaces: known.version)]))
        let (list, mark) = (world.list.id, c.isMarked)
        try await world.store.save(
            column: ManagedColumn(name: DeletionMark.column, remoteID: "mark", applied: nil), of: list,
            under: MetaStoreConformance.lease)
        world.site.edit { tenant in
            var fields = [JSON.Member(SyncKey.column, c.key)]
            if mark { fields.append(JSON.Member(DeletionMark.column, "2026-01-01T00:00:00Z")) }
            _ = tenant.perform(
                .update(list: list.text, item: 1, etag: nil, fields: fields), by: .person, at: 1_770_000_000)
        }
        var reader = try await world.reader()
        _ = try await reader.drain()
        let rows = try await world.store.entries(
            of: MetaStoreConformance.definition, list: list, items: [1], syncKeys: ["projects/1"])
        let entry = try #require(rows.first).entry
        #expect(entry.state == c.state)
        guard c.state != .tombstone else { return }
        // It is read before it is written: nobody knows what both sides agreed on.
        #expect(entry.item == 1 && entry.etag == nil && entry.prior == nil)
        #expect(entry.fieldHashes == [RowBase.unknown, RowBase.unknown])
    }

    private struct Unmade: Error {}
}
