/// What a list's change feed says (FACTS 1.6, data-sync §2.9): the newest state of each item that changed, in no order,
/// some of it twice, some of it late.
package protocol ChangeFeed: Sendable {
    /// One page of a list's change feed.
    /// - Parameters:
    ///   - position: Where to go on. A link is used as the service gave it.
    ///   - select: Internal names of the fields to read; the service remembers them in its links.
    /// - Throws: ``SiteFailure/Kind/expired`` if the position is no longer known: begin anew.
    func changes(
        of list: String, from position: FeedPosition, select: [String]
    ) async throws(SiteFailure) -> FeedPage
}

package enum FeedPosition: Hashable, Sendable {
    /// The whole current state, then changes.
    case beginning
    /// Nothing of what is there now: only what changes from now on.
    case latest
    /// The items of the list as any reader gets them, without the feed's help. Its last page ends nowhere: what it says
    /// of how to go on is no position of the feed. Later pages come `after` the link of the one before.
    case items(after: String?)
    /// A link of an earlier page, opaque.
    case link(String)
}

package struct FeedPage: Hashable, Sendable {
    package enum Next: Hashable, Sendable {
        /// There is more to read now.
        case more(String)
        /// That was all; from here next time.
        case done(String)
    }

    package var entries: [FeedEntry]
    package var next: Next

    package init(entries: [FeedEntry], next: Next) {
        self.entries = entries
        self.next = next
    }
}

package enum FeedEntry: Hashable, Sendable {
    case item(FeedItem)
    /// A removed item: only its id is known.
    case removed(Int64)
    /// An element that is no item, such as an error in the place of one: the page does not say what is gone.
    case unreadable(reason: String)
}

/// An item as the feed shows it.
package struct FeedItem: Hashable, Sendable {
    package var item: RemoteItem
    /// The application that wrote it last, a GUID in lower case; `nil` for a person.
    package var editingApplication: String?
    /// The display name of the person or application that wrote it last.
    package var editor: String?
    package var modifiedAt: Instant?
    /// Stays what it is when the item is taken out of the recycle bin.
    package var createdAt: Instant?

    package init(
        item: RemoteItem, editingApplication: String? = nil, editor: String? = nil, modifiedAt: Instant? = nil,
        createdAt: Instant? = nil
    ) {
        self.createdAt = createdAt
        self.item = item
        self.editingApplication = editingApplication
        self.editor = editor
        self.modifiedAt = modifiedAt
    }
}
