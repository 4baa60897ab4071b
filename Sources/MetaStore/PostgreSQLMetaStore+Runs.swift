package import Core
internal import PostgreSQL

extension PostgreSQLMetaStore {
    package func beginRun(_ run: RunRecord) async throws(Failure) {
        _ = try await self.run("recording the run") { (session) throws(PostgreSQLError) in
            try await session.execute(
                """
                INSERT INTO \(table("sync_runs")) (id, project, started_at, actor, plan_digest, schema_digest, counts)
                VALUES ($1::uuid, $2, $3::timestamptz, $4, $5, $6, $7::jsonb)
                """,
                [
                    .text(run.id), .text(run.project), .text(run.startedAt.isoText), .text(run.actor),
                    .text(run.planDigest), .text(run.schemaDigest), .text(run.counts.text()),
                ])
        }
    }

    package func endRun(_ run: RunRecord) async throws(Failure) {
        _ = try await self.run("recording the end of the run") { (session) throws(PostgreSQLError) in
            try await session.execute(
                """
                UPDATE \(table("sync_runs")) SET finished_at = pg_catalog.now(), counts = $2::jsonb, exit = $3::integer
                WHERE id = $1::uuid
                """, [.text(run.id), .text(run.counts.text()), .optional(run.exit.map { String($0) })])
        }
    }

    package func runs(of project: String, limit: Int) async throws(Failure) -> [RunRecord] {
        let rows = try await run("reading the runs") { (session) throws(PostgreSQLError) in
            try await session.query(
                """
                SELECT id, extract(epoch FROM started_at)::bigint, extract(epoch FROM finished_at)::bigint, actor,
                    plan_digest, schema_digest, counts::text, exit
                FROM \(table("sync_runs")) WHERE project = $1 ORDER BY started_at DESC, id LIMIT $2::bigint
                """, [.text(project), .int(limit)])
        }
        return rows.map { row in
            RunRecord(
                id: row.text(0) ?? "", project: project, startedAt: Instant(seconds: Int64(row.int(1) ?? 0)),
                finishedAt: row.int(2).map { Instant(seconds: Int64($0)) }, actor: row.text(3) ?? "",
                planDigest: row.text(4) ?? "", schemaDigest: row.text(5) ?? "",
                counts: row.text(6).flatMap { try? JSON.parse($0) } ?? .object([]), exit: row.int(7))
        }
    }

    package func quarantined(of project: String) async throws(Failure) -> [QuarantineCount] {
        let rows = try await run("reading the ledger") { (session) throws(PostgreSQLError) in
            try await session.query(
                """
                SELECT d.name, l.error_class, count(*) FROM \(table("sync_ledger")) l
                JOIN \(table("sync_definitions")) d ON d.id = l.sync_def_id
                WHERE l.project = $1 AND l.state = 'quarantined' GROUP BY 1, 2 ORDER BY 1, 2
                """, [.text(project)])
        }
        return rows.map {
            QuarantineCount(definition: $0.text(0) ?? "", reason: $0.text(1) ?? "", rows: $0.int(2) ?? 0)
        }
    }
}

extension PostgreSQLMetaStore {
    package func quarantinedRows(of definition: String, limit: Int) async throws(Failure) -> [KnownEntry] {
        let rows = try await run("reading the ledger") { (session) throws(PostgreSQLError) in
            try await session.query(
                """
                SELECT \(Self.entryColumns), l.source_pk FROM \(table("sync_ledger")) l
                WHERE l.sync_def_id = $1::uuid AND l.state = 'quarantined' ORDER BY l.key LIMIT $2::bigint
                """, [.text(definition), .int(limit)])
        }
        return rows.compactMap(Self.known)
    }

    package func drifted(
        of definition: String, after: LedgerKey?, limit: Int
    ) async throws(Failure) -> [KnownEntry] {
        let rows = try await run("reading the ledger") { (session) throws(PostgreSQLError) in
            try await session.query(
                """
                SELECT \(Self.entryColumns), l.source_pk FROM \(table("sync_ledger")) l
                WHERE l.sync_def_id = $1::uuid AND l.key > $2::bytea
                    AND (l.seen_hashes IS NOT NULL OR l.state = 'deletedByPerson')
                ORDER BY l.key LIMIT $3::bigint
                """, [.text(definition), .bytes(after?.bytes ?? []), .int(limit)])
        }
        return rows.compactMap(Self.known)
    }

    package func strays(of project: String) async throws(Failure) -> [StrayItem] {
        let rows = try await run("reading stray items") { (session) throws(PostgreSQLError) in
            try await session.query(
                """
                SELECT s.sp_list_id, s.sp_item_id, s.source_pk FROM \(table("stray_items")) s
                JOIN \(table("managed_lists")) m USING (sp_list_id) WHERE m.project = $1
                ORDER BY s.sp_list_id, s.sp_item_id LIMIT 10000
                """, [.text(project)])
        }
        return rows.compactMap { row in
            guard let list = row.text(0), let item = row.text(1).flatMap({ Int64($0) }) else { return nil }
            return StrayItem(list: ListID(list), item: item, syncKey: row.text(2) ?? "")
        }
    }

    package func retry(
        definition: String, key: LedgerKey?, under lease: LeaseTerm
    ) async throws(Failure) -> Int {
        // Without a content hash every field is compared, and what was refused is written again.
        try await fenced("letting refused rows be tried again", under: lease) { (session) throws(PostgreSQLError) in
            let removed = try await session.execute(
                """
                DELETE FROM \(table("sync_ledger")) WHERE sync_def_id = $1::uuid AND state = 'quarantined'
                    AND sp_item_id IS NULL AND ($2::bytea IS NULL OR key = $2::bytea)
                """, [.text(definition), key.map { .bytes($0.bytes) } ?? .null])
            if removed > 0 {
                // They are in the table only, and did not change: the next run reads all of it.
                _ = try await session.execute(
                    "UPDATE \(table("sync_definitions")) SET capture_mark = NULL WHERE id = $1::uuid",
                    [.text(definition)])
            }
            let released = try await session.execute(
                """
                UPDATE \(table("sync_ledger")) SET state = 'synced', content_hash = NULL, error_class = NULL,
                    refused_list_id = NULL, refused_reason = NULL, refused_request_id = NULL, writes_count = 0,
                    version = version + 1, row_fingerprint = NULL, fingerprint_key = NULL, fingerprint_version = NULL
                WHERE sync_def_id = $1::uuid AND state = 'quarantined' AND sp_item_id IS NOT NULL
                    AND ($2::bytea IS NULL OR key = $2::bytea)
                """, [.text(definition), key.map { .bytes($0.bytes) } ?? .null])
            return removed + released
        }
    }
}
