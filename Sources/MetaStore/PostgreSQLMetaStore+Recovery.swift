package import Core
internal import PostgreSQL

extension PostgreSQLMetaStore: RecoveryStore {
    package func beginRecovery(metaStoreID: String) async throws(Failure) -> String {
        try await run("beginning the rebuilding") { (session) throws(PostgreSQLError) in
            try await session.transaction { () async throws(PostgreSQLError) in
                _ = try await session.execute(
                    """
                    UPDATE \(table("meta_store")) SET incarnation = incarnation + 1,
                        id = CASE WHEN EXISTS (SELECT 1 FROM \(table("sync_definitions"))) THEN id ELSE $1::uuid END
                    """, [.text(metaStoreID)])
                _ = try await session.execute(
                    """
                    UPDATE \(table("leases")) SET actor = NULL, run_id = NULL,
                        epoch = greatest(epoch, (SELECT incarnation::bigint << 32 FROM \(table("meta_store"))))
                    """)
                return try await session.query("SELECT id FROM \(table("meta_store"))").first?.text(0) ?? metaStoreID
            }
        }
    }

    package func clearFound(definition: String, under lease: LeaseTerm) async throws(Failure) {
        _ = try await fenced("beginning the rebuilding", under: lease) { (session) throws(PostgreSQLError) in
            try await session.execute(
                "DELETE FROM \(table("found_items")) WHERE sync_def_id = $1::uuid", [.text(definition)])
        }
    }

    package func save(
        found items: [FoundItem], definition: String, under lease: LeaseTerm
    ) async throws(Failure) {
        guard !items.isEmpty else { return }
        _ = try await fenced("recording items that were found", under: lease) { (session) throws(PostgreSQLError) in
            try await session.execute(
                """
                INSERT INTO \(table("found_items")) (sync_def_id, sp_list_id, sp_item_id, etag, source_pk, field_hashes,
                    content_hash, is_marked)
                SELECT $1::uuid, n.* FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::bytea[],
                    $7::bytea[], $8::boolean[]) AS n
                ON CONFLICT (sync_def_id, sp_list_id, sp_item_id) DO UPDATE SET etag = excluded.etag,
                    source_pk = excluded.source_pk, field_hashes = excluded.field_hashes,
                    content_hash = excluded.content_hash, is_marked = excluded.is_marked
                """,
                [
                    .text(definition), .textArray(items.map(\.list.text)), .int64Array(items.map(\.item)),
                    .textArray(items.map(\.etag)), .textArray(items.map(\.syncKey)),
                    .bytesArray(items.map { FieldHashBytes.encode($0.hashes) }), .bytesArray(items.map(\.whole.bytes)),
                    .textArray(items.map { $0.isMarked ? "t" : "f" }),
                ])
        }
    }

    private static let foundColumns =
        "f.sp_list_id, f.sp_item_id, f.etag, f.source_pk, f.field_hashes, f.content_hash, f.is_marked"

    private static func found(_ row: ResultRows.Row) -> FoundItem? {
        guard let list = row.text(0), let item = row.text(1).flatMap({ Int64($0) }), let etag = row.text(2),
            let key = row.text(3), let hashes = LedgerRow.bytes(row.text(4)),
            let whole = LedgerRow.bytes(row.text(5)).flatMap({ Digest($0) })
        else { return nil }
        return FoundItem(
            list: ListID(list), item: item, etag: etag, syncKey: key, hashes: FieldHashBytes.decode(hashes),
            whole: whole, isMarked: row.bool(6) ?? false)
    }

    package func found(definition: String, syncKeys: [String]) async throws(Failure) -> [FoundItem] {
        guard !syncKeys.isEmpty else { return [] }
        return try await run("reading items that were found") { (session) throws(PostgreSQLError) in
            try await session.query(
                """
                SELECT \(Self.foundColumns) FROM \(table("found_items")) f
                WHERE f.sync_def_id = $1::uuid AND f.source_pk = ANY ($2::text[]) ORDER BY f.sp_list_id, f.sp_item_id
                """, [.text(definition), .textArray(syncKeys)]
            ).compactMap(Self.found)
        }
    }

