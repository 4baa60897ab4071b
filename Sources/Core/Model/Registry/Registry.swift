/// What the meta-store knows of one project beside its rows.
package struct Registry: Hashable, Sendable {
    /// The meta-store's own id, a UUID in lower case; `nil` before the first apply.
    package var metaStoreID: String?
    package var definitions: [RegisteredDefinition]
    /// Definitions that the manifests had once. Their lists and rows are kept for a while.
    package var forgotten: [RegisteredDefinition]
    /// Those of forgotten definitions, too.
    package var lists: [ManagedList]
    /// The numbers of rows are filled in.
    package private(set) var isCounted = false

    package init(
        metaStoreID: String? = nil, definitions: [RegisteredDefinition] = [], lists: [ManagedList] = [],
        forgotten: [RegisteredDefinition] = []
    ) {
        self.metaStoreID = metaStoreID
        self.definitions = definitions
        self.forgotten = forgotten
        self.lists = lists
    }

    package static let empty = Registry()

    package func definition(_ name: String) -> RegisteredDefinition? { definitions.first { $0.name == name } }

    package func lists(of definition: RegisteredDefinition?) -> [ManagedList] {
        guard let definition else { return [] }
        return lists.filter { $0.definitionID == definition.id }
    }

    /// The same, with the numbers of rows filled in.
    package func counted(_ rows: LiveRows) -> Registry {
        var registry = self
        registry.isCounted = true
        for at in registry.definitions.indices {
            registry.definitions[at].liveRows = rows.definitions[registry.definitions[at].id] ?? 0
        }
        for at in registry.lists.indices {
            registry.lists[at].liveRows = rows.lists[registry.lists[at].id] ?? 0
            registry.lists[at].leavingRows = rows.leaving[registry.lists[at].id] ?? 0
            registry.lists[at].arrivingRows = rows.arriving[registry.lists[at].id] ?? 0
        }
        return registry
    }
}

/// How many rows of the ledger have an item.
package struct LiveRows: Hashable, Sendable {
    /// By the id of the definition.
    package var definitions: [String: Int] = [:]
    package var lists: [ListID: Int] = [:]
    /// By list, rows that have a new item elsewhere and whose old one is still to be deleted there.
    package var leaving: [ListID: Int] = [:]
    /// By list, rows whose item may be there: nobody recorded what became of its create.
    package var arriving: [ListID: Int] = [:]

    package init() {}
}

package struct RegisteredDefinition: Hashable, Sendable {
    /// A UUID in lower case.
    package var id: String
    package var name: String
    /// The first part of its rows' sync keys: its name at its first apply.
    package var prefix: String
    /// Of the last spec that was applied as a whole; `nil` until then.
    package var appliedFingerprint: String?
    /// That spec, as ``SyncDefinition/specJSON`` wrote it.
    package var appliedSpec: JSON?
    /// The `now` of the last run that completed it; later runs advance it only where a rule asks for the time.
    package var appliedAt: Instant?
    /// The version of the mapping that was registered last, and the fields of each version in order.
    package var mappingVersion: Int
    package var mappings: [Int: [String]]
    /// Internal names that `auto` chose, by source column.
    package var automaticNames: [String: String]
    /// Where its rows came from at its first apply.
    package var source: String?
    /// What the keys in its ledger are made of; `nil` if nobody wrote it down.
    package var keyShape: KeyShape?
    /// Rows in the ledger that have an item; 0 before ``Registry/counted(_:)``.
    package var liveRows: Int
    /// How far its table was read when a run last left nothing to do; `nil` until then, and without a watermark.
    package var captureMark: CaptureMark?
    /// The `now` of the last run that read the whole table and left nothing to do.
    package var lastSnapshotAt: Instant?
    /// Some row has to be looked at though it may not have changed: a move is not finished, or a refused one may be
    /// tried again.
    package var hasWaitingRows: Bool
    /// The site profiles that it was applied under, sorted: each with the project and its name is a lease of its own.
    package var leaseSites: [String]
    /// The limits under which it was applied last, each of them set; `nil` if nobody wrote them down.
    package var appliedGuards: Guards?
    /// What of its source the last run saw; `nil` if nobody wrote it down.
    package var sourceSnapshot: SourceSnapshot?
    /// The name that it is still registered under, where the manifests say that it has another now.
    package var formerName: String?
    /// The manifests of the last run did not have it.
    package var isForgotten = false

    package init(
        id: String, name: String, prefix: String, appliedFingerprint: String? = nil, mappingVersion: Int = 1,
        mappings: [Int: [String]] = [:], automaticNames: [String: String] = [:], source: String? = nil,
        liveRows: Int = 0, captureMark: CaptureMark? = nil, lastSnapshotAt: Instant? = nil,
        hasWaitingRows: Bool = false, leaseSites: [String] = [], keyShape: KeyShape? = nil, appliedSpec: JSON? = nil,
        appliedAt: Instant? = nil
    ) {
        self.appliedSpec = appliedSpec
        self.appliedAt = appliedAt
        self.keyShape = keyShape
        self.leaseSites = leaseSites
        self.hasWaitingRows = hasWaitingRows
        self.id = id
        self.name = name
        self.prefix = prefix
        self.appliedFingerprint = appliedFingerprint
        self.mappingVersion = mappingVersion
        self.mappings = mappings
        self.automaticNames = automaticNames
        self.source = source
        self.liveRows = liveRows
        self.captureMark = captureMark
        self.lastSnapshotAt = lastSnapshotAt
    }

    /// The name that the meta-store has it under.
    package var registeredName: String { formerName ?? name }

    /// The meta-store has it under another name, or does not count it among the definitions of the manifests.
    package var isOutOfDate: Bool { formerName != nil || isForgotten }
}

