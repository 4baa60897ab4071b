/// What one page of a feed changes.
package struct FeedCommit: Hashable, Sendable {
    /// An item that carries a key of ours and that no row owns.
    package struct Stray: Hashable, Sendable {
        package var item: Int64
        package var syncKey: String

        package init(item: Int64, syncKey: String) {
            self.item = item
            self.syncKey = syncKey
        }
    }

    package var project: String
    package var definition: String
    package var list: ListID
    package var now: Instant
    package var lease: LeaseTerm
    /// Entries with what was seen of their items; `version` is already the new one.
    package var changes: [LedgerCommit.Change]
    package var strays: [Stray]
    /// Items that are no strays any more.
    package var noStrays: [Int64]
    package var position: StoredFeedPosition

    package init(
        project: String, definition: String, list: ListID, now: Instant, lease: LeaseTerm,
        changes: [LedgerCommit.Change], strays: [Stray] = [], noStrays: [Int64] = [], position: StoredFeedPosition
    ) {
        self.project = project
        self.definition = definition
        self.list = list
        self.now = now
        self.lease = lease
        self.changes = changes
        self.strays = strays
        self.noStrays = noStrays
        self.position = position
    }
}
