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
