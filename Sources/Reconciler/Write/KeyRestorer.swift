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

    /// Writes the keys of these rows.
    /// - Parameter shown: The keys that their items are known to carry. Keys are unique: an item that carries what another
    ///   of these is to get is cleared first.
    /// - Returns: The items that have their key, and the first failure. An item that is gone needs none.
    func restore(
        _ rows: [KnownEntry], shown: [Int64: String] = [:]
    ) async -> (restored: [Int64], failure: SiteFailure?) {
        let owners = Dictionary(rows.map { ($0.syncKey, $0.entry.item) }, uniquingKeysWith: { first, _ in first })
        let inTheWay = rows.filter { row in
            guard let item = row.entry.item, let text = shown[item], !text.isEmpty, let owner = owners[text] else {
                return false
            }
            return owner != item
        }
        let cleared = await write(inTheWay) { _ in .null }
        if let failure = cleared.failure { return ([], failure) }
        return await write(rows) { $0.syncKey.isEmpty ? .null : .string($0.syncKey) }
    }

    private func write(
        _ rows: [KnownEntry], _ key: (KnownEntry) -> JSON
    ) async -> (restored: [Int64], failure: SiteFailure?) {
        var restored: [Int64] = []
        for start in stride(from: 0, to: rows.count, by: WaveMachine.batchMax) {
            if context.shouldStop { return (restored, SiteFailure(.cancelled, reason: "stopped before it was sent")) }
            let group = rows[start..<min(start + WaveMachine.batchMax, rows.count)]
            let answers = await site.perform(
                group.map { row in
                    .update(
                        list: list.text, item: row.entry.item ?? 0, etag: nil,
                        fields: [JSON.Member(SyncKey.column, key(row))])
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
