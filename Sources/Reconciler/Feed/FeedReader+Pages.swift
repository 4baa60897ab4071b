internal import Core

/// What one page of a feed means for the rows of the definition.
extension FeedReader {
    /// So many items are compared with their rows at a time: a page is large, and of each row all its hashes are needed.
    private static let shareItems = 1000
    /// More than one apply has under way.
    private static let doubtRows = 10_000

    /// - Parameters:
    ///   - before: The position that the page was read from: it stays until the whole page is recorded.
    ///   - position: The one behind the page.
    mutating func take(
        _ entries: [FeedEntry], from before: StoredFeedPosition, to position: StoredFeedPosition
    ) async throws(SiteFailure) {
        var items: [Int64: FeedItem] = [:]
        var removed: Set<Int64> = []
        for entry in entries {
            switch entry {
            case .item(let observed):
                // One item may come several times, an older state after a newer one.
                if let known = items[observed.item.id],
                    ItemTag.order(of: observed.item.etag, against: known.item.etag) == .older
                {
                    continue
                }
                items[observed.item.id] = observed
            case .removed(let id): removed.insert(id)
            case .unreadable: break
            }
        }
        // Neither is the later word: an item that a page shows both removed and there is looked at.
        let order = removed.union(items.keys).sorted()
        var start = 0
        repeat {
            let end = min(start + Self.shareItems, order.count)
            let share = try await share(order[start..<end], items, removed)
            // A ledger that knows less than the list is not to be built upon.
            guard let share, !summary.isRefused else { return }
            await record(
                share.changes, strays: share.strays, noStrays: share.noStrays, end == order.count ? position : before)
            start = end
        } while start < order.count && failure == nil
    }

    /// - Returns: `nil` if the meta-store failed.
    private mutating func share(
        _ order: ArraySlice<Int64>, _ items: [Int64: FeedItem], _ removed: Set<Int64>
    ) async throws(SiteFailure) -> Page? {
        let keys = order.compactMap { items[$0]?.item[SyncKey.column]?.string }.sorted()
        let known: [KnownEntry]
        do throws(Failure) {
            if lease == nil, !order.isEmpty { try await renewDoubt() }
            known = try await metaStore.entries(
                of: definition.id, list: list.id, items: Array(order), syncKeys: keys)
        } catch {
            fail(error)
            return nil
        }
        var page = Page(known, list: list.id)
        for id in order {
            if removed.contains(id) {
                try await takeRemoved(id, alsoSeen: items[id], &page)
                guard try await believesDeletions() else { return nil }
            } else if let observed = items[id] {
                try await takeItem(observed, &page)
            }
        }
        return page
    }

    /// Beside a look somebody else may be writing. What they wrote before the page was made has an open intent now, or
    /// its entry in the ledger after that.
    private mutating func renewDoubt() async throws(Failure) {
        let open = try await metaStore.openIntents(of: definition.id, after: nil, limit: Self.doubtRows)
        inDoubt = Set(open.map(\.intent.key))
        keysInDoubt = Set(open.map(\.intent.syncKey))
    }

    /// The rows of some items of a page, and what becomes of them.
    struct Page {
        var owners: [Int64: KnownEntry] = [:]
        var former: [Int64: KnownEntry] = [:]
        var byKey: [String: KnownEntry] = [:]
        var changes: [LedgerCommit.Change] = []
        var strays: [FeedCommit.Stray] = []
        var noStrays: [Int64] = []
        private var touched: Set<LedgerKey> = []

        init(_ known: [KnownEntry], list: ListID) {
            for row in known {
                byKey[row.syncKey] = row
                if row.entry.list == list, let item = row.entry.item { owners[item] = row }
                if let prior = row.entry.prior, prior.list == list { former[prior.item] = row }
            }
        }

        /// A row has at most one change in a share: the first is of its item, a second of where it was.
        mutating func put(_ entry: LedgerEntry, _ row: KnownEntry) {
            guard touched.insert(entry.key).inserted else { return }
            var entry = entry
            entry.version = row.entry.version + 1
            changes.append(.put(entry, sourceKey: row.syncKey, replaces: row.entry.version))
        }
    }

