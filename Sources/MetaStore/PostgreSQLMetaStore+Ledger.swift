package import Core
internal import PostgreSQL

extension PostgreSQLMetaStore {
    /// The columns of a ledger entry, in the order in which ``LedgerRow`` reads them.
    static let entryColumns = """
        l.key, l.state, l.sp_list_id, l.sp_item_id, l.etag, l.content_hash, l.remote_hash, l.field_hashes,
        l.mapping_version, l.canon_version, l.prior_list_id, l.prior_item_id, l.prior_etag, l.error_class, l.version,
        l.remote_hashes, l.seen_hashes, l.prior_hashes, l.refused_list_id, l.refused_reason, l.refused_request_id,
        l.attempts, l.writes_count, extract(epoch FROM l.writes_since)::bigint
        """
    /// How many those are.
    static let entryColumnCount = 24

    package func commit(_ commit: LedgerCommit) async throws(Failure) {
        try await self.commit("recording the results of a wave") { (session) throws(LedgerError) in
            try await self.check(commit.lease, session)
            try await self.apply(
                commit.changes, project: commit.project, definition: commit.definition, now: commit.now, session)
            do throws(PostgreSQLError) {
                try await self.save(commit, session)
                let keys = commit.changes.map(\.key.bytes) + commit.closed.map(\.bytes)
                _ = try await session.execute(
                    "DELETE FROM \(self.table("sync_intents")) WHERE sync_def_id = $1::uuid AND key = ANY ($2::bytea[])",
                    [.text(commit.definition), .bytesArray(keys)])
            } catch {
                throw .database(error)
            }
        }
    }

    /// Writes entries, each only if it is still the one that was seen.
    /// - Parameter isRebuilt: Whether new entries are noted as made by a rebuilding that is under way.
    func apply(
        _ changes: [LedgerCommit.Change], project: String, definition: String, now: Instant, isRebuilt: Bool = false,
        _ session: Session
    ) async throws(LedgerError) {
        var fresh: [Put] = []
        var replaced: [Put] = []
        var removed: [(LedgerKey, Int64)] = []
        for change in changes {
            switch change {
            case .put(let entry, let sourceKey, nil): fresh.append(Put(entry: entry, sourceKey: sourceKey))
            case .put(let entry, let sourceKey, _?): replaced.append(Put(entry: entry, sourceKey: sourceKey))
            case .remove(let key, let version): removed.append((key, version))
            }
        }
        let missing: Int
        do throws(PostgreSQLError) {
            let scope = Scope(project: project, definition: definition, now: now, isRebuilt: isRebuilt)
            missing =
                try await put(fresh, scope, session, isNew: true) + put(replaced, scope, session, isNew: false)
                + remove(removed, definition, session)
        } catch {
            throw .database(error)
        }
        guard missing == 0 else { throw .stale(rows: missing) }
    }

    private struct Put {
        var entry: LedgerEntry
        var sourceKey: String
    }

    private struct Scope {
        var project: String
        var definition: String
        var now: Instant
        var isRebuilt: Bool
    }

    private static let entryArrays = """
        unnest($4::bytea[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[], $10::bytea[], $11::bytea[],
            $12::bytea[], $13::bigint[], $14::bigint[], $15::text[], $16::bigint[], $17::text[], $18::text[],
            $19::bigint[], $20::bytea[], $21::bytea[], $22::bytea[], $23::text[], $24::text[], $25::text[],
            $26::bigint[], $27::bigint[], $28::timestamptz[])
            AS n (key, source_pk, state, sp_list_id, sp_item_id, etag, content_hash, remote_hash, field_hashes,
                mapping_version, canon_version, prior_list_id, prior_item_id, prior_etag, error_class, version,
                remote_hashes, seen_hashes, prior_hashes, refused_list_id, refused_reason, refused_request_id,
                attempts, writes_count, writes_since)
        """

