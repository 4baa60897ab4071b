import Core
import MetaStore
import PostgreSQL
import TestSupport
import Testing

@Suite("The meta-store in PostgreSQL")
struct MetaStoreTests {
    private static let now = Instant(seconds: 1_770_000_000)
    private static let definition = "6f2a0f0e-8f5d-4d5e-9d55-0a6d1c1f7b11"
    private static let run = "0d9b2a34-1c53-4a63-8f0e-6d4b6f0c2e22"

    private func with(
        _ hint: String, _ body: (PostgreSQLMetaStore, Session) async throws -> Void
    ) async throws {
        try await TestDatabase.with(hint) { database, session in
            let store = try PostgreSQLMetaStore(database.parameters, schema: "syncbridge")
            try await body(store, session)
            await store.close()
        }
    }

    private func registered(_ store: PostgreSQLMetaStore, mapping: Int = 1, fields: [String] = ["Title", "Cost"])
        async throws
    {
        try await store.register(
            DefinitionRegistration(
                id: Self.definition, project: "p", name: "projects", prefix: "projects", sourceTable: "public.projects",
                mode: "ONE_WAY_PUSH", shardingPolicy: ["rules": []], spec: ["v": .number(mapping)], source: "s",
                mappingVersion: mapping,
                fields: fields.map { .init(source: $0.lowercased(), target: $0, transforms: "", isAutomatic: true) }))
    }

    private func entry(_ key: UInt8, item: Int64, version: Int64 = 1) -> LedgerEntry {
        let hash = ContentHash(of: [.text("row \(key)"), .number(Double(item))])
        return LedgerEntry(
            key: LedgerKey(bytes: [0, key]), state: .synced, list: ListID("list"), item: item, etag: "\"e,1\"",
            contentHash: hash.whole, remoteHash: hash.whole, fieldHashes: hash.fields, version: version)
    }

    private func commit(_ changes: [LedgerCommit.Change], saved: [LedgerCommit.Saved] = []) -> LedgerCommit {
        LedgerCommit(
            project: "p", definition: Self.definition, run: Self.run, now: Self.now, changes: changes, saved: saved)
    }

    private func ledger(_ store: PostgreSQLMetaStore) async throws -> [LedgerEntry] {
        let scan = try await store.ledger(of: Self.definition)
        var all: [LedgerEntry] = []
        while true {
            let next = try await scan.next()
            if next.isEmpty { break }
            all += next
        }
        await scan.finish()
        return all
    }

    // MARK: Schema

    @Test func migratesOnceHoweverManyMigratorsThereAre() async throws {
        try await TestDatabase.with("migrators") { database, session in
            let stores = try (0..<4).map { _ in try PostgreSQLMetaStore(database.parameters, schema: "syncbridge") }
            #expect(try await stores[0].schemaState() == .absent)
            let applied = try await withThrowingTaskGroup(of: [Int].self) { group in
                for store in stores { group.addTask { try await store.migrate() } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied == [1])
            #expect(try await stores[0].schemaState() == .current(version: 1))
            let ids = try await session.query("SELECT count(*), count(DISTINCT id) FROM syncbridge.meta_store")
            #expect(ids.first?.int(0) == 1)
            for store in stores { await store.close() }
        }
    }

    @Test func refusesANewerSchemaAndAnotherText() async throws {
        try await with("newer") { store, session in
            _ = try await store.migrate()
            try await session.script("UPDATE syncbridge.schema_migrations SET checksum = 'x'")
            await #expect(throws: Failure.self) { try await store.migrate() }
            try await session.script("UPDATE syncbridge.schema_migrations SET version = 999")
            #expect(try await store.schemaState() == .newer(version: 999, known: 1))
            await #expect(throws: Failure.self) { try await store.migrate() }
        }
    }

    // MARK: Registry

    @Test func remembersDefinitionsListsAndColumns() async throws {
        try await with("registry") { store, _ in
            _ = try await store.migrate()
            try await registered(store)
            try await registered(store, mapping: 2, fields: ["Title", "Cost", "Note"])
            let list = ManagedList(
                id: ListID("ABC"), definitionID: Self.definition, name: "Projects", site: "contoso", remoteSiteID: "s",
                webURL: "https://x/Lists/Projects", applied: ListChange(displayName: "Projects", description: ""))
            try await store.save(list: list, project: "p")
            // About to be created; then it exists; then its settings are applied. Nothing known is forgotten on the way.
            for column in [
                ManagedColumn(name: "Cost", remoteID: nil, applied: nil),
                ManagedColumn(name: "Cost", remoteID: "c1", applied: nil),
                ManagedColumn(name: "Cost", remoteID: nil, applied: "{}"),
            ] {
                try await store.save(column: column, of: list.id)
            }
            let registry = try await store.registry(of: "p")
            let definition = try #require(registry.definition("projects"))
            #expect(definition.mappings == [1: ["Title", "Cost"], 2: ["Title", "Cost", "Note"]])
            #expect(definition.mappingVersion == 2 && definition.appliedFingerprint == nil)
            #expect(definition.automaticNames["cost"] == "Cost")
            #expect(registry.lists.first?.columns == [ManagedColumn(name: "Cost", remoteID: "c1", applied: "{}")])
            #expect(registry.lists.first?.id.text == "abc")
            #expect(try await store.registry(of: "other").definitions.isEmpty)

            try await store.markApplied(definition: Self.definition, fingerprint: "f", now: Self.now)
            #expect(try await store.registry(of: "p").definition("projects")?.appliedFingerprint == "f")
            try await store.forget(definition: Self.definition, now: Self.now)
            #expect(try await store.registry(of: "p").definitions.isEmpty)
        }
    }

    // MARK: Ledger

    @Test func entriesComeBackInKeyOrderAsTheyWere() async throws {
        try await with("ledger") { store, _ in
            _ = try await store.migrate()
            try await registered(store)
            var moving = entry(3, item: 30)
            moving.state = .moving
            moving.prior = ItemLocation(list: ListID("older"), item: 7, etag: "\"p\"")
            var refused = entry(2, item: 20)
            refused.state = .quarantined
            refused.item = nil
            refused.list = nil
            refused.refusal = .uniqueValue
            let all = [moving, entry(1, item: 10), refused]
            try await store.commit(commit(all.map { .put($0, sourceKey: "projects/x", replaces: nil) }))
            #expect(try await ledger(store) == [all[1], all[2], all[0]])
            #expect(try await store.registry(of: "p").definition("projects")?.liveRows == 2)
            #expect(
                try await store.quarantined(of: "p")
                    == [QuarantineCount(definition: "projects", reason: "UNIQUE_VALUE", rows: 1)])
        }
    }

