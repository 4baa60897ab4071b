/// What has to be done to lists and columns before rows can be written.
package struct SchemaPlan: Hashable, Sendable {
    package var changes: [SchemaChange] = []
    package var drift: [DriftEntry] = []
    package var hazards: [Hazard] = []
    package var lists: [PlannedList] = []
    package var notes: [SchemaNote] = []
    /// Addresses of lists and columns that are as they should be.
    package var unchanged = 0
    /// Registered lists that are gone for good, where somebody agreed that they are made anew.
    package var goneLists: [ListID] = []

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

/// What stays as it is although the source or the manifests no longer have it. No difference: nothing is to be done.
package struct SchemaNote: Hashable, Sendable {
    package var address: Address
    package var summary: String

    package init(_ address: Address, _ summary: String) {
        self.address = address
        self.summary = summary
    }
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
    /// Internal names of mapped columns that somebody deleted: they are made again, and filled from the rows.
    package var deletedColumns: Set<String> = []
    /// The profile's zone is another than the one under which the list's dates were found right: they are written anew.
    package var hasMovedDates = false
    /// Somebody deleted the key column, or its items have not all got their keys again.
    package var hasLostKeys = false
}

package struct PlannedColumn: Hashable, Sendable {
    package var column: DesiredColumn
    /// `nil`: to be created.
    package var found: RemoteColumn?
    /// What is changed in place once it exists.
    package var change: ColumnChange
    package var isHidden: Bool
}