    package func unmatched(
        definition: String, after: FoundItem?, limit: Int
    ) async throws(Failure) -> [FoundItem] {
        try await run("reading items that were found") { (session) throws(PostgreSQLError) in
            try await session.query(
                """
                SELECT \(Self.foundColumns) FROM \(table("found_items")) f
                WHERE f.sync_def_id = $1::uuid
                    AND NOT EXISTS (SELECT 1 FROM \(table("sync_ledger")) l
                        WHERE l.sync_def_id = f.sync_def_id AND l.source_pk = f.source_pk AND \(isRebuilt))
                    AND (f.sp_list_id, f.sp_item_id) > ($2, $3::bigint)
                ORDER BY f.sp_list_id, f.sp_item_id LIMIT $4::bigint
                """, [.text(definition), .text(after?.list.text ?? ""), .int(after?.item ?? 0), .int(limit)]
            ).compactMap(Self.found)
        }
    }

    /// Whether the entry `l` was rebuilt by the rebuilding that is under way.
    private var isRebuilt: String {
        "coalesce(l.rebuilt_in = (SELECT m.incarnation FROM \(table("meta_store")) m), false)"
    }

    package func rebuild(
        _ entries: [KnownEntry], project: String, definition: String, now: Instant, under lease: LeaseTerm
    ) async throws(Failure) {
        guard !entries.isEmpty else { return }
        try await fenced("rebuilding the ledger", under: lease) { (session) throws(PostgreSQLError) in
            _ = try await session.execute(
                "DELETE FROM \(self.table("sync_ledger")) WHERE sync_def_id = $1::uuid AND key = ANY ($2::bytea[])",
                [.text(definition), .bytesArray(entries.map(\.entry.key.bytes))])
            // An entry that is rebuilt later may still claim the item of one that is rebuilt now. Asked item by item, for
            // as a join a server that has not counted the rows yet reads all of the definition each time.
            _ = try await session.execute(
                """
                UPDATE \(self.table("sync_ledger")) SET sp_list_id = NULL, sp_item_id = NULL,
                    row_fingerprint = NULL, fingerprint_key = NULL, fingerprint_version = NULL
                WHERE ctid = ANY (ARRAY(
                    SELECT (SELECT l.ctid FROM \(self.table("sync_ledger")) l
                        WHERE l.sp_list_id = n.list AND l.sp_item_id = n.item AND l.sync_def_id = $1::uuid)
                    FROM unnest($2::text[], $3::bigint[]) AS n (list, item)))
                """,
                [
                    .text(definition), .strings(entries.map { $0.entry.list?.text }),
                    .int64Array(entries.map(\.entry.item)),
                ])
            let incarnation = try await session.query(
                "SELECT incarnation, \(self.schema.sql).require_definition_v2($1::uuid) FROM \(self.table("meta_store"))",
                [.text(definition)])
            let copy = LedgerCopy(
                project: project, definition: definition, now: now.isoText,
                incarnation: incarnation.first?.int(0) ?? 0)
            var encoder = CopyTextEncoder()
            for known in entries { copy.append(known, to: &encoder) }
            try await session.copyIn("COPY \(self.table("sync_ledger")) (\(LedgerCopy.columns)) FROM STDIN")
            try await session.put(encoder.take())
            try await session.endCopy()
        }
    }

    package func finishRecovery(definition: String, under lease: LeaseTerm) async throws(Failure) -> Int {
        try await fenced("ending the rebuilding", under: lease) { (session) throws(PostgreSQLError) in
            let gone = try await session.execute(
                """
                DELETE FROM \(table("sync_ledger")) l WHERE l.sync_def_id = $1::uuid AND NOT \(isRebuilt)
                    AND l.state NOT IN ('deletedByPerson', 'tombstone')
                """, [.text(definition)])
            for statement in [
                // What was open belongs to a state that is no more.
                "DELETE FROM \(table("sync_intents")) WHERE sync_def_id = $1::uuid",
                "DELETE FROM \(table("staged_effects")) WHERE sync_def_id = $1::uuid",
                "DELETE FROM \(table("found_items")) WHERE sync_def_id = $1::uuid",
            ] {
                _ = try await session.execute(statement, [.text(definition)])
            }
            return gone
        }
    }
}
