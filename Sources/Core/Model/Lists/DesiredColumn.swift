/// A column that a list of the definition must have.
package struct DesiredColumn: Hashable, Sendable {
    package var name: String
    package var displayName: String
    package var description: String
    package var type: ColumnType
    package var required: Bool
    package var indexed: Bool
    package var unique: Bool
    package var defaultValue: ColumnDefault?
    /// The source column its values come from; `nil` for people's columns and expressions.
    package var sourceColumn: String?
    package var place: SourceRange?

    package init(
        name: String, displayName: String, description: String = "", type: ColumnType, required: Bool = false,
        indexed: Bool = false, unique: Bool = false, defaultValue: ColumnDefault? = nil, sourceColumn: String? = nil,
        place: SourceRange? = nil
    ) {
        self.name = name
        self.displayName = displayName
        self.description = description
        self.type = type
        self.required = required
        self.indexed = indexed
        self.unique = unique
        self.defaultValue = defaultValue
        self.sourceColumn = sourceColumn
        self.place = place
    }

    /// The column every generic list brings; ours only in its settings.
    package var isTitle: Bool { name == "Title" }
}
