import PostgreSQL

/// All rows of a meta-store's tables as text, for comparing before with after; a column that has no value is left out, so
/// that one which a migration adds makes no difference.
enum MetaStoreContents {
    static func read(
        _ session: Session, schema: String = "syncbridge", except left: Set<String> = []
    ) async throws -> String {
        let tables = try await session.query(
            "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = $1 ORDER BY 1", [.text(schema)])
        var parts: [String] = []
        for table in tables.compactMap({ $0.text(0) }) where !left.contains(table) {
            let rows = try await session.query(
                "SELECT pg_catalog.jsonb_strip_nulls(pg_catalog.to_jsonb(t))::text FROM \(try SQLIdentifier(schema).sql).\(try SQLIdentifier(table).sql) t ORDER BY 1"
            )
            parts += rows.map { "\(table) \($0.text(0) ?? "")" }
        }
        return parts.joined(separator: "\n")
    }
}