    private static func parameters(_ puts: [Put], _ scope: Scope) -> [Parameter] {
        let entries = puts.map(\.entry)
        return [
            .text(scope.definition), .text(scope.now.isoText), .text(scope.project),
            .bytesArray(entries.map(\.key.bytes)), .textArray(puts.map(\.sourceKey)),
            .textArray(entries.map(\.state.rawValue)), .textArray(entries.map { $0.list?.text }),
            .int64Array(entries.map(\.item)), .textArray(entries.map(\.etag)),
            .bytesArray(entries.map { $0.contentHash?.bytes }), .bytesArray(entries.map { $0.remoteHash?.bytes }),
            .bytesArray(entries.map { FieldHashBytes.encode($0.fieldHashes) }),
            .int64Array(entries.map { Int64($0.mappingVersion) }), .int64Array(entries.map { Int64($0.canonVersion) }),
            .textArray(entries.map { $0.prior?.list.text }), .int64Array(entries.map { $0.prior?.item }),
            .textArray(entries.map { $0.prior?.etag }), .textArray(entries.map { $0.refusal?.code.rawValue }),
            .int64Array(entries.map(\.version)),
            .bytesArray(entries.map { $0.remoteHashes.map(FieldHashBytes.encode) }),
            .bytesArray(entries.map { $0.seenHashes.map(FieldHashBytes.encode) }),
            .bytesArray(entries.map { $0.prior?.hashes.map(FieldHashBytes.encode) }),
            .textArray(entries.map { $0.refusal?.list?.text }), .textArray(entries.map { $0.refusal?.reason }),
            .textArray(entries.map { $0.refusal?.requestID }),
            .int64Array(entries.map { Int64($0.refusal?.attempts ?? 0) }),
            .int64Array(entries.map { Int64($0.writes.count) }),
            .textArray(entries.map { $0.writes.count == 0 ? nil : $0.writes.since.isoText }),
        ]
    }

    /// - Returns: How many were not written, because another process came first.
    private func put(
        _ puts: [Put], _ scope: Scope, _ session: Session, isNew: Bool
    ) async throws(PostgreSQLError) -> Int {
        guard !puts.isEmpty else { return 0 }
        let count: Int
        if isNew {
            count = try await session.execute(
                """
                INSERT INTO \(table("sync_ledger")) (project, sync_def_id, last_sync_ts, is_rebuilt, key, source_pk, state,
                    sp_list_id, sp_item_id, etag, content_hash, remote_hash, field_hashes, mapping_version, canon_version,
                    prior_list_id, prior_item_id, prior_etag, error_class, version, remote_hashes, seen_hashes,
                    prior_hashes, refused_list_id, refused_reason, refused_request_id, attempts, writes_count,
                    writes_since)
                SELECT $3, $1::uuid, $2::timestamptz, \(scope.isRebuilt), n.* FROM \(Self.entryArrays)
                ON CONFLICT (sync_def_id, key) DO NOTHING
                """, Self.parameters(puts, scope))
        } else {
            // The version that was seen is one less than the new one: another process that came first wins.
            count = try await session.execute(
                """
                UPDATE \(table("sync_ledger")) l SET last_sync_ts = $2::timestamptz, source_pk = n.source_pk,
                    state = n.state, sp_list_id = n.sp_list_id, sp_item_id = n.sp_item_id, etag = n.etag,
                    content_hash = n.content_hash, remote_hash = n.remote_hash, field_hashes = n.field_hashes,
                    mapping_version = n.mapping_version, canon_version = n.canon_version,
                    prior_list_id = n.prior_list_id, prior_item_id = n.prior_item_id, prior_etag = n.prior_etag,
                    error_class = n.error_class, version = n.version, remote_hashes = n.remote_hashes,
                    seen_hashes = n.seen_hashes, prior_hashes = n.prior_hashes, refused_list_id = n.refused_list_id,
                    refused_reason = n.refused_reason, refused_request_id = n.refused_request_id,
                    attempts = n.attempts, writes_count = n.writes_count, writes_since = n.writes_since
                FROM \(Self.entryArrays)
                WHERE l.sync_def_id = $1::uuid AND l.key = n.key AND l.version = n.version - 1 AND l.project = $3
                """, Self.parameters(puts, scope))
        }
        return puts.count - count
    }

