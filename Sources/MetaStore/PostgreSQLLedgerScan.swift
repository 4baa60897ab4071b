package import Core
internal import PostgreSQL

extension PostgreSQLMetaStore {
    package func ledger(
        of definition: String, fingerprints key: FingerprintKey?
    ) async throws(Failure) -> any LedgerScan {
        let session = try await connect()
        do throws(PostgreSQLError) {
            // COPY takes no parameters: the id is checked to be a UUID and nothing else.
            guard Self.isUUID(definition) else {
                throw PostgreSQLError(.invalidValue, "a definition's id is not a UUID", server: session.server)
            }
            try await session.begin(.snapshot)
            let snapshot = try await session.query("SELECT pg_catalog.pg_export_snapshot()").first?.text(0) ?? ""
            // Helpers would take the processors that the source's server and this program need.
            try await session.script("SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off")
            let known = try await hasFingerprints(session) ? key : nil
            try await session.copyOut(
                LedgerBriefs.statement(table: table("sync_ledger"), definition: definition, fingerprints: known))
            return PostgreSQLLedgerScan(
                session, snapshot: snapshot, definition: definition, table: table("sync_ledger"),
                connect: { () async throws(Failure) in try await self.connect() })
        } catch {
            await session.close()
            throw Failure(error, while: "reading the ledger")
        }
    }

    /// The schema of the version before has none.
    private func hasFingerprints(_ session: Session) async throws(PostgreSQLError) -> Bool {
        try await !session.query(
            """
            SELECT 1 FROM pg_catalog.pg_attribute
            WHERE attrelid = pg_catalog.to_regclass($1) AND attname = 'row_fingerprint'
            """, [.text(table("sync_ledger"))]
        ).isEmpty
    }

    private static func isUUID(_ text: String) -> Bool {
        text.utf8.count == 36
            && text.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "-") || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66)
            }
    }
}

/// The ledger of one definition: all entries in brief as a stream, and whole ones by key from a second session that sees
/// the same snapshot.
actor PostgreSQLLedgerScan: LedgerScan {
    private let stream: Session
    private let ahead: CopyAhead
    private let snapshot: String
    private let definition: String
    private let table: String
    private let connect: @Sendable () async throws(Failure) -> Session
    private var briefs = LedgerBriefs()
    private var lookup: Session?

    init(
        _ stream: Session, snapshot: String, definition: String, table: String,
        connect: @escaping @Sendable () async throws(Failure) -> Session
    ) {
        self.stream = stream
        ahead = CopyAhead(stream)
        self.snapshot = snapshot
        self.definition = definition
        self.table = table
        self.connect = connect
    }

    func next() async throws(Failure) -> LedgerChunk? {
        do throws(PostgreSQLError) {
            while let chunk = try await ahead.chunk() {
                guard let read = briefs.read(chunk) else {
                    throw PostgreSQLError(.other, "a row of the ledger cannot be read", server: stream.server)
                }
                // The end of a binary COPY is a message of its own.
                if !read.briefs.isEmpty { return read }
            }
            return nil
        } catch {
            throw Failure(error, while: "reading the ledger")
        }
    }

    func entries(_ keys: [LedgerKey]) async throws(Failure) -> [LedgerEntry] {
        guard !keys.isEmpty else { return [] }
        let session = try await lookupSession()
        do throws(PostgreSQLError) {
            let rows = try await session.query(
                """
                SELECT \(PostgreSQLMetaStore.entryColumns) FROM \(table) l
                WHERE l.sync_def_id = $1::uuid AND l.key = ANY ($2::bytea[])
                """, [.text(definition), .bytesArray(keys.map(\.bytes))])
            let entries = rows.compactMap { row in LedgerRow.entry { row.text($0) } }
            guard entries.count == keys.count else {
                throw PostgreSQLError(.other, "a row of the ledger cannot be read", server: session.server)
            }
            return entries
        } catch {
            throw Failure(error, while: "reading the ledger")
        }
    }

    private func lookupSession() async throws(Failure) -> Session {
        if let lookup { return lookup }
        let session = try await connect()
        lookup = session
        do throws(PostgreSQLError) {
            try await session.begin(.snapshot)
            // An id of the server's own making, made of hexadecimal digits and dashes; it takes no parameter.
            guard snapshot.utf8.allSatisfy({ $0 == 0x2D || ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x46) })
            else { throw PostgreSQLError(.other, "the snapshot has an odd name", server: session.server) }
            try await session.execute("SET TRANSACTION SNAPSHOT '\(snapshot)'")
            return session
        } catch {
            throw Failure(error, while: "reading the ledger")
        }
    }

    func finish() async {
        await ahead.stop()
        await stream.close()
        await lookup?.close()
        lookup = nil
    }
}

/// Reads entries in brief from a binary COPY.
///
/// - SeeAlso: "COPY", "Binary Format", in PostgreSQL's manual.
struct LedgerBriefs {
    private var lists: [ListID] = []
    /// The same as the server names them.
    private var names: [[UInt8]] = []
    private var isFirst = true