    @Test func aCommitThatComesSecondWritesNothing() async throws {
        try await with("versions") { store, _ in
            _ = try await store.migrate()
            try await registered(store)
            try await store.commit(commit([.put(entry(1, item: 10), sourceKey: "k", replaces: nil)]))
            try await store.commit(commit([.put(entry(1, item: 11, version: 2), sourceKey: "k", replaces: 1)]))
            // Another process saw version 1 too: neither its row nor the rest of its wave may count.
            let late = commit([
                .put(entry(2, item: 20), sourceKey: "k2", replaces: nil),
                .put(entry(1, item: 12, version: 2), sourceKey: "k", replaces: 1),
            ])
            await #expect(throws: Failure.self) { try await store.commit(late) }
            await #expect(throws: Failure.self) {
                try await store.commit(commit([.remove(LedgerKey(bytes: [0, 1]), version: 1)]))
            }
            #expect(try await ledger(store).map(\.item) == [11])
            try await store.commit(commit([.remove(LedgerKey(bytes: [0, 1]), version: 2)]))
            #expect(try await ledger(store).isEmpty)
        }
    }

    @Test func peoplesValuesAreKept() async throws {
        try await with("saved") { store, session in
            _ = try await store.migrate()
            try await registered(store)
            let saved = LedgerCommit.Saved(
                key: LedgerKey(bytes: [0, 1]), sourceKey: "projects/1", field: "Title", value: ["a \"quoted\" \\ text"])
            try await store.commit(commit([.put(entry(1, item: 10), sourceKey: "k", replaces: nil)], saved: [saved]))
            let rows = try await session.query("SELECT field, value->>0 FROM syncbridge.sync_conflicts")
            #expect(rows.first?.text(0) == "Title" && rows.first?.text(1) == "a \"quoted\" \\ text")
        }
    }

    // MARK: Stage

    @Test func stagedEffectsArePagedByActionWithTheirEntries() async throws {
        try await with("stage") { store, _ in
            _ = try await store.migrate()
            try await registered(store)
            try await store.commit(commit([.put(entry(2, item: 20), sourceKey: "projects/2", replaces: nil)]))
            let stage = try await store.stage(run: Self.run, definition: Self.definition)
            func staged(_ key: UInt8, _ action: RowAction) -> StagedKey {
                StagedKey(
                    key: LedgerKey(bytes: [0, key]), parts: ["a,\"b\\", "\(key)"], action: action, to: "Projects",
                    contentHash: Digest(of: "x"))
            }
            try await stage.append([staged(1, .create), staged(2, .update), staged(3, .create), staged(4, .create)])
            try await stage.finish()
            let first = try await store.staged(
                run: Self.run, definition: Self.definition, actions: [.create], after: 0, limit: 2)
            #expect(
                first.map(\.sequence) == [1, 3] && first.map(\.staged) == [staged(1, .create), staged(3, .create)])
            let rest = try await store.staged(
                run: Self.run, definition: Self.definition, actions: [.create], after: 3, limit: 2)
            #expect(rest.map(\.sequence) == [4])
            let update = try await store.staged(
                run: Self.run, definition: Self.definition, actions: [.update], after: 0, limit: 2)
            #expect(update.first?.ledger == entry(2, item: 20) && update.first?.sourceKey == "projects/2")
            // A new stage begins empty.
            let next = try await store.stage(run: Self.run, definition: Self.definition)
            try await next.finish()
            #expect(
                try await store.staged(
                    run: Self.run, definition: Self.definition, actions: RowAction.allCases, after: 0, limit: 9
                ).isEmpty)
        }
    }

    // MARK: Leases

    @Test func aLeaseHasOneHolderUntilItsStoreCloses() async throws {
        try await TestDatabase.with("leases") { database, _ in
            let first = try PostgreSQLMetaStore(database.parameters, schema: "syncbridge")
            let second = try PostgreSQLMetaStore(database.parameters, schema: "syncbridge")
            #expect(try await first.acquireLease("p/projects/contoso"))
            #expect(try await !second.acquireLease("p/projects/contoso"))
            #expect(try await second.acquireLease("p/customers/contoso"))
            await first.close()
            // The server releases the lock as it sees the session end, which the next attempt may be ahead of.
            var isFree = false
            for _ in 0..<1000 where !isFree { isFree = try await second.acquireLease("p/projects/contoso") }
            #expect(isFree)
            await second.close()
        }
    }
}
