internal import Core

extension Applier {
    /// Registers every allowed definition whose registration or mapping is not what the manifests say.
    func register(allowed: Set<String>, _ keeper: LeaseKeeper) async throws(Failure) {
        for work in try await Observer.definitions(desired, sides, flags: context.flags)
        where allowed.contains(work.name) {
            let known = work.registered
            guard
                known == nil || work.manifestChanged || known?.mappingVersion != work.mappingVersion
                    || known?.source != work.source || known?.keyShape == nil || known?.isOutOfDate == true,
                let lease = keeper.term(leaseName(work.bound.definition))
            else { continue }
            try await metaStore.register(
                work.registration(id: known?.id ?? context.makeID(), project: desired.project.name),
                under: lease)
            try await metaStore.saveSnapshot(
                project: desired.project.name, side: "source", subject: work.name, content: work.bound.relation.json,
                now: context.now, under: lease)
        }
    }

    /// Brings every list of the open definitions to what the plan wants, side by side. A list that fails is left out and
    /// reported.
    mutating func provision(
        _ observation: Observation, _ open: Set<String>, _ keeper: LeaseKeeper
    ) async throws(Failure) -> [String: [String: ProvisionedList]] {
        var ready: [String: [String: ProvisionedList]] = [:]
        var lists: [PlannedList] = []
        var jobs: [Provisioner.Job] = []
        for planned in observation.schema.lists where open.contains(planned.definition) {
            if let list = planned.readyList(observation.sites[planned.site]) {
                ready[planned.definition, default: [:]][planned.name] = list
                report.note(list: planned, list)
                continue
            }
            guard let job = try await job(planned, observation, keeper) else { continue }
            lists.append(planned)
            jobs.append(job)
        }
        var provisioner = Provisioner(metaStore: metaStore, project: desired.project.name, context: context)
        defer { report.schemaCalls += provisioner.schemaCalls }
        for (planned, result) in zip(lists, try await provisioner.run(jobs)) {
            switch result {
            case .success(let list)?:
                ready[planned.definition, default: [:]][planned.name] = list
                report.note(list: planned, list)
            case .failure(let failure)?:
                report.failures.append(
                    failure.failure.failure(
                        while: failure.operation, address: failure.address, source: planned.place))
            case nil: break
            }
        }
        return ready
    }

    /// What has to be done before a list's own calls, and those.
    /// - Returns: `nil` if the list cannot be brought up now.
    private mutating func job(
        _ planned: PlannedList, _ observation: Observation, _ keeper: LeaseKeeper
    ) async throws(Failure) -> Provisioner.Job? {
        guard let site = sides.sites[planned.site],
            let work = observation.definitions.first(where: { $0.name == planned.definition }),
            let registered = work.registered, let metaStoreID = observation.registry.metaStoreID,
            let lease = keeper.term(leaseName(work.bound.definition))
        else { return nil }
        context.progress(.provisioning(.list(planned.site, planned.name)))
        try await forgetDeletedColumns(planned, work, keeper)
        try await forgetMovedDates(planned, work, lease)
        let stamp = stamp(of: planned, work, registered.id, metaStoreID)
        if let failure = try await restoreKeyColumn(planned, work, stamp, keeper) {
            report.failures.append(failure)
            return nil
        }
        let machine = ProvisionMachine(
            planned, stamp: stamp, remoteSiteID: observation.sites[planned.site]?.site?.id ?? "")
        return Provisioner.Job(machine: machine, site: site, lease: lease)
    }

    /// What the key column of a list says of itself.
    func stamp(of planned: PlannedList, _ work: DefinitionWork, _ definition: String, _ metaStore: String) -> Stamp {
        Stamp(
            metaStoreID: metaStore, project: desired.project.name, definitionID: definition, prefix: work.prefix,
            list: planned.name)
    }
}

extension DefinitionWork {
    /// What the registry keeps of the definition.
    func registration(id: String, project: String) -> DefinitionRegistration {
        let definition = bound.definition
        let explicit = Set(definition.mapping.fields.map(\.target))
        return DefinitionRegistration(
            id: id, project: project, name: name, prefix: prefix,
            sourceTable: "\(bound.relation.schema).\(bound.relation.name)", mode: definition.mode.rawValue,
            shardingPolicy: definition.sharding.json, spec: definition.specJSON, source: source,
            mappingVersion: mappingVersion,
            fields: bound.fields.map { field in
                DefinitionRegistration.MappedField(
                    source: field.sourceColumn ?? "", target: field.target,
                    transforms: field.steps.map(\.transform.text).joined(separator: " · "),
                    isAutomatic: !explicit.contains(field.target))
            }, keyShape: bound.keyShape)
    }
}

extension PlannedList {
    /// The list as it is, if nothing has to be done to it.
    func readyList(_ site: ObservedSite?) -> ProvisionedList? {
        guard case .found(let remote, let managed?, _) = existence, settings.isEmpty, titleChange.isEmpty,
            !hasMovedDates,
            columns.allSatisfy({ column in
                column.found != nil && column.change.isEmpty
                    && managed.columns.contains { $0.name == column.column.name && $0.remoteID != nil }
            }), let columns = site?.columns[remote.id]
        else { return nil }
        return ProvisionedList(list: managed, columns: columns)
    }
}

extension ApplyReport {
    mutating func note(list: PlannedList, _ provisioned: ProvisionedList) {
        let entry = ListReport(address: .list(list.site, list.name), webURL: provisioned.list.webURL)
        if !lists.contains(entry) { lists.append(entry) }
        ignoredDefaults += provisioned.ignoredDefaults.map { .column(list.site, list.name, $0) }
    }
}

extension SourceRelation {
    /// The catalog's view of the relation, as snapshots keep it.
    var json: JSON {
        [
            "schema": .string(schema), "name": .string(name), "kind": .string(kind.rawValue),
            "primaryKey": .array(primaryKey.map(JSON.string)),
            "columns": .array(
                columns.map { column in
                    [
                        "name": .string(column.name), "type": .string(column.type.description),
                        "domain": column.domain.map(JSON.string) ?? .null, "nullable": .bool(column.isNullable),
                        "generated": .bool(column.isGenerated),
                        "allowedValues": column.allowedValues.map { .array($0.map(JSON.string)) } ?? .null,
                    ]
                }),
            "foreignKeys": .array(
                foreignKeys.map { key in
                    [
                        "columns": .array(key.columns.map(JSON.string)),
                        "references": .string("\(key.referencedSchema).\(key.referencedTable)"),
                    ]
                }),
        ]
    }
}
