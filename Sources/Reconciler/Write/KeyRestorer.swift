internal import Core

/// Writes sync keys into items that lost them. A key is no person's field: the ledger knows whose item each is, so that
/// it is put back whatever the item shows. To write it twice does no harm, and no intent is needed.
struct KeyRestorer {
    let site: any SharePointSite
    let metaStore: any MetaStore
    let context: RunContext
    /// The id of the definition.
    let definition: String
    let list: ListID

    private static let pageRows = 1000

    /// Writes the keys of all rows whose item is in the list.
    /// - Returns: What kept it from being finished; `nil` if every item has its key.
    func restoreAll() async throws(Failure) -> SiteFailure? {
        var after: Int64 = 0
        while true {
            let rows = try await metaStore.rows(of: definition, in: list, after: after, limit: Self.pageRows)
            guard let last = rows.last?.entry.item else { return nil }
            after = last
            let outcome = await restore(rows)
            if let failure = outcome.failure { return failure }
        }
    }

    /// - Returns: The items that have their key, and the first failure. An item that is gone needs none.
    func restore(_ rows: [KnownEntry]) async -> (restored: [Int64], failure: SiteFailure?) {
        var restored: [Int64] = []
        for start in stride(from: 0, to: rows.count, by: WaveMachine.batchMax) {
            if context.shouldStop { return (restored, SiteFailure(.cancelled, reason: "stopped before it was sent")) }
            let group = rows[start..<min(start + WaveMachine.batchMax, rows.count)]
            let answers = await site.perform(
                group.map { row in
                    .update(
                        list: list.text, item: row.entry.item ?? 0, etag: nil,
                        fields: [JSON.Member(SyncKey.column, .string(row.syncKey))])
                })
            var failure: SiteFailure?
            for (row, answer) in zip(group, answers) {
                switch answer {
                case .success: if let item = row.entry.item { restored.append(item) }
                case .failure(let other) where other.kind == .gone: break
                case .failure(let other): failure = failure ?? other
                }
            }
            if let failure { return (restored, failure) }
        }
        return (restored, nil)
    }
}
