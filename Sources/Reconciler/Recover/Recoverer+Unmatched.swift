internal import Core

extension Recoverer {
    /// Items whose row is gone: what becomes of them is the next plan's to say, unless they stay.
    /// - Returns: Those that no row owns, by list.
    func takeUnmatched(
        _ work: DefinitionWork, _ id: String, _ lease: LeaseTerm, _ result: inout Report.Definition
    ) async throws(Failure) -> [ListID: [FeedCommit.Stray]] {
        var strays: [ListID: [FeedCommit.Stray]] = [:]
        var after: FoundItem?
        while true {
            let items = try await metaStore.unmatched(definition: id, after: after, limit: Self.chunkRows)
            guard let last = items.last else { return strays }
            after = last
            let known = try await metaStore.entries(
                of: id, list: last.list, items: [], syncKeys: Set(items.map(\.syncKey)).sorted())
            let before = Dictionary(known.map { ($0.syncKey, $0.entry) }, uniquingKeysWith: { first, _ in first })
            var entries: [String: KnownEntry] = [:]
            for item in items {
                guard let parts = SyncKey.parts(of: item.syncKey, prefix: work.prefix),
                    let key = work.bound.ledgerKey(parts: parts), entries[item.syncKey] == nil,
                    !RebuiltEntry.stays(
                        known: before[item.syncKey], hasLedger: work.registered?.appliedFingerprint != nil)
                else {
                    result.strays += 1
                    strays[item.list, default: []].append(FeedCommit.Stray(item: item.item, syncKey: item.syncKey))
                    continue
                }
                entries[item.syncKey] = KnownEntry(
                    entry: RebuiltEntry.of(
                        item: item, key: key, deletes: work.policy.deletes,
                        mappingVersion: work.mappingVersion), syncKey: item.syncKey)
            }
            result.gone += entries.count
            try await metaStore.rebuild(
                entries.values.sorted { $0.entry.key < $1.entry.key }, project: desired.project.name, definition: id,
                now: context.clock.now(), under: lease)
        }
    }
}