    private mutating func takeItem(_ observed: FeedItem, _ page: inout Page) async throws(SiteFailure) {
        let item = observed.item
        if let row = page.owners[item.id] {
            // No effect in doubt changes a key.
            noteKey(of: observed, row, &page)
            guard !inDoubt.contains(row.entry.key) else { return }
            let known = rows.current(row.entry)
            switch Sighting.of(item, shown: rows.shown(by: item, under: known), entry: known) {
            case .unsure:
                guard let read = try await read(item.id, key: row.syncKey) else {
                    return noteGone(Sighting.ofGone(row.entry), row, &page)
                }
                try await note(
                    observed, read, Sighting.ofRead(read, shown: rows.shown(by: read, under: known), entry: known), row,
                    &page)
            case let sighting: try await note(observed, item, sighting, row, &page)
            }
            return
        }
        if let row = page.former[item.id] {
            // A late page shows an item that is deleted since.
            if row.entry.state == .deletedByPerson || row.entry.state == .tombstone {
                guard let read = try await read(item.id, key: row.syncKey) else { return }
                let known = rows.current(row.entry)
                let sighting = Sighting.ofFormer(
                    read, in: list.id, shown: rows.shown(by: read, under: known),
                    isMarked: ItemMarks.isFilled(read[DeletionMark.column]), entry: known)
                switch sighting {
                case .changed(let entry):
                    summary.changed += 1
                    page.put(entry, row)
                // Where items are marked none is deleted: one that is there was taken for gone, or restored.
                case .stray where work.policy.marksDeletions && bears(read, row.syncKey):
                    page.put(rows.restored(known, read, in: list.id), row)
                case .stray: stray(read, &page)
                case .nothing, .corrected, .unsure: break
                }
            }
            return
        }
        guard let key = item[SyncKey.column]?.string, key.hasPrefix("\(work.prefix)/") else {
            // It may have had one.
            return page.noStrays.append(item.id)
        }
        guard !keysInDoubt.contains(key), try await read(item.id, key: key) != nil else { return }
        // A row that the ledger knows may have a late twin: its create was sent again, and what came of that is gone.
        let isOurs = observed.editingApplication != nil && observed.editingApplication == application
        if isOurs, page.byKey[key] == nil, isRemembered(observed) { summary.unknownWrites += 1 }
        stray(item, &page)
    }

    /// Whether the item has the row's key, or none: no other row's.
    private func bears(_ item: RemoteItem, _ key: String) -> Bool {
        guard let shown = item[SyncKey.column]?.string, !shown.isEmpty else { return true }
        return shown.isSameText(as: key)
    }

    /// Whether the ledger would know of the item if it was ours. One that was made longer ago may be from the recycle bin: the
    /// ledger forgets sooner what it deleted than the service does.
    private func isRemembered(_ observed: FeedItem) -> Bool {
        guard let made = observed.createdAt else { return true }
        return context.clock.now().seconds - made.seconds < Int64(remembersDays) * 86_400
    }

    /// A key that somebody changed or cleared is put back before the next write.
    private mutating func noteKey(of observed: FeedItem, _ row: KnownEntry, _ page: inout Page) {
        // What the item showed before the state that is known says nothing of its key now; nor does a list without keys.
        guard !isLateView(observed.item, row), !rows.lacks(SyncKey.column, in: list.id) else { return }
        let shown = observed.item[SyncKey.column]?.string ?? ""
        if !shown.isSameText(as: row.syncKey) {
            page.strays.append(FeedCommit.Stray(item: observed.item.id, syncKey: shown))
        } else if observed.editingApplication == nil {
            page.noStrays.append(observed.item.id)
        }
    }

    /// The feed shows an older state after a newer one.
    private func isLateView(_ item: RemoteItem, _ row: KnownEntry) -> Bool {
        ItemTag.order(of: item.etag, against: row.entry.etag) == .older
    }

    private mutating func stray(_ item: RemoteItem, _ page: inout Page) {
        summary.strays += 1
        page.strays.append(FeedCommit.Stray(item: item.id, syncKey: item[SyncKey.column]?.string ?? ""))
    }

    /// - Parameters:
    ///   - observed: Who changed the item last.
    ///   - item: What it shows.
    private mutating func note(
        _ observed: FeedItem, _ item: RemoteItem, _ sighting: Sighting, _ row: KnownEntry, _ page: inout Page
    ) async throws(SiteFailure) {
        switch sighting {
        case .changed(let entry): try await note(observed, item, entry, row, &page)
        case .corrected(let entry): correct(entry, row, &page)
        case .nothing, .stray, .unsure: noteNormalised(row.entry, known: row.entry.version == 1 ? nil : row.entry)
        }
    }

