package import Core
internal import PostgreSQL

extension PostgreSQLMetaStore {
    /// The columns of a ledger entry, in the order in which ``LedgerRow`` reads them.
    static let entryColumns = """
        l.key, l.state, l.sp_list_id, l.sp_item_id, l.etag, l.content_hash, l.remote_hash, l.field_hashes,
        l.mapping_version, l.canon_version, l.prior_list_id, l.prior_item_id, l.prior_etag, l.error_class, l.version
        """

    package func ledger(of definition: String) async throws(Failure) -> any LedgerScan {
        let session = try await connect()
        let scan = PostgreSQLLedgerScan(session)
        do throws(PostgreSQLError) {
            try await session.begin(.snapshot)
            // COPY takes no parameters: the id is checked to be a UUID and nothing else.
            guard Self.isUUID(definition) else {
                throw PostgreSQLError(.invalidValue, "a definition's id is not a UUID", server: session.server)
            }
            try await session.copyOut(
                """
                COPY (SELECT \(Self.entryColumns) FROM \(table("sync_ledger")) l
                    WHERE l.sync_def_id = '\(definition)'::uuid ORDER BY l.key) TO STDOUT
                """)
            return scan
        } catch {
            await session.close()
            throw Failure(error, while: "reading the ledger")
        }
    }

    private static func isUUID(_ text: String) -> Bool {
        text.utf8.count == 36
            && text.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "-") || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66)
            }
    }

    package func commit(_ commit: LedgerCommit) async throws(Failure) {
        let puts = commit.changes.compactMap { change -> Put? in
            guard case .put(let entry, let sourceKey, let replaces) = change else { return nil }
            return Put(entry: entry, sourceKey: sourceKey, replaces: replaces)
        }
        let removes = commit.changes.compactMap { change -> (LedgerKey, Int64)? in
            guard case .remove(let key, let version) = change else { return nil }
            return (key, version)
        }
        try await run("recording the results of a wave") { (session) throws(PostgreSQLError) in
            try await session.transaction { () async throws(PostgreSQLError) in
                try await put(puts.filter { $0.replaces == nil }, commit, session, isNew: true)
                try await put(puts.filter { $0.replaces != nil }, commit, session, isNew: false)
                try await remove(removes, commit, session)
                try await save(commit, session)
            }
        }
    }

    private struct Put {
        var entry: LedgerEntry
        var sourceKey: String
        var replaces: Int64?
    }

    private func put(
        _ puts: [Put], _ commit: LedgerCommit, _ session: Session, isNew: Bool
    ) async throws(PostgreSQLError) {
        guard !puts.isEmpty else { return }
        let entries = puts.map(\.entry)
        let values: [Parameter] = [
            .text(commit.definition), .bytesArray(entries.map(\.key.bytes)), .textArray(puts.map(\.sourceKey)),
            .textArray(entries.map(\.state.rawValue)), .textArray(entries.map { $0.list?.text }),
            .int64Array(entries.map(\.item)), .textArray(entries.map(\.etag)),
            .bytesArray(entries.map { $0.contentHash?.bytes }), .bytesArray(entries.map { $0.remoteHash?.bytes }),
            .bytesArray(entries.map { FieldHashBytes.encode($0.fieldHashes) }),
            .int64Array(entries.map { Int64($0.mappingVersion) }), .int64Array(entries.map { Int64($0.canonVersion) }),
            .textArray(entries.map { $0.prior?.list.text }), .int64Array(entries.map { $0.prior?.item }),
            .textArray(entries.map { $0.prior?.etag }), .textArray(entries.map { $0.refusal?.rawValue }),
            .int64Array(entries.map(\.version)), .text(commit.now.isoText), .text(commit.project),
        ]
        let rows = """
            unnest($2::bytea[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::bytea[], $9::bytea[],
                $10::bytea[], $11::bigint[], $12::bigint[], $13::text[], $14::bigint[], $15::text[], $16::text[],
                $17::bigint[])
                AS n (key, source_pk, state, sp_list_id, sp_item_id, etag, content_hash, remote_hash, field_hashes,
                    mapping_version, canon_version, prior_list_id, prior_item_id, prior_etag, error_class, version)
            """
        let count: Int
        if isNew {
            count = try await session.execute(
                """
                INSERT INTO \(table("sync_ledger")) (project, sync_def_id, key, source_pk, state, sp_list_id, sp_item_id,
                    etag, content_hash, remote_hash, field_hashes, mapping_version, canon_version, prior_list_id,
                    prior_item_id, prior_etag, error_class, attempts, version, last_sync_ts)
                SELECT $19, $1::uuid, n.key, n.source_pk, n.state, n.sp_list_id, n.sp_item_id, n.etag, n.content_hash,
                    n.remote_hash, n.field_hashes, n.mapping_version, n.canon_version, n.prior_list_id, n.prior_item_id,
                    n.prior_etag, n.error_class, (n.error_class IS NOT NULL)::integer, n.version, $18::timestamptz
                FROM \(rows) ON CONFLICT (sync_def_id, key) DO NOTHING
                """, values)
        } else {
            // The version that was seen is one less than the new one: another process that came first wins.
            count = try await session.execute(
                """
                UPDATE \(table("sync_ledger")) l SET source_pk = n.source_pk, state = n.state,
                    sp_list_id = n.sp_list_id, sp_item_id = n.sp_item_id, etag = n.etag, content_hash = n.content_hash,
                    remote_hash = n.remote_hash, field_hashes = n.field_hashes, mapping_version = n.mapping_version,
                    canon_version = n.canon_version, prior_list_id = n.prior_list_id, prior_item_id = n.prior_item_id,
                    prior_etag = n.prior_etag, error_class = n.error_class,
                    attempts = CASE WHEN n.error_class IS NULL THEN 0 ELSE l.attempts + 1 END,
                    version = n.version, last_sync_ts = $18::timestamptz
                FROM \(rows)
                WHERE l.sync_def_id = $1::uuid AND l.key = n.key AND l.version = n.version - 1 AND l.project = $19
                """, values)
        }
        try check(count, puts.count, session)
    }

    private func remove(
        _ removes: [(LedgerKey, Int64)], _ commit: LedgerCommit, _ session: Session
    ) async throws(PostgreSQLError) {
        guard !removes.isEmpty else { return }
        let count = try await session.execute(
            """
            DELETE FROM \(table("sync_ledger")) l USING unnest($2::bytea[], $3::bigint[]) AS n (key, version)
            WHERE l.sync_def_id = $1::uuid AND l.key = n.key AND l.version = n.version
            """,
            [
                .text(commit.definition), .bytesArray(removes.map(\.0.bytes)), .int64Array(removes.map(\.1)),
            ])
        try check(count, removes.count, session)
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

    private func check(_ count: Int, _ expected: Int, _ session: Session) throws(PostgreSQLError) {
        guard count == expected else {
            throw PostgreSQLError(
                .serialization, "\(expected - count) rows of the ledger were changed by another process",
                server: session.server)
        }
    }
}

