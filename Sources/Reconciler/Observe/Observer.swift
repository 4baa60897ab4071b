package import Core

package enum Observer {
    /// Reads both sides and the registry; writes nothing.
    /// - Parameters:
    ///   - flags: Hazards that the command line allows.
    ///   - known: What was seen of the sites a moment ago; it need not be read again where all was as it should be.
    package static func observe(
        _ desired: DesiredState, _ sides: Sides, flags: [HazardPolicy.Flag], known: Observation? = nil
    ) async throws(Failure) -> Observation {
        let observation = try await observeOnce(desired, sides, flags: flags, known: known)
        // The registry is read before the sites: a list that another process made in between is not one of a lost
        // meta-store.
        guard observation.schema.hazards.contains(where: { $0.code == .metaStoreBehind }) else { return observation }
        return try await observeOnce(desired, sides, flags: flags, known: nil)
    }

    /// The definitions bound to their tables, without a look at the sites.
    static func definitions(
        _ desired: DesiredState, _ sides: Sides, flags: [HazardPolicy.Flag]
    ) async throws(Failure) -> [DefinitionWork] {
        var (assumptions, diagnostics): ([String], Diagnostics) = ([], Diagnostics())
        let registry = try await readRegistry(desired, sides, &assumptions).named(by: desired.definitions, &diagnostics)
        return try await definitions(desired, sides, flags, registry, &diagnostics)
    }

    private static func definitions(
        _ desired: DesiredState, _ sides: Sides, _ flags: [HazardPolicy.Flag], _ registry: Registry,
        _ diagnostics: inout Diagnostics
    ) async throws(Failure) -> [DefinitionWork] {
        var definitions: [DefinitionWork] = []
        for definition in desired.definitions {
            if var work = try await bind(definition, registry, sides, &diagnostics) {
                work.guards = definition.guards.filled(from: desired.project.guards).filled(from: .defaults)
                work.allowsLosses = lists(of: work, allowing: .itemLoses, desired.project.allow, flags)
                work.allowsDeletions = lists(of: work, allowing: .rowDeleteLimit, desired.project.allow, flags)
                work.allowsOtherDays = lists(of: work, allowing: .timeZoneMismatch, desired.project.allow, flags)
                work.allowsLoops = lists(of: work, allowing: .writeLoop, desired.project.allow, flags)
                definitions.append(work)
            }
        }
        return definitions
    }

    private static func observeOnce(
        _ desired: DesiredState, _ sides: Sides, flags: [HazardPolicy.Flag], known: Observation?
    ) async throws(Failure) -> Observation {
        var assumptions: [String] = []
        var diagnostics = Diagnostics()
        var registry = try await readRegistry(desired, sides, &assumptions).named(by: desired.definitions, &diagnostics)
        let definitions = try await definitions(desired, sides, flags, registry, &diagnostics)
        let seen = known.flatMap { $0.showsSites(of: registry) ? $0.sites : nil }
        var sites: [String: ObservedSite] = [:]
        for profile in desired.sites {
            let names = definitions.filter { $0.bound.definition.siteProfile == profile.name }.flatMap(\.bound.lists)
            guard !names.isEmpty else { continue }
            if sides.sites[profile.name] == nil {
                assumptions.append(
                    "no credentials for the site of profile \"\(profile.name)\": this plan assumes that it is empty")
            }
            if let known = seen?[profile.name] {
                sites[profile.name] = known
                continue
            }
            sites[profile.name] = try await SiteObserver.observe(
                profile, sides.sites[profile.name], listNames: names, registry: registry)
        }
        let bound = definitions.map(\.bound)
        let project = desired.project.name
        let allowed = goneListsAllowed(desired, flags)
        var schema = SchemaPlanner.plan(
            bound, project: project, registry: registry, sites: Array(sites.values), goneListsAllowed: allowed)
        let names = Set(desired.definitions.map(\.name))
        let isMissingDefinitions = registry.definitions.contains { !names.contains($0.name) }
        // What tightens a column is a hazard only where there are rows, so that any change of lists asks for their number.
        let touchesLists = !schema.hazards.isEmpty || !schema.changes.isEmpty
        let mayLoseRows = isMissingDefinitions || (touchesLists && !registry.definitions.isEmpty)
        if mayLoseRows, let metaStore = sides.metaStore {
            // Only what may be lost is counted: counting takes as long as a good part of a plan.
            registry = registry.counted(try await metaStore.liveRows(of: project))
            schema = SchemaPlanner.plan(
                bound, project: project, registry: registry, sites: Array(sites.values), goneListsAllowed: allowed)
        }
        return Observation(
            desired: desired, registry: registry, sites: sites,
            definitions: definitions.map { withPeoplesDeeds(withStampedLists($0, schema), schema) }, schema: schema,
            diagnostics: diagnostics,
            assumptions: assumptions, gone: registry.definitions.filter { !names.contains($0.name) },
            isOfEarlierLook: seen != nil)
    }

    /// Lists, by index, for which a hazard of single rows is allowed.
    private static func lists(
        of work: DefinitionWork, allowing hazard: HazardCode, _ allowances: [Allowance], _ flags: [HazardPolicy.Flag]
    ) -> Set<Int> {
        let globs =
            allowances.filter { $0.hazard == hazard }.map { AddressGlob($0.at) }
            + flags.filter { $0.code == hazard }.map(\.at)
        guard !globs.isEmpty else { return [] }
        let definition = work.bound.definition
        return Set(
            work.bound.lists.indices.filter { index in
                let addresses: [Address] = [
                    .definition(definition.name),
                    .rows(definition.name, definition.siteProfile, work.bound.lists[index]),
                ]
                return globs.contains { glob in addresses.contains(where: glob.matches) }
            })
    }

    /// Where somebody agreed that a list that is gone is made anew.
    private static func goneListsAllowed(_ desired: DesiredState, _ flags: [HazardPolicy.Flag]) -> [AddressGlob] {
        desired.project.allow.filter { $0.hazard == .listGone }.map { AddressGlob($0.at) }
            + flags.filter { $0.code == .listGone }.map(\.at)
    }

    private static func readRegistry(
        _ desired: DesiredState, _ sides: Sides, _ assumptions: inout [String]
    ) async throws(Failure) -> Registry {
        guard let metaStore = sides.metaStore else {
            assumptions.append("no meta-store: this is a first plan, as if nothing had ever been applied")
            return .empty
        }
        let state = try await metaStore.schemaState()
        try state.requireReadable()
        switch state {
        case .absent:
            assumptions.append("the meta-store is empty: this is a first plan")
            return .empty
        case .previous(let version, let needed):
            assumptions.append(
                "the meta-store's schema has version \(version): apply --migrate brings it to \(needed) first")
        case .current, .behind, .newer: break
        }
        return try await metaStore.registry(of: desired.project.name)
    }

    static func bind(
        _ definition: SyncDefinition, _ registry: Registry, _ sides: Sides, _ diagnostics: inout Diagnostics
    ) async throws(Failure) -> DefinitionWork? {
        guard let source = sides.sources[definition.sourceProfile] else {
            throw Failure(
                .auth, while: "planning definition \"\(definition.name)\"",
                address: .profile(definition.sourceProfile), source: definition.place,
                because: "its source is not configured", help: "set SOURCE_PG_DSN, or declare a profile")
        }
        let relation = try await source.relation(definition.table, at: definition.tablePlace ?? definition.place)
        if let predicate = definition.predicate { try await source.check(predicate: predicate, in: relation) }
        var types: [String: SourceType] = [:]
        for field in definition.mapping.fields {
            guard case .expression(let sql) = field.origin else { continue }
            types[sql] = try await source.type(of: sql, in: relation, at: field.place)
        }
        let registered = registry.definition(definition.name)
        let (bound, found) = Binder.bind(
            definition, to: relation, zone: sides.zones[definition.siteProfile], expressionTypes: types,
            storedNames: registered?.automaticNames ?? [:])
        diagnostics.append(contentsOf: found.all)
        guard let bound else { return nil }
        let identity = try await source.identity()
        return DefinitionWork(
            bound: bound, registered: registered, prefix: registered?.prefix ?? definition.name,
            mappingVersion: mappingVersion(registered, bound.fields.map(\.target)),
            source: [
                identity.systemIdentifier ?? "?", identity.database, "\(relation.schema).\(relation.name)",
                identity.role,
            ].map(PercentEncoding.encode).joined(separator: "/"),
            lists: registry.lists(of: registered).filter { $0.site == definition.siteProfile },
            knownLists: registered.map { Set(registry.lists(of: $0).map(\.id)) })
    }

    /// The version under which these fields, in this order, are or will be registered.
    private static func mappingVersion(_ registered: RegisteredDefinition?, _ fields: [String]) -> Int {
        guard let registered else { return 1 }
        if registered.mappings[registered.mappingVersion] == fields { return registered.mappingVersion }
        // Never a version of before, though its fields be the same: what was left out between has its own history.
        return (registered.mappings.keys.max() ?? 0) + 1
    }

    /// What people did to our lists and columns, as far as rows depend on it.
    private static func withPeoplesDeeds(_ work: DefinitionWork, _ schema: SchemaPlan) -> DefinitionWork {
        var work = work
        work.goneLists = schema.goneLists.filter { work.knownLists?.contains($0) ?? false }
        for list in schema.lists where list.definition == work.name && !list.deletedColumns.isEmpty {
            guard case .found(_, let managed?, _) = list.existence else { continue }
            work.deletedColumns[managed.id] = list.deletedColumns
        }
        return work
    }

    /// Lists that only their stamp showed to be ours belong to the definition as well.
    private static func withStampedLists(_ work: DefinitionWork, _ schema: SchemaPlan) -> DefinitionWork {
        var work = work
        for list in schema.lists where list.definition == work.name {
            guard case .found(let remote, nil, _) = list.existence,
                !work.lists.contains(where: { $0.name == list.name })
            else { continue }
            work.lists.append(
                ManagedList(
                    id: ListID(remote.id), definitionID: work.registered?.id ?? "", name: list.name, site: list.site,
                    remoteSiteID: "", webURL: remote.webURL))
        }
        return work
    }
}
