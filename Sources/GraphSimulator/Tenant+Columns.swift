internal import Core

extension Tenant {
    func listColumns(_ call: Call, _ site: SimulatedSite, _ list: SimulatedList) throws(GraphError) -> GraphAnswer {
        let options = try QueryOptions(call.query, allowed: [.select, .top, .skiptoken])
        let elements = visibleColumns(list, select: options.select)
        let path = "sites('\(PercentEncoding.encode(site.id))')/lists('\(list.id)')/columns"
        return try page(
            elements, options, size: settings.columnsPageSize, context: "\(call.root)/$metadata#\(path)",
            url: "\(call.root)/sites/\(PercentEncoding.encode(site.id))/lists/\(list.id)/columns")
    }

    /// Hidden columns only show when `hidden` is selected.
    func visibleColumns(_ list: SimulatedList, select: [String]?) -> [JSON] {
        let showsHidden = select?.contains("hidden") ?? false
        let shown = list.columns.filter { ($0.unseenCalls == 0) && (showsHidden || !$0.hidden) }
        for column in list.columns where column.unseenCalls > 0 { column.unseenCalls -= 1 }
        return shown.map { selected($0.json, select) }
    }

    func getColumn(
        _ call: Call, _ site: SimulatedSite, _ list: SimulatedList, _ id: String
    ) throws(GraphError) -> GraphAnswer {
        let options = try QueryOptions(call.query, allowed: [.select])
        let column = try column(id, list)
        return GraphAnswer(200, selected(json(column, list, site, call), options.select))
    }

    func column(_ id: String, _ list: SimulatedList) throws(GraphError) -> SimulatedColumn {
        let folded = id.lowercased()
        guard let column = list.columns.first(where: { $0.id == folded }) else {
            throw .notFound("The specified column")
        }
        if column.unseenCalls > 0 {
            column.unseenCalls -= 1
            throw .notFound("The specified column")
        }
        return column
    }

    private func json(_ column: SimulatedColumn, _ list: SimulatedList, _ site: SimulatedSite, _ call: Call) -> JSON {
        let path = "sites('\(PercentEncoding.encode(site.id))')/lists('\(list.id)')/columns/$entity"
        let context = JSON.Member("@odata.context", .string("\(call.root)/$metadata#\(path)"))
        return .object([context] + (column.json.members ?? []))
    }

    // MARK: Creation

    func createColumn(_ call: Call, _ site: SimulatedSite, _ list: SimulatedList) throws(GraphError) -> GraphAnswer {
        let draft = try ColumnDraft(try call.json())
        guard !list.isSystem else { throw .denied }
        let column = try addColumn(draft, to: list, site, honoursFlags: true)
        column.unseenCalls = settings.hideNewColumnCalls
        list.touch(now, call.caller.identity)
        unsaved.note(list)
        return GraphAnswer(201, json(column, list, site, call))
    }

    @discardableResult
    func addColumn(
        _ draft: ColumnDraft, to list: SimulatedList, _ site: SimulatedSite, honoursFlags: Bool
    ) throws(GraphError) -> SimulatedColumn {
        guard draft.facets.count == 1, let facet = draft.facets.first else {
            throw .invalid("Unable to determine type of provided column definition")
        }
        let name = try newName(draft, list)
        let created = try FacetRules.create(facet.kind, facet.options, settings: settings)
        try checkLookup(created, site)
        let column = SimulatedColumn(
            id: random.guid(), slot: list.nextSlot, name: name, displayName: draft.displayName ?? name, facet: created)
        try checkDerivedKeys(column, list)
        try checkRowWidth(column, list)
        column.description = draft.description ?? ""
        column.columnGroup = draft.columnGroup ?? "Custom Columns"
        column.required = draft.required ?? false
        column.readOnly = draft.readOnly ?? false
        column.defaultValue = settings.columnDefaults == "taken" ? draft.defaultValue : nil
        column.validation = draft.validation
        try check(column, list, indexed: draft.indexed ?? false, unique: draft.enforceUniqueValues ?? false)
        if honoursFlags {
            column.indexed = draft.indexed ?? false
            column.enforceUniqueValues = draft.enforceUniqueValues ?? false
            column.hidden = draft.hidden ?? false
        }
        list.add(column)
        return column
    }

    private func newName(_ draft: ColumnDraft, _ list: SimulatedList) throws(GraphError) -> String {
        if let displayName = draft.displayName, displayName.isEmpty || displayName.utf16.count > 255 {
            throw .invalid("The displayName is not acceptable", inner: "invalidParameterFormat")
        }
        if let name = draft.name {
            guard ColumnName.isLegal(name) else {
                throw .invalid("The name '\(name)' is not acceptable", inner: "invalidParameterFormat")
            }
            if list.column(named: name) != nil || ColumnName.isReserved(name) { throw duplicateName(name) }
            return name
        }
        guard let displayName = draft.displayName else { throw .invalid("A column needs a name or a displayName") }
        let base = ColumnName.encoded(displayName)
        var name = base
        var number = 0
        while list.column(named: name) != nil || ColumnName.isReserved(name) {
            name = "\(base)\(number)"
            number += 1
        }
        return name
    }

