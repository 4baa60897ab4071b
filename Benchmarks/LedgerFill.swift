internal import Core
internal import PostgreSQL
internal import Reconciler

/// Writes what an apply of every row of a definition would have left, without a service: each row goes through the
/// program's own evaluation, its entry straight into the meta-store, and its item into a simulator's state file.
struct LedgerFill {
    let meta: String
    /// `nil`: no items.
    let state: String?
    /// Of so many rows one has an item.
    let every: Int

    func run(_ world: FilledWorld) async throws {
        for work in world.definitions { try await fill(work, world) }
    }

    private func fill(_ work: DefinitionWork, _ world: FilledWorld) async throws {
        guard let definition = work.registered else { throw BenchmarkError("\(work.name) is not registered") }
        var items = try state.map { try ItemFill(appendingTo: $0, work) }
        let session = try await Session.connect(ConnectionParameters(dsn: meta))
        try await session.begin()
        try await session.execute(
            "DELETE FROM syncbridge.sync_ledger WHERE sync_def_id = $1::uuid", [.text(definition.id)])
        try await session.copyIn(
            """
            COPY syncbridge.sync_ledger (project, sync_def_id, key, source_pk, sp_list_id, sp_item_id, etag, content_hash,
                remote_hash, field_hashes, mapping_version, canon_version, state, version, last_sync_ts) FROM STDIN
            """)
        var last: [ListID: Int64] = [:]
        var count = 0
        try await world.forEachChunk(of: work) { rows in
            var encoder = CopyTextEncoder()
            for row in rows {
                last[row.list, default: 0] += 1
                count += 1
                let item = SimulatedItem(list: row.list, id: last[row.list] ?? 0)
                if count.isMultiple(of: every) { try items?.append(item, row) }
                let hash = ContentHash(of: row.values)
                encoder.append(world.project)
                encoder.append(definition.id)
                encoder.append(bytea: row.key.ledgerKey.bytes)
                encoder.append(row.key.syncKey.text)
                encoder.append(row.list.text)
                encoder.append(item.id)
                encoder.append(item.etag)
                encoder.append(bytea: hash.whole.bytes)
                encoder.append(bytea: hash.whole.bytes)
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
        try await session.endCopy()
        try await session.commit()
        await session.close()
        try items?.finish()
    }
}

/// The item that a filled row has.
struct SimulatedItem {
    let list: ListID
    let id: Int64

    /// Differs from that of every other item.
    var guid: String {
        let digits = Array(String(id, radix: 16))
        return String(list.text.prefix(24)) + String(repeating: "0", count: max(0, 12 - digits.count)) + String(digits)
    }

    var etag: String { "\"\(guid),1\"" }
}
