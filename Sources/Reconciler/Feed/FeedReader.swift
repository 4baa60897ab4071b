internal import Core

/// What reading a list's feed showed.
struct FeedSummary: Hashable, Sendable {
    /// Items of ours that people changed, restored or deleted.
    var changed = 0
    var deleted = 0
    /// Items with a key of ours that no row owns.
    var strays = 0
    /// Writes of our own application that the ledger knows nothing of: it is older than the list.
    var unknownWrites = 0
}

/// Reads the change feed of one list up to its end, and records what people did (SPEC §12).
///
/// Each page is recorded together with the position behind it. A page is a set of true facts, whatever comes after it, so
/// that a crash between two of them only means to go on from the second.
struct FeedReader {
    let site: any SharePointSite
    let metaStore: any MetaStore
    let context: RunContext
    let work: DefinitionWork
    let definition: RegisteredDefinition
    let project: String
    let list: ManagedList
    /// `nil`: nothing is recorded, only looked at.
    let lease: LeaseTerm?
    /// Of this program, a GUID in lower case; `nil` if not known.
    let application: String?
    /// Keys of rows whose effect is still in doubt: what is seen of them is not a person's.
    let inDoubt: Set<LedgerKey>
    private let rows: RowContext
    private var summary = FeedSummary()
    /// What a look would have recorded.
    private(set) var seen: [LedgerCommit.Change] = []

    /// How long what a feed says of all items is trusted before all are looked at again, in seconds.
    private static let pageRows = 5000
    static let enumerationSeconds: Int64 = 86_400

    init(
        site: any SharePointSite, metaStore: any MetaStore, context: RunContext, work: DefinitionWork,
        definition: RegisteredDefinition, project: String, list: ManagedList, lease: LeaseTerm?, application: String?,
        inDoubt: Set<LedgerKey>
    ) {
        self.site = site
        self.metaStore = metaStore
        self.context = context
        self.work = work
        self.definition = definition
        self.project = project
        self.list = list
        self.lease = lease
        self.application = application
        self.inDoubt = inDoubt
        self.rows = RowContext(
            fields: work.bound.fields, codec: FieldCodec(zone: work.bound.zone), mappingVersion: work.mappingVersion,
            hasUniqueFields: false, now: context.now, mappings: definition.mappings)
    }

    /// What the feed is asked for.
    private var select: [String] { rows.selection(and: [ItemMarks.attachments]) }
    private var selection: String { select.joined(separator: ",") }

    mutating func drain() async throws(Failure) -> FeedSummary {
        do throws(SiteFailure) {
            try await drained()
        } catch {
            throw error.failure(
                while: "reading what changed in the list", address: .list(list.site, list.name),
                source: work.bound.definition.place)
        }
        if let failure { throw failure }
        return summary
    }

    private var isLooking = false
    /// A look that the feed alone did not answer.
    private(set) var isPartial = false

    /// A failure of the meta-store, which is not the site's.
    private var failure: Failure?

    private mutating func drained() async throws(SiteFailure) {
        let stored: StoredFeedPosition?
        isLooking = lease == nil
        do throws(Failure) { stored = try await metaStore.feedPosition(of: list.id) } catch { return fail(error) }
        if isLooking {
            // A look does not read whole lists: what it cannot tell from the feed, the next apply finds.
            guard let stored, stored.selection == selection, let link = stored.link else {
                isPartial = true
                return
            }
            do throws(SiteFailure) { return try await follow(link, enumeratedAt: stored.enumeratedAt) } catch {
                guard error.kind == .expired else { throw error }
                isPartial = true
                return
            }
        }
        guard let stored else {
            // A list without a row of ours has nothing that could have changed.
            let hasRows: Bool
            do throws(Failure) {
                hasRows = try await !metaStore.rows(of: definition.id, in: list.id, after: 0, limit: 1).isEmpty
            } catch {
                return fail(error)
            }
            return hasRows ? try await enumerate() : try await begin()
        }
        guard stored.selection == selection, let link = stored.link, !isOld(stored) else {
            return try await enumerate()
        }
        do throws(SiteFailure) {
            try await follow(link, enumeratedAt: stored.enumeratedAt)
        } catch {
            guard error.kind == .expired else { throw error }
            try await enumerate()
        }
    }

