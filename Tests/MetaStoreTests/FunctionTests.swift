import Conformance
import Core
import Foundation
import MetaStore
import Migrations
import PostgreSQL
import TestSupport
import Testing

@Suite("Functions of the meta-store", .serialized)
struct FunctionTests {
    private func with(_ hint: String, _ body: (PostgreSQLMetaStore, Session) async throws -> Void) async throws {
        try await TestDatabase.with(hint) { database, session in
            let store = try PostgreSQLMetaStore(database.parameters, schema: "syncbridge")
            _ = try await store.migrate()
            try await body(store, session)
            await store.close()
        }
    }

    @Test func everyFileIsEmbeddedAndMakesTheFunctionOfItsName() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Migrations/functions")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "sql" }
        let names = files.map { $0.deletingPathExtension().lastPathComponent }.sorted()
        #expect(names == Migrations.functions.map(\.name).sorted())
        for (name, sql) in Migrations.functions {
            let text = String(decoding: sql, as: UTF8.self)
            #expect(text.contains("CREATE OR REPLACE FUNCTION \(name)("), "\(name)")
            #expect(Data(sql) == (try Data(contentsOf: folder.appendingPathComponent("\(name).sql"))), "\(name)")
        }
    }

    @Test func aTextThatChangedIsAppliedAgain() async throws {
        try await with("functions") { store, session in
            #expect(try await store.pendingFunctions().isEmpty)
            // What an earlier text under the same name did.
            try await session.script(
                """
                CREATE OR REPLACE FUNCTION syncbridge.require_definition_v2(in_definition uuid) RETURNS void
                LANGUAGE sql AS '';
                UPDATE syncbridge.schema_functions SET checksum = 'x' WHERE name = 'require_definition_v2'
                """)
            #expect(try await store.pendingFunctions() == ["require_definition_v2"])
            // A program of that text works on, and so does this one.
            #expect(try await store.schemaState() == .current(version: try #require(Migrations.all.last?.version)))
            #expect(try await store.migrate().isEmpty)
            #expect(try await store.pendingFunctions().isEmpty)
            let missing = "SELECT syncbridge.require_definition_v2('00000000-0000-4000-8000-000000000000')"
            await #expect(throws: PostgreSQLError.self) { try await session.query(missing) }
        }
    }

    @Test func nothingIsAppliedTwice() async throws {
        try await with("twice") { store, session in
            let read = "SELECT name, checksum, applied_at::text FROM syncbridge.schema_functions ORDER BY 1"
            let before = try await session.query(read).map { $0.text(2) }
            _ = try await store.migrate()
            #expect(try await session.query(read).map { $0.text(2) } == before)
        }
    }

    @Test func aMissingFunctionLetsOnlyReadersWork() async throws {
        try await with("missing") { store, session in
            try await session.script("DELETE FROM syncbridge.schema_functions WHERE name = 'write_ledger_v2'")
            let state = try await store.schemaState()
            try state.requireReadable()
            #expect(throws: Failure.self) { try state.requireWritable() }
            _ = try await store.migrate()
            try await store.schemaState().requireWritable()
        }
    }

    @Test func theProgramBeforeFindsItsOwn() async throws {
        try await with("own") { _, session in
            let names = try await session.query(
                """
                SELECT p.proname FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
                WHERE n.nspname = 'syncbridge' ORDER BY 1
                """
            ).compactMap { $0.text(0) }
            // Those of this program alone, and those that both call.
            let own = ["note_fingerprints_v1", "write_ledger_v3", "write_ledger_v4"]
            let both = ["open_intents_v2", "quota_exchange_v2", "require_definition_v2", "write_ledger_v2"]
            #expect(names == (own + both).sorted())
        }
    }
}
