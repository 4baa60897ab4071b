package import Core
internal import PostgreSQL

extension PostgreSQLMetaStore {
    package func forgetColumn(
        _ column: String, at positions: [Int: Int], in list: ListID, of definition: String, under lease: LeaseTerm
    ) async throws(Failure) -> Int {
        let empty = withUnsafeBytes(of: ContentHash.noValue.bigEndian) { Array($0) }
        return try await fenced("forgetting what a deleted column held", under: lease) {
            (session) throws(PostgreSQLError) in
            _ = try await session.execute(
                "DELETE FROM \(self.table("managed_columns")) WHERE sp_list_id = $1 AND name = $2",
                [.text(list.text), .text(column)])
            let values = Self.hashPlaces(of: definition, list, positions) + [.bytes(empty)]
            // What was copied from an old item of a move is no longer in it, and nobody emptied it.
            _ = try await session.execute(
                """
                UPDATE \(self.table("sync_ledger")) l SET version = l.version + 1,
                    prior_hashes = overlay(l.prior_hashes PLACING $5::bytea FROM m.start FOR 8)
                FROM \(Self.hashPlaces) m
                WHERE l.sync_def_id = $1::uuid AND l.prior_list_id = $2 AND l.prior_item_id IS NOT NULL
                    AND l.sp_list_id <> $2 AND l.mapping_version = m.version
                    AND octet_length(l.prior_hashes) >= m.start + 7
                """, values)
            // Eight bytes for each field; what the two sides agreed on is an empty field. A row whose item a person deleted
            // may have it again.
            return try await session.execute(
                """
                UPDATE \(self.table("sync_ledger")) l SET content_hash = NULL, version = l.version + 1,
                    row_fingerprint = NULL, fingerprint_key = NULL, fingerprint_version = NULL,
                    field_hashes = overlay(l.field_hashes PLACING $5::bytea FROM m.start FOR 8),
                    remote_hashes = overlay(l.remote_hashes PLACING $5::bytea FROM m.start FOR 8),
                    seen_hashes = overlay(l.seen_hashes PLACING $5::bytea FROM m.start FOR 8)
                FROM \(Self.hashPlaces) m
                WHERE l.sync_def_id = $1::uuid AND coalesce(l.sp_list_id, l.prior_list_id) = $2
                    AND l.mapping_version = m.version
                    AND octet_length(l.field_hashes) >= m.start + 7
                """, values)
        }
    }

    package func forgetSent(
        at positions: [Int: Int], in list: ListID, of definition: String, under lease: LeaseTerm
    ) async throws(Failure) -> Int {
        return try await fenced("forgetting what a field was sent", under: lease) { (session) throws(PostgreSQLError) in
            // Where only the hashes of what was sent are kept, the others are the same: they stay.
            try await session.execute(
                """
                UPDATE \(self.table("sync_ledger")) l SET content_hash = NULL, version = l.version + 1,
                    remote_hashes = coalesce(l.remote_hashes, l.field_hashes),
                    field_hashes = overlay(l.field_hashes PLACING '\\x0000000000000000'::bytea FROM m.start FOR 8)
                FROM \(Self.hashPlaces) m
                WHERE l.sync_def_id = $1::uuid AND coalesce(l.sp_list_id, l.prior_list_id) = $2
                    AND l.mapping_version = m.version
                    AND octet_length(l.field_hashes) >= m.start + 7
                """, Self.hashPlaces(of: definition, list, positions))
        }
    }

    /// By the version of a mapping, where the eight bytes of one of its fields begin among a row's hashes.
    private static let hashPlaces =
        "(SELECT v AS version, (8 * p + 1)::integer AS start FROM unnest($3::bigint[], $4::bigint[]) AS n (v, p))"

    /// The first four values of a statement that has these places.
    /// - Parameter positions: Of the field, by the version of the mapping.
    private static func hashPlaces(of definition: String, _ list: ListID, _ positions: [Int: Int]) -> [Parameter] {
        let places = positions.sorted { $0.key < $1.key }
        return [
            .text(definition), .text(list.text), .int64Array(places.map { Int64($0.key) }),
            .int64Array(places.map { Int64($0.value) }),
        ]
    }

    package func forgetList(
        _ list: ListID, of definition: String, under lease: LeaseTerm
    ) async throws(Failure) {
        _ = try await fenced("forgetting a list that is gone", under: lease) { (session) throws(PostgreSQLError) in
            // The new item of a move may be in its list all the same: only the old one went.
            _ = try await session.execute(
                """
                UPDATE \(self.table("sync_intents")) SET from_list_id = NULL, from_item_id = NULL, from_etag = NULL
                WHERE sync_def_id = $1::uuid AND kind = 'create' AND from_list_id = $2 AND sp_list_id <> $2
                """, [.text(definition), .text(list.text)])
            // Nobody can say any more whether these requests were done: what they were to replace may be nowhere else.
            _ = try await session.execute(
                """
                WITH ended AS (
                    DELETE FROM \(self.table("sync_intents")) WHERE sync_def_id = $1::uuid
                        AND (sp_list_id = $2 OR from_list_id = $2)
                    RETURNING project, key, source_pk, run_id, content
                )
                INSERT INTO \(self.table("sync_conflicts"))
                    (project, sync_def_id, key, source_pk, field, value, run_id, saved_at)
                SELECT e.project, $1::uuid, e.key, e.source_pk, s.item ->> 'field', (s.item -> 'value')::jsonb, e.run_id,
                    clock_timestamp()
                FROM ended e, json_array_elements(e.content -> 'saved') AS s (item)
                """, [.text(definition), .text(list.text)])
            // The new item of a move is there, and nothing is left to delete of the old one.
            _ = try await session.execute(
                """
                UPDATE \(self.table("sync_ledger")) SET version = version + 1, prior_list_id = NULL, prior_item_id = NULL,
                    row_fingerprint = NULL, fingerprint_key = NULL, fingerprint_version = NULL,
                    prior_etag = NULL, prior_hashes = NULL,
                    state = CASE WHEN state <> 'moving' THEN state WHEN sp_item_id IS NULL THEN 'deletedByPerson'
                        ELSE 'synced' END
                WHERE sync_def_id = $1::uuid AND prior_list_id = $2
                """, [.text(definition), .text(list.text)])
            return try await session.execute(
                "DELETE FROM \(self.table("managed_lists")) WHERE sp_list_id = $1", [.text(list.text)])
        }
    }
}
