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
        let write = LedgerWrite(
            project: commit.project, definition: commit.definition, now: commit.now, lease: commit.lease,
            changes: commit.changes, closed: commit.changes.map(\.key) + commit.closed, claims: commit.claims,
            waits: !commit.saved.isEmpty)
        let operation = "recording the results of a wave"
        // The function is a transaction of its own.
        guard !commit.saved.isEmpty else {
            return try await self.run(operation) { (session) throws(LedgerError) in
                try await self.write(write, session)
            }
        }
        try await self.commit(operation) { (session) throws(LedgerError) in
            try await self.write(write, session)
            do throws(PostgreSQLError) { try await self.save(commit, session) } catch { throw .database(error) }
        }
    }

    /// Writes entries, each only if it is still the one that was seen, and closes intents.
    func write(_ write: LedgerWrite, _ session: Session) async throws(LedgerError) {
        let parameters = write.parameters
        try await call(LedgerWrite.call(schema, arguments: parameters.count), parameters, write.lease, session)
    }

    /// Calls a function that writes entries under a lease.
    private func call(
        _ sql: String, _ parameters: [Parameter], _ lease: LeaseTerm, _ session: Session
    ) async throws(LedgerError) {
        do throws(PostgreSQLError) { _ = try await session.queryAgain(sql, parameters) } catch {
            // The function's own words; see its text.
            switch error.sqlState {
            case "SB001": throw .leaseLost(lease.name)
            case "SB002": throw .stale(lease.name)
            default: throw .database(error)
            }
        }
    }

    package func note(
        _ rows: [FingerprintedRow], of definition: String, under lease: LeaseTerm
    ) async throws(Failure) {
        for start in stride(from: 0, to: rows.count, by: Self.notedMax) {
            let rows = rows[start..<min(start + Self.notedMax, rows.count)]
            let parameters: [Parameter] = [
                .text(lease.name.project), .text(definition), .text(lease.name.definition), .text(lease.name.site),
                .int(lease.epoch), .int(CanonicalForm.version), .bytesArray(rows.map(\.key.bytes)),
                .bytesArray(rows.map(\.claim.fingerprint.bytes)), .int64Array(rows.map(\.claim.key)),
                .bytesArray(rows.map(\.claim.content.bytes)), .textArray(rows.map(\.claim.list.text)),
                .int64Array(rows.map { Int64($0.claim.mappingVersion) }),
            ]
            let places = (1...parameters.count).map { "$\($0)" }.joined(separator: ", ")
            try await run("noting which rows are unchanged") { (session) throws(LedgerError) in
                try await call("SELECT \(schema.sql).note_fingerprints_v1(\(places))", parameters, lease, session)
            }
        }
    }

    /// Rows of one statement.
    private static let notedMax = 2000

    private func save(_ commit: LedgerCommit, _ session: Session) async throws(PostgreSQLError) {
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
