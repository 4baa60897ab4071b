internal import Core

/// What people took away, and what of it is made again (SPEC §11).
extension Applier {
    /// Forgets lists that are gone for good, where somebody agreed to that.
    /// - Returns: Whether there were any: then everything is to be looked at anew.
    func forgetGoneLists(
        _ observation: Observation, _ allowed: Set<String>, _ keeper: LeaseKeeper
    ) async throws(Failure) -> Bool {
        var forgot = false
        for work in observation.definitions where allowed.contains(work.name) {
            guard let id = work.registered?.id, let lease = keeper.term(leaseName(work.bound.definition)) else {
                continue
            }
            for list in work.goneLists {
                try await returnMoving(into: list, work, id, lease, observation)
                try await metaStore.forgetList(list, of: id, under: lease)
                forgot = true
            }
        }
        return forgot
    }

    /// Rows that were moving into a list that is gone have their old items, which were still to be deleted. One whose old item
    /// is gone has none: this program may have deleted it, and nobody recorded that.
    private func returnMoving(
        into gone: ListID, _ work: DefinitionWork, _ id: String, _ lease: LeaseTerm, _ observation: Observation
    ) async throws(Failure) {
        let there = Set(work.lists.map(\.id)).subtracting(work.goneLists)
        var reading = RowContext(of: work, now: context.now)
        reading.columns = observation.columnNames(of: work.lists)
        var after: Int64 = 0
        while true {
            let rows = try await metaStore.rows(of: id, in: gone, after: after, limit: FeedReader.pageRows)
            guard let last = rows.last?.entry.item else { return }
            after = last
            var changes: [LedgerCommit.Change] = []
            for row in rows {
                guard var entry = row.entry.returned, let list = entry.list, let item = entry.item, there.contains(list)
                else { continue }
                if await isGone(item, in: list, row.syncKey, work, reading) {
                    changes.append(.remove(row.entry.key, version: row.entry.version))
                    continue
                }
                entry.version += 1
                changes.append(.put(entry, sourceKey: row.syncKey, replaces: row.entry.version))
            }
            guard !changes.isEmpty else { continue }
            try await metaStore.commit(
                LedgerCommit(
                    project: desired.project.name, definition: id, run: context.runID, now: context.clock.now(),
                    lease: lease, changes: changes))
        }
    }

    /// - Returns: `false` also where nobody can tell now.
    private func isGone(
        _ item: Int64, in list: ListID, _ key: String, _ work: DefinitionWork, _ reading: RowContext
    ) async -> Bool {
        guard let site = sides.sites[work.bound.definition.siteProfile] else { return false }
        do throws(SiteFailure) {
            let proof = AbsenceProof(site: site, list: list, select: reading.selection(in: list))
            return try await proof.item(item, key: key) == nil
        } catch {
            return false
        }
    }

    /// Forgets what the columns held that are about to be made again: a crash between the two leaves rows to be written.
    func forgetDeletedColumns(
        _ planned: PlannedList, _ work: DefinitionWork, _ keeper: LeaseKeeper
    ) async throws(Failure) {
        guard case .found(_, let managed?, _) = planned.existence, let registered = work.registered,
            let lease = keeper.term(leaseName(work.bound.definition))
        else { return }
        for column in planned.deletedColumns.sorted() {
            let positions = registered.mappings.compactMapValues { $0.firstIndex(of: column) }
            _ = try await metaStore.forgetColumn(
                column, at: positions, in: managed.id, of: registered.id, under: lease)
        }
    }
}

// MARK: Keys

extension Applier {
    /// Puts keys back that somebody changed or cleared in items of ours, before any row is created that has such a key.
    mutating func restoreChangedKeys(
        _ observation: Observation, _ allowed: Set<String>, _ keeper: LeaseKeeper
    ) async throws(Failure) {
        let strays = try await metaStore.strays(of: desired.project.name)
        guard !strays.isEmpty else { return }
        for work in observation.definitions where allowed.contains(work.name) {
            guard let id = work.registered?.id, let lease = keeper.term(leaseName(work.bound.definition)),
                let site = sides.sites[work.bound.definition.siteProfile]
            else { continue }
            for list in work.lists where observation.isReadable(list) {
                let shown = Dictionary(
                    strays.filter { $0.list == list.id }.map { ($0.item, $0.syncKey) }, uniquingKeysWith: { $1 })
                guard !shown.isEmpty else { continue }
                let owned = try await metaStore.entries(of: id, list: list.id, items: shown.keys.sorted(), syncKeys: [])
                    .filter { row in row.entry.list == list.id && row.entry.item.map { shown[$0] != nil } == true }
                // An item that was nobody's, and that its row took over since, has its key.
                let right = owned.filter { row in row.entry.item.flatMap { shown[$0] } == row.syncKey }
                let columns = observation.sites[list.site]?.columns[list.remoteID] ?? []
                // Without a column for keys there is nothing to put back: it is made again first, or the rules left the list.
                guard columns.isEmpty || columns.contains(where: { $0.name == SyncKey.column }) else { continue }
                let restorer = restorer(work, id, list, columns, site, lease)
                let outcome = try await restorer.restore(
                    owned.filter { !right.contains($0) }, shown: shown, right: right.compactMap(\.entry.item))
                report.keysRestored += outcome.restored.count
                if let failure = outcome.failure { report.failures.append(keyFailure(failure, list, work)) }
            }
        }
    }

