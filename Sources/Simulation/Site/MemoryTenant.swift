package import Core

/// A SharePoint site in memory: lists, columns, items, a recycle bin and change feeds, with the rules of the service that
/// the protocols rest on. A value: it does what it is told at the moment it is told.
package struct MemoryTenant: Sendable {
    /// What the facts leave open.
    package struct Rules: Hashable, Sendable {
        /// A second item with a unique value is answered with 409, else with 400.
        package var answersConflict = true
        /// Unique columns are unique.
        package var enforcesUnique = true
        /// Blanks at the end of a line of text are not kept.
        package var trimsText = false
        /// A field that the list does not have cannot be asked for.
        package var refusesUnknownSelections = true
        /// The answer to a write shows texts without blanks at their end, whatever is stored.
        package var answersTrimmed = false
        /// The answer to a write shows moments so many seconds later than they are.
        package var answersShifted: Int64 = 0
        /// The default of a column is not taken, and nothing is said of it.
        package var ignoresDefaults = false
        /// The default of a column comes in spite of an explicit null.
        package var defaultsWin = false
        package var newListColumns = NewListColumns.taken

        /// What becomes of the columns of a new list.
        package enum NewListColumns: Hashable, Sendable, CaseIterable {
            case taken, onlyFirst, onlyFirstAccepted
        }

        package var answersDiffer: Bool { answersTrimmed || answersShifted != 0 }

        package init() {}
    }

    package var rules: Rules
    /// In the order in which they were made.
    package var lists: [MemoryList] = []
    /// Lists in the recycle bin.
    var deletedLists: [MemoryList] = []
    private var nextList = 1

    package init(rules: Rules = Rules()) { self.rules = rules }

    package static let site = RemoteSite(
        id: "contoso.sharepoint.com,1,2", displayName: "Operations",
        webURL: "https://contoso.sharepoint.com/sites/Operations")

    package func list(_ id: String) -> MemoryList? { lists.first { $0.id == id.lowercased() } }

    func index(_ id: String) throws(SiteFailure) -> Int {
        guard let index = lists.firstIndex(where: { $0.id == id.lowercased() }) else {
            throw SiteFailure(.missing, status: 404, reason: "no such list")
        }
        return index
    }

    // MARK: Lists and columns

    package mutating func createList(_ creation: ListCreation) throws(SiteFailure) -> RemoteList {
        let name = creation.title.lowercased()
        guard
            !lists.contains(where: { $0.remote.name.lowercased() == name || $0.remote.displayName.lowercased() == name }
            )
        else { throw SiteFailure(.conflict, status: 409, reason: "a list of this name exists") }
        let number = nextList
        nextList += 1
        let remote = RemoteList(
            id: Self.guid(number, 0), name: creation.title, displayName: creation.title,
            description: creation.description, webURL: "\(Self.site.webURL)/Lists/\(creation.title)")
        var list = MemoryList(
            number: number, remote: remote,
            columns: [
                RemoteColumn(
                    id: Self.guid(number, 1), name: "Title", displayName: "Title", type: .singleLineText, required: true
                )
            ])
        switch rules.newListColumns {
        case .taken: for column in creation.columns { _ = try Self.add(column, to: &list, rules) }
        case .onlyFirst: for column in creation.columns.prefix(1) { _ = try Self.add(column, to: &list, rules) }
        case .onlyFirstAccepted:
            guard creation.columns.count <= 1 else {
                throw SiteFailure(.refused, status: 400, reason: "one of the columns is not acceptable")
            }
            for column in creation.columns { _ = try Self.add(column, to: &list, rules) }
        }
        lists.append(list)
        return remote
    }

    package mutating func updateList(_ id: String, _ change: ListChange) throws(SiteFailure) {
        let index = try index(id)
        if let name = change.displayName { lists[index].remote.displayName = name }
        if let description = change.description { lists[index].remote.description = description }
    }

    package mutating func createColumn(
        _ creation: ColumnCreation, in id: String
    ) throws(SiteFailure) -> RemoteColumn {
        let index = try index(id)
        return try Self.add(creation, to: &lists[index], rules)
    }

    private static func add(
        _ creation: ColumnCreation, to list: inout MemoryList, _ rules: Rules
    ) throws(SiteFailure) -> RemoteColumn {
        guard !list.columns.contains(where: { $0.name.lowercased() == creation.name.lowercased() }) else {
            throw SiteFailure(.conflict, status: 409, reason: "a column of this name exists")
        }
        list.nextColumn += 1
        let column = RemoteColumn(
            id: guid(list.number, list.nextColumn), name: creation.name, displayName: creation.displayName,
            description: creation.description, type: creation.type,
            defaultValue: rules.ignoresDefaults ? nil : creation.defaultValue)
        list.columns.append(column)
        return column
    }

    /// A column that a person adds.
    package mutating func addPeoplesColumn(_ name: String, in id: String, isWritable: Bool) {
        guard let index = lists.firstIndex(where: { $0.id == id }), lists[index].column(name) == nil else { return }
        lists[index].nextColumn += 1
        lists[index].columns.append(
            RemoteColumn(
                id: Self.guid(lists[index].number, lists[index].nextColumn), name: name, displayName: name,
                type: isWritable ? .singleLineText : nil, facet: isWritable ? nil : "lookup"))
    }

    package mutating func updateColumn(
        _ column: String, _ change: ColumnChange, in id: String
    ) throws(SiteFailure) {
        let index = try index(id)
        guard let at = lists[index].columns.firstIndex(where: { $0.id == column }) else {
            throw SiteFailure(.missing, status: 404, reason: "no such column")
        }
        var changed = lists[index].columns[at]
        if let value = change.displayName { changed.displayName = value }
        if let value = change.description { changed.description = value }
        if let value = change.type { changed.type = value }
        if let value = change.required { changed.required = value }
        if let value = change.indexed { changed.indexed = value }
        if let value = change.unique { changed.unique = value }
        if let value = change.hidden { changed.hidden = value }
        if let value = change.defaultValue, !rules.ignoresDefaults { changed.defaultValue = value }
        if changed.unique {
            let values = lists[index].items.values.compactMap { $0.fields[changed.name].map(Self.comparable) }
            guard changed.indexed, !rules.enforcesUnique || Set(values).count == values.count else {
                throw SiteFailure(.refused, status: 400, reason: "its values cannot be unique")
            }
        }
        lists[index].columns[at] = changed
    }

    /// `00000002-0000-4000-8000-000000000005`: number 5 of what belongs to list 2.
    static func guid(_ list: Int, _ number: Int) -> String {
        func padded(_ value: Int, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return "\(padded(list, 8))-0000-4000-8000-\(padded(number, 12))"
    }

    /// Text as unique columns compare it.
    static func comparable(_ value: JSON) -> JSON {
        if case .string(let text) = value { return .string(text.lowercased()) }
        return value
    }
}
