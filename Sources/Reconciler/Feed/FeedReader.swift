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
    /// Keys of rows whose effect is still in doubt: what is seen of them is not a person's. A look asks for them
    /// after each page.
    var inDoubt: Set<LedgerKey>
    /// Sync keys of rows whose new item may have arrived in this list: what has such a key may be that.
    var keysInDoubt: Set<String> = []
    let rows: RowContext
    var summary = FeedSummary()
    /// What a look would have recorded.
    private(set) var seen: [LedgerCommit.Change] = []

    private static let pageRows = 5000
    /// How long what a feed says of all items is trusted before all are looked at again, in seconds.
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
    /// What an item is asked for that is read by its id: also whether it is marked, where there is a column for that.
    private var selectOfItem: [String] {
        list.columns.contains { $0.name == DeletionMark.column } ? select + [DeletionMark.column] : select
    }
    private var selection: String { select.joined(separator: ",") }

    /// The page behind a position, read before its turn.
    private var ahead: (link: String, page: Result<FeedPage, SiteFailure>)?

    /// First pages that are in memory at a time where they are mostly empty.
    private static let pagesAhead = 4

    /// Goes through readers whose first pages are read side by side. What the pages show is recorded one list after the
    /// other, since a row may be in two of them.
    /// - Parameters:
    ///   - areLong: Much was written to the lists, and their pages show it: one is in memory at a time.
    ///   - body: Returns whether to go on.
    static func forEach(
        _ readers: [FeedReader], areLong: Bool = false, _ body: (inout FeedReader) async throws(Failure) -> Bool
    ) async throws(Failure) {
        var rest = readers[...]
        let pagesAhead = areLong ? 1 : pagesAhead
        while !rest.isEmpty {
            var ready = await sideBySide(Array(rest.prefix(pagesAhead)), limit: pagesAhead) { await $0.ahead() }
            rest = rest.dropFirst(pagesAhead)
            // A page that was taken is not kept until the others are.
            while !ready.isEmpty {
                var reader = ready.removeFirst()
                guard try await body(&reader) else { return }
            }
        }
    }

    private func ahead() async -> FeedReader {
        guard let stored = try? await metaStore.feedPosition(of: list.id), stored.selection == selection,
            let link = stored.link, !isOld(stored)
        else { return self }
        var reader = self
        do throws(SiteFailure) {
            reader.ahead = (link, .success(try await site.changes(of: list.id.text, from: .link(link), select: select)))
        } catch {
            reader.ahead = (link, .failure(error))
        }
        return reader
    }

    private mutating func page(behind link: String) async throws(SiteFailure) -> FeedPage {
        guard let (known, page) = ahead, known == link else {
            return try await site.changes(of: list.id.text, from: .link(link), select: select)
        }
        ahead = nil
        return try page.get()
    }

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
    private(set) var failure: Failure?

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

    mutating func fail(_ failure: Failure) { self.failure = failure }

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
            let page = try await page(behind: link)
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
                page.entries, from: StoredFeedPosition(selection: selection, link: link, enumeratedAt: enumeratedAt),
                to: StoredFeedPosition(selection: selection, link: next, enumeratedAt: enumeratedAt))
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
                return try await take(page.entries, from: unfinished, to: unfinished)
            }
            for case .item(let observed) in page.entries { seen.insert(observed.item.id) }
            let next = Self.link(page.next)
            guard page.isLast else {
                try await take(page.entries, from: unfinished, to: unfinished)
                if context.shouldStop { return }
                position = .link(next)
                continue
            }
            try await take(page.entries, from: unfinished, to: unfinished)
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
    func read(_ id: Int64) async throws(SiteFailure) -> RemoteItem? {
        let answers = await site.perform([.read(list: list.id.text, item: id, select: selectOfItem)])
        switch answers.first {
        case .success(.item(let item)): return item
        case .failure(let failure) where failure.kind == .gone: return nil
        case .failure(let failure): throw failure
        case .success, nil: throw SiteFailure(.malformed, reason: "an odd answer")
        }
    }

    mutating func record(
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