    private func remove(
        _ removes: [(LedgerKey, Int64)], _ definition: String, _ session: Session
    ) async throws(PostgreSQLError) -> Int {
        guard !removes.isEmpty else { return 0 }
        let count = try await session.execute(
            """
            DELETE FROM \(table("sync_ledger")) l USING unnest($2::bytea[], $3::bigint[]) AS n (key, version)
            WHERE l.sync_def_id = $1::uuid AND l.key = n.key AND l.version = n.version
            """,
            [.text(definition), .bytesArray(removes.map(\.0.bytes)), .int64Array(removes.map(\.1))])
        return removes.count - count
    }

    private func save(_ commit: LedgerCommit, _ session: Session) async throws(PostgreSQLError) {
        guard !commit.saved.isEmpty else { return }
        _ = try await session.execute(
            """
            INSERT INTO \(table("sync_conflicts")) (project, sync_def_id, key, source_pk, field, value, run_id, saved_at)
            SELECT $1, $2::uuid, n.key, n.source_pk, n.field, n.value, $7::uuid, $8::timestamptz
            FROM unnest($3::bytea[], $4::text[], $5::text[], $6::jsonb[]) AS n (key, source_pk, field, value)
            """,
            [
                .text(commit.project), .text(commit.definition), .bytesArray(commit.saved.map(\.key.bytes)),
                .textArray(commit.saved.map(\.sourceKey)), .textArray(commit.saved.map(\.field)),
                .textArray(commit.saved.map { $0.value.text() }), .text(commit.run), .text(commit.now.isoText),
            ])
    }
}

/// Hashes of fields as the ledger stores them: eight bytes each, big end first.
enum FieldHashBytes {
    static func encode(_ hashes: [UInt64]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 * hashes.count)
        for hash in hashes {
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: hash >> shift)) }
        }
        return bytes
    }

    static func decode(_ bytes: [UInt8]) -> [UInt64] {
        stride(from: 0, to: bytes.count - bytes.count % 8, by: 8).map { start in
            bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}

/// Ledger entries as PostgreSQL prints them.
enum LedgerRow {
    static func entry(_ text: (Int) -> String?) -> LedgerEntry? {
        guard let key = bytes(text(0)), let state = text(1).flatMap(LedgerState.init), let fields = bytes(text(7)),
            let mapping = text(8).flatMap({ Int($0) }), let canon = text(9).flatMap({ Int16($0) }),
            let version = text(14).flatMap({ Int64($0) })
        else { return nil }
        var prior: ItemLocation?
        if let list = text(10), let item = text(11).flatMap({ Int64($0) }) {
            prior = ItemLocation(
                list: ListID(list), item: item, etag: text(12), hashes: bytes(text(17)).map(FieldHashBytes.decode))
        }
        let refusal = text(13).flatMap(RejectCode.init).map { code in
            Refusal(
                code, list: text(18).map { ListID($0) }, reason: text(19) ?? "", requestID: text(20),
                attempts: text(21).flatMap { Int($0) } ?? 1)
        }
        let writes = WriteRate(
            count: text(22).flatMap { Int($0) } ?? 0,
            since: Instant(seconds: text(23).flatMap { Int64($0) } ?? 0))
        return LedgerEntry(
            key: LedgerKey(bytes: key), state: state, list: text(2).map { ListID($0) },
            item: text(3).flatMap { Int64($0) }, etag: text(4), contentHash: bytes(text(5)).flatMap { Digest($0) },
            remoteHash: bytes(text(6)).flatMap { Digest($0) }, fieldHashes: FieldHashBytes.decode(fields),
            remoteHashes: bytes(text(15)).map(FieldHashBytes.decode),
            seenHashes: bytes(text(16)).map(FieldHashBytes.decode), mappingVersion: mapping, canonVersion: canon,
            prior: prior, refusal: refusal, writes: writes, version: version)
    }

    /// The bytes of a `bytea` in hexadecimal form, `\x…`.
    static func bytes(_ text: String?) -> [UInt8]? {
        guard let text else { return nil }
        let digits = Array(text.utf8.dropFirst(2))
        guard text.hasPrefix("\\x"), digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for at in stride(from: 0, to: digits.count, by: 2) {
            guard let high = nibble(digits[at]), let low = nibble(digits[at + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
