/// What people did to lists and columns that are ours (SPEC §11).
extension SchemaPlanner {
    /// Whether the manifests say that nobody asks how a column of the list is: it is not compared, and what people make of it
    /// is not reported. A field's own column is still made where it is missing, because its rows need it.
    /// - Parameter column: Its internal name, without regard to case.
    func ignores(_ column: String, in list: String, of definition: BoundDefinition) -> Bool {
        definition.definition.lists[list]?.ignoreColumns.contains { $0.lowercased() == column.lowercased() } ?? false
    }

    /// A registered list that the site no longer has, and whose name another list may have by now.
    /// - Returns: Whether it can be forgotten: somebody agreed to that, or nobody would miss it.
    mutating func takeGone(_ managed: ManagedList, hasHeir: Bool, place: SourceRange?) -> Bool {
        if hasHeir, registry.isCounted, managed.rowsWithItems == 0 {
            plan.goneLists.append(managed.id)
            return true
        }
        return takeGone(managed, place: place)
    }

    /// A registered list that the site no longer has.
    /// - Returns: Whether somebody agreed that it is made anew.
    mutating func takeGone(_ managed: ManagedList, place: SourceRange?) -> Bool {
        let address = Address.list(managed.site, managed.name)
        let rows = managed.rowsWithItems
        let doubt = managed.arrivingRows > 0 ? ", or may have it there" : ""
        plan.hazards.append(
            Hazard(
                .listGone, at: address,
                "the list \"\(managed.name)\" (\(managed.remoteID)) is no longer in the site, and \(rows) rows "
                    + "of the ledger have their item in it\(doubt)", rows: rows,
                remedy:
                    "restore the list from the site's recycle bin; if it is gone for good, allow the hazard: the items "
                    + "of its rows are made anew, without what people typed into them", place: place))
        plan.drift.append(
            DriftEntry(
                address, "somebody deleted the list; nothing is done until it is restored or LIST_GONE is allowed"))
        guard goneListsAllowed.contains(where: { $0.matches(address) }) else { return false }
        plan.goneLists.append(managed.id)
        return true
    }

    /// Lists that the manifests no longer name, and whose rows would be moved out of them: where such a list is gone there
    /// is nothing to move.
    mutating func planLeftLists(of definition: BoundDefinition) {
        let site = definition.definition.siteProfile
        guard let observed = sites[site], observed.site != nil else { return }
        let left = registry.lists(of: registry.definition(definition.definition.name)).filter {
            $0.site == site && !definition.lists.contains($0.name)
        }
        for managed in left where !observed.lists.contains(where: { ListID($0.id) == managed.id }) {
            // Before rows are counted nobody knows whether it matters.
            guard managed.rowsWithItems > 0 || !registry.isCounted else { continue }
            let place = definition.definition.sharding.place ?? definition.definition.place
            guard !takeGone(managed, place: place) else { continue }
            plan.lists.append(
                PlannedList(
                    definition: definition.definition.name, name: managed.name, site: site, existence: .blocked,
                    settings: ListChange(), columns: [], titleChange: ColumnChange(), titleSpec: nil, place: place))
        }
    }

    /// A mapped column that we made, or took over, and that is no longer there.
    mutating func noteDeleted(_ column: DesiredColumn, in planned: inout PlannedList) {
        planned.deletedColumns.insert(column.name)
        let address = Address.column(planned.site, planned.name, column.name)
        plan.drift.append(
            DriftEntry(
                address, "somebody deleted the column; the next apply makes it again and fills it from the rows"))
    }

    /// Columns of people that want a value which no item of ours brings along.
    mutating func noteRequired(_ found: [RemoteColumn], _ definition: BoundDefinition, in planned: PlannedList) {
        let ours = Set(definition.columns.map { $0.name.lowercased() } + [SyncKey.column.lowercased(), "title"])
        for column in found
        where column.required && !column.readOnly && !column.hidden && !ours.contains(column.name.lowercased())
            && column.name != "ContentType" && !ignores(column.name, in: planned.name, of: definition)
        {
            plan.drift.append(
                DriftEntry(
                    .column(planned.site, planned.name, column.name),
                    "a column of people that requires a value; items that are created here have none in it"))
        }
    }

    /// Without its keys no item could be told after a loss of the meta-store; the ledger knows them for now.
    mutating func noteLostKeys(_ managed: ManagedList, in planned: inout PlannedList) {
        planned.hasLostKeys = true
        let address = Address.list(planned.site, planned.name)
        plan.hazards.append(
            Hazard(
                .keysLost, at: address,
                "somebody deleted the column \(SyncKey.column): \(managed.liveRows) items of the list have no key",
                rows: managed.liveRows,
                remedy:
                    "allow the hazard: the column is made again, and the keys are written from the ledger, one change "
                    + "an item",
                place: planned.place))
        plan.drift.append(
            DriftEntry(
                .column(planned.site, planned.name, SyncKey.column),
                "somebody deleted the column; nothing is done until KEYS_LOST is allowed"))
    }

    /// What the key column of a registered list says of itself; `nil` before the definition is registered.
    func stamp(of managed: ManagedList) -> Stamp? {
        guard let id = registry.metaStoreID,
            let registered = registry.definitions.first(where: { $0.id == managed.definitionID })
        else { return nil }
        return Stamp(
            metaStoreID: id, project: project, definitionID: registered.id, prefix: registered.prefix,
            list: managed.name)
    }
}
