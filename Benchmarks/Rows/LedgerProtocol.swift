internal import Core
internal import MetaStore
internal import PostgreSQL

/// What it costs to write an effect down before it is done and its outcome after, against plain statements. The server
/// waits for its disk.
struct LedgerProtocol: Benchmark {
    let name = "ledger"
    let summary = "intents and results of batches of 20 rows, and a rebuilt ledger, against plain statements; fsync on"

    private static let database = "bench_ledger"
    private static let batchRows = 20
    /// As `recover` hands them over.
    private static let chunkRows = 2000

    func run(_ bench: Workbench) async throws -> [Measurement] {
        let batches = max(1, (bench.size.rows ?? 10_000) / Self.batchRows)
        let bulkRows = max(Self.chunkRows, (bench.size.rows ?? 10_000) * 2)
        let server = try await Session.connect(
            ConnectionParameters(dsn: try bench.durableDSN("postgres")), settings: SessionSettings([]))
        try await server.execute("DROP DATABASE IF EXISTS \(Self.database) WITH (FORCE)")
        try await server.execute("CREATE DATABASE \(Self.database)")
        let fsync = try await server.query("SHOW fsync").first?.text(0)
        await server.close()
        guard fsync == "on" else { throw BenchmarkError("the server does not wait for its disk") }
        let parameters = try ConnectionParameters(dsn: try bench.durableDSN(Self.database))
        let ledger = try await FilledLedger.make(parameters)
        let plain = try await PlainLedger.make(parameters)
        var protocols: [Double] = []
        var bares: [Double] = []
        var bulks: [Double] = []
        var copies: [Double] = []
        for round in 0...bench.rounds {
            let base = Int64(round) << 32
            let small = Self.chunks(of: Self.batchRows, count: batches * Self.batchRows, from: base)
            let bare = try await seconds { for rows in small { try await plain.upsert(rows) } }
            let whole = try await seconds { for rows in small { try await ledger.protocolOf(rows) } }
            let bulk = Self.chunks(of: Self.chunkRows, count: bulkRows, from: base + 1 << 31)
            for rows in bulk { try await ledger.find(rows) }
            let copy = try await seconds { try await plain.copyAndUpsert(bulk) }
            let rebuild = try await seconds { for rows in bulk { try await ledger.rebuild(rows) } }
            guard round > 0 else { continue }
            protocols.append(whole)
            bares.append(bare)
            bulks.append(rebuild)
            copies.append(copy)
        }
        await plain.close()
        await ledger.close()
        let single = zip(bares, protocols).map { $0 / $1 }
        let bulk = zip(copies, bulks).map { $0 / $1 }
        func rate(_ rows: Int, _ times: [Double]) -> String { fixed(Double(rows) / times.median, 0) }
        let rows = batches * Self.batchRows
        return [
            Measurement(
                "ledger: intents and results of 20 rows, as a share of a bare upsert's rate", single.summary(2),
                reach: "≥ 0.3", isReached: single.median >= 0.3),
            Measurement("rows/s: whole protocol; bare upsert", "\(rate(rows, protocols)); \(rate(rows, bares))"),
            Measurement(
                "ledger rebuilt, as a share of COPY and an upsert of the same rows", bulk.summary(2), reach: "≥ 0.5",
                isReached: bulk.median >= 0.5),
            Measurement("rows/s: rebuilt; COPY and upsert", "\(rate(bulkRows, bulks)); \(rate(bulkRows, copies))"),
        ]
    }

    private static func chunks(of size: Int, count: Int, from base: Int64) -> [[LedgerRow]] {
        stride(from: 0, to: count, by: size).map { start in
            (start..<min(start + size, count)).map { LedgerRow(base + Int64($0)) }
        }
    }

    private func seconds(_ body: () async throws -> Void) async throws -> Double {
        let start = monotonicSeconds()
        try await body()
        return monotonicSeconds() - start
    }
}

/// A meta-store with one definition, under its lease.
private struct FilledLedger {
    static let definition = "11111111-1111-4111-8111-111111111111"
    static let project = "bench"
    private static let run = "22222222-2222-4222-8222-222222222222"

    private let store: PostgreSQLMetaStore
    private let lease: LeaseTerm

    static func make(_ parameters: ConnectionParameters) async throws -> FilledLedger {
        let store = try PostgreSQLMetaStore(parameters, schema: "syncbridge")
        _ = try await store.migrate()
        let name = LeaseName(project: project, definition: "projects", site: "contoso")
        guard case .acquired(let lease) = try await store.acquireLease(name, actor: "bench", run: run, seconds: 3600)
        else { throw BenchmarkError("the lease is taken") }
        try await store.register(
            DefinitionRegistration(
                id: definition, project: project, name: "projects", prefix: "projects", sourceTable: "public.projects",
                mode: "ONE_WAY_PUSH", shardingPolicy: .object([]), spec: .object([]), source: "bench",
                mappingVersion: 1, fields: []),
            under: lease)
        return FilledLedger(store: store, lease: lease)
    }

    func close() async { await store.close() }

    /// What a batch of creates writes, before and after the request.
    func protocolOf(_ rows: [LedgerRow]) async throws {
        try await store.open(rows.map(\.intent), of: Self.definition, run: Self.run, under: lease)
        try await store.commit(
            LedgerCommit(
                project: Self.project, definition: Self.definition, run: Self.run, now: LedgerRow.now, lease: lease,
                changes: rows.map { .put($0.entry, sourceKey: $0.syncKey, replaces: nil) }))
    }