    private mutating func fail(_ failure: Failure) { self.failure = failure }

    private func isOld(_ stored: StoredFeedPosition) -> Bool {
        guard let seen = stored.enumeratedAt else { return true }
        return context.clock.now().seconds - seen.seconds > Self.enumerationSeconds
    }

    /// Takes the position of now without reading what is there.
    private mutating func begin() async throws(SiteFailure) {
        let page = try await site.changes(of: list.id.text, from: .latest, select: select)
        guard case .done(let link) = page.next else {
            return try await follow(Self.link(page.next), enumeratedAt: context.clock.now())
        }
        await record([], StoredFeedPosition(selection: selection, link: link, enumeratedAt: context.clock.now()))
    }

    /// Reads on from a position, page by page.
    private mutating func follow(_ link: String, enumeratedAt: Instant?) async throws(SiteFailure) {
        var link = link
        while failure == nil {
            let page = try await site.changes(of: list.id.text, from: .link(link), select: select)
            // What an unreadable element stood for is not known: all items have to be looked at.
            if page.isUnreadable {
                if isLooking {
                    isPartial = true
                    return
                }
                return try await enumerate()
            }
            let next = Self.link(page.next)
            let isLast = page.isLast
            // Nothing new, and the old position does as well.
            if isLast, page.entries.isEmpty, next == link { return }
            try await take(
                page.entries, StoredFeedPosition(selection: selection, link: next, enumeratedAt: enumeratedAt))
            if isLast { return }
            if context.shouldStop { return }
            link = next
        }
    }

    /// Looks at every item of the list; what is not there any more is confirmed one by one.
    private mutating func enumerate() async throws(SiteFailure) {
        var seen = ItemIDSet()
        var position = FeedPosition.beginning
        let unfinished = StoredFeedPosition(selection: selection, link: nil)
        while failure == nil {
            let page = try await site.changes(of: list.id.text, from: position, select: select)
            guard !page.isUnreadable else {
                // Absence proves nothing in a listing with a hole. What was seen is recorded; the next look begins anew.
                return try await take(page.entries, unfinished)
            }
            for case .item(let observed) in page.entries { seen.insert(observed.item.id) }
            let next = Self.link(page.next)
            guard page.isLast else {
                try await take(page.entries, unfinished)
                if context.shouldStop { return }
                position = .link(next)
                continue
            }
            try await take(page.entries, unfinished)
            guard failure == nil, summary.unknownWrites == 0 else { return }
            try await confirmAbsent(seen)
            guard failure == nil else { return }
            return await record(
                [], StoredFeedPosition(selection: selection, link: next, enumeratedAt: context.clock.now()))
        }
    }

    private static func link(_ next: FeedPage.Next) -> String {
        switch next {
        case .more(let link), .done(let link): link
        }
    }

    // MARK: Pages

    private mutating func take(_ entries: [FeedEntry], _ position: StoredFeedPosition) async throws(SiteFailure) {
        var items: [Int64: ObservedItem] = [:]
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
        let keys = items.values.compactMap { $0.item[SyncKey.column]?.string }.sorted()
        let known: [KnownEntry]
        do throws(Failure) {
            known = try await metaStore.entries(of: definition.id, list: list.id, items: order, syncKeys: keys)
        } catch {
            return fail(error)
        }
        var page = Page(known, list: list.id)
        for id in order {
            if removed.contains(id) {
                try await takeRemoved(id, alsoSeen: items[id], &page)
            } else if let observed = items[id] {
                try await takeItem(observed, &page)
            }
        }
        // A ledger that knows less than the list is not to be built upon.
        guard summary.unknownWrites == 0 else { return }
        await record(page.changes, strays: page.strays, noStrays: page.noStrays, position)
    }