    /// A column more for each entry costs more than all that is done with it here, so that there are four: key, list, what
    /// the row can be known by, and the mapping's version if that is a content hash.
    static func statement(table: String, definition: String, fingerprints key: FingerprintKey?) -> String {
        let isAtRest = """
            l.state = 'synced' AND l.canon_version = \(CanonicalForm.version) AND l.sp_item_id IS NOT NULL
                AND l.prior_item_id IS NULL AND l.error_class IS NULL AND l.seen_hashes IS NULL
            """
        // Whatever changes an entry raises its version, so that one that has a fingerprint of it is at rest.
        let known = key.map { "l.fingerprint_key = \($0.id)::bigint AND l.fingerprint_version = l.version" }
        return """
            COPY (SELECT l.key, l.sp_list_id,
                    CASE \(known.map { "WHEN \($0) THEN l.row_fingerprint" } ?? "") WHEN \(isAtRest) THEN l.content_hash END,
                    CASE \(known.map { "WHEN \($0) THEN NULL" } ?? "") WHEN \(isAtRest) THEN l.mapping_version END
                FROM \(table) l WHERE l.sync_def_id = '\(definition)'::uuid ORDER BY l.key)
            TO STDOUT (FORMAT binary)
            """
    }

    /// - Returns: `nil` for bytes that are not of that form.
    mutating func read(_ chunk: CopyChunk) -> LedgerChunk? {
        var briefs: [LedgerChunk.Brief] = []
        briefs.reserveCapacity(chunk.rowEnds.count)
        let isSound = chunk.bytes.withUnsafeBytes { bytes in
            var cursor = BinaryCursor(bytes)
            if isFirst {
                guard cursor.skipHeader() else { return false }
                isFirst = false
            }
            while !cursor.isAtEnd {
                guard let columns = cursor.columnCount() else { return false }
                if columns == -1 { return cursor.isAtEnd }
                guard columns == 4, let brief = brief(&cursor) else { return false }
                briefs.append(brief)
            }
            return true
        }
        return isSound ? LedgerChunk(bytes: chunk.bytes, briefs: briefs, lists: lists) : nil
    }

    @inline(__always)
    private mutating func brief(_ cursor: inout BinaryCursor) -> LedgerChunk.Brief? {
        guard let key = cursor.value(), let keyRange = key, let list = cursor.value(), let mark = cursor.value(),
            let mapping = cursor.value()
        else { return nil }
        var brief = LedgerChunk.Brief(
            keyStart: UInt32(keyRange.lowerBound), keyEnd: UInt32(keyRange.upperBound))
        guard let list, let mark else { return brief }
        if let mapping {
            guard mark.count == 32, mapping.count == 4 else { return brief }
            brief.mark = .hash(UInt32(mark.lowerBound), mapping: cursor.int32(at: mapping.lowerBound))
        } else {
            guard mark.count == RowFingerprint.byteCount else { return brief }
            brief.mark = .fingerprint(UInt32(mark.lowerBound))
        }
        brief.list = index(of: cursor.bytes(list))
        return brief
    }

    @inline(__always)
    private mutating func index(of name: UnsafeRawBufferPointer) -> Int32 {
        for at in names.indices {
            let isSame = names[at].withUnsafeBytes { $0.isSame(as: name) }
            if isSame { return Int32(at) }
        }
        names.append(Array(name))
        lists.append(ListID(String(decoding: name, as: UTF8.self)))
        return Int32(names.count - 1)
    }
}

/// Goes through the tuples of a binary COPY.
private struct BinaryCursor {
    private let bytes: UnsafeRawBufferPointer
    private var at = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { at == bytes.count }

    /// The signature, flags and the extension of the header, which the first message begins with.
    mutating func skipHeader() -> Bool {
        let signature: [UInt8] = [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00]
        guard bytes.count >= 19, bytes[..<11].elementsEqual(signature) else { return false }
        let extensionBytes = Int(int32(at: 15))
        guard extensionBytes >= 0, 19 + extensionBytes <= bytes.count else { return false }
        at = 19 + extensionBytes
        return true
    }

    /// -1 at the end of the COPY; `nil` if there is none.
    @inline(__always)
    mutating func columnCount() -> Int? {
        guard at + 2 <= bytes.count else { return nil }
        defer { at += 2 }
        return Int(Int16(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: Int16.self)))
    }

    /// Where the next value is; `.some(nil)` for NULL, `nil` if there is none.
    @inline(__always)
    mutating func value() -> Range<Int>?? {
        guard at + 4 <= bytes.count else { return nil }
        let length = Int(int32(at: at))
        at += 4
        if length == -1 { return .some(nil) }
        guard length >= 0, at + length <= bytes.count else { return nil }
        defer { at += length }
        return at..<at + length
    }

    @inline(__always)
    func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[range]) }

    @inline(__always)
    func int32(at offset: Int) -> Int32 {
        Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
    }
}