/// Hashes of fields as the ledger stores them: eight bytes each, big end first.
enum FieldHashBytes {
    static func encode(_ hashes: [UInt64]) -> [UInt8] {
        hashes.flatMap { hash in (0..<8).map { UInt8(truncatingIfNeeded: hash >> (56 - 8 * UInt64($0))) } }
    }

    static func decode(_ bytes: [UInt8]) -> [UInt64] {
        stride(from: 0, to: bytes.count - bytes.count % 8, by: 8).map { start in
            bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}

/// The ledger of one definition, streamed.
actor PostgreSQLLedgerScan: LedgerScan {
    private let session: Session

    init(_ session: Session) { self.session = session }

    func next() async throws(Failure) -> [LedgerEntry] {
        do throws(PostgreSQLError) {
            guard let chunk = try await session.nextCopyChunk() else { return [] }
            var row = CopyRow()
            var entries: [LedgerEntry] = []
            entries.reserveCapacity(chunk.rowEnds.count)
            chunk.forEachRow(&row) { (row: borrowing CopyRow) in
                if let entry = LedgerRow.entry(row) { entries.append(entry) }
            }
            guard entries.count == chunk.rowEnds.count else {
                throw PostgreSQLError(.other, "a row of the ledger cannot be read", server: session.server)
            }
            return entries
        } catch {
            throw Failure(error, while: "reading the ledger")
        }
    }

    func finish() async { await session.close() }
}

/// Ledger entries as COPY prints them.
enum LedgerRow {
    static func entry(_ row: borrowing CopyRow) -> LedgerEntry? {
        entry { index in row.text(index) }
    }

    static func entry(_ text: (Int) -> String?) -> LedgerEntry? {
        guard let key = bytes(text(0)), let state = text(1).flatMap(LedgerState.init), let fields = bytes(text(7)),
            let mapping = text(8).flatMap({ Int($0) }), let canon = text(9).flatMap({ Int16($0) }),
            let version = text(14).flatMap({ Int64($0) })
        else { return nil }
        var prior: ItemLocation?
        if let list = text(10), let item = text(11).flatMap({ Int64($0) }) {
            prior = ItemLocation(list: ListID(list), item: item, etag: text(12))
        }
        return LedgerEntry(
            key: LedgerKey(bytes: key), state: state, list: text(2).map { ListID($0) },
            item: text(3).flatMap { Int64($0) }, etag: text(4), contentHash: bytes(text(5)).flatMap { Digest($0) },
            remoteHash: bytes(text(6)).flatMap { Digest($0) }, fieldHashes: FieldHashBytes.decode(fields),
            mappingVersion: mapping, canonVersion: canon, prior: prior,
            refusal: text(13).flatMap(RejectCode.init), version: version)
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
