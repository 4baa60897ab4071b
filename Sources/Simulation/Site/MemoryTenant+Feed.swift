package import Core

extension MemoryTenant {
    /// How a page of a change feed is made: late, repeated, out of order, or broken, as the service does it (FACTS 1.6).
    package struct FeedManner: Sendable {
        /// Changes of the last seconds are not shown yet.
        package var lag = 0.0
        package var pageItems = 100
        /// How often each of these happens to an entry, or to a page.
        package var repeats = 0.0
        package var olderStates = 0.0
        package var replays = 0.0
        package var isShuffled = false
        package var errors = 0.0
        package var emptyPage = 0.0
        /// Items that nobody owns: a removal of theirs is not shown again once they are back. The program believes such
        /// an entry until it looks at all items, since to ask for each would cost what a delete may not cost.
        package var unowned: Set<Int64> = []

        package init() {}
    }

    /// One page of a list's change feed.
    package func changes(
        of id: String, from position: FeedPosition, select: [String], at moment: Double, _ manner: FeedManner,
        _ random: inout SeededRandom
    ) throws(SiteFailure) -> FeedPage {
        let list = lists[try index(id)]
        try check(select, in: list)
        let visible = list.changes.prefix { $0.at <= moment - manner.lag }.count
        let place: Place
        switch position {
        case .latest:
            if let failure = list.failure(of: nil) { throw failure }
            // From now on, and nothing late comes after it.
            return FeedPage(entries: [], next: .done(Place.changes(after: list.changes.count).link))
        case .beginning: place = .listing(of: visible, after: 0)
        case .items(nil): place = .listing(of: list.changes.count, after: 0)
        case .link(let link), .items(let link?):
            guard let known = Place(link: link, changes: list.changes.count) else {
                throw SiteFailure(.expired, status: 410, code: "resyncChangesApplyDifferences", reason: "expired")
            }
            place = known
        }
        if let failure = list.failure(of: place) { throw failure }
        if random.chance(manner.emptyPage) { return FeedPage(entries: [], next: .more(place.link)) }
        var (entries, next) =
            switch place {
            case .listing(let state, let after): listing(list, of: state, after: after, select, manner, &random)
            case .changes(let after):
                changes(list, after: after, upTo: max(visible, after), select, manner, &random)
            }
        if manner.isShuffled { entries.shuffle(using: &random) }
        return FeedPage(entries: entries, next: next)
    }

    /// Where reading goes on, and its link.
    fileprivate enum Place {
        /// All items as they were after so many changes.
        case listing(of: Int, after: Int64)
        case changes(after: Int)

        var link: String {
            switch self {
            case .listing(let state, let after): "https://memory/listing/\(state)/\(after)"
            case .changes(let after): "https://memory/changes/\(after)"
            }
        }

        /// Of so many changes the feed has told, or will when it comes to an end.
        var changes: Int {
            switch self {
            case .listing(let state, _): state
            case .changes(let after): after
            }
        }

        init?(link: String, changes: Int) {
            let parts = link.split(separator: "/").map(String.init)
            guard parts.count > 3, let first = Int(parts[3]), first <= changes else { return nil }
            if parts[2] == "changes" {
                self = .changes(after: first)
            } else if parts.count > 4, let after = Int64(parts[4]) {
                self = .listing(of: first, after: after)
            } else {
                return nil
            }
        }
    }

    private typealias Page = (entries: [FeedEntry], next: FeedPage.Next)

    private func listing(
        _ list: MemoryList, of state: Int, after: Int64, _ select: [String], _ manner: FeedManner,
        _ random: inout SeededRandom
    ) -> Page {
        var newest: [Int64: MemoryItem?] = [:]
        for change in list.changes.prefix(state) where change.id > after { newest[change.id] = .some(change.item) }
        let items = newest.values.compactMap { $0 }.sorted { $0.id < $1.id }
        let page = items.prefix(manner.pageItems)
        var entries: [FeedEntry] = []
        for item in page {
            if random.chance(manner.errors) {
                entries.append(.unreadable(reason: "an error stands in the place of an item"))
                continue
            }
            let entry = FeedEntry.item(item.observed(select: select))
            entries.append(entry)
            if random.chance(manner.repeats) { entries.append(entry) }
        }
        guard let last = page.last, items.count > page.count else {
            return (entries, .done(Place.changes(after: state).link))
        }
        return (entries, .more(Place.listing(of: state, after: last.id).link))
    }

    private func changes(
        _ list: MemoryList, after: Int, upTo visible: Int, _ select: [String], _ manner: FeedManner,
        _ random: inout SeededRandom
    ) -> Page {
        let end = min(visible, after + manner.pageItems)
        var ids: [Int64] = []
        for change in list.changes[after..<end] where !ids.contains(change.id) { ids.append(change.id) }
        var entries: [FeedEntry] = []
        for id in ids {
            let states = list.changes[..<visible].filter { $0.id == id }
            guard let newest = states.last else { continue }
            if random.chance(manner.olderStates), let older = states.dropLast().randomElement(using: &random),
                older.item != nil || !manner.unowned.contains(id)
            {
                entries.append(older.entry(select: select))
            }
            if newest.item == nil, random.chance(manner.errors) {
                entries.append(.unreadable(reason: "an error stands in the place of an item"))
                continue
            }
            entries.append(newest.entry(select: select))
            if random.chance(manner.repeats) { entries.append(newest.entry(select: select)) }
        }
        if after > 0, random.chance(manner.replays) {
            let change = list.changes[random.below(after)]
            if change.item != nil || !manner.unowned.contains(change.id) {
                entries.append(change.entry(select: select))
            }
        }
        let next = Place.changes(after: end).link
        return (entries, end < visible ? .more(next) : .done(next))
    }
}

extension MemoryList {
    /// Why a feed cannot be read at this place; `nil` for a place that is being made.
    fileprivate func failure(of place: MemoryTenant.Place?) -> SiteFailure? {
        guard let unreadable else { return nil }
        let isNew = place.map { $0.changes >= unreadable.changes } ?? true
        return isNew && unreadable.sparesNewFeeds ? nil : unreadable.failure
    }
}

extension MemoryList.Change {
    fileprivate func entry(select: [String]) -> FeedEntry {
        item.map { .item($0.observed(select: select)) } ?? .removed(id)
    }
}

extension MemoryItem {
    fileprivate func observed(select: [String]) -> FeedItem {
        switch editor {
        case .person:
            FeedItem(item: remote(select: select), editor: "Kim", modifiedAt: modifiedAt, createdAt: createdAt)
        case .application(let id):
            FeedItem(
                item: remote(select: select), editingApplication: id, editor: "SyncBridge", modifiedAt: modifiedAt,
                createdAt: createdAt)
        }
    }
}
