/// One entry of a feed's page, before it is JSON.
struct FeedEntry {
    var item: SimulatedItem
    /// Shows the item as it was before its newest version, or before it was removed.
    var isOld = false
}

/// The entries of a page in their order, and where the feed goes on.
struct FeedPage {
    var entries: [FeedEntry] = []
    var next: FeedToken.Position
    /// Whether more is there now.
    var hasMore = false
}

extension SimulatedList {
    /// Items in the order of their ids.
    /// - Parameter visible: The newest change that shows; an item made later does not.
    func enumerate(after id: Int, since: Int, size: Int, visible: Int) -> FeedPage {
        var page = FeedPage(next: .changes(after: since))
        for case let item? in slots.dropFirst(max(0, id)) where item.change <= visible || item.version > 1 {
            if page.entries.count == size {
                page.hasMore = true
                page.next = .items(after: page.entries[size - 1].item.id, since: since)
                return page
            }
            page.entries.append(FeedEntry(item: item))
        }
        return page
    }

    /// Changes in the order in which they happened, the newest of each item.
    func changes(after number: Int, size: Int, visible: Int) -> FeedPage {
        var page = FeedPage(next: .changes(after: max(number, visible)))
        guard number < visible else { return page }
        var last = number
        for number in number + 1...visible {
            guard let item = changes.item(at: number).flatMap(anyItem) else { continue }
            if page.entries.count == size {
                page.hasMore = true
                page.next = .changes(after: last)
                return page
            }
            page.entries.append(FeedEntry(item: item))
            last = number
        }
        return page
    }

    /// An item that a feed at `position` has delivered before.
    func delivered(before position: FeedToken.Position, _ random: inout SeededRandom) -> SimulatedItem? {
        // Gaps are frequent in a log; a few draws find something or there is little to find.
        for _ in 0..<8 {
            switch position {
            case .items(let after, _):
                guard after > 0 else { return nil }
                if let item = item(Int.random(in: 1...after, using: &random)) { return item }
            case .changes(let after):
                guard after > 0 else { return nil }
                if let item = changes.item(at: Int.random(in: 1...after, using: &random)).flatMap(anyItem) {
                    return item
                }
            }
        }
        return nil
    }
}
