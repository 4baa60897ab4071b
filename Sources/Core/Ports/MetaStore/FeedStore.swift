/// The part of the meta-store that knows how far change feeds were read, and whose items they show.
package protocol FeedStore: Sendable {
    /// Where reading a list's change feed goes on; `nil` if it was never read.
    func feedPosition(of list: ListID) async throws(Failure) -> StoredFeedPosition?
    /// The entries that have, or had, one of these items, and those that have one of these sync keys.
    func entries(
        of definition: String, list: ListID, items: [Int64], syncKeys: [String]
    ) async throws(Failure) -> [KnownEntry]
    /// The rows whose item is in a list, in the order of the items' ids behind `after`.
    func rows(
        of definition: String, in list: ListID, after item: Int64, limit: Int
    ) async throws(Failure) -> [KnownEntry]
    /// Records what a page of the feed showed together with the position behind it.
    func commit(_ page: FeedCommit) async throws(Failure)
}

/// How far a list's change feed has been read.
package struct StoredFeedPosition: Hashable, Sendable {
    /// Of the fields the feed was asked for: another selection starts anew.
    package var selection: String
    /// `nil`: the reading from the beginning was not finished.
    package var link: String?
    /// When every item of the list was seen last; `nil` if the position was taken without reading.
    package var enumeratedAt: Instant?

    package init(selection: String, link: String?, enumeratedAt: Instant? = nil) {
        self.selection = selection
        self.link = link
        self.enumeratedAt = enumeratedAt
    }
}