    /// Takes what is stored for what was agreed on, unless the entry is of an earlier mapping: a column that was mapped
    /// since may hold a person's value.
    private mutating func correct(_ entry: LedgerEntry, _ row: KnownEntry, _ page: inout Page) {
        guard entry.mappingVersion == row.entry.mappingVersion else { return }
        noteNormalised(entry, known: row.entry)
        page.put(entry, row)
    }

    /// Counts what the service keeps in another form, once: an item comes again with each change.
    /// - Parameter before: What was known already; `nil` for an item that was just created.
    private mutating func noteNormalised(_ entry: LedgerEntry, known before: LedgerEntry?) {
        guard !isEnumerating, entry.mappingVersion == work.mappingVersion else { return }
        let known = Set(before?.normalisedFields ?? [])
        for field in entry.normalisedFields where !known.contains(field) { summary.normalised[field, default: 0] += 1 }
    }

    private mutating func note(
        _ observed: FeedItem, _ item: RemoteItem, _ entry: LedgerEntry, _ row: KnownEntry, _ page: inout Page
    ) async throws(SiteFailure) {
        let showsOurs = observed.editingApplication != nil && observed.editingApplication == application
        let known = rows.current(row.entry)
        // What shows as the ledger has it sent may have been answered otherwise: it is no write that the ledger lacks.
        if showsOurs, entry.seenHashes != nil,
            (entry.seenHashes ?? entry.remoteBase) != (known.seenHashes ?? known.remoteBase)
        {
            if try await isOfKey(item, row) { return correct(entry, showing: item, known, row, &page) }
            // Everything that we wrote is recorded, or in doubt: a write of ours that is neither was made by a later state
            // of this meta-store than the one that is here.
            summary.unknownWrites += 1
        }
        // A key that we wrote changes the item's tag and nothing else.
        if !showsOurs { summary.changed += 1 }
        page.put(entry, row)
    }

    /// Whether the last write of ours to this item may be its key, which has no intent: keys of the list are being put back,
    /// or the item's was, and what that showed was not recorded. It was bound to the tag that the ledger has.
    private mutating func isOfKey(_ item: RemoteItem, _ row: KnownEntry) async throws(SiteFailure) -> Bool {
        // It may also have been taken away to make room for another row's.
        guard bears(item, row.syncKey) else { return false }
        if list.columns.contains(where: { $0.name == SyncKey.column && $0.remoteID == nil }) { return true }
        if knownStrays == nil {
            do throws(Failure) {
                let strays = try await metaStore.strays(of: project)
                knownStrays = Set(strays.filter { $0.list == list.id }.map(\.item))
            } catch {
                fail(error)
                return true
            }
        }
        return knownStrays?.contains(item.id) ?? false
    }

    /// What the item shows beside its key was stored otherwise than the last answer said.
    private mutating func correct(
        _ entry: LedgerEntry, showing item: RemoteItem, _ known: LedgerEntry, _ row: KnownEntry, _ page: inout Page
    ) {
        guard let shown = rows.shown(by: item, under: known) else { return page.put(entry, row) }
        var corrected = entry
        (corrected.remoteHashes, corrected.seenHashes) = (known.remoteHashes, known.seenHashes)
        corrected.correct(shown.fields, whole: shown.whole)
        page.put(corrected, row)
    }

    private mutating func takeRemoved(
        _ id: Int64, alsoSeen observed: FeedItem?, _ page: inout Page
    ) async throws(SiteFailure) {
        guard let row = page.owners[id] else {
            if let observed, try await read(id, key: observed.item[SyncKey.column]?.string) != nil {
                return try await takeItem(observed, &page)
            }
            return page.noStrays.append(id)
        }
        guard !inDoubt.contains(row.entry.key) else { return }
        // The feed may be wrong, or late: a deletion counts when the item itself says so.
        if let read = try await read(id, key: row.syncKey) {
            let known = rows.current(row.entry)
            switch Sighting.ofRead(read, shown: rows.shown(by: read, under: known), entry: known) {
            case .changed(let entry):
                summary.changed += 1
                page.put(entry, row)
            case .corrected(let entry): correct(entry, row, &page)
            case .nothing, .stray, .unsure: break
            }
            return
        }
        noteGone(Sighting.ofGone(row.entry), row, &page)
    }

    mutating func noteGone(_ sighting: Sighting, _ row: KnownEntry, _ page: inout Page) {
        guard case .changed(let entry) = sighting else { return }
        summary.deleted += 1
        page.put(entry, row)
    }
}
