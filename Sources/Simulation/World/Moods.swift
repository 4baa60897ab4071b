internal import Core

/// What the service does by the extras of a world: it ends when the faults of the world end.
struct Moods {
    /// Items that were answered with 404 although they are there; the next answer about each is right.
    var flapped: Set<ItemLocation> = []
    /// Items that were denied and whose list has answered since: the next answer about each is right, whatever else is wrong.
    /// Nobody could tell one that is denied again from one that is gone.
    var proved: Set<ItemLocation> = []
    /// By list: for so many requests more no item of it is there.
    var absent: [String: Int] = [:]
    /// So many writes more are refused because the site is full.
    var refusals = 0
}

extension World {
    static let full = SiteFailure(
        .locked, status: 507, code: "quotaLimitReached", reason: "the site's storage is full")

    /// What the service answers instead of acting.
    func mood(for request: ItemRequest) -> SiteFailure? {
        guard hasFaults, !extras.isEmpty else { return nil }
        if isProved(request) { return nil }
        if isAbsent(request.list) {
            if let item = request.item {
                moods.flapped.insert(ItemLocation(list: ListID(request.list), item: item, etag: nil))
            }
            return SiteFailure(request.item == nil ? .missing : .gone, status: 404, code: "itemNotFound", reason: "404")
        }
        if flaps(request) {
            checker.count(Extra.flappingItems.rawValue)
            return SiteFailure(.gone, status: 404, code: "itemNotFound", reason: "404 of an item that is there")
        }
        switch request {
        case .create, .update: return refusesWrite() ? Self.full : nil
        case .delete, .read, .find, .probe: return nil
        }
    }

    /// Whether an item that was denied is not to be denied once more. A list that answers proves those of its items.
    private func isProved(_ request: ItemRequest) -> Bool {
        if let item = request.item {
            return moods.proved.remove(ItemLocation(list: ListID(request.list), item: item, etag: nil)) != nil
        }
        guard moods.absent[request.list] == nil else { return false }
        let denied = moods.flapped.filter { $0.list == ListID(request.list) }
        moods.flapped.subtract(denied)
        moods.proved.formUnion(denied)
        return false
    }

    /// Whether a list has none of its items for the client now, though it has itself. Counts the requests.
    func isAbsent(_ list: String) -> Bool {
        guard let rest = moods.absent[list] else { return false }
        moods.absent[list] = rest > 1 ? rest - 1 : nil
        return true
    }

    func refusesWrite() -> Bool {
        guard moods.refusals > 0 else { return false }
        moods.refusals -= 1
        return true
    }

    private func flaps(_ request: ItemRequest) -> Bool {
        guard let item = request.item, tenant.list(request.list)?.items[item] != nil else { return false }
        let place = ItemLocation(list: ListID(request.list), item: item, etag: nil)
        guard moods.flapped.remove(place) == nil, extras.happens(.flappingItems, 0.12) else { return false }
        moods.flapped.insert(place)
        return true
    }

    // MARK: How they come and go

    func beginMoods() {
        if let count = extras.draw(.absentItems, { $0.chance(0.2) ? $0.within(1...12) : 0 }), count > 0,
            let list = extras.draw(.absentItems, { $0.pick(tenant.lists) }) ?? nil
        {
            moods.absent[list.id] = count
            note(.absentItems, "no item of \(list.id.prefix(8)) is there for \(count) requests")
        }
        if let count = extras.draw(.fullSite, { $0.chance(0.15) ? $0.within(1...30) : 0 }), count > 0 {
            moods.refusals = count
            note(.fullSite, "the site is full for \(count) writes")
        }
        if let list = extras.draw(.unreadableFeed, { $0.chance(0.4) ? $0.pick(tenant.listsWithDeletions) : nil }) ?? nil
        {
            spoilFeed(of: list)
        }
    }

    private func spoilFeed(of list: MemoryList) {
        let draws = extras.draw(.unreadableFeed) { ($0.chance(0.7), $0.chance(0.5)) } ?? (true, true)
        tenant.spoilFeed(
            of: list.id, sparesNewFeeds: draws.0,
            draws.1
                ? SiteFailure(.malformed, status: 200, reason: "a page that is not JSON")
                : SiteFailure(.transient, status: 500, reason: "an error of the service"))
        note(.unreadableFeed, "the feed of \(list.id.prefix(8)) cannot be read\(draws.0 ? " on from here" : "")")
    }

    /// With the faults end the moods. A feed that only a new start can read stays so.
    func endMoods() {
        guard !extras.isEmpty else { return }
        moods = Moods()
        tenant.mendFeeds()
        restoreLists()
        unlockItems()
    }

    func note(_ extra: Extra, _ text: String) {
        checker.count(extra.rawValue)
        trace.note(text)
    }
}

extension ItemRequest {
    /// The item that it is about; `nil` if it is about a list.
    fileprivate var item: Int64? {
        switch self {
        case .update(_, let item, _, _), .delete(_, let item, _), .read(_, let item, _): item
        case .create, .find, .probe: nil
        }
    }
}

extension MemoryTenant {
    /// Lists of which an item was deleted.
    fileprivate var listsWithDeletions: [MemoryList] {
        lists.filter { list in list.changes.contains { $0.original == nil } }
    }

    fileprivate mutating func spoilFeed(of id: String, sparesNewFeeds: Bool, _ failure: SiteFailure) {
        guard let index = lists.firstIndex(where: { $0.id == id }) else { return }
        lists[index].unreadable = MemoryList.Unreadable(
            changes: lists[index].changes.count, sparesNewFeeds: sparesNewFeeds, failure: failure)
    }

    fileprivate mutating func mendFeeds() {
        for index in lists.indices where lists[index].unreadable?.sparesNewFeeds == false {
            lists[index].unreadable = nil
        }
        for index in deletedLists.indices where deletedLists[index].unreadable?.sparesNewFeeds == false {
            deletedLists[index].unreadable = nil
        }
    }
}
