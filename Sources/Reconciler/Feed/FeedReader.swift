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
    /// By field: items that hold something else than was sent, and nobody changed them.
    var normalised: [Int: Int] = [:]
    /// Items that are missing, so many that nothing was recorded of them.
    var refusedDeletions: Int?
    /// Rows of the ledger with an item in the list, where that was asked.
    var rowsOfList: Int?

    /// What was seen is not to be built upon.
    var isRefused: Bool { unknownWrites > 0 || refusedDeletions != nil }
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
    /// Keys of rows with an open intent: a change seen on their items may be our own. A look asks for them after each
    /// page.
    var inDoubt: Set<LedgerKey>
    /// Sync keys of rows whose new item may have arrived in this list: what has such a key may be that.
    var keysInDoubt: Set<String> = []
    private(set) var rows: RowContext
    /// For so many days the ledger remembers items that it deleted.
    let remembersDays: Int
    var summary = FeedSummary()
    /// What a look would have recorded.
    private(set) var seen: [LedgerCommit.Change] = []
    private(set) var seenStrays: [FeedCommit.Stray] = []

    static let pageRows = 5000
    /// How long what a feed says of all items is trusted before all are looked at again, in seconds.
    static let enumerationSeconds: Int64 = 86_400

    init(
        site: any SharePointSite, metaStore: any MetaStore, context: RunContext, work: DefinitionWork,
        definition: RegisteredDefinition, project: Project, list: ManagedList, lease: LeaseTerm?,
        application: String?, inDoubt: Set<LedgerKey>
    ) {
        self.site = site
        self.metaStore = metaStore
        self.context = context
        self.work = work
        self.definition = definition
        self.project = project.name
        self.remembersDays = project.retention.tombstones
        self.list = list
        self.lease = lease
        self.application = application
        self.inDoubt = inDoubt
        self.rows = RowContext(of: work, now: context.now)
    }

    /// Takes in what columns the list has, where the rules have left it: nobody brings it up any more, so that it may lack
    /// columns that are mapped since, or that somebody deleted, and refuses to be asked for them.
    mutating func know(_ columns: [ListID: [RemoteColumn]]) {
        guard !work.bound.lists.contains(list.name), let found = columns[list.id] else { return }
        rows.columns[list.id] = Set(found.map(\.name))
    }

    /// What the feed is asked for.
    var select: [String] { rows.selection(in: list.id, and: [ItemMarks.attachments]) }
    /// The selection for reading a single item: it includes the deletion mark if the list has that column.
    var selectOfItem: [String] {
        list.columns.contains { $0.name == DeletionMark.column } ? select + [DeletionMark.column] : select
    }
    var selection: String { select.joined(separator: ",") }

    /// The page behind a position, read before its turn; without a link, the first page of all items.
    private var ahead: Ahead?

    struct Ahead: Sendable {
        var link: String?
        var page: Result<FeedPage, SiteFailure>
    }

    /// First pages that are in memory at a time where they are mostly empty.
    private static let pagesAhead = 4

    /// Goes through readers whose first pages are read side by side, while the page before them is recorded. What the pages
    /// show is recorded one list after the other, since a row may be in two of them.
    /// - Parameters:
    ///   - areLong: Much was written to the lists, and their pages show it: only the next is read ahead.
    ///   - body: Returns whether to go on.
    static func forEach(
        _ readers: [FeedReader], areLong: Bool = false, _ body: (inout FeedReader) async throws(Failure) -> Bool
    ) async throws(Failure) {
        let failure = await withTaskGroup(of: (Int, FeedReader).self) { group -> Failure? in
            var begun = 0
            var ready: [Int: FeedReader] = [:]
            func begin(_ count: Int) {
                while begun < min(readers.count, count) {
                    let (index, reader) = (begun, readers[begun])
                    group.addTask { (index, await reader.ahead()) }
                    begun += 1
                }
            }
            for index in readers.indices {
                begin(index + (areLong ? 1 : pagesAhead))
                while ready[index] == nil, let (number, reader) = await group.next() { ready[number] = reader }
                begin(index + (areLong ? 2 : pagesAhead))
                // A page that was taken is not kept until the others are.
                guard var reader = ready.removeValue(forKey: index) else { continue }
                do throws(Failure) {
                    guard try await body(&reader) else { return nil }
                } catch {
                    return error
                }
            }
            return nil
        }
        if let failure { throw failure }
    }

    private func ahead() async -> FeedReader {
        let stored: StoredFeedPosition?
        do throws(Failure) { stored = try await metaStore.feedPosition(of: list.id) } catch { return self }
        let link: String?
        switch stored {
        case nil:
            guard lease != nil, !list.wasAdopted else { return self }
            link = nil
        case let stored?:
            guard stored.selection == selection, let known = stored.link, !isOld(stored) else { return self }
            link = known
        }
        var reader = self
        reader.ahead = await fetcher.ahead(link)
        return reader
    }

    /// What reads a page beside other work.
    var fetcher: PageFetcher { PageFetcher(site: site, list: list.id.text, select: select) }

    mutating func keep(_ page: Ahead?) { ahead = page }

    private func fetch(_ position: FeedPosition) async throws(SiteFailure) -> FeedPage {
        try await site.changes(of: list.id.text, from: position, select: select)
    }

    /// The page at a position, which may have been read already.
    mutating func page(at position: FeedPosition) async throws(SiteFailure) -> FeedPage {
        let link: String?
        switch position {
        case .link(let text): link = text
        case .beginning: link = nil
        case .latest, .items: return try await fetch(position)
        }
        guard let known = ahead, known.link == link else { return try await fetch(position) }
        ahead = nil
        return try known.page.get()
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

    private(set) var isLooking = false
    /// All items are looked at, not only those that changed.
    var isEnumerating = false
    /// A look that the feed alone did not answer.
    var isPartial = false

    /// Items of the list that are recorded with another key than their row's; `nil` until they are asked for.
    var knownStrays: Set<Int64>?

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
                guard error.isOfFeedAlone else { throw error }
                isPartial = true
                return
            }
        }
        guard let stored else {
            // A list that was taken over has its people's items, and without a row of ours nothing that could have changed. In
            // one that we made are none, unless this meta-store is older than the list: that shows.
            guard list.wasAdopted else { return try await enumerate() }
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
            guard error.isOfFeedAlone else { throw error }
            try await enumerate()
        }
    }

    mutating func fail(_ failure: Failure) { self.failure = failure }

    private func isOld(_ stored: StoredFeedPosition) -> Bool {
        guard let seen = stored.enumeratedAt else { return true }
        return context.clock.now().seconds - seen.seconds > Self.enumerationSeconds
    }

    /// Takes the position of now without reading what is there.
    mutating func begin() async throws(SiteFailure) {
        let page = try await site.changes(of: list.id.text, from: .latest, select: select)
        guard case .done(let link) = page.next else {
            return try await follow(Self.link(page.next), enumeratedAt: context.clock.now())
        }
        await record([], StoredFeedPosition(selection: selection, link: link, enumeratedAt: context.clock.now()))
    }

    static func link(_ next: FeedPage.Next) -> String {
        switch next {
        case .more(let link), .done(let link): link
        }
    }

    // MARK: Reading and recording

    mutating func record(
        _ changes: [LedgerCommit.Change], strays: [FeedCommit.Stray] = [], noStrays: [Int64] = [],
        _ position: StoredFeedPosition
    ) async {
        guard failure == nil else { return }
        guard let lease else {
            seen += changes
            seenStrays += strays
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

extension SiteFailure {
    /// The list may well answer: only its change feed does not, for now or for ever (FACTS 13). All items are looked at
    /// instead.
    var isOfFeedAlone: Bool {
        switch kind {
        case .expired, .malformed, .transient, .refused: true
        case .throttled, .stale, .gone, .missing, .forbidden, .locked, .itemLocked, .unauthenticated, .conflict,
            .unreachable, .cancelled:
            false
        }
    }
}

extension FeedPage {
    var isLast: Bool {
        switch next {
        case .more: false
        case .done: true
        }
    }

    var isUnreadable: Bool {
        entries.contains { entry in
            if case .unreadable = entry { return true }
            return false
        }
    }
}

/// Reads pages of one list.
struct PageFetcher: Sendable {
    let site: any SharePointSite
    let list: String
    let select: [String]

    /// - Parameter link: `nil`: from the beginning.
    func ahead(_ link: String?) async -> FeedReader.Ahead {
        do throws(SiteFailure) {
            let page = try await site.changes(of: list, from: link.map { .link($0) } ?? .beginning, select: select)
            return FeedReader.Ahead(link: link, page: .success(page))
        } catch {
            return FeedReader.Ahead(link: link, page: .failure(error))
        }
    }
}