/// A list that is ours.
package struct ManagedList: Hashable, Sendable {
    /// SharePoint's id of the list: canonical, whatever people rename.
    package var id: ListID
    package var definitionID: String
    /// Its name in the manifests.
    package var name: String
    /// The name of its site profile.
    package var site: String
    package var remoteSiteID: String
    package var webURL: String
    package var wasAdopted: Bool
    /// The settings that were applied last.
    package var applied: ListChange
    package var columns: [ManagedColumn]
    /// What was found when its dates were read back; `nil` until they were.
    package var dates: DateCheck?
    /// Rows of the ledger whose item lives here; 0 before ``Registry/counted(_:)``.
    package var liveRows: Int
    /// Rows that are being moved out and whose old item is still here; 0 before ``Registry/counted(_:)``.
    package var leavingRows = 0
    /// Rows whose item may be here, as its create is in doubt; 0 before ``Registry/counted(_:)``.
    package var arrivingRows = 0
    /// Rows that have an item here, or may have.
    package var rowsWithItems: Int { liveRows + leavingRows + arrivingRows }

    package var remoteID: String { id.text }

    package init(
        id: ListID, definitionID: String, name: String, site: String, remoteSiteID: String,
        webURL: String, wasAdopted: Bool = false, applied: ListChange = ListChange(), columns: [ManagedColumn] = [],
        dates: DateCheck? = nil, liveRows: Int = 0
    ) {
        self.dates = dates
        self.id = id
        self.definitionID = definitionID
        self.name = name
        self.site = site
        self.remoteSiteID = remoteSiteID
        self.webURL = webURL
        self.wasAdopted = wasAdopted
        self.applied = applied
        self.columns = columns
        self.liveRows = liveRows
    }
}

/// Whether a list's date-only columns hold the days that were sent. The service keeps such a day as an instant of the site's
/// own zone, which it does not tell (FACTS 5.1): only reading one back shows whether the profile names that zone.
package enum DateCheck: Hashable, Sendable {
    /// They do under this zone, an IANA name.
    case right(zone: String)
    /// They do not.
    case wrong(zone: String)

    package var zone: String {
        switch self {
        case .right(let zone), .wrong(let zone): zone
        }
    }

    /// `Europe/Berlin`, or `!Europe/Berlin` where the days are wrong.
    package var text: String {
        switch self {
        case .right(let zone): zone
        case .wrong(let zone): "!\(zone)"
        }
    }

    package init(text: String) {
        self = text.hasPrefix("!") ? .wrong(zone: String(text.dropFirst())) : .right(zone: text)
    }
}

package struct ManagedColumn: Hashable, Sendable {
    /// Its internal name.
    package var name: String
    /// `nil`: it was about to be created, so a column of this name is ours.
    package var remoteID: String?
    /// The canonical JSON of what was applied last, made by ``ColumnSpec``; `nil` until then.
    package var applied: String?

    package init(name: String, remoteID: String?, applied: String?) {
        self.name = name
        self.remoteID = remoteID
        self.applied = applied
    }

    /// Whether these settings were applied last, code point by code point.
    package func isApplied(_ spec: String) -> Bool { applied?.isSameText(as: spec) ?? false }
}
