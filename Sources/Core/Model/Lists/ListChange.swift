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
