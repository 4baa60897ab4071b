package import Core
internal import PostgreSQL

extension PostgreSQLMetaStore {
    package func rekey(
        _ rows: [RekeyedRow], shape: KeyShape, of definition: String, now: Instant, under lease: LeaseTerm
    ) async throws(Failure) {
        try await commit("giving the rows of the ledger their new keys") { (session) throws(LedgerError) in
            let isWhole: Bool
            let isHeld: Bool
            do throws(PostgreSQLError) {
                isWhole = try await self.rekey(rows, definition, now, session)
                _ = try await session.execute(
                    "UPDATE \(self.table("sync_definitions")) SET key_shape = $2, capture_mark = NULL WHERE id = $1::uuid",
                    [.text(definition), .text(shape.text)])
                // Only now: a look at the beginning would keep heartbeats waiting as long as the rows are written.
                isHeld = try await LeaseFence(self.schema, lease).isHeld(in: session)
            } catch {
                throw .database(error)
            }
            guard isHeld else { throw .leaseLost(lease.name) }
            guard isWhole else { throw .stale(lease.name) }
        }
    }

    private static let rekeyedAtOnce = 10_000

    /// Longer than what any key begins with: rows wait under it until they get their new keys, so that two may exchange
    /// theirs.
    private static let waiting = [UInt8](repeating: 0xFF, count: 64)

    /// - Returns: Whether these were all rows, and nothing is under way.
    private func rekey(
        _ rows: [RekeyedRow], _ definition: String, _ now: Instant, _ session: Session
    ) async throws(PostgreSQLError) -> Bool {
        guard
            try await session.query(
                "SELECT 1 FROM \(table("sync_intents")) WHERE sync_def_id = $1::uuid LIMIT 1", [.text(definition)]
            ).isEmpty
        else { return false }
        _ = try await session.execute(
            "DELETE FROM \(table("staged_effects")) WHERE sync_def_id = $1::uuid", [.text(definition)])
        let all = try await session.execute(
            "UPDATE \(table("sync_ledger")) SET key = $2::bytea || key WHERE sync_def_id = $1::uuid",
            [.text(definition), .bytes(Self.waiting)])
        // Of rows that the ledger does not know any more they stay under it: no other row is to be taken for them.
        _ = try await session.execute(
            "UPDATE \(table("sync_conflicts")) SET key = $2::bytea || key WHERE sync_def_id = $1::uuid",
            [.text(definition), .bytes(Self.waiting)])
        // A server that has not counted the rows since reads all of them for each share.
        try await session.script("SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off")
        try await session.script("SET LOCAL enable_mergejoin = off")
        var written = 0
        for start in stride(from: 0, to: rows.count, by: Self.rekeyedAtOnce) {
            let share = rows[start..<min(start + Self.rekeyedAtOnce, rows.count)]
            written += try await rekey(share, definition, now, session)
        }
        return written == all && written == rows.count
    }

    /// - Returns: Rows of the ledger that were found.
    private func rekey(
        _ rows: ArraySlice<RekeyedRow>, _ definition: String, _ now: Instant, _ session: Session
    ) async throws(PostgreSQLError) -> Int {
        let parameters: [Parameter] = [
            .text(definition), .bytesArray(rows.map { Self.waiting + $0.old.bytes }),
            .bytesArray(rows.map(\.new.bytes)),
            .strings(rows.map(\.syncKey)),
        ]
        let these = "unnest($2::bytea[], $3::bytea[], $4::text[]) AS n (old, new, source_pk)"
        _ = try await session.execute(
            """
            INSERT INTO \(table("stray_items")) (sp_list_id, sp_item_id, source_pk, seen_at)
            SELECT l.sp_list_id, l.sp_item_id, l.source_pk, $5::timestamptz
            FROM \(these) JOIN \(table("sync_ledger")) l ON l.sync_def_id = $1::uuid AND l.key = n.old
            WHERE n.source_pk <> l.source_pk AND l.sp_item_id IS NOT NULL AND EXISTS (
                SELECT 1 FROM \(table("managed_lists")) m WHERE m.sp_list_id = l.sp_list_id)
            -- Somebody typed another key: the item carries that.
            ON CONFLICT (sp_list_id, sp_item_id) DO NOTHING
            """, parameters + [.text(now.isoText)])
        _ = try await session.execute(
            """
            UPDATE \(table("sync_conflicts")) c SET key = n.new, source_pk = coalesce(n.source_pk, c.source_pk)
            FROM \(these) WHERE c.sync_def_id = $1::uuid AND c.key = n.old
            """, parameters)
        return try await session.execute(
            """
            UPDATE \(table("sync_ledger")) l SET key = n.new, source_pk = coalesce(n.source_pk, l.source_pk),
                version = l.version + 1
            FROM \(these) WHERE l.sync_def_id = $1::uuid AND l.key = n.old
            """, parameters)
    }
}
