internal import Core
internal import Manifests
internal import MetaStore
internal import PostgreSQL
internal import Reconciler
internal import SourceDatabase

/// Writes the ledger that an apply of every row of a definition would have left, without a service: each row goes
/// through the program's own evaluation, and its entry straight into the meta-store.
struct LedgerFill {
    let manifests: String
    let source: String
    let meta: String

    func run() async throws {
        let desired = try desired()
        let rows = PostgreSQLRowSource(try ConnectionParameters(dsn: source), profile: "warehouse")
        let store = try PostgreSQLMetaStore(try ConnectionParameters(dsn: meta), schema: "syncbridge")
        let zones = Dictionary(
            desired.sites.map { ($0.name, Surroundings.timeZone("Europe/Berlin")) }, uniquingKeysWith: { $1 }
        ).compactMapValues { $0 }
        let observation = try await Observer.observe(
            desired, Sides(sources: ["warehouse": rows], sites: [:], metaStore: store, zones: zones), flags: [])
        for work in observation.definitions { try await fill(work, rows, project: desired.project.name) }
        await rows.close()
        await store.close()
    }

    private func desired() throws -> DesiredState {
        let (files, _) = ManifestFiles.find([manifests])
        let options = LoadOptions(
            processEnvironment: Surroundings.environment, knowsTimeZone: { Surroundings.timeZone($0) != nil })
        let result = ManifestLoader.load(files, options: options)
        guard let desired = result.desired, !result.diagnostics.hasErrors else {
            throw BenchmarkError(DiagnosticRenderer().text(result.diagnostics.all))
        }
        return desired
    }

    private func fill(_ work: DefinitionWork, _ source: PostgreSQLRowSource, project: String) async throws {
        guard let definition = work.registered else { throw BenchmarkError("\(work.name) is not registered") }
        let session = try await Session.connect(ConnectionParameters(dsn: meta))
        try await session.begin()
        try await session.execute(
            "DELETE FROM syncbridge.sync_ledger WHERE sync_def_id = $1::uuid", [.text(definition.id)])
        try await session.copyIn(
            """
            COPY syncbridge.sync_ledger (project, sync_def_id, key, source_pk, sp_list_id, sp_item_id, etag, content_hash,
                remote_hash, field_hashes, mapping_version, canon_version, state, version, last_sync_ts) FROM STDIN
            """)
        let evaluator = work.evaluator(now: Instant(seconds: 1_790_000_000))
        let scan = try await source.scan(work.bound)
        var items = [Int64](repeating: 0, count: work.bound.lists.count)
        while let chunk = try await scan.next() {
            var encoder = CopyTextEncoder()
            var row = CopyRow()
            try chunk.forEachRow(&row) { (row: borrowing CopyRow) in
                let key = try evaluator.key(of: row)
                guard let index = evaluator.route(of: row).list, let list = work.listIDs[index] else { return }
                items[index] += 1
                let hash = ContentHash(of: try evaluator.projection(of: row))
                encoder.append(project)
                encoder.append(definition.id)
                encoder.append(bytea: key.ledgerKey.bytes)
                encoder.append(key.syncKey.text)
                encoder.append(list.text)
                encoder.append(items[index])
                encoder.append("\"\(list.text),1\"")
                encoder.append(bytea: hash.whole.bytes)
                encoder.append(bytea: hash.whole.bytes.reversed())
                encoder.append(
                    bytea: hash.fields.flatMap { value in
                        (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * UInt64($0))) }
                    })
                encoder.append(work.mappingVersion)
                encoder.append(CanonicalForm.version)
                encoder.append(LedgerState.synced.rawValue)
                encoder.append(1)
                encoder.append("2026-01-01T00:00:00Z")
                encoder.endRow()
            }
            try await session.put(encoder.take())
        }
        await scan.finish()
        try await session.endCopy()
        try await session.commit()
        await session.close()
    }
}