    /// The rows of one page, and what becomes of them.
    private struct Page {
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

        /// A row has at most one change in a page: the first is of its item, a second of where it was.
        mutating func put(_ entry: LedgerEntry, _ row: KnownEntry) {
            guard touched.insert(entry.key).inserted else { return }
            var entry = entry
            entry.version = row.entry.version + 1
            changes.append(.put(entry, sourceKey: row.syncKey, replaces: row.entry.version))
        }
    }

    private mutating func takeItem(_ observed: ObservedItem, _ page: inout Page) async throws(SiteFailure) {
        let item = observed.item
        if let row = page.owners[item.id] {
            guard !inDoubt.contains(row.entry.key) else { return }
            let known = rows.current(row.entry)
            switch Sighting.of(item, shown: rows.shown(by: item, under: known), entry: known) {
            case .nothing, .stray: break
            case .changed(let entry): note(observed, entry, row, &page)
            case .unsure:
                guard let read = try await read(item.id) else {
                    return settle(Sighting.ofGone(row.entry), row, &page)
                }
                if case .changed(let entry) = Sighting.ofRead(
                    read, shown: rows.shown(by: read, under: known), entry: known)
                {
                    note(observed, entry, row, &page)
                }
            }
            return
        }
        if let row = page.former[item.id] {
            // A late page shows an item that is deleted since.
            if row.entry.state == .deletedByPerson || row.entry.state == .tombstone {
                guard let read = try await read(item.id) else { return }
                let known = rows.current(row.entry)
                let sighting = Sighting.ofFormer(
                    read, in: list.id, shown: rows.shown(by: read, under: known),
                    isMarked: ItemMarks.isFilled(read[DeletionMark.column]), entry: known)
                switch sighting {
                case .changed(let entry):
                    summary.changed += 1
                    page.put(entry, row)
                case .stray: stray(read, &page)
                case .nothing, .unsure: break
                }
            }
            return
        }
        guard let key = item[SyncKey.column]?.string, key.hasPrefix("\(work.prefix)/") else { return }
        guard !keysInDoubt.contains(key), try await read(item.id) != nil else { return }
        // A row that the ledger knows may have a late twin: its create was sent again, and what came of that is gone.
        let isOurs = observed.editingApplication != nil && observed.editingApplication == application
        if isOurs, page.byKey[key] == nil { summary.unknownWrites += 1 }
        stray(item, &page)
    }

    /// Sync keys of rows whose new item may have arrived in this list: what has such a key may be that.
    var keysInDoubt: Set<String> = []

    private mutating func stray(_ item: RemoteItem, _ page: inout Page) {
        summary.strays += 1
        page.strays.append(FeedCommit.Stray(item: item.id, syncKey: item[SyncKey.column]?.string ?? ""))
    }

    private mutating func note(
        _ observed: ObservedItem, _ entry: LedgerEntry, _ row: KnownEntry, _ page: inout Page
    ) {
        // Everything that we wrote is recorded, or in doubt: a write of ours that is neither was made by a later state
        // of this meta-store than the one that is here.
        let showsOurs = observed.editingApplication != nil && observed.editingApplication == application
        let known = rows.current(row.entry)
        if showsOurs, (entry.seenHashes ?? entry.remoteBase) != (known.seenHashes ?? known.remoteBase) {
            summary.unknownWrites += 1
        }
        summary.changed += 1
        page.put(entry, row)
    }

    private mutating func takeRemoved(
        _ id: Int64, alsoSeen observed: ObservedItem?, _ page: inout Page
    ) async throws(SiteFailure) {
        guard let row = page.owners[id] else {
            if let observed, try await read(id) != nil { return try await takeItem(observed, &page) }
            return page.noStrays.append(id)
        }
        guard !inDoubt.contains(row.entry.key) else { return }
        // The feed may be wrong, or late: a deletion counts when the item itself says so.
        if let read = try await read(id) {
            let known = rows.current(row.entry)
            if case .changed(let entry) = Sighting.ofRead(read, shown: rows.shown(by: read, under: known), entry: known)
            {
                summary.changed += 1
                page.put(entry, row)
            }
            return
        }
        settle(Sighting.ofGone(row.entry), row, &page)
    }

