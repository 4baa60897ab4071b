import Conformance
import Core
import MetaStore
import Migrations
import PostgreSQL
import Synchronization
import TestSupport
import Testing

/// A filled meta-store of the version before is read, migrated beside its readers, and shows the same afterwards.
@Suite("Upgrading a meta-store", .serialized)
struct UpgradeTests {
    /// All that the port shows.
    private struct Picture: Equatable {
        var registry: Registry
        var ledger: [LedgerEntry]
        var known: [KnownEntry]
        var intents: [OpenIntent]
        var staged: [StagedEffect]
        var position: StoredFeedPosition?
        var runs: [RunRecord]
        var quarantined: [QuarantineCount]
        var strays: [StrayItem]
        var leases: [LeaseHolder]
        var holds: [Hold]

        init(_ store: PostgreSQLMetaStore) async throws {
            let (definition, list) = (MetaStoreConformance.definition, MetaStoreConformance.list)
            registry = try await store.registry(of: "p").counted(store.liveRows(of: "p"))
            let scan = try await store.ledger(of: definition)
            var keys: [LedgerKey] = []
            while let chunk = try await scan.next() { keys += chunk.briefs.map(chunk.key) }
            ledger = try await scan.entries(keys)
            await scan.finish()
            known = try await store.rows(of: definition, in: list, after: 0, limit: 9)
            known += try await store.entries(of: definition, list: list, items: [10], syncKeys: ["projects/02"])
            known += try await store.quarantinedRows(of: definition, limit: 9)
            known += try await store.drifted(of: definition, after: nil, limit: 9)
            intents = try await store.openIntents(of: definition, after: nil, limit: 9)
            staged = try await store.staged(
                run: MetaStoreConformance.run, definition: definition, actions: RowAction.allCases, after: 0, limit: 9)
            position = try await store.feedPosition(of: list)
            runs = try await store.runs(of: "p", limit: 9)
            quarantined = try await store.quarantined(of: "p")
            strays = try await store.strays(of: "p")
            leases = try await store.leases(of: "p")
            holds = try await store.holds(of: "p")
        }
    }

    private final class Flag: Sendable {
        let value = Mutex(false)
    }

    private func with(
        _ hint: String, _ body: (TestDatabase, PostgreSQLMetaStore, Session) async throws -> Void
    ) async throws {
        try await TestDatabase.with(hint) { database, session in
            let store = try PostgreSQLMetaStore(database.parameters, schema: "syncbridge")
            try await EarlierSchema.make(store, session)
            try await body(database, store, session)
            await store.close()
        }
    }

    @Test func whatTheVersionBeforeHoldsIsReadTheSameBeforeDuringAndAfter() async throws {
        try await with("upgrade") { database, store, session in
            let needed = try #require(Migrations.all.last?.version)
            #expect(try await store.schemaState() == .previous(version: EarlierSchema.version, needed: needed))
            let before = try await Picture(store)
            #expect(before.ledger.count == 3 && before.intents.count == 1 && before.staged.count == 1)
            #expect(before.registry.definitions.first?.captureMark != nil && before.registry.lists.count == 1)
            #expect(before.quarantined.count == 1 && before.strays.count == 1 && before.known.count == 7)
            let rows = try await MetaStoreContents.read(session, except: ["schema_migrations", "schema_functions"])

            let reader = try PostgreSQLMetaStore(database.parameters, schema: "syncbridge")
            let isDone = Flag()
            let applied = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    repeat {
                        let seen = try await Picture(reader)
                        #expect(seen == before)
                    } while !isDone.value.withLock { $0 }
                }
                defer { isDone.value.withLock { $0 = true } }
                return try await store.migrate()
            }
            await reader.close()
            #expect(applied == [needed])
            #expect(try await store.schemaState() == .current(version: needed))
            #expect(try await Picture(store) == before)
            let after = try await MetaStoreContents.read(session, except: ["schema_migrations", "schema_functions"])
            #expect(after == rows)
        }
    }

    /// A process of the version before that holds a lease finishes its work beside those of this one.
    @Test func bothProgramsWriteTheMigratedSchema() async throws {
        try await with("both") { _, store, session in
            _ = try await store.migrate()
            try await EarlierSchema.write(session, keys: ["04"], new: 1)
            try await store.commit(
                MetaStoreConformance.commit([
                    .put(
                        LedgerEntry(key: MetaStoreConformance.key(5), state: .archived, version: 1),
                        sourceKey: "projects/5", replaces: nil)
                ]))
            #expect(try await Picture(store).ledger.count == 5)
        }
    }

    /// The program before writes entries and knows nothing of fingerprints: those of before its write do not count.
    @Test func aWriteOfTheProgramBeforeTakesAFingerprintAway() async throws {
        try await with("prints") { _, store, session in
            _ = try await store.migrate()
            let key = FingerprintKey(of: "now")
            let entry = LedgerEntry(
                key: MetaStoreConformance.key(4), state: .synced, list: MetaStoreConformance.list, item: 40,
                contentHash: Digest(of: "row"), fieldHashes: [1, 2], mappingVersion: 2, version: 1)
            let print = Array("row".utf8).withUnsafeBytes { RowFingerprint(of: $0, key) }
            let claim = FingerprintClaim(
                fingerprint: print, key: key.id, content: Digest(of: "row"), list: MetaStoreConformance.list,
                mappingVersion: 2)
            try await store.commit(
                MetaStoreConformance.commit(
                    [.put(entry, sourceKey: "projects/04", replaces: nil)], claims: [entry.key: claim]))
            func hasFingerprint() async throws -> Bool {
                let scan = try await store.ledger(of: MetaStoreConformance.definition, fingerprints: key)
                var marks: [LedgerChunk.Mark] = []
                while let chunk = try await scan.next() { marks += chunk.briefs.map(\.mark) }
                await scan.finish()
                if case .fingerprint? = marks.last { return true }
                return false
            }
            #expect(try await hasFingerprint())
            try await EarlierSchema.write(session, keys: ["04"], new: 0, version: 2)
            #expect(try await hasFingerprint() == false)
        }
    }

    @Test func whatIsOlderThanThatIsNotRead() async throws {
        try await TestDatabase.with("older") { database, _ in
            let store = try PostgreSQLMetaStore(database.parameters, schema: "syncbridge")
            let older = try #require(Migrations.all.dropLast(2).last?.version)
            _ = try await store.migrate(through: older)
            let state = try await store.schemaState()
            let needed = try #require(Migrations.all.last?.version)
            #expect(state == .behind(version: older, needed: needed))
            #expect(throws: Failure.self) { try state.requireReadable() }
            _ = try await store.migrate()
            try await store.schemaState().requireWritable()
            await store.close()
        }
    }
}
