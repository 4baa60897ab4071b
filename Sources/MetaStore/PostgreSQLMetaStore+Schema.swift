package import Core
internal import Migrations
internal import PostgreSQL

extension PostgreSQLMetaStore {
    private static var needed: Int { Migrations.all.last?.version ?? 0 }

    package func schemaState() async throws(Failure) -> MetaStoreSchema {
        let version = try await version()
        guard let version else { return .absent }
        if version == Self.needed { return .current(version: version) }
        return version < Self.needed
            ? .behind(version: version, needed: Self.needed) : .newer(version: version, known: Self.needed)
    }

    /// The newest migration that was applied; `nil` without a schema of ours.
    private func version() async throws(Failure) -> Int? {
        try await run("opening the meta-store") { (session) throws(PostgreSQLError) in
            try await self.version(in: session)
        }
    }

    private func version(in session: Session) async throws(PostgreSQLError) -> Int? {
        let found = try await session.query(
            "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = 'schema_migrations'",
            [.text(schema.name)])
        guard !found.isEmpty else { return nil }
        let rows = try await session.query("SELECT max(version) FROM \(table("schema_migrations"))")
        return rows.first?.int(0)
    }

    package func migrate() async throws(Failure) -> [Int] {
        try await run("migrating the meta-store") { (session) throws(PostgreSQLError) in
            // Other migrators wait here; the lock ends with the session or below.
            let lock = Parameter.text("syncbridge migrate \(schema.name)")
            _ = try await session.query(
                "SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended($1, 0))", [lock])
            var failure: PostgreSQLError?
            var applied: [Int] = []
            do throws(PostgreSQLError) { applied = try await self.applyAll(session) } catch { failure = error }
            _ = try? await session.query(
                "SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended($1, 0))", [lock])
            if let failure { throw failure }
            return applied
        }
    }

    private func applyAll(_ session: Session) async throws(PostgreSQLError) -> [Int] {
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
        let known = try await session.query("SELECT version, checksum FROM \(table("schema_migrations"))")
        var checksums: [Int: String] = [:]
        for row in known { checksums[row.int(0) ?? 0] = row.text(1) }
        if let newest = checksums.keys.max(), newest > Self.needed {
            throw PostgreSQLError(
                .other, "the schema \(schema.name) has version \(newest), and this program knows \(Self.needed)",
                server: session.server)
        }
        var applied: [Int] = []
        for migration in Migrations.all {
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

    private func apply(
        _ migration: (version: Int, name: String, sql: [UInt8]), _ checksum: String, _ session: Session
    ) async throws(PostgreSQLError) {
        try await session.transaction { () async throws(PostgreSQLError) in
            try await session.script("SET LOCAL search_path = \(schema.sql), pg_catalog")
            try await session.script(String(decoding: migration.sql, as: UTF8.self))
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
}
