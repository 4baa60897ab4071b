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
    /// Reads one item of the list, whichever that is: a list that answers is there.
    case probe(list: String)

    package var list: String {
        switch self {
        case .create(let list, _), .update(let list, _, _, _), .delete(let list, _, _), .read(let list, _, _),
            .find(let list, _, _), .probe(let list):
            list
        }
    }

    /// What it costs in resource units (FACTS 8.1).
    package var resourceUnits: Int {
        switch self {
        case .create, .update, .delete, .find, .probe: 2
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
    /// Of an item that was read by its id: the application that changed it last and acted for itself, a GUID in lower case;
    /// `nil` if a person did, or nobody said.
    package var editingApplication: String?

    package init(id: Int64, etag: String, fields: [JSON.Member], editingApplication: String? = nil) {
        self.id = id
        self.etag = etag
        self.fields = fields
        self.editingApplication = editingApplication
    }

    package subscript(_ field: String) -> JSON? { fields.first { $0.name == field }?.value }
}
