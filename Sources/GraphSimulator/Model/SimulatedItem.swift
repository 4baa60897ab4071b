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
    var hasAttachments = false
    /// The name of its retention label.
    var label: String?
    var lock: ItemLock?
    /// The number of its newest change in the list's log.
    var change = 0
    /// When that was; a deletion has its own time.
    var changed: Int64 = 0
    /// Writes by applications since the counters were reset.
    var writes = 0
    /// How it was before its newest version, for feeds that show that once more.
    private(set) var previous: SimulatedItem?
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
        get { values.indices.contains(slot) ? values[slot] : nil }
        set {
            guard slot >= 0 else { return }
            reserve(slots: slot + 1)
            values[slot] = newValue
        }
    }

    /// Makes room for so many values at once.
    func reserve(slots: Int) {
        guard slots > values.count else { return }
        values.reserveCapacity(slots)
        while values.count < slots { values.append(nil) }
    }

    /// Begins a new version and keeps how the item was.
    func beginVersion(at now: Int64, by identity: Identity?) {
        let before = SimulatedItem(
            id: id, guid: guid, version: version, created: created, modified: modified, createdBy: createdBy,
            modifiedBy: modifiedBy)
        before.values = values
        before.hasAttachments = hasAttachments
        before.label = label
        previous = before
        version += 1
        modified = now
        if let identity { modifiedBy = identity }
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
