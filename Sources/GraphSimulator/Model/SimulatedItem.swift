internal import Core

/// An item of a list. Confined to its tenant.
final class SimulatedItem {
    let id: Int
    /// The item's identity inside its ETag.
    let guid: String
    var version: Int
    /// Milliseconds since 1970.
    let created: Int64
    var modified: Int64
    let createdBy: Identity
    var modifiedBy: Identity
    /// By the slot of the column; shorter than the number of slots where the rest is absent.
    private(set) var values: [FieldValue?] = []

    init(
        id: Int, guid: String, version: Int, created: Int64, modified: Int64, createdBy: Identity, modifiedBy: Identity
    ) {
        self.id = id
        self.guid = guid
        self.version = version
        self.created = created
        self.modified = modified
        self.createdBy = createdBy
        self.modifiedBy = modifiedBy
    }

    subscript(slot: Int) -> FieldValue? {
        get { slot < values.count ? values[slot] : nil }
        set {
            while values.count <= slot { values.append(nil) }
            values[slot] = newValue
        }
    }

    /// With its quotes, which belong to the value.
    var eTag: String { "\"\(guid),\(version)\"" }
}

/// Who writes: a person of the site, or an application.
final class Identity {
    let name: String
    let guid: String
    /// The id in the site's list of users; applications share that of "SharePoint App".
    let lookupID: Int
    /// The application's own id and its id among application principals; `nil` for a person.
    let application: (clientID: String, lookupID: Int)?

    init(name: String, guid: String, lookupID: Int, application: (clientID: String, lookupID: Int)? = nil) {
        self.name = name
        self.guid = guid
        self.lookupID = lookupID
        self.application = application
    }

    /// An `identitySet`.
    var json: JSON {
        guard let application else {
            return [
                "user": [
                    "email": .string("\(name.lowercased().replacing(" ", with: "."))@simulator.example"),
                    "id": .string(guid), "displayName": .string(name),
                ]
            ]
        }
        return [
            "application": ["id": .string(application.clientID), "displayName": .string(name)],
            "user": ["displayName": "SharePoint App"],
        ]
    }
}
