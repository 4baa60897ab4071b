internal import Core

/// The links that one reading of a feed went through, and what its pages showed: a service that leads round in a circle, or
/// on and on without anything new, is given up.
struct FeedTrail {
    private var visits: [String: Int] = [:]
    private var seen = ItemIDSet()
    /// Pages in a row that showed no item that was not shown before.
    private var idlePages = 0
    /// A page without elements may say to come back to where it was.
    private static let visitsMax = 20
    /// Pages may be empty, and items come again (FACTS 1.6); so many of them in a row are no feed.
    private static let idlePagesMax = 200

    /// - Parameter link: Where the reading begins; `nil` for the beginning of the feed, which no page leads to.
    init(from link: String? = nil) {
        if let link { visits[link] = 1 }
    }

    /// - Parameters:
    ///   - link: What a page says is next.
    ///   - page: That page.
    mutating func go(on link: String, past page: FeedPage) throws(SiteFailure) {
        let before = visits[link, default: 0]
        visits[link] = before + 1
        // Only an empty page may lead to where one was.
        guard before == 0 || page.entries.isEmpty && before < Self.visitsMax else {
            throw Self.endless("the pages lead round in a circle")
        }
        idlePages = noteNews(of: page) ? 0 : idlePages + 1
        guard idlePages <= Self.idlePagesMax else {
            throw Self.endless("\(idlePages) pages in a row show nothing new, and there is no end")
        }
    }

    /// - Returns: Whether the page shows an item that no page has shown before.
    private mutating func noteNews(of page: FeedPage) -> Bool {
        var hasNews = false
        for entry in page.entries {
            let id: Int64
            switch entry {
            case .item(let observed): id = observed.item.id
            case .removed(let removed): id = removed
            case .unreadable: continue
            }
            guard !seen.contains(id) else { continue }
            seen.insert(id)
            hasNews = true
        }
        return hasNews
    }

    private static func endless(_ reason: String) -> SiteFailure {
        SiteFailure(.malformed, reason: "reading the changes of a list: \(reason)")
    }
}
