import Conformance
import Core
import MetaStore
import PostgreSQL
import TestSupport
import Testing

@Suite("The meta-store in PostgreSQL", .serialized)
struct MetaStoreTests {
    @Test(arguments: MetaStoreConformance.Case.allCases)
    func conforms(_ what: MetaStoreConformance.Case) async throws {
        try await Self.conformance(what.rawValue) { try await $0.check(what) }
    }

    @Test(arguments: MetaStoreConformance.FencedWrite.allCases)
    func anOldEpochChangesNothing(_ write: MetaStoreConformance.FencedWrite) async throws {
        try await Self.conformance("fence_\(write.rawValue)") { try await $0.checkFence(write) }
    }

    private static func conformance(
        _ hint: String, _ body: (MetaStoreConformance) async throws -> Void
    ) async throws {
        try await TestDatabase.with(hint) { database, session in
            let conformance = MetaStoreConformance(
                connect: { try PostgreSQLMetaStore(database.parameters, schema: "syncbridge") },
                ageHeartbeats: { seconds in
                    try await session.script(
                        "UPDATE syncbridge.leases SET heartbeat_at = heartbeat_at - interval '\(seconds) s'")
                },
                savedValues: {
                    let rows = try await session.query("SELECT field, value::text FROM syncbridge.sync_conflicts")
                    return Dictionary(
                        rows.map { ($0.text(0) ?? "", $0.text(1).flatMap { try? JSON.parse($0) } ?? .null) },
                        uniquingKeysWith: { _, last in last })
                }, contents: { try await MetaStoreContents.read(session, except: ["leases"]) })
            try await body(conformance)
        }
    }

    private func with(
        _ hint: String, _ body: (PostgreSQLMetaStore, Session) async throws -> Void
    ) async throws {
        try await TestDatabase.with(hint) { database, session in
            let store = try PostgreSQLMetaStore(database.parameters, schema: "syncbridge")
            try await body(store, session)
            await store.close()
        }
    }

    @Test func refusesANewerSchemaAndAnotherText() async throws {
        try await with("newer") { store, session in
            let known = try #require(try await store.migrate().last)
            try await session.script("UPDATE syncbridge.schema_migrations SET checksum = 'x'")
            await #expect(throws: Failure.self) { try await store.migrate() }
            try await session.script("UPDATE syncbridge.schema_migrations SET version = 999 WHERE version = 1")
            #expect(try await store.schemaState() == .newer(version: 999, known: known))
            await #expect(throws: Failure.self) { try await store.migrate() }
        }
    }

    @Test func aSchemaOfBeforeCaptureIsReadAllTheSame() async throws {
        try await with("capture") { store, session in
            try await MetaStoreConformance.prepare(store)
            try await session.script(
                "ALTER TABLE syncbridge.sync_definitions DROP COLUMN capture_mark, DROP COLUMN last_snapshot_at")
            let definition = try await store.registry(of: "p").definition("projects")
            #expect(definition != nil && definition?.lastSnapshotAt == nil)
        }
    }

    @Test func whatAClosedIntentWasToWriteIsGoneWithIt() async throws {
        try await with("intents") { store, session in
            try await MetaStoreConformance.prepare(store)
            let intents = [1, 3].map { MetaStoreConformance.intent($0, .delete) }
            try await store.open(
                intents, of: MetaStoreConformance.definition, run: MetaStoreConformance.run,
                under: MetaStoreConformance.lease)
            try await store.commit(MetaStoreConformance.commit([], closed: [MetaStoreConformance.key(3)]))
            #expect(try await session.query("SELECT 1 FROM syncbridge.sync_intents").count == 1)
        }
    }

    /// A session makes its plans while the ledger is empty, and goes on with them for hours.
    @Test func whatAWaveReadsDoesNotGrowWithTheLedger() async throws {
        try await with("growth") { store, session in
            try await MetaStoreConformance.prepare(store)
            let (waves, rows) = (40, 50)
            func key(_ row: Int) -> LedgerKey { LedgerKey(bytes: [UInt8(row / 256), UInt8(row % 256)]) }
            func write(_ row: Int, _ version: Int64) -> LedgerCommit.Change {
                .put(
                    LedgerEntry(key: key(row), state: .archived, version: version), sourceKey: "projects/\(row)",
                    replaces: version == 1 ? nil : version - 1)
            }
            for change in [{ write($0, 1) }, { write($0, 2) }, { .remove(key($0), version: 2) }] {
                for wave in 0..<waves {
                    try await store.commit(MetaStoreConformance.commit((0..<rows).map { change(wave * rows + $0) }))
                }
            }
            // What the session read is counted when it ends.
            await store.close()
            while try await !session.query(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).isEmpty {}
            let read = try await session.query(
                """
                SELECT (SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables
                        WHERE relname = 'sync_ledger'),
                    (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'sync_ledger')
                """
            ).first
            let most = waves * rows * 3 * 2
            #expect(try #require(read?.int(0)) <= most)
            #expect(try #require(read?.int(1)) <= most)
        }
    }

    @Test func whatHasNoDefinitionIsRefused() async throws {
        try await with("unregistered") { store, session in
            try await MetaStoreConformance.prepare(store)
            let other = "00000000-0000-4000-8000-000000000000"
            await #expect(throws: Failure.self) {
                try await store.open(
                    [MetaStoreConformance.intent(1, .create)], of: other, run: MetaStoreConformance.run,
                    under: MetaStoreConformance.lease)
            }
            var commit = MetaStoreConformance.commit([
                .put(
                    LedgerEntry(key: MetaStoreConformance.key(1), state: .archived, version: 1), sourceKey: "k",
                    replaces: nil)
            ])
            commit.definition = other
            await #expect(throws: Failure.self) { try await store.commit(commit) }
            #expect(try await session.query("SELECT 1 FROM syncbridge.sync_intents").isEmpty)
            #expect(try await session.query("SELECT 1 FROM syncbridge.sync_ledger").isEmpty)
        }
    }

    /// Whoever asks is turned away at once, however long the holder's transaction goes on.
    @Test func aHolderThatRecordsKeepsNobodyWaiting() async throws {
        try await TestDatabase.with("recording") { database, session in
            let first = try PostgreSQLMetaStore(database.parameters, schema: "syncbridge")
            let second = try PostgreSQLMetaStore(database.parameters, schema: "syncbridge")
            try await MetaStoreConformance.prepare(first)
            try await session.script("BEGIN; SELECT 1 FROM syncbridge.leases FOR SHARE")
            let outcome = try await second.acquireLease(
                MetaStoreConformance.name, actor: "b", run: MetaStoreConformance.run, seconds: 60)
            try await session.script("ROLLBACK")
            guard case .held(let holder) = outcome else {
                Issue.record("two processes hold one lease")
                return
            }
            #expect(holder.actor == "a")
            await first.close()
            await second.close()
        }
    }
}