    /// What `recover` has before it gives rows their items.
    func find(_ rows: [LedgerRow]) async throws {
        try await store.save(
            found: rows.map { row in
                FoundItem(
                    list: LedgerRow.list, item: row.id, etag: row.etag, syncKey: row.syncKey, hashes: row.hash.fields,
                    whole: row.hash.whole, isMarked: false)
            }, definition: Self.definition, under: lease)
    }

    func rebuild(_ rows: [LedgerRow]) async throws {
        try await store.rebuild(
            rows.map { KnownEntry(entry: $0.entry, syncKey: $0.syncKey) }, project: Self.project,
            definition: Self.definition, now: LedgerRow.now, under: lease)
    }
}

/// A row of twelve fields that was just created.
private struct LedgerRow {
    static let list = ListID("33333333-3333-4333-8333-333333333333")
    static let now = Instant(seconds: 1_790_000_000)

    let id: Int64
    let hash: ContentHash

    init(_ id: Int64) {
        self.id = id
        hash = ContentHash(of: Self.texts(id).map { .text($0) })
    }

    private static func texts(_ id: Int64) -> [String] { (0..<12).map { "value \($0) of row \(id)" } }

    var syncKey: String { "projects/\(id)" }
    var etag: String { "\"44444444-4444-4444-8444-\(1_000_000_000_000 + id % 1_000_000_000),1\"" }

    private var key: LedgerKey {
        LedgerKey(
            bytes: (0..<8).map {
                UInt8(truncatingIfNeeded: (UInt64(bitPattern: id) ^ 1 << 63) >> (56 - 8 * UInt64($0)))
            })
    }

    var entry: LedgerEntry {
        LedgerEntry(
            key: key, state: .synced, list: Self.list, item: id, etag: etag, contentHash: hash.whole,
            remoteHash: hash.whole, fieldHashes: hash.fields, writes: WriteRate(count: 1, since: Self.now), version: 1)
    }

    var intent: Intent {
        Intent(
            key: key, syncKey: syncKey, kind: .create, list: Self.list,
            fields: [JSON.Member(SyncKey.column, .string(syncKey))]
                + Self.texts(id).enumerated().map { JSON.Member("Column\($0)", .string($1)) },
            written: Array(0..<12), hash: hash)
    }

    /// The columns that ``append(to:)`` writes.
    static let columns = [
        "project", "sync_def_id", "key", "source_pk", "sp_list_id", "sp_item_id", "etag", "content_hash", "remote_hash",
        "field_hashes", "mapping_version", "canon_version", "state", "version", "last_sync_ts", "writes_count",
        "writes_since", "rebuilt_in",
    ]

    func append(to encoder: inout CopyTextEncoder) {
        encoder.append(FilledLedger.project)
        encoder.append(FilledLedger.definition)
        encoder.append(bytea: key.bytes)
        encoder.append(syncKey)
        encoder.append(Self.list.text)
        encoder.append(id)
        encoder.append(etag)
        encoder.append(bytea: hash.whole.bytes)
        encoder.append(bytea: hash.whole.bytes)
        encoder.append(
            bytea: hash.fields.flatMap { value in
                (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * UInt64($0))) }
            })
        encoder.append(1)
        encoder.append(CanonicalForm.version)
        encoder.append(LedgerState.synced.rawValue)
        encoder.append(1)
        encoder.append(Self.now.isoText)
        encoder.append(1)
        encoder.append(Self.now.isoText)
        encoder.append(1)
        encoder.endRow()
    }
}

/// What the ledger is compared with.
private struct PlainLedger {
    private let session: Session

    static func make(_ parameters: ConnectionParameters) async throws -> PlainLedger {
        let session = try await Session.connect(parameters)
        try await session.script(
            """
            CREATE TABLE public.bare (pk bigint PRIMARY KEY, list text NOT NULL, item text NOT NULL, hash bytea NOT NULL);
            CREATE TABLE public.same (LIKE syncbridge.sync_ledger INCLUDING ALL);
            CREATE TEMPORARY TABLE copied (LIKE syncbridge.sync_ledger INCLUDING DEFAULTS);
            """)
        return PlainLedger(session: session)
    }

    func close() async { await session.close() }

    /// The least that could be written of a batch: a commit of key, list, item and hash.
    func upsert(_ rows: [LedgerRow]) async throws {
        try await session.execute(
            """
            INSERT INTO public.bare SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[])
            ON CONFLICT (pk) DO UPDATE SET list = excluded.list, item = excluded.item, hash = excluded.hash
            """,
            [
                .int64Array(rows.map(\.id)), .textArray(rows.map { _ in LedgerRow.list.text }),
                .textArray(rows.map { "\($0.id)" }), .bytesArray(rows.map(\.hash.whole.bytes)),
            ])
    }

    /// All rows at once, with every column and index of the ledger.
    func copyAndUpsert(_ chunks: [[LedgerRow]]) async throws {
        let columns = LedgerRow.columns.joined(separator: ", ")
        let updates = LedgerRow.columns.filter { $0 != "key" && $0 != "sync_def_id" }
            .map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        try await session.begin()
        try await session.execute("TRUNCATE copied")
        try await session.copyIn("COPY copied (\(columns)) FROM STDIN")
        for rows in chunks {
            var encoder = CopyTextEncoder()
            for row in rows { row.append(to: &encoder) }
            try await session.put(encoder.take())
        }
        try await session.endCopy()
        try await session.execute(
            """
            INSERT INTO public.same SELECT * FROM copied ON CONFLICT (sync_def_id, key) DO UPDATE SET \(updates)
            """)
        try await session.commit()
    }
}
