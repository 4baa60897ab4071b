/// One SharePoint site as SyncBridge uses it. The real one speaks Microsoft Graph; the simulated one is in memory.
///
/// Calls wait out throttling and repeat what is safe to repeat by themselves. What they throw is therefore final for
/// this attempt, and says in ``SiteFailure/outcome`` whether the service may have acted.
package protocol SharePointSite: ChangeFeed {
    /// The site that the profile's host and path name.
    func site() async throws(SiteFailure) -> RemoteSite
    /// Every list of the site that is not a system list.
    func lists() async throws(SiteFailure) -> [RemoteList]
    /// Every column of a list, hidden ones included.
    func columns(of list: String) async throws(SiteFailure) -> [RemoteColumn]
    func createList(_ creation: ListCreation) async throws(SiteFailure) -> RemoteList
    func updateList(_ list: String, _ change: ListChange) async throws(SiteFailure)
    func createColumn(_ column: ColumnCreation, in list: String) async throws(SiteFailure) -> RemoteColumn
    func updateColumn(_ column: String, _ change: ColumnChange, in list: String) async throws(SiteFailure)
    /// Sends up to 20 requests as one `$batch` and returns one outcome for each, in their order.
    func perform(_ requests: [ItemRequest]) async -> [Result<ItemAnswer, SiteFailure>]
}

package struct RemoteSite: Hashable, Sendable {
    package var id: String
    package var displayName: String
    package var webURL: String

    package init(id: String, displayName: String, webURL: String) {
        self.id = id
        self.displayName = displayName
        self.webURL = webURL
    }
}

package struct RemoteList: Hashable, Sendable {
    /// A GUID.
    package var id: String
    /// Fixed at creation; the last segment of the URL.
    package var name: String
    package var displayName: String
    package var description: String
    package var webURL: String
    package var template: String

    package init(
        id: String, name: String, displayName: String, description: String = "", webURL: String = "",
        template: String = "genericList"
    ) {
        self.id = id
        self.name = name
        self.displayName = displayName
        self.description = description
        self.webURL = webURL
        self.template = template
    }
}

package struct RemoteColumn: Hashable, Sendable {
    package var id: String
    /// The internal name: the key in `fields`.
    package var name: String
    package var displayName: String
    package var description: String
    /// `nil`: a type that Graph does not describe, or one that this version does not write.
    package var type: ColumnType?
    /// The name of the facet Graph gave, for messages; `nil` if it gave none.
    package var facet: String?
    package var required: Bool
    package var hidden: Bool
    package var readOnly: Bool
    package var indexed: Bool
    package var unique: Bool
    package var defaultValue: ColumnDefault?

    package init(
        id: String, name: String, displayName: String, description: String = "", type: ColumnType?,
        facet: String? = nil, required: Bool = false, hidden: Bool = false, readOnly: Bool = false,
        indexed: Bool = false, unique: Bool = false, defaultValue: ColumnDefault? = nil
    ) {
        self.id = id
        self.name = name
        self.displayName = displayName
        self.description = description
        self.type = type
        self.facet = facet ?? type?.facet
        self.required = required
        self.hidden = hidden
        self.readOnly = readOnly
        self.indexed = indexed
        self.unique = unique
        self.defaultValue = defaultValue
    }
}

/// A new generic list. Its key column comes with it, so that no moment exists at which the list is not recognisable.
package struct ListCreation: Hashable, Sendable {
    /// The name in the manifests: the service makes the URL from it.
    package var title: String
    package var description: String
    package var columns: [ColumnCreation]

    package init(title: String, description: String, columns: [ColumnCreation]) {
        self.title = title
        self.description = description
        self.columns = columns
    }
}

/// What changes; `nil` stays.
package struct ListChange: Hashable, Sendable {
    package var displayName: String?
    package var description: String?

    package init(displayName: String? = nil, description: String? = nil) {
        self.displayName = displayName
        self.description = description
    }

    package var isEmpty: Bool { self == ListChange() }
}

package struct ColumnCreation: Hashable, Sendable {
    package var name: String
    package var displayName: String
    package var description: String
    package var type: ColumnType
    package var defaultValue: ColumnDefault?

    package init(
        name: String, displayName: String, description: String = "", type: ColumnType,
        defaultValue: ColumnDefault? = nil
    ) {
        self.name = name
        self.displayName = displayName
        self.description = description
        self.type = type
        self.defaultValue = defaultValue
    }
}