    private func restorer(
        _ work: DefinitionWork, _ definition: String, _ list: ManagedList, _ columns: [RemoteColumn],
        _ site: any SharePointSite, _ lease: LeaseTerm
    ) -> KeyRestorer {
        var rows = RowContext(of: work, now: context.now)
        // The key column itself may have been made since they were read.
        if !columns.isEmpty { rows.columns[list.id] = Set(columns.map(\.name)).union([SyncKey.column]) }
        return KeyRestorer(
            site: site, metaStore: metaStore, context: context, project: desired.project.name, list: list.id,
            lease: lease, definition: definition, rows: rows, inDoubt: openRows[work.name] ?? [])
    }

    /// Makes the key column again that somebody deleted, and writes each item's key from the ledger. Until all have theirs
    /// the column is recorded as one that is about to be made.
    /// - Returns: What kept it from being finished.
    mutating func restoreKeyColumn(
        _ planned: PlannedList, _ work: DefinitionWork, _ stamp: Stamp, _ keeper: LeaseKeeper
    ) async throws(Failure) -> Failure? {
        guard planned.hasLostKeys, case .found(let remote, let managed?, _) = planned.existence,
            let id = work.registered?.id, let lease = keeper.term(leaseName(work.bound.definition)),
            let site = sides.sites[planned.site]
        else { return nil }
        _ = try await metaStore.forgetColumn(SyncKey.column, at: [:], in: managed.id, of: id, under: lease)
        try await metaStore.save(
            column: ManagedColumn(name: SyncKey.column, remoteID: nil, applied: nil), of: managed.id, under: lease)
        let columns: [RemoteColumn]
        do throws(SiteFailure) {
            columns = try await site.columns(of: remote.id)
            if columns.allSatisfy({ $0.name != SyncKey.column }) {
                _ = try await site.createColumn(
                    ColumnCreation(
                        name: SyncKey.column, displayName: "SyncBridge key", description: stamp.text,
                        type: .singleLineText),
                    in: remote.id)
                report.schemaCalls += 1
            }
        } catch {
            return keyFailure(error, managed, work)
        }
        let failure = try await restorer(work, id, managed, columns, site, lease).restoreAll()
        return failure.map { keyFailure($0, managed, work) }
    }

    /// Makes key columns again before anything else is done, where somebody agreed to that: an effect in doubt in such a list
    /// cannot be looked at, and keeps everything waiting that must not be done beside it. Once in a run.
    /// - Returns: Whether there were any: then everything is to be looked at anew.
    mutating func restoreLostKeys(
        _ observation: Observation, _ allowed: Set<String>, _ keeper: LeaseKeeper
    ) async throws(Failure) -> Bool {
        guard !hasRestoredKeyColumns, let metaStoreID = observation.registry.metaStoreID else { return false }
        hasRestoredKeyColumns = true
        let lost = observation.schema.hazards.filter { $0.code == .keysLost }
        let agreed = Planner.policy(desired, context).applied(to: lost).filter { $0.allowedBy != nil }.map(\.address)
        var restored = false
        for planned in observation.schema.lists where planned.hasLostKeys && allowed.contains(planned.definition) {
            guard agreed.contains(.list(planned.site, planned.name)),
                let work = observation.definitions.first(where: { $0.name == planned.definition }),
                let id = work.registered?.id
            else { continue }
            let stamp = stamp(of: planned, work, id, metaStoreID)
            if let failure = try await restoreKeyColumn(planned, work, stamp, keeper) {
                report.failures.append(failure)
            } else {
                restored = true
            }
        }
        return restored
    }

    private func keyFailure(_ failure: SiteFailure, _ list: ManagedList, _ work: DefinitionWork) -> Failure {
        failure.failure(
            while: "writing the keys of the list's items", address: .list(list.site, list.name),
            source: work.bound.definition.place)
    }
}
