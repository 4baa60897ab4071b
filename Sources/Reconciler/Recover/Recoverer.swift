package import Core
internal import Logging

/// Rebuilds registrations and ledger after the meta-store was lost, or restored to an older state, from manifests,
/// stamps, keys and source. Writes nothing but the meta-store (SPEC §7).
package struct Recoverer {
    package struct Report: Hashable, Sendable {
        package var definitions: [Definition] = []

        package init() {}

        package struct Definition: Hashable, Sendable {
            package var name: String
            package var lists: [String]
            /// Items that belong to rows of the source.
            package var rows = 0
            /// Of those, how many show something else than their row in a field: nobody knows who changed it.
            package var unknownBase = 0
            /// Items whose row is gone.
            package var gone = 0
            /// Items whose key says nothing that could be read.
            package var strays = 0
            /// Entries of before that nothing was found for.
            package var dropped = 0
        }
    }

    let desired: DesiredState
    let sides: Sides
    let context: RunContext
    let metaStore: any MetaStore & RecoveryStore
    let leaseSeconds: Double

    package static func recover(
        _ desired: DesiredState, _ sides: Sides, _ metaStore: any MetaStore & RecoveryStore, _ context: RunContext,
        leaseSeconds: Double
    ) async throws(Failure) -> Report {
        let recoverer = Recoverer(
            desired: desired, sides: sides, context: context, metaStore: metaStore, leaseSeconds: leaseSeconds)
        return try await recoverer.run()
    }

    /// A list that says it is ours.
    private struct Stamped {
        var profile: String
        var siteID: String
        var list: RemoteList
        var columns: [RemoteColumn]
        var stamp: Stamp
    }

    private func run() async throws(Failure) -> Report {
        for profile in usedSites where sides.sites[profile.name] == nil {
            throw Failure(
                .auth, while: "recovering", address: .profile(profile.name), source: profile.place,
                because: "the site has no credentials", help: "recover reads the lists: configure the site")
        }
        let schema = try await metaStore.schemaState()
        try schema.requireWritable()
        if case .absent = schema { _ = try await metaStore.migrate() }
        var registry = try await named(metaStore.registry(of: desired.project.name))
        let stamped = try await readStamps()
        guard let first = stamped.first else {
            throw Failure(
                .invalid, while: "recovering", because: "no list of the site carries a stamp of this project",
                help: "look at the site and at the project's name; without a list there is nothing to recover")
        }
        let ids = Set(stamped.map(\.stamp.metaStoreID)).sorted()
        let own = registry.definitions.isEmpty ? nil : registry.metaStoreID
        guard ids.count == 1, own == nil || own == ids[0] else {
            throw Failure(
                .denied, while: "recovering",
                because: "the lists carry stamps of more than one meta-store: "
                    + Set(ids + (own.map { [$0] } ?? [])).sorted().joined(separator: ", "),
                help: "another meta-store has applied this project to this site; use the right one")
        }
        _ = try await metaStore.beginRecovery(metaStoreID: first.stamp.metaStoreID)
        registry = try await named(metaStore.registry(of: desired.project.name))
        let keeper = LeaseKeeper(metaStore, context, seconds: leaseSeconds)
        let names =
            desired.definitions.map {
                LeaseName(project: desired.project.name, definition: $0.name, site: $0.siteProfile)
            } + earlierLeases(registry)
        if let holder = try await keeper.acquire(names, waiting: 0) {
            throw Failure(
                .locked, while: "recovering", because: "\(holder.actor) took the lease of \(holder.name.definition)",
                help: "stop whatever applies this project, then run again")
        }
        let outcome = await withTaskGroup(of: Void.self) { group -> Result<Report, Failure> in
            group.addTask { await keeper.keep() }
            let outcome: Result<Report, Failure>
            do throws(Failure) { outcome = .success(try await rebuild(stamped, registry, keeper)) } catch {
                outcome = .failure(error)
            }
            group.cancelAll()
            return outcome
        }
        await keeper.release()
        return try outcome.get()
    }

    /// The registry as the manifests name its definitions.
    private func named(_ registry: Registry) throws(Failure) -> Registry {
        var diagnostics = Diagnostics()
        let named = registry.named(by: desired.definitions, &diagnostics)
        guard let error = diagnostics.all.first(where: { $0.severity == .error }) else { return named }
        throw Failure(
            .invalid, while: "recovering", source: error.source, because: error.detail, help: error.help)
    }

    /// The leases of definitions that are still registered under an earlier name.
    private func earlierLeases(_ registry: Registry) -> [LeaseName] {
        registry.definitions.filter { $0.formerName != nil }.flatMap { $0.leases(of: desired.project.name) }
    }

    private var usedSites: [SiteProfile] {
        let used = Set(desired.definitions.map(\.siteProfile))
        return desired.sites.filter { used.contains($0.name) }
    }

    private func readStamps() async throws(Failure) -> [Stamped] {
        var stamped: [Stamped] = []
        for profile in usedSites {
            guard let site = sides.sites[profile.name] else { continue }
            do throws(SiteFailure) {
                let id = try await site.site().id
                for list in try await site.lists() where list.template == "genericList" {
                    let columns = try await site.columns(of: list.id)
                    guard let key = columns.first(where: { $0.name == SyncKey.column }),
                        let stamp = Stamp(key.description), stamp.project == desired.project.name
                    else { continue }
                    stamped.append(
                        Stamped(profile: profile.name, siteID: id, list: list, columns: columns, stamp: stamp))
                }
            } catch {
                throw error.failure(
                    while: "reading the lists of profile \"\(profile.name)\"", address: .profile(profile.name),
                    source: profile.place)
            }
        }
        return stamped
    }

    // MARK: Definitions

    private func rebuild(
        _ stamped: [Stamped], _ registry: Registry, _ keeper: LeaseKeeper
    ) async throws(Failure) -> Report {
        var report = Report()
        var diagnostics = Diagnostics()
        // Definitions that are recovered, by their ids.
        var owners: [String: String] = [:]
        for definition in desired.definitions {
            guard let bound = try await Observer.bind(definition, registry, sides, &diagnostics) else {
                throw Failure(
                    .invalid, while: "recovering", address: .definition(definition.name),
                    source: definition.place, because: "the definition does not fit its table",
                    help: "run syncbridge validate --source")
            }
            let named = stamped.filter { list in
                list.profile == definition.siteProfile && bound.bound.lists.contains(list.stamp.list)
            }
            guard let id = try owner(of: named.map(\.stamp), bound, registry, owners) else { continue }
            let lists = named.filter { $0.stamp.definitionID == id }
            guard let stamp = lists.first?.stamp else { continue }
            let lease = LeaseName(
                project: desired.project.name, definition: definition.name, site: definition.siteProfile)
            guard let term = keeper.term(lease) else { continue }
            var work = bound
            work.prefix = stamp.prefix
            owners[id] = definition.name
            let managed = lists.map { managedList($0, work, id) }
            work.lists = managed
            try await rekeyLedger(work, id, term)
            // Nothing is registered before it is sure that items and rows belong together: a plan then still says that
            // the meta-store knows too little.
            let found = try await find(work, id, term)
            try await requireMatchingKeys(work, id, found)
            try await metaStore.register(
                work.registration(id: id, project: desired.project.name), under: term)
            for (list, remote) in zip(managed, lists) {
                try await metaStore.save(
                    list: list, columns: columns(of: remote, work), project: desired.project.name, under: term)
            }
            report.definitions.append(try await rebuild(work, id, found, term))
        }
        return report
    }

    private func managedList(_ stamped: Stamped, _ work: DefinitionWork, _ id: String) -> ManagedList {
        ManagedList(
            id: ListID(stamped.list.id), definitionID: id, name: stamped.stamp.list, site: stamped.profile,
            remoteSiteID: stamped.siteID, webURL: stamped.list.webURL,
            wasAdopted: work.bound.definition.lists[stamped.stamp.list]?.adopt ?? false)
    }

    /// Columns that the definition wants and the list has: they are ours, as the stamp is.
    private func columns(of stamped: Stamped, _ work: DefinitionWork) -> [ManagedColumn] {
        let wanted = Set(work.bound.columns.map { $0.name.lowercased() } + [SyncKey.column.lowercased()])
        return stamped.columns.filter { wanted.contains($0.name.lowercased()) }.map {
            ManagedColumn(name: $0.name, remoteID: $0.id, applied: nil)
        }
    }

    private func rebuild(
        _ work: DefinitionWork, _ id: String, _ found: FoundKeys, _ lease: LeaseTerm
    ) async throws(Failure) -> Report.Definition {
        var result = Report.Definition(name: work.name, lists: work.lists.map(\.name).sorted())
        try await match(work, id, lease, &result)
        let strays = try await takeUnmatched(work, id, lease, &result)
        result.dropped = try await metaStore.finishRecovery(definition: id, under: lease)
        for (list, position) in found.positions {
            try await metaStore.commit(
                FeedCommit(
                    project: desired.project.name, definition: id, list: list.id, now: context.clock.now(),
                    lease: lease, changes: [], strays: strays[list.id] ?? [], position: position))
        }
        return result
    }

    /// Reads every item of the definition's lists.
    private func find(_ work: DefinitionWork, _ id: String, _ lease: LeaseTerm) async throws(Failure) -> FoundKeys {
        let rows = RowContext(of: work, now: context.now)
        try await metaStore.clearFound(definition: id, under: lease)
        var keys = FoundKeys()
        for list in work.lists {
            let position = try await find(list, work, id, lease, rows, &keys)
            keys.positions.append((list, position))
        }
        return keys
    }

    /// Reads every item of a list.
    /// - Returns: The position behind them, from which the next apply reads on.
    private func find(
        _ list: ManagedList, _ work: DefinitionWork, _ id: String, _ lease: LeaseTerm, _ rows: RowContext,
        _ keys: inout FoundKeys
    ) async throws(Failure) -> StoredFeedPosition {
        guard let site = sides.sites[list.site] else { return StoredFeedPosition(selection: "", link: nil) }
        let select = rows.selection(and: [ItemMarks.attachments])
        let isMarking = work.policy.marksDeletions
        var position = FeedPosition.beginning
        let pending = try await pendingKeys(list, id)
        var seen = ItemIDSet()
        var count = 0
        while true {
            let page: FeedPage
            do throws(SiteFailure) {
                page = try await site.changes(
                    of: list.id.text, from: position, select: isMarking ? select + [DeletionMark.column] : select)
            } catch {
                throw error.failure(
                    while: "reading the items of the list", address: .list(list.site, list.name),
                    source: work.bound.definition.place)
            }
            var found: [Int64: FoundItem] = [:]
            for entry in page.entries {
                switch entry {
                case .item(let observed):
                    let item = observed.item
                    guard let key = pending[item.id] ?? item[SyncKey.column]?.string,
                        key.hasPrefix("\(work.prefix)/")
                    else { continue }
                    if !seen.contains(item.id) {
                        seen.insert(item.id)
                        keys.note(key, work)
                    }
                    let hash = rows.hash(of: item)
                    found[item.id] = FoundItem(
                        list: list.id, item: item.id, etag: item.etag, syncKey: key, hashes: hash.fields,
                        whole: hash.whole, isMarked: ItemMarks.isFilled(item[DeletionMark.column]))
                case .removed(let item): found[item] = nil
                case .unreadable(let reason):
                    throw Failure(
                        .unavailable, while: "reading the items of the list",
                        address: .list(list.site, list.name),
                        because: "the service's listing has a hole: \(reason)", help: "run again")
                }
            }
            try await metaStore.save(
                found: found.values.sorted { $0.item < $1.item }, definition: id, under: lease)
            count += found.count
            context.progress(.reading(definition: work.name, rows: count))
            if context.shouldStop {
                throw Failure(.interrupted, while: "recovering", because: "stopped on request", help: "run again")
            }
            switch page.next {
            case .more(let link): position = .link(link)
            case .done(let link):
                // Read with the mark's column, the links say so for ever: the next apply asks anew where they differ.
                return StoredFeedPosition(
                    selection: select.joined(separator: ","), link: isMarking ? nil : link,
                    enumeratedAt: context.clock.now())
            }
        }
    }

    static let chunkRows = 2000

    /// Gives each row of the source its item.
    private func match(
        _ work: DefinitionWork, _ id: String, _ lease: LeaseTerm, _ result: inout Report.Definition
    ) async throws(Failure) {
        guard let source = sides.sources[work.bound.definition.sourceProfile] else { return }
        let evaluator = work.evaluator(now: context.now)
        let listIDs = work.listIDs
        let scan = try await source.scan(work.bound)
        let mayBeOlder = Planner.mayBeOlder(work, Planner.policy(desired, context))
        var waiting: [Evaluated] = []
        do throws(Failure) {
            _ = try await Planner.age(scan, work, mayBeOlder: mayBeOlder)
            while let chunk = try await scan.next() {
                var row = CopyRow()
                chunk.forEachRow(&row) { (row: borrowing CopyRow) in
                    guard let key = try? evaluator.key(of: row) else { return }
                    let values = try? evaluator.projection(of: row)
                    waiting.append(
                        Evaluated(
                            key: key.ledgerKey, syncKey: key.syncKey.text, hash: values.map { ContentHash(of: $0) },
                            list: evaluator.route(of: row).list.flatMap { listIDs[$0] }))
                }
                if waiting.count >= Self.chunkRows {
                    try await record(waiting, work, id, lease, &result)
                    waiting = []
                }
            }
            try await record(waiting, work, id, lease, &result)
        } catch {
            await scan.finish()
            throw error
        }
        await scan.finish()
    }

    private struct Evaluated {
        var key: LedgerKey
        var syncKey: String
        var hash: ContentHash?
        var list: ListID?
    }

    private func record(
        _ rows: [Evaluated], _ work: DefinitionWork, _ id: String, _ lease: LeaseTerm,
        _ result: inout Report.Definition
    ) async throws(Failure) {
        let found = try await metaStore.found(definition: id, syncKeys: rows.map(\.syncKey))
        var items: [String: [FoundItem]] = [:]
        for item in found { items[item.syncKey, default: []].append(item) }
        let entries = rows.compactMap { row -> KnownEntry? in
            guard let own = items[row.syncKey] else { return nil }
            return RebuiltEntry.of(
                row: row.key, hash: row.hash, list: row.list, items: own, mappingVersion: work.mappingVersion
            ).map { KnownEntry(entry: $0, syncKey: row.syncKey) }
        }
        result.rows += entries.count
        result.unknownBase += entries.count { $0.entry.remoteBase.contains(RowBase.unknown) }
        try await metaStore.rebuild(
            entries, project: desired.project.name, definition: id, now: context.clock.now(), under: lease)
    }
}
