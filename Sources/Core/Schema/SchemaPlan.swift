/// What has to be done to lists and columns before rows can be written.
package struct SchemaPlan: Hashable, Sendable {
    package var changes: [SchemaChange] = []
    package var drift: [DriftEntry] = []
    package var hazards: [Hazard] = []
    package var lists: [PlannedList] = []
    /// Addresses of lists and columns that are as they should be.
    package var unchanged = 0

    package init() {}
}

/// One change of a list or a column.
package struct SchemaChange: Hashable, Sendable {
    package enum Action: String, Hashable, Sendable, CaseIterable {
        case create, update, replace, delete, adopt, forget
    }

    package var address: Address
    package var action: Action
    /// The change in words, for a line of text.
    package var summary: String
    package var before: JSON?
    package var after: JSON?
    package var place: SourceRange?

    package init(
        _ address: Address, _ action: Action, _ summary: String, before: JSON? = nil, after: JSON? = nil,
        place: SourceRange? = nil
    ) {
        self.address = address
        self.action = action
        self.summary = summary
        self.before = before
        self.after = after
        self.place = place
    }
}

/// Something that a person changed and nobody asked to change back.
package struct DriftEntry: Hashable, Sendable {
    package var address: Address
    package var summary: String

    package init(_ address: Address, _ summary: String) {
        self.address = address
        self.summary = summary
    }
}

/// A danger, with its evidence and what to do about it.
package struct Hazard: Hashable, Sendable {
    package var code: HazardCode
    package var address: Address
    package var message: String
    /// Rows concerned; `nil` where rows are not what counts.
    package var rows: Int?
    package var remedy: String
    package var place: SourceRange?
    /// What allowed it: a place in the manifests or the flag; `nil` while nothing does.
    package var allowedBy: String?

    package init(
        _ code: HazardCode, at address: Address, _ message: String, rows: Int? = nil, remedy: String,
        place: SourceRange? = nil
    ) {
        self.code = code
        self.address = address
        self.message = message
        self.rows = rows
        self.remedy = remedy
        self.place = place
    }

    package var blocks: Bool { code.blocks && allowedBy == nil }
}

/// One list of a definition, as it is to be.
package struct PlannedList: Hashable, Sendable {
    package enum Existence: Hashable, Sendable {
        case absent
        /// Found; `managed` if the registry has it.
        case found(RemoteList, managed: ManagedList?, adopting: Bool)
        /// It must not be touched; the hazards say why.
        case blocked
    }

    package var definition: String
    package var name: String
    package var site: String
    package var existence: Existence
    package var settings: ListChange
    /// The columns it must have, `SyncBridgeKey` first.
    package var columns: [PlannedColumn]
    package var titleChange: ColumnChange
    /// What is remembered of `Title` once it is as wanted; `nil` if no field maps to it.
    package var titleSpec: String?
    package var place: SourceRange?
}

package struct PlannedColumn: Hashable, Sendable {
    package var column: DesiredColumn
    /// `nil`: to be created.
    package var found: RemoteColumn?
    /// What is changed in place once it exists.
    package var change: ColumnChange
    package var isHidden: Bool
}