    private mutating func settle(_ sighting: Sighting, _ row: KnownEntry, _ page: inout Page) {
        guard case .changed(let entry) = sighting else { return }
        summary.deleted += 1
        page.put(entry, row)
    }

    /// Rows whose item was not among all items: each is asked for by its id before it counts as deleted.
    private mutating func confirmAbsent(_ seen: ItemIDSet) async throws(SiteFailure) {
        var suspects: [LedgerEntry] = []
        do throws(Failure) {
            var after: Int64 = 0
            while true {
                let rows = try await metaStore.rows(
                    of: definition.id, in: list.id, after: after, limit: Self.pageRows)
                guard let last = rows.last?.entry.item else { break }
                after = last
                suspects += rows.map(\.entry).filter { entry in
                    entry.item.map { !seen.contains($0) } == true && !inDoubt.contains(entry.key)
                }
            }
        } catch {
            return fail(error)
        }
        for start in stride(from: 0, to: suspects.count, by: WaveMachine.batchMax) {
            let group = Array(suspects[start..<min(start + WaveMachine.batchMax, suspects.count)])
            let answers = await site.perform(
                group.map { .read(list: list.id.text, item: $0.item ?? 0, select: [SyncKey.column]) })
            let gone = zip(group, answers).filter { _, answer in
                if case .failure(let failure) = answer { return failure.kind == .gone }
                return false
            }.map(\.0)
            for case .failure(let failure) in answers where failure.kind != .gone { throw failure }
            guard !gone.isEmpty else { continue }
            let known: [KnownEntry]
            do throws(Failure) {
                known = try await metaStore.entries(
                    of: definition.id, list: list.id, items: gone.compactMap(\.item), syncKeys: [])
            } catch {
                return fail(error)
            }
            var page = Page(known, list: list.id)
            for item in gone.compactMap(\.item) {
                if let row = page.owners[item] { settle(Sighting.ofGone(row.entry), row, &page) }
            }
            await record(page.changes, StoredFeedPosition(selection: selection, link: nil))
        }
    }

    // MARK: Reading and recording

    /// The item by its id; `nil` if there is none.
    private func read(_ id: Int64) async throws(SiteFailure) -> RemoteItem? {
        let isMarking = list.columns.contains { $0.name == DeletionMark.column }
        let answers = await site.perform([
            .read(list: list.id.text, item: id, select: isMarking ? select + [DeletionMark.column] : select)
        ])
        switch answers.first {
        case .success(.item(let item)): return item
        case .failure(let failure) where failure.kind == .gone: return nil
        case .failure(let failure): throw failure
        case .success, nil: throw SiteFailure(.malformed, reason: "an odd answer")
        }
    }

    private mutating func record(
        _ changes: [LedgerCommit.Change], strays: [FeedCommit.Stray] = [], noStrays: [Int64] = [],
        _ position: StoredFeedPosition
    ) async {
        guard failure == nil else { return }
        guard let lease else {
            seen += changes
            return
        }
        do throws(Failure) {
            try await metaStore.commit(
                FeedCommit(
                    project: project, definition: definition.id, list: list.id, now: context.clock.now(), lease: lease,
                    changes: changes, strays: strays, noStrays: noStrays, position: position))
        } catch {
            failure = error
        }
    }
}

extension FeedPage {
    fileprivate var isLast: Bool {
        switch next {
        case .more: false
        case .done: true
        }
    }

    fileprivate var isUnreadable: Bool {
        entries.contains { entry in
            if case .unreadable = entry { return true }
            return false
        }
    }
}