/// What changes; `nil` stays.
package struct ColumnChange: Hashable, Sendable {
    package var displayName: String?
    package var description: String?
    /// The facet with all its options; only ever of the kind the column already is.
    package var type: ColumnType?
    package var required: Bool?
    package var indexed: Bool?
    package var unique: Bool?
    package var hidden: Bool?
    package var defaultValue: ColumnDefault?

    package init(
        displayName: String? = nil, description: String? = nil, type: ColumnType? = nil, required: Bool? = nil,
        indexed: Bool? = nil, unique: Bool? = nil, hidden: Bool? = nil, defaultValue: ColumnDefault? = nil
    ) {
        self.displayName = displayName
        self.description = description
        self.type = type
        self.required = required
        self.indexed = indexed
        self.unique = unique
        self.hidden = hidden
        self.defaultValue = defaultValue
    }

    package var isEmpty: Bool { self == ColumnChange() }
}

/// One request about items. Fields are in Graph's own JSON form, made by ``FieldCodec``.
package enum ItemRequest: Hashable, Sendable {
    case create(list: String, fields: [JSON.Member])
    /// Changes the named fields if the item still has this tag; `nil` sends no condition.
    case update(list: String, item: Int64, etag: String?, fields: [JSON.Member])
    case delete(list: String, item: Int64, etag: String?)
    /// Reads the named fields of one item.
    case read(list: String, item: Int64, select: [String])
    /// Finds items by the value of `SyncBridgeKey`, and reads the named fields.
    case find(list: String, key: String, select: [String])

    package var list: String {
        switch self {
        case .create(let list, _), .update(let list, _, _, _), .delete(let list, _, _), .read(let list, _, _),
            .find(let list, _, _):
            list
        }
    }

    /// What it costs in resource units (FACTS 8.1).
    package var resourceUnits: Int {
        switch self {
        case .create, .update, .delete, .find: 2
        case .read: 1
        }
    }
}

package enum ItemAnswer: Hashable, Sendable {
    case created(RemoteItem)
    case updated(RemoteItem)
    case deleted
    case item(RemoteItem)
    case found([RemoteItem])
}

package struct RemoteItem: Hashable, Sendable {
    package var id: Int64
    /// Opaque; quotes included.
    package var etag: String
    /// As the service answered: absent means no value.
    package var fields: [JSON.Member]

    package init(id: Int64, etag: String, fields: [JSON.Member]) {
        self.id = id
        self.etag = etag
        self.fields = fields
    }

    package subscript(_ field: String) -> JSON? { fields.first { $0.name == field }?.value }
}

/// Why a call on the site failed (SPEC §11, classes; data-sync §2.17).
package struct SiteFailure: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// 429, 503: waited out already, until the deadline.
        case throttled
        /// 5xx, resets, timeouts.
        case transient
        /// 412, 409 save conflict: somebody else changed the object.
        case stale
        /// 404 of an item.
        case gone
        /// 404 of a site, list or column.
        case missing
        /// 410: a position of the change feed that the service no longer knows.
        case expired
        /// 403.
        case forbidden
        /// 423.
        case locked
        /// 401 after a fresh token, or no token.
        case unauthenticated
        /// 400, 422: the request is refused as it is.
        case refused
        /// 409 other than a save conflict: name or value exists.
        case conflict
        /// The host does not answer at all.
        case unreachable
        /// An answer that makes no sense.
        case malformed
        case cancelled
    }

    package enum Outcome: Hashable, Sendable {
        /// Nothing was changed.
        case notDone
        /// The change may have been made.
        case unknown
    }

    package var kind: Kind
    package var outcome: Outcome
    package var status: Int?
    /// Graph's deepest known error code, or the AADSTS number.
    package var code: String?
    /// Safe to show: texts of the service are masked to code and column.
    package var reason: String
    package var requestID: String?

    package init(
        _ kind: Kind, outcome: Outcome = .notDone, status: Int? = nil, code: String? = nil, reason: String,
        requestID: String? = nil
    ) {
        self.kind = kind
        self.outcome = outcome
        self.status = status
        self.code = code
        self.reason = reason
        self.requestID = requestID
    }
}
