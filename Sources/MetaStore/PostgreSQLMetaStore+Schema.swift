package import Core
internal import Migrations
internal import PostgreSQL

extension PostgreSQLMetaStore {
    package func schemaState() async throws(Failure) -> MetaStoreSchema {
        try await run("opening the meta-store") { (session) throws(PostgreSQLError) in
            guard try await self.exists("schema_migrations", in: session) else { return .absent }
            let applied = try await session.query("SELECT version FROM \(self.table("schema_migrations"))")
            let state = Self.state(applied: Set(applied.compactMap { $0.int(0) }))
            guard case .current(let version) = state else { return state }
            let checksums = try await self.functionChecksums(session)
            let lacksFunction = Migrations.functions.contains { checksums[$0.name] == nil }
            return lacksFunction ? .previous(version: version, needed: version) : state
        }
    }

    private static func state(applied: Set<Int>) -> MetaStoreSchema {
        let known = Migrations.all.map(\.version)
        guard let needed = known.last, let newest = applied.max() else { return .absent }
        if newest > needed { return .newer(version: newest, known: needed) }
        let missing = known.filter { !applied.contains($0) }
        if missing.isEmpty { return .current(version: needed) }
        return missing == [needed]
            ? .previous(version: newest, needed: needed) : .behind(version: newest, needed: needed)
    }

    func exists(_ table: String, in session: Session) async throws(PostgreSQLError) -> Bool {
        try await !session.query(
            "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = $2",
            [.text(schema.name), .text(table)]
        ).isEmpty
    }

    /// The functions whose text is not this program's, or that are not there: what `migrate` would make anew.
    package func pendingFunctions() async throws(Failure) -> [String] {
        try await run("opening the meta-store") { (session) throws(PostgreSQLError) in
            guard try await self.exists("schema_functions", in: session) else {
                return Migrations.functions.map(\.name)
            }
            let checksums = try await self.functionChecksums(session)
            return Migrations.functions.filter { Digest(of: $0.sql).hexadecimal != checksums[$0.name] }.map(\.name)
        }
    }

    /// Of the texts that functions were made from, by name.
    func functionChecksums(_ session: Session) async throws(PostgreSQLError) -> [String: String] {
        let rows = try await session.query("SELECT name, checksum FROM \(table("schema_functions"))")
        var checksums: [String: String] = [:]
        for row in rows { checksums[row.text(0) ?? ""] = row.text(1) }
        return checksums
    }
}
