internal import Core

/// Whether items are gone.
extension FeedReader {
    /// The item by its id; `nil` if it is proved that there is none.
    /// - Parameter key: The sync key by which the list is asked.
    func read(_ id: Int64, key: String?) async throws(SiteFailure) -> RemoteItem? {
        try await AbsenceProof(site: site, list: list.id, select: selectOfItem).item(id, key: key)
    }

    /// Those of these rows whose item is proved to be gone.
    func absent(_ rows: [KnownEntry]) async throws(SiteFailure) -> [KnownEntry] {
        // One column that the list has: a list that the rules left may lack its keys.
        let column = Array(select.prefix(1))
        let answers = await site.perform(
            rows.map { .read(list: list.id.text, item: $0.entry.item ?? 0, select: column) })
        for case .failure(let failure) in answers where failure.kind != .gone { throw failure }
        var gone: [KnownEntry] = []
        for (row, answer) in zip(rows, answers) {
            guard case .failure = answer, let item = row.entry.item else { continue }
            if try await read(item, key: row.syncKey) == nil { gone.append(row) }
        }
        return gone
    }

    /// Whether so many items may really have gone. More than a handful, and more than a quarter of a list's items, are as
    /// likely a list that shows too little; that is for somebody to say (SPEC §13).
    /// - Returns: `false` if nothing more is to be recorded; then the summary has how many are missing.
    mutating func believesDeletions() async throws(SiteFailure) -> Bool {
        guard summary.deleted > Self.deletionsMax, !work.allowsDeletions(in: list.name) else { return true }
        if summary.rowsOfList == nil {
            do throws(Failure) {
                summary.rowsOfList = try await metaStore.liveRows(of: project).lists[list.id] ?? 0
            } catch {
                fail(error)
                return false
            }
        }
        guard summary.deleted * 4 > summary.rowsOfList ?? 0 else { return true }
        summary.refusedDeletions = summary.deleted
        return false
    }

    /// Fewer are believed at once.
    private static let deletionsMax = 20
}
