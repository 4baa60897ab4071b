internal import Core

/// Writes sync keys into items that lost them, or that are to get others. A key is no person's field: the ledger knows whose
/// item each is, so that it is put back whatever the item shows. To write it twice does no harm, and no intent is needed.
///
/// The write makes this program the last who changed the item, so that the feed alone would no longer tell what a person
/// typed just before. So it is bound to the tag that the ledger knows; an item with another is read, and what it shows is
/// recorded, before it is written.
struct KeyRestorer {
    let site: any SharePointSite
    let metaStore: any MetaStore
    let context: RunContext
    let project: String
    let list: ListID
    let lease: LeaseTerm
    /// The id of the definition.
    let definition: String
    /// How items of the list are read.
    let rows: RowContext
    /// Rows whose effect is still in doubt. Nobody can tell yet whether what their items show is a person's, and a write of
    /// ours would hide it: they get their keys when that is settled.
    let inDoubt: Set<LedgerKey>

    private static let pageRows = 1000

    struct Outcome {
        /// Items that have their key. One that is gone needs none.
        var restored: [Int64] = []
        /// Items that are no strays any more: nobody's, whose key was taken away because it is a row's.
        var cleared: [Int64] = []
        /// Items that nobody may write now, with the key that they show: they stay strays, and get theirs when they can.
        var locked: [FeedCommit.Stray] = []
        /// Rows' items that carried another row's key, which was taken away: those that are not among the rows of the call get
        /// their own with the next look.
        var displaced: [FeedCommit.Stray] = []
        var changes: [LedgerCommit.Change] = []
        /// The first.
        var failure: SiteFailure?
        /// Entries that were recorded on the way.
        fileprivate var recorded: [LedgerKey: LedgerEntry] = [:]
        /// Rows whose key was refused although nobody has it.
        fileprivate var refused: Set<LedgerKey> = []

        /// The row as it was recorded last.
        fileprivate func latest(_ row: KnownEntry) -> KnownEntry {
            guard let entry = recorded[row.entry.key], entry.version > row.entry.version else { return row }
            var row = row
            row.entry = entry
            return row
        }
    }

    /// Writes the keys of all rows whose item is in the list.
    /// - Returns: What kept it from being finished; `nil` if every item has its key.
    func restoreAll() async throws(Failure) -> SiteFailure? {
        var after: Int64 = 0
        while true {
            let rows = try await metaStore.rows(of: definition, in: list, after: after, limit: Self.pageRows)
            guard let last = rows.last?.entry.item else { return nil }
            after = last
            if let failure = try await restore(rows).failure { return failure }
        }
    }

    /// Writes the keys of these rows, and records it.
    /// - Parameters:
    ///   - shown: The keys that their items are known to carry. Keys are unique: an item that carries what another of these
    ///     is to get is cleared first.
    ///   - right: Items that are known to have their key.
    func restore(
        _ rows: [KnownEntry], shown: [Int64: String] = [:], right: [Int64] = []
    ) async throws(Failure) -> Outcome {
        let known = rows.filter { !inDoubt.contains($0.entry.key) }
        let unsettled = rows.filter { inDoubt.contains($0.entry.key) }.compactMap(\.entry.item)
        let owners = Dictionary(known.map { ($0.syncKey, $0.entry.item) }, uniquingKeysWith: { first, _ in first })
        let inTheWay = known.filter { row in
            guard let item = row.entry.item, let text = shown[item], !text.isEmpty, let owner = owners[text] else {
                return false
            }
            return owner != item
        }
        var outcome = Outcome()
        var cleared: [LedgerKey: KnownEntry] = [:]
        try await write(inTheWay, { _ in .null }, &outcome) { row, answer, _ in
            guard case .updated(let shown) = answer else { return }
            cleared[row.entry.key] = row
            cleared[row.entry.key]?.entry.etag = shown.etag
        }
        try await write(known.map { cleared[$0.entry.key] ?? $0 }, Self.key, &outcome, then: take)
        // A handful of items may be locked one by one; more of them, and none that is not, are a list that is closed.
        if outcome.locked.count > Self.lockedMax, outcome.restored.isEmpty {
            outcome.failure = outcome.failure ?? SiteFailure(.locked, reason: "the list's items cannot be written")
        }
        let done = Set(outcome.restored)
        let displaced = outcome.displaced.filter { !done.contains($0.item) }
        let left = outcome.locked + displaced + unsettled.map { FeedCommit.Stray(item: $0, syncKey: "") }
        let strays = left.map { FeedCommit.Stray(item: $0.item, syncKey: shown[$0.item] ?? $0.syncKey) }
        try await commit(
            outcome.changes, strays: strays, noStrays: outcome.restored + outcome.cleared + right)
        return outcome
    }

    /// One item is written at most so many times.
    private static let triesMax = 4

    /// So many locked items, and no more, are taken for items that someone has open.
    private static let lockedMax = 5

