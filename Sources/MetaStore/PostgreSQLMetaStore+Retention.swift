package import Core
internal import PostgreSQL

extension PostgreSQLMetaStore: RetentionStore {
    /// Rows of one step: short transactions, whatever has piled up.
    private static let pruneRows = 1000
    private static let pruneSteps = 20

    package func prune(project: String, keeping retention: Retention, now: Instant) async throws(Failure) -> Int {
        func before(_ days: Int) -> Parameter { .text(Instant(seconds: now.seconds - Int64(days) * 86_400).isoText) }
        let limit = Parameter.int(Self.pruneRows)
        let statements: [(String, [Parameter])] = [
            (
                """
                DELETE FROM \(table("sync_runs")) WHERE id IN (SELECT id FROM \(table("sync_runs"))
                    WHERE project = $1 AND started_at < $2::timestamptz LIMIT $3::bigint)
                """, [.text(project), before(retention.runs), limit]
            ),
            (
                """
                DELETE FROM \(table("sync_conflicts")) WHERE id IN (SELECT id FROM \(table("sync_conflicts"))
                    WHERE project = $1 AND saved_at < $2::timestamptz LIMIT $3::bigint)
                """, [.text(project), before(retention.conflicts), limit]
            ),
            (
                """
                DELETE FROM \(table("sync_ledger")) WHERE (sync_def_id, key) IN (
                    SELECT sync_def_id, key FROM \(table("sync_ledger"))
                    WHERE project = $1 AND state = 'tombstone' AND last_sync_ts < $2::timestamptz LIMIT $3::bigint)
                """, [.text(project), before(retention.tombstones), limit]
            ),
            (
                // Of definitions that were forgotten: their ledger first, by steps, the rest with the definition.
                """
                DELETE FROM \(table("sync_ledger")) WHERE (sync_def_id, key) IN (
                    SELECT l.sync_def_id, l.key FROM \(table("sync_ledger")) l
                    JOIN \(table("sync_definitions")) d ON d.id = l.sync_def_id
                    WHERE d.project = $1 AND d.forgotten_at < $2::timestamptz LIMIT $3::bigint)
                """, [.text(project), before(retention.tombstones), limit]
            ),
        ]
        return try await run("removing what is kept long enough") { (session) throws(PostgreSQLError) in
            var removed = 0
            for (sql, values) in statements {
                for _ in 0..<Self.pruneSteps {
                    let count = try await session.execute(sql, values)
                    removed += count
                    if count < Self.pruneRows { break }
                }
            }
            return removed
        }
    }

    package func erase(
        definition: String, syncKey: String, under lease: LeaseTerm
    ) async throws(Failure) -> Int? {
        try await fenced("erasing a row's values", under: lease) { (session) throws(PostgreSQLError) in
            let values: [Parameter] = [.text(definition), .text(syncKey)]
            let open = try await session.query(
                "SELECT 1 FROM \(table("sync_intents")) WHERE sync_def_id = $1::uuid AND source_pk = $2 FOR UPDATE",
                values)
            guard open.isEmpty else { return nil }
            let conflicts = try await session.execute(
                "DELETE FROM \(table("sync_conflicts")) WHERE sync_def_id = $1::uuid AND source_pk = $2", values)
            // A row without an item on either side is forgotten with its key.
            let graves = try await session.execute(
                """
                DELETE FROM \(table("sync_ledger")) WHERE sync_def_id = $1::uuid AND source_pk = $2
                    AND state = 'tombstone'
                """, values)
            return conflicts + graves
        }
    }
}
