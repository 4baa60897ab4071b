package import Core
internal import Migrations
internal import PostgreSQL

extension PostgreSQLMetaStore {
    private typealias Migration = (version: Int, name: String, sql: [UInt8])

    package func migrate() async throws(Failure) -> [Int] { try await migrate(through: nil) }

    /// - Parameter last: The last migration to apply, for tests of older schemas; `nil`: all, and the functions.
    package func migrate(through last: Int?) async throws(Failure) -> [Int] {
        try await run("migrating the meta-store") { (session) throws(PostgreSQLError) in
            // Other migrators wait here; the lock ends with the session or below.
            let lock = Parameter.text("syncbridge migrate \(schema.name)")
            _ = try await session.query(
                "SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended($1, 0))", [lock])
            var failure: PostgreSQLError?
            var applied: [Int] = []
            do throws(PostgreSQLError) {
                applied = try await self.applyAll(through: last, session)
                if last == nil { try await self.applyFunctions(session) }
            } catch { failure = error }
            _ = try? await session.query(
                "SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended($1, 0))", [lock])
            if let failure { throw failure }
            return applied
        }
    }

    private func applyAll(through last: Int?, _ session: Session) async throws(PostgreSQLError) -> [Int] {
        try await makeSchema(session)
        let known = try await session.query("SELECT version, checksum FROM \(table("schema_migrations"))")
        var checksums: [Int: String] = [:]
        for row in known { checksums[row.int(0) ?? 0] = row.text(1) }
        let needed = Migrations.all.last?.version ?? 0
        if let newest = checksums.keys.max(), newest > needed {
            throw PostgreSQLError(
                .other, "the schema \(schema.name) has version \(newest), and this program knows \(needed)",
                server: session.server)
        }
        var applied: [Int] = []
        for migration in Migrations.all where migration.version <= last ?? needed {
            let checksum = Digest(of: migration.sql).hexadecimal
            if let known = checksums[migration.version] {
                guard known == checksum else {
                    throw PostgreSQLError(
                        .other, "migration \(migration.version) was applied with another text than this program has",
                        server: session.server)
                }
                continue
            }
            try await apply(migration, checksum, session)
            applied.append(migration.version)
        }
        return applied
    }

    private func makeSchema(_ session: Session) async throws(PostgreSQLError) {
        try await session.transaction { () async throws(PostgreSQLError) in
            let exists = try await session.query(
                "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1", [.text(schema.name)])
            // CREATE SCHEMA IF NOT EXISTS asks for the right to create one even where it exists.
            if exists.isEmpty { try await session.script("CREATE SCHEMA \(schema.sql)") }
            try await session.script(
                """
                CREATE TABLE IF NOT EXISTS \(table("schema_migrations")) (
                    version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT pg_catalog.now())
                """)
        }
    }

    private func apply(
        _ migration: Migration, _ checksum: String, _ session: Session
    ) async throws(PostgreSQLError) {
        try await session.transaction { () async throws(PostgreSQLError) in
            try await run(migration.sql, session)
            _ = try await session.execute(
                "INSERT INTO \(table("schema_migrations")) (version, name, checksum) VALUES ($1::integer, $2, $3)",
                [.int(migration.version), .text(migration.name), .text(checksum)])
            if migration.version == 1 {
                // A meta-store has an id from its first moment: stamps in SharePoint name it.
                _ = try await session.execute(
                    "INSERT INTO \(table("meta_store")) (id) VALUES (pg_catalog.gen_random_uuid())")
            }
        }
    }

    /// Makes the functions whose text is not the one that they were made from: all of them or none.
    private func applyFunctions(_ session: Session) async throws(PostgreSQLError) {
        try await session.transaction { () async throws(PostgreSQLError) in
            let checksums = try await functionChecksums(session)
            for function in Migrations.functions {
                let checksum = Digest(of: function.sql).hexadecimal
                guard checksums[function.name] != checksum else { continue }
                try await run(function.sql, session)
                _ = try await session.execute(
                    """
                    INSERT INTO \(table("schema_functions")) (name, checksum) VALUES ($1, $2)
                    ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, applied_at = excluded.applied_at
                    """, [.text(function.name), .text(checksum)])
            }
        }
    }

    private func run(_ sql: [UInt8], _ session: Session) async throws(PostgreSQLError) {
        try await session.script("SET LOCAL search_path = \(schema.sql), pg_catalog")
        try await session.script(String(decoding: sql, as: UTF8.self))
    }
}