    private func duplicateName(_ name: String) -> GraphError {
        GraphError(
            settings.duplicateColumnStatus,
            settings.duplicateColumnStatus == 409 ? "nameAlreadyExists" : "invalidRequest",
            "A column named '\(name)' exists already")
    }

    /// A column called like the key of a lookup makes writes ambiguous, and the other way round.
    private func checkDerivedKeys(_ column: SimulatedColumn, _ list: SimulatedList) throws(GraphError) {
        let own = column.valueType.isLookupLike ? column.lookupKey : column.key
        let taken = list.columns.contains {
            ($0.valueType.isLookupLike ? $0.lookupKey : $0.key).lowercased() == own.lowercased()
        }
        if taken { throw duplicateName(column.name) }
    }

    private func checkRowWidth(_ column: SimulatedColumn, _ list: SimulatedList) throws(GraphError) {
        let used = list.columns.filter { $0.system == nil }.reduce(0) { $0 + $1.valueType.rowBytes }
        guard used + column.valueType.rowBytes <= 8000 - 300 else {
            throw .invalid(
                "Column Limit Exceeded. There are too many columns of the specified data type. Please delete some other columns first."
            )
        }
    }

    private func checkLookup(_ facet: Facet, _ site: SimulatedSite) throws(GraphError) {
        guard facet.kind == .lookup else { return }
        guard let target = site.lists.first(where: { $0.id == facet["listId"]?.string?.lowercased() }),
            let name = facet["columnName"]?.string, target.column(named: name) != nil
        else { throw .invalid("One of the provided arguments is not acceptable.") }
    }

    // MARK: Change

    func patchColumn(
        _ call: Call, _ site: SimulatedSite, _ list: SimulatedList, _ id: String
    ) throws(GraphError) -> GraphAnswer {
        let draft = try ColumnDraft(try call.json())
        let column = try column(id, list)
        guard column.system == nil, !list.isSystem else { throw .denied }
        if let name = draft.name, name != column.name {
            throw .invalid("The name of a column cannot be changed", inner: "propertyNotUpdateable")
        }
        if let displayName = draft.displayName, displayName.isEmpty || displayName.utf16.count > 255 {
            throw .invalid("The displayName is not acceptable", inner: "invalidParameterFormat")
        }
        var facet = column.facet
        for (kind, options) in draft.facets {
            guard var changed = facet, changed.kind == kind else {
                throw .invalid("The type of a column cannot be changed", inner: "propertyNotUpdateable")
            }
            try FacetRules.patch(&changed, options, settings: settings)
            facet = changed
        }
        let indexed = draft.indexed ?? column.indexed
        let unique = draft.enforceUniqueValues ?? column.enforceUniqueValues
        try check(column, list, indexed: indexed, unique: unique)
        if facet != column.facet { column.facet = facet }
        apply(draft, to: column, list, indexed: indexed, unique: unique)
        list.touch(now, call.caller.identity)
        unsaved.note(list)
        return GraphAnswer(200, json(column, list, site, call))
    }

    func apply(
        _ draft: ColumnDraft, to column: SimulatedColumn, _ list: SimulatedList, indexed: Bool, unique: Bool
    ) {
        column.displayName = draft.displayName ?? column.displayName
        column.description = draft.description ?? column.description
        column.columnGroup = draft.columnGroup ?? column.columnGroup
        column.required = draft.required ?? column.required
        column.hidden = draft.hidden ?? column.hidden
        column.readOnly = draft.readOnly ?? column.readOnly
        if settings.columnDefaults == "taken" { column.defaultValue = draft.defaultValue ?? column.defaultValue }
        column.validation = draft.validation ?? column.validation
        column.enforceUniqueValues = unique
        guard indexed != column.indexed else { return }
        column.indexed = indexed
        if indexed { list.buildIndex(column) } else { list.dropIndex(column) }
    }

    /// Whether a column may have this index and this uniqueness.
    func check(
        _ column: SimulatedColumn, _ list: SimulatedList, indexed: Bool, unique: Bool
    ) throws(GraphError) {
        if unique, !indexed { throw .invalid("This field must be indexed to enforce unique values") }
        if indexed, !column.indexed {
            guard column.valueType.canBeIndexed else { throw .invalid("A column of this type cannot be indexed") }
            guard list.indexedCount < settings.indexesMax else {
                throw .invalid("The list has the maximum number of indexed columns")
            }
        }
        if indexed != column.indexed, list.itemCount > settings.indexItemsMax { throw .threshold }
        if unique, !column.enforceUniqueValues {
            guard column.valueType.canBeUnique else { throw .invalid("A column of this type cannot be unique") }
            guard !list.hasDuplicates(column, blanksCount: settings.blanksBreakUniqueness) else {
                throw .invalid("The column has duplicate values and cannot enforce unique values")
            }
        }
    }

    func deleteColumn(_ call: Call, _ list: SimulatedList, _ id: String) throws(GraphError) -> GraphAnswer {
        let column = try column(id, list)
        guard column.isCustom, !list.isSystem else { throw .denied }
        if !settings.deleteIndexedColumns, column.indexed || column.enforceUniqueValues {
            throw .invalid("The index and the uniqueness of a column must be removed before the column")
        }
        list.remove(column)
        list.touch(now, call.caller.identity)
        unsaved.note(list)
        return GraphAnswer(204)
    }
}
