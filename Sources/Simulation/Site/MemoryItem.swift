package import Core

/// Who wrote something.
package enum Author: Hashable, Sendable {
    case person
    /// A GUID in lower case.
    case application(String)

    package var isPerson: Bool { self == .person }
}

/// One item of a list in memory.
package struct MemoryItem: Hashable, Sendable {
    package let id: Int64
    package let guid: String
    package var version: Int
    /// Without those that have no value.
    package var fields: [String: JSON]
    package var hasAttachments = false
    package var editor: Author
    package let createdAt: Instant
    package var modifiedAt: Instant

    package var etag: String { "\"\(guid),\(version)\"" }

    package var syncKey: String? { fields[SyncKey.column]?.string }

    /// The item as an answer that names fields shows it: what has no value is absent.
    func remote(select: [String]) -> RemoteItem {
        RemoteItem(
            id: id, etag: etag,
            fields: select.compactMap { name in
                if name == "Attachments" { return JSON.Member(name, .bool(hasAttachments)) }
                return fields[name].map { JSON.Member(name, $0) }
            })
    }

    /// The item as the answer to a write shows it: all columns that people see.
    func remote(columns: [RemoteColumn]) -> RemoteItem {
        remote(select: columns.filter { !$0.hidden }.map(\.name) + ["Attachments"])
    }
}

/// One list in memory.
package struct MemoryList: Sendable {
    /// A state that the list's change feed shows.
    struct Change: Sendable {
        var at: Double
        var id: Int64
        /// `nil`: removed. Without columns that were deleted since.
        var item: MemoryItem?
        /// As it was then.
        let original: MemoryItem?

        init(at: Double, id: Int64, item: MemoryItem?) {
            self.at = at
            self.id = id
            self.item = item
            original = item
        }
    }

    /// A change feed that cannot be read since some deletion.
    struct Unreadable: Sendable {
        /// So many changes had taken place.
        var changes: Int
        /// A feed that is begun after them can be read.
        var sparesNewFeeds: Bool
        var failure: SiteFailure
    }

    /// Of its GUIDs.
    let number: Int
    package var remote: RemoteList
    package var columns: [RemoteColumn]
    package var items: [Int64: MemoryItem] = [:]
    package var bin: [Int64: MemoryItem] = [:]
    var nextItem: Int64 = 1
    var nextColumn = 1
    /// In the order in which they took place; a position in the feed is a count of them.
    var changes: [Change] = []
    /// Items that nobody may write, by the status of the refusal.
    var locks: [Int64: Int] = [:]
    var unreadable: Unreadable?

    package var id: String { remote.id }

    package func column(_ name: String) -> RemoteColumn? { columns.first { $0.name == name } }

    /// Items with a key, without regard to case, as the service compares.
    package func items(withKey key: String) -> [MemoryItem] {
        let wanted = key.lowercased()
        return items.values.filter { $0.syncKey?.lowercased() == wanted }.sorted { $0.id < $1.id }
    }

    package var sortedItems: [MemoryItem] { items.values.sorted { $0.id < $1.id } }
}