    private func mustBeRead(_ row: KnownEntry) -> Bool { row.entry.etag == nil }

    private func commit(
        _ changes: [LedgerCommit.Change], strays: [FeedCommit.Stray] = [], noStrays: [Int64] = []
    ) async throws(Failure) {
        guard !changes.isEmpty || !strays.isEmpty || !noStrays.isEmpty else { return }
        let position = try await metaStore.feedPosition(of: list)
        try await metaStore.commit(
            FeedCommit(
                project: project, definition: definition, list: list, now: context.clock.now(), lease: lease,
                changes: changes, strays: strays, noStrays: noStrays,
                position: position ?? StoredFeedPosition(selection: "", link: nil)))
    }

    /// Reads these items, and records what they show.
    /// - Parameter again: Gets those that have to be read once more.
    /// - Returns: Those that are there, with their tags.
    private func look(
        _ group: [KnownEntry], _ outcome: inout Outcome, again: inout [KnownEntry]
    ) async throws(Failure) -> [KnownEntry] {
        guard !group.isEmpty, !context.shouldStop else { return [] }
        let select = rows.selection(in: list)
        let answers = await site.perform(
            group.map { .read(list: list.text, item: $0.entry.item ?? 0, select: select) })
        var seen: [KnownEntry] = []
        var changes: [LedgerCommit.Change] = []
        for (row, answer) in zip(group, answers) {
            switch answer {
            case .success(.item(let item)):
                var row = row
                if let entry = entry(row, showing: item) {
                    changes.append(.put(entry, sourceKey: row.syncKey, replaces: row.entry.version))
                    row.entry = entry
                }
                row.entry.etag = item.etag
                seen.append(row)
            case .success: outcome.failure = outcome.failure ?? SiteFailure(.malformed, reason: "an odd answer")
            case .failure(let other) where other.kind == .gone:
                if await isThere(row, &outcome) { again.append(row) }
            case .failure(let other): outcome.failure = outcome.failure ?? other
            }
        }
        try await commit(changes)
        return seen
    }

    /// The entry with what its item shows; `nil` if that is nothing new, or cannot be told.
    private func entry(_ row: KnownEntry, showing item: RemoteItem) -> LedgerEntry? {
        let known = rows.current(row.entry)
        var seen: LedgerEntry
        switch Sighting.ofRead(item, shown: rows.shown(by: item, under: known), entry: known) {
        case .changed(let entry): seen = entry
        // A column that was mapped since may hold a person's value.
        case .corrected(let entry) where known.mappingVersion == row.entry.mappingVersion: seen = entry
        case .corrected, .nothing, .stray, .unsure: return nil
        }
        seen.version = row.entry.version + 1
        return seen
    }

    /// Writes what `key` says into the items of these rows, each under the tag that is known.
    private func write(
        _ rows: [KnownEntry], _ key: (KnownEntry) -> JSON, _ outcome: inout Outcome,
        then take: (KnownEntry, ItemAnswer, inout Outcome) -> Void
    ) async throws(Failure) {
        var waiting = rows
        for _ in 0..<Self.triesMax where !waiting.isEmpty && outcome.failure == nil {
            let rows = waiting
            waiting = []
            for start in stride(from: 0, to: rows.count, by: WaveMachine.batchMax) where outcome.failure == nil {
                let group = rows[start..<min(start + WaveMachine.batchMax, rows.count)].map(outcome.latest)
                let seen = try await look(group.filter(mustBeRead), &outcome, again: &waiting)
                waiting += try await send(group.filter { !mustBeRead($0) } + seen, key, &outcome, then: take)
            }
        }
        if let row = waiting.first, outcome.failure == nil {
            outcome.failure = SiteFailure(
                .stale, reason: "item \(row.entry.item ?? 0) kept changing while its key was written")
        }
    }

    /// - Returns: Rows that are to be written again. One whose item somebody changed meanwhile has to be read first.
    private func send(
        _ group: [KnownEntry], _ key: (KnownEntry) -> JSON, _ outcome: inout Outcome,
        then take: (KnownEntry, ItemAnswer, inout Outcome) -> Void
    ) async throws(Failure) -> [KnownEntry] {
        guard !group.isEmpty else { return [] }
        if context.shouldStop {
            outcome.failure = Self.stopped
            return []
        }
        let answers = await site.perform(group.map { request($0, key($0)) })
        var stale: [KnownEntry] = []
        for (sent, answer) in zip(group, answers) {
            // An answer before this one may have led to its item.
            let row = outcome.latest(sent)
            switch answer {
            case .success(let success): take(row, success, &outcome)
            case .failure(let other):
                switch other.kind {
                case .gone: if await isThere(row, &outcome) { stale.append(row) }
                case .itemLocked, .forbidden:
                    if let item = row.entry.item { outcome.locked.append(FeedCommit.Stray(item: item, syncKey: "")) }
                case .refused, .conflict:
                    if try await makeRoom(for: row, other, &outcome) { stale.append(outcome.latest(row)) }
                case .stale:
                    var row = row
                    row.entry.etag = nil
                    stale.append(row)
                default: outcome.failure = outcome.failure ?? other
                }
            }
        }
        return stale
    }

