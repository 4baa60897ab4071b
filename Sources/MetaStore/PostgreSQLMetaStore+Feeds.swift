package import Core
internal import PostgreSQL

extension PostgreSQLMetaStore {
    package func feedPosition(of list: ListID) async throws(Failure) -> StoredFeedPosition? {
        let rows = try await run("reading a position in a change feed") { (session) throws(PostgreSQLError) in
            try await session.query(
                """
                SELECT selection, link, extract(epoch FROM enumerated_at)::bigint
                FROM \(table("delta_positions")) WHERE sp_list_id = $1
                """, [.text(list.text)])
        }
        return rows.first.map { row in
            StoredFeedPosition(
                selection: row.text(0) ?? "", link: row.text(1),
                enumeratedAt: row.text(2).flatMap { Int64($0) }.map { Instant(seconds: $0) })
        }
    }

    package func entries(
        of definition: String, list: ListID, items: [Int64], syncKeys: [String]
    ) async throws(Failure) -> [KnownEntry] {
        guard !items.isEmpty || !syncKeys.isEmpty else { return [] }
        // Three lookups, each by its own index; a row that fits several comes once.
        let rows = try await run("reading the ledger") { (session) throws(PostgreSQLError) in
            try await session.query(
                """
                SELECT \(Self.entryColumns), l.source_pk FROM \(table("sync_ledger")) l
                WHERE l.sync_def_id = $1::uuid AND l.key IN (
                    SELECT key FROM \(table("sync_ledger"))
                        WHERE sync_def_id = $1::uuid AND sp_list_id = $2 AND sp_item_id = ANY ($3::bigint[])
                    UNION SELECT key FROM \(table("sync_ledger"))
                        WHERE sync_def_id = $1::uuid AND prior_list_id = $2 AND prior_item_id = ANY ($3::bigint[])
                    UNION SELECT key FROM \(table("sync_ledger"))
                        WHERE sync_def_id = $1::uuid AND source_pk = ANY ($4::text[]))
                ORDER BY l.key
                """, [.text(definition), .text(list.text), .int64Array(items), .textArray(syncKeys)])
        }
        return rows.compactMap(Self.known)
    }

    package func rows(
        of definition: String, in list: ListID, after item: Int64, limit: Int
    ) async throws(Failure) -> [KnownEntry] {
        let rows = try await run("reading the ledger") { (session) throws(PostgreSQLError) in
            try await session.query(
                """
                SELECT \(Self.entryColumns), l.source_pk FROM \(table("sync_ledger")) l
                WHERE l.sp_list_id = $2 AND l.sp_item_id > $3::bigint AND l.sync_def_id = $1::uuid
                ORDER BY l.sp_item_id LIMIT $4::bigint
                """, [.text(definition), .text(list.text), .int(item), .int(limit)])
        }
        return rows.compactMap(Self.known)
    }

    static func known(_ row: ResultRows.Row) -> KnownEntry? {
        guard let entry = LedgerRow.entry({ row.text($0) }) else { return nil }
        return KnownEntry(entry: entry, syncKey: row.text(entryColumnCount) ?? "")
    }

    package func entry(of definition: String, key: LedgerKey) async throws(Failure) -> KnownEntry? {
        let rows = try await run("reading the ledger") { (session) throws(PostgreSQLError) in
            try await session.query(
                """
                SELECT \(Self.entryColumns), l.source_pk FROM \(table("sync_ledger")) l
                WHERE l.sync_def_id = $1::uuid AND l.key = $2::bytea
                """, [.text(definition), .bytes(key.bytes)])
        }
        return rows.first.flatMap(Self.known)
    }

    package func commit(_ page: FeedCommit) async throws(Failure) {
        try await commit("recording what people did") { (session) throws(LedgerError) in
            try await self.write(
                LedgerWrite(
                    project: page.project, definition: page.definition, now: page.now,
                    lease: page.lease, changes: page.changes, closed: [], waits: true), session)
            do throws(PostgreSQLError) { try await self.save(page, session) } catch { throw .database(error) }
        }
    }

    private func save(_ page: FeedCommit, _ session: Session) async throws(PostgreSQLError) {
        let position = page.position
        _ = try await session.execute(
            """
            INSERT INTO \(table("delta_positions")) (sp_list_id, selection, link, enumerated_at, read_at)
            VALUES ($1, $2, $3, $4::timestamptz, $5::timestamptz)
            ON CONFLICT (sp_list_id) DO UPDATE SET selection = excluded.selection, link = excluded.link,
                enumerated_at = excluded.enumerated_at, read_at = excluded.read_at
            """,
            [
                .text(page.list.text), .text(position.selection), .optional(position.link),
                .optional(position.enumeratedAt?.isoText), .text(page.now.isoText),
            ])
        if !page.strays.isEmpty {
            _ = try await session.execute(
                """
                INSERT INTO \(table("stray_items")) (sp_list_id, sp_item_id, source_pk, seen_at)
                SELECT $1, n.item, n.source_pk, $4::timestamptz FROM unnest($2::bigint[], $3::text[]) AS n (item, source_pk)
                ON CONFLICT (sp_list_id, sp_item_id) DO UPDATE SET source_pk = excluded.source_pk
                """,
                [
                    .text(page.list.text), .int64Array(page.strays.map(\.item)),
                    .textArray(page.strays.map(\.syncKey)), .text(page.now.isoText),
                ])
        }
        if !page.noStrays.isEmpty {
            _ = try await session.execute(
                "DELETE FROM \(table("stray_items")) WHERE sp_list_id = $1 AND sp_item_id = ANY ($2::bigint[])",
                [.text(page.list.text), .int64Array(page.noStrays)])
        }
    }
}
