internal import Core

/// The links that one reading of a feed went through: a service that leads round in a circle, or on for ever, is given up.
struct FeedTrail {
    private var visits: [String: Int] = [:]
    private var pages = 0
    /// A page without elements may say to come back to where it was.
    private static let visitsMax = 20
    /// Of 5,000 elements each: more than a list holds (30 million items).
    private static let pagesMax = 100_000

    /// - Parameter hasElements: The page that led there had some: only an empty one may lead to where one was.
    mutating func visit(_ link: String, hasElements: Bool) throws(SiteFailure) {
        pages += 1
        let before = visits[link, default: 0]
        visits[link] = before + 1
        guard before == 0 || !hasElements && before < Self.visitsMax, pages <= Self.pagesMax else {
            throw SiteFailure(.malformed, reason: "reading the changes of a list: the pages lead round in a circle")
        }
    }
}