    /// Whether the item of a row is there although the service has said once that it is not. Only what is proved to be gone
    /// needs no key.
    private func isThere(_ row: KnownEntry, _ outcome: inout Outcome) async -> Bool {
        guard let item = row.entry.item else { return false }
        let proof = AbsenceProof(site: site, list: list, select: [SyncKey.column])
        do throws(SiteFailure) { return try await proof.item(item, key: row.syncKey) != nil } catch {
            outcome.failure = outcome.failure ?? error
            return false
        }
    }

    private static func key(_ row: KnownEntry) -> JSON { row.syncKey.isEmpty ? .null : .string(row.syncKey) }

    private func request(_ row: KnownEntry, _ key: JSON) -> ItemRequest {
        .update(
            list: list.text, item: row.entry.item ?? 0, etag: row.entry.etag,
            fields: [JSON.Member(SyncKey.column, key)])
    }

    private func take(_ row: KnownEntry, _ answer: ItemAnswer, _ outcome: inout Outcome) {
        guard let item = row.entry.item else { return }
        outcome.restored.append(item)
        guard case .updated(let shown) = answer else { return }
        // The write was bound to the tag of what is known, and what its answer shows beside the tag need not be what is stored.
        var entry = row.entry
        entry.etag = shown.etag
        entry.version += 1
        outcome.changes.append(.put(entry, sourceKey: row.syncKey, replaces: row.entry.version))
    }

    /// The key was refused because another item has it, one that was copied or taken out of the recycle bin. It is the row's:
    /// the other keeps all that a person can see, and its key is taken away.
    /// - Returns: Whether the row is to be written again.
    private func makeRoom(
        for row: KnownEntry, _ refusal: SiteFailure, _ outcome: inout Outcome
    ) async throws(Failure) -> Bool {
        if context.shouldStop {
            outcome.failure = Self.stopped
            return false
        }
        let answer = await site.perform([.find(list: list.text, key: row.syncKey, select: [SyncKey.column])]).first
        guard case .success(.found(let items))? = answer else {
            outcome.failure = outcome.failure ?? refusal
            return false
        }
        let others = items.map(\.id).filter { $0 != row.entry.item }
        if others.isEmpty {
            // Who had it may have got its own in the same batch.
            guard outcome.refused.insert(row.entry.key).inserted else {
                outcome.failure = outcome.failure ?? refusal
                return false
            }
            return true
        }
        let displaced = try await displace(others, &outcome)
        let nobodys = others.filter { !displaced.contains($0) }
        if outcome.failure == nil { outcome.failure = await clear(nobodys) }
        if outcome.failure != nil { return false }
        outcome.cleared += nobodys
        return true
    }

    /// Takes the key out of those of these items that are other rows'. A person may have typed more than the key into one, so
    /// that it is read, and what it shows recorded, before it is written.
    /// - Returns: All that are rows' items.
    private func displace(_ items: [Int64], _ outcome: inout Outcome) async throws(Failure) -> Set<Int64> {
        let owners = try await metaStore.entries(of: definition, list: list, items: items, syncKeys: [])
            .filter { row in row.entry.list == list && row.entry.item.map(items.contains) ?? false }
        var again: [KnownEntry] = []
        var changes: [LedgerCommit.Change] = []
        var strays: [FeedCommit.Stray] = []
        for owner in try await look(owners, &outcome, again: &again) where outcome.failure == nil {
            switch await site.perform([request(owner, .null)]).first {
            case .success(.updated(let shown)):
                guard let item = owner.entry.item else { continue }
                var entry = owner.entry
                entry.etag = shown.etag
                entry.version += 1
                changes.append(.put(entry, sourceKey: owner.syncKey, replaces: owner.entry.version))
                strays.append(FeedCommit.Stray(item: item, syncKey: ""))
                outcome.recorded[entry.key] = entry
            case .failure(let failure): outcome.failure = failure
            case .success, nil: outcome.failure = SiteFailure(.malformed, reason: "an odd answer")
            }
        }
        // At once: the row may be one of those whose keys are being written.
        try await commit(changes, strays: strays)
        outcome.displaced += strays
        return Set(owners.compactMap(\.entry.item))
    }

    /// - Returns: The first failure. An item that is gone is in nobody's way.
    private func clear(_ items: [Int64]) async -> SiteFailure? {
        if context.shouldStop { return Self.stopped }
        let answers = await site.perform(
            items.map { item in
                .update(list: list.text, item: item, etag: nil, fields: [JSON.Member(SyncKey.column, .null)])
            })
        for case .failure(let failure) in answers where failure.kind != .gone { return failure }
        return nil
    }

    private static let stopped = SiteFailure(.cancelled, reason: "stopped before it was sent")
}
