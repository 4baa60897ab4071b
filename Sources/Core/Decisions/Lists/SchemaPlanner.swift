/// Plans lists and columns: a pure function of what is wanted, what was observed, and what the registry remembers.
package struct SchemaPlanner {
    let project: String
    let registry: Registry
    let goneListsAllowed: [AddressGlob]
    let sites: [String: ObservedSite]
    /// The names of the definitions that are planned.
    let wanted: Set<String>
    var plan = SchemaPlan()

    package static func plan(
        _ definitions: [BoundDefinition], project: String, registry: Registry, sites: [ObservedSite],
        goneListsAllowed: [AddressGlob] = []
    ) -> SchemaPlan {
        var planner = SchemaPlanner(
            project: project, registry: registry, goneListsAllowed: goneListsAllowed,
            sites: Dictionary(sites.map { ($0.profile, $0) }, uniquingKeysWith: { first, _ in first }),
            wanted: Set(definitions.map(\.definition.name)))
        for definition in definitions {
            for list in definition.lists { planner.plan(list, of: definition) }
            planner.planLeftLists(of: definition)
            planner.planVanished(definition)
        }
        for site in Set(definitions.map(\.definition.siteProfile)).sorted() { planner.noteMoved(site) }
        return planner.plan
    }

    private init(
        project: String, registry: Registry, goneListsAllowed: [AddressGlob], sites: [String: ObservedSite],
        wanted: Set<String>
    ) {
        self.wanted = wanted
        self.goneListsAllowed = goneListsAllowed
        self.project = project
        self.registry = registry
        self.sites = sites
    }

    // MARK: Lists

    private mutating func plan(_ name: String, of definition: BoundDefinition) {
        let site = definition.definition.siteProfile
        guard let observed = sites[site] else { return }
        let settings = definition.definition.lists[name] ?? ListSettings()
        let place = settings.place ?? definition.definition.sharding.place ?? definition.definition.place
        let identity = identify(name, of: definition, in: observed, settings: settings, place: place)
        let wanted = ListChange(displayName: settings.displayName ?? name, description: settings.description ?? "")
        var planned = PlannedList(
            definition: definition.definition.name, name: name, site: site, existence: identity, settings: wanted,
            columns: [], titleChange: ColumnChange(),
            titleSpec: definition.columns.first(where: \.isTitle).map { ColumnSpec.json($0).text(.canonical) },
            place: place)
        switch identity {
        case .blocked: break
        case .absent: planAbsent(&planned, definition)
        case .found(let remote, let managed, let adopting):
            planFound(&planned, definition, remote, managed, adopting, observed.columns[remote.id] ?? [])
            if planned.existence != .blocked { planLimits(planned, observed.columns[remote.id] ?? []) }
        }
        plan.lists.append(planned)
    }

    /// By stored id, then by stamp, then by name.
    private mutating func identify(
        _ name: String, of definition: BoundDefinition, in observed: ObservedSite, settings: ListSettings,
        place: SourceRange?
    ) -> PlannedList.Existence {
        let address = Address.list(observed.profile, name)
        let registered = registry.definition(definition.definition.name)
        let named = registry.lists(of: registered).filter { $0.name == name && $0.site == observed.profile }
        let known = named.lazy.compactMap { managed in
            observed.lists.first { $0.id == managed.remoteID }.map { (remote: $0, managed: managed) }
        }.first
        let stamped = observed.lists.first { list in
            guard let stamp = observed.stamp(of: list.id) else { return false }
            return isOurs(stamp) && stamp.definitionID == registered?.id && stamp.list == name
        }
        // Rows may have their items in a list of this name that is gone, also where there is another one.
        for managed in named where !observed.lists.contains(where: { $0.id == managed.remoteID }) {
            guard takeGone(managed, hasHeir: known != nil || stamped != nil, place: place) else { return .blocked }
        }
        if let known { return .found(known.remote, managed: known.managed, adopting: false) }
        if let stamped { return .found(stamped, managed: nil, adopting: false) }
        return identifyByName(
            name, of: definition.definition.name, in: observed, settings: settings, address: address, place: place)
    }

    private mutating func identifyByName(
        _ name: String, of definition: String, in observed: ObservedSite, settings: ListSettings, address: Address,
        place: SourceRange?
    ) -> PlannedList.Existence {
        let hits = observed.lists(named: name)
        func foreign(_ message: String, _ remedy: String) -> PlannedList.Existence {
            plan.hazards.append(
                Hazard(.foreignOwner, at: address, message, remedy: remedy, place: place))
            return .blocked
        }
        if hits.count > 1 {
            let names = hits.map { "\"\($0.displayName)\" (\($0.webURL))" }.joined(separator: " and ")
            return collision(
                "two lists have this name, upper and lower case being the same to SharePoint: \(names)",
                "rename one of them in SharePoint", address, place)
        }
        guard let remote = hits.first else { return .absent }
        if let stamp = observed.stamp(of: remote.id), let owner = registry.owner(of: stamp) {
            return taken(remote, by: owner, stamp, wanted: name, of: definition, address, place)
        }
        if let stamp = observed.stamp(of: remote.id), isFromBefore(stamp) {
            plan.hazards.append(
                Hazard(
                    .metaStoreBehind, at: address,
                    "the list \"\(remote.displayName)\" was made by this project, and the meta-store does not know it: it "
                        + "was lost, or is an older state than the list",
                    remedy: "run syncbridge recover, which reads and writes nothing but the meta-store", place: place))
            return .blocked
        }
        if let stamp = observed.stamp(of: remote.id) {
            return foreign(
                "the list \"\(remote.displayName)\" belongs to project \"\(stamp.project)\" of the meta-store "
                    + "\(stamp.metaStoreID)", "choose another list name, or release the list there")
        }
        guard settings.adopt else {
            return foreign(
                "a list \"\(remote.displayName)\" is in the site already and is not ours; nothing in it is touched",
                "choose another list name, or take it over with lists: { \(name): { adopt: true } } "
                    + "(its items stay as they are)")
        }
        guard remote.template == "genericList" else {
            return foreign(
                "the list \"\(remote.displayName)\" has the template \(remote.template); only generic lists can be adopted",
                "choose another list name")
        }
        return .found(remote, managed: nil, adopting: true)
    }

    /// The list was made by a later state of this meta-store, or by the one that this empty one replaces.
    private func isFromBefore(_ stamp: Stamp) -> Bool {
        stamp.project == project && (registry.definitions.isEmpty || stamp.metaStoreID == registry.metaStoreID)
    }

    private func isOurs(_ stamp: Stamp) -> Bool {
        stamp.metaStoreID == registry.metaStoreID && stamp.project == project
    }

    // MARK: Columns

    private mutating func planAbsent(_ planned: inout PlannedList, _ definition: BoundDefinition) {
        let columns = Self.columns(of: definition)
        plan.changes.append(
            SchemaChange(
                .list(planned.site, planned.name), .create, "\(columns.count) columns",
                after: Self.json(planned.settings), place: planned.place))
        for column in columns { create(column, in: &planned) }
        planned.titleChange = titleChange(definition, found: nil, record: nil)
    }

    private mutating func planFound(
        _ planned: inout PlannedList, _ definition: BoundDefinition, _ remote: RemoteList, _ managed: ManagedList?,
        _ adopting: Bool, _ found: [RemoteColumn]
    ) {
        let title = found.first { $0.name == "Title" }
        if !ignores("Title", in: planned.name, of: definition) {
            planned.titleChange = titleChange(
                definition, found: title, record: managed?.columns.first { $0.name == "Title" })
        }
        planSettings(&planned, remote, managed, adopting)
        if let managed {
            noteRequired(found, definition, in: planned)
            noteDates(managed, definition, in: &planned)
        }
        let isStamped = found.contains { $0.name == SyncKey.column && Stamp($0.description) != nil }
        for column in Self.columns(of: definition) {
            // Internal names are unique without regard to case (FACTS 4.1).
            let existing = found.first { $0.name.lowercased() == column.name.lowercased() }
            let record = managed?.columns.first { $0.name == column.name }
            guard let existing else {
                if column.name == SyncKey.column, let managed {
                    noteLostKeys(managed, in: &planned)
                } else if record?.remoteID != nil {
                    noteDeleted(column, in: &planned)
                }
                create(column, in: &planned)
                continue
            }
            if column.name == SyncKey.column {
                if let managed, let record, record.remoteID == nil { noteLostKeys(managed, in: &planned) }
                planKeyColumn(
                    column, existing, in: &planned, isStamped: isStamped, stamp: managed.flatMap { stamp(of: $0) })
            } else {
                // A list that was being made when a run was cut short: its columns came with it.
                let isUnfinished = managed == nil && sites[planned.site]?.unfinished.contains(remote.id) == true
                plan(
                    column, existing, in: &planned, record: record,
                    mayAdopt: isUnfinished || definition.definition.lists[planned.name]?.adopt ?? false,
                    rows: managed?.liveRows ?? 0, isIgnored: ignores(column.name, in: planned.name, of: definition))
            }
        }
    }

    private mutating func planSettings(
        _ planned: inout PlannedList, _ remote: RemoteList, _ managed: ManagedList?, _ adopting: Bool
    ) {
        let address = Address.list(planned.site, planned.name)
        let wanted = planned.settings
        var change = ListChange()
        var words: [String] = []
        if remote.displayName != wanted.displayName {
            if managed?.applied.displayName == wanted.displayName {
                plan.drift.append(
                    DriftEntry(address, "renamed: \"\(wanted.displayName ?? "")\" → \"\(remote.displayName)\""))
            } else {
                change.displayName = wanted.displayName
                words.append("display name: \"\(remote.displayName)\" → \"\(wanted.displayName ?? "")\"")
            }
        }
        if remote.description != wanted.description {
            if managed?.applied.description == wanted.description {
                plan.drift.append(DriftEntry(address, "description changed"))
            } else {
                change.description = wanted.description
                words.append("description")
            }
        }
        if !planned.titleChange.isEmpty { words.append("settings of Title") }
        planned.settings = change
        if adopting {
            plan.changes.append(
                SchemaChange(
                    address, .adopt, (["items stay as they are"] + words).joined(separator: ", "),
                    after: Self.json(wanted), place: planned.place))
        } else if !words.isEmpty {
            plan.changes.append(
                SchemaChange(
                    address, .update, words.joined(separator: ", "),
                    before: Self.json(ListChange(displayName: remote.displayName, description: remote.description)),
                    after: Self.json(wanted), place: planned.place))
        } else {
            plan.unchanged += 1
        }
    }

    private mutating func create(_ column: DesiredColumn, in planned: inout PlannedList) {
        let isKey = column.name == SyncKey.column
        planned.columns.append(
            PlannedColumn(column: column, found: nil, change: Self.settings(after: column), isHidden: isKey))
        plan.changes.append(
            SchemaChange(
                .column(planned.site, planned.name, column.name), .create, Self.words(column),
                after: ColumnSpec.json(column), place: column.place ?? planned.place))
    }

    /// The key column of a list that is ours is always put right: without it no row could be found again.
    private mutating func planKeyColumn(
        _ column: DesiredColumn, _ existing: RemoteColumn, in planned: inout PlannedList, isStamped: Bool,
        stamp: Stamp?
    ) {
        let address = Address.column(planned.site, planned.name, column.name)
        // A list that the registry knows by its id is ours, whatever somebody made of the description.
        guard isStamped || stamp != nil else {
            plan.hazards.append(
                Hazard(
                    .foreignOwner, at: address, "the list has a column \(SyncKey.column) that carries no stamp of ours",
                    remedy:
                        "if the keys in it are this project's, run syncbridge recover; else choose another list name",
                    place: planned.place))
            planned.existence = .blocked
            return
        }
        var change = ColumnChange()
        if !existing.indexed { change.indexed = true }
        if !existing.unique { change.unique = true }
        if !existing.hidden { change.hidden = true }
        var words: [String] = change.isEmpty ? [] : ["indexed, unique and hidden again"]
        if let stamp, Stamp(existing.description) != stamp {
            change.description = stamp.text
            words.append("its stamp again, which somebody changed")
        }
        planned.columns.append(PlannedColumn(column: column, found: existing, change: change, isHidden: true))
        if change.isEmpty {
            plan.unchanged += 1
        } else {
            plan.changes.append(
                SchemaChange(address, .update, words.joined(separator: ", "), place: planned.place))
        }
    }

    private mutating func plan(
        _ column: DesiredColumn, _ existing: RemoteColumn, in planned: inout PlannedList, record: ManagedColumn?,
        mayAdopt: Bool, rows: Int, isIgnored: Bool
    ) {
        let address = Address.column(planned.site, planned.name, column.name)
        let place = column.place ?? planned.place
        if record == nil, !mayAdopt {
            plan.hazards.append(
                Hazard(
                    .foreignOwner, at: address,
                    "the list has a column \"\(existing.displayName)\" (\(existing.name)) already, and it is not ours",
                    remedy: "choose another target for the field, or take the column over with lists: "
                        + "{ \(planned.name): { adopt: true } }", place: place))
            return
        }
        if isIgnored, record?.remoteID != nil {
            planned.columns.append(
                PlannedColumn(column: column, found: existing, change: ColumnChange(), isHidden: false))
            plan.unchanged += 1
            return
        }
        // Of a column that is ours and was made just before a run was cut short nothing was applied yet.
        let kept = KeptChoices(column, found: existing, applied: record.map { $0.applied ?? "{}" })
        if let note = kept.note(at: address) { plan.notes.append(note) }
        let column = kept.remembered(column)
        let ignoresDefault = record?.isApplied(ColumnSpec.applied(column, ignoresDefault: true)) == true
        let isAsApplied = ignoresDefault || record?.isApplied(ColumnSpec.applied(column)) == true
        var applied = column
        if ignoresDefault { applied.defaultValue = existing.defaultValue }
        let comparison = ColumnComparison(
            isAsApplied ? applied : kept.written(column), found: existing, hasItems: rows > 0 || record == nil)
        if isAsApplied, !comparison.differences.isEmpty {
            // Nobody changed the manifests: a person changed the column.
            let words = ColumnDeeds.words(applied, found: existing)
            plan.drift.append(
                DriftEntry(address, (words.isEmpty ? comparison.differences : words).joined(separator: ", ")))
            planned.columns.append(
                PlannedColumn(column: column, found: existing, change: ColumnChange(), isHidden: false))
            plan.unchanged += 1
            return
        }
        for obstacle in comparison.obstacles {
            plan.hazards.append(
                Hazard(
                    obstacle.hazard, at: address, obstacle.message, rows: rows, remedy: obstacle.remedy, place: place))
        }
        planned.columns.append(
            PlannedColumn(column: column, found: existing, change: comparison.change, isHidden: false))
        let action: SchemaChange.Action =
            comparison.obstacles.contains { $0.hazard == .columnTypeReplace }
            ? .replace : record == nil ? .adopt : .update
        if action == .update, comparison.differences.isEmpty, record?.remoteID != nil {
            plan.unchanged += 1
            return
        }
        let words = comparison.differences.isEmpty ? "as it is" : comparison.differences.joined(separator: ", ")
        plan.changes.append(
            SchemaChange(
                address, action, words, before: ColumnSpec.json(existing), after: ColumnSpec.json(column), place: place)
        )
    }

    // MARK: What is wanted

    /// Every column of the definition's lists but `Title`, `SyncBridgeKey` first.
    private static func columns(of definition: BoundDefinition) -> [DesiredColumn] {
        let key = DesiredColumn(
            name: SyncKey.column, displayName: "SyncBridge key", type: .singleLineText, indexed: true, unique: true)
        let mark = DesiredColumn(
            name: DeletionMark.column, displayName: "Deleted at the source",
            type: .dateTime(ColumnType.DateTime(format: .dateTime)))
        return [key] + definition.columns.filter { !$0.isTitle }
            + (definition.definition.rowPolicy.marksDeletions ? [mark] : [])
    }

    /// `Title` is the template's own: it is never required, and takes the settings of the field that maps to it.
    private func titleChange(
        _ definition: BoundDefinition, found: RemoteColumn?, record: ManagedColumn?
    ) -> ColumnChange {
        let wanted = definition.columns.first(where: \.isTitle)
        var change = ColumnChange()
        if found?.required ?? true, !(wanted?.required ?? false) { change.required = false }
        guard let wanted else { return change }
        // What people changed since it was applied is theirs.
        guard record?.isApplied(ColumnSpec.json(wanted).text(.canonical)) != true else { return change }
        if wanted.displayName != found?.displayName ?? "Title" { change.displayName = wanted.displayName }
        if wanted.indexed, !(found?.indexed ?? false) { change.indexed = true }
        if wanted.unique, !(found?.unique ?? false) { change.unique = true }
        if wanted.description != found?.description ?? "" { change.description = wanted.description }
        return change
    }

    /// What a new column needs after it was made: Graph does not honour these at creation (FACTS 12).
    private static func settings(after column: DesiredColumn) -> ColumnChange {
        ColumnChange(
            required: column.required ? true : nil, indexed: column.indexed ? true : nil,
            unique: column.unique ? true : nil, hidden: column.name == SyncKey.column ? true : nil)
    }

    private static func words(_ column: DesiredColumn) -> String {
        var words = [column.type.words]
        if column.unique { words.append("unique") } else if column.indexed { words.append("indexed") }
        if column.required { words.append("required") }
        return words.joined(separator: ", ")
    }

    private static func json(_ settings: ListChange) -> JSON {
        [
            "displayName": .string(settings.displayName ?? ""), "description": .string(settings.description ?? ""),
        ]
    }
}
