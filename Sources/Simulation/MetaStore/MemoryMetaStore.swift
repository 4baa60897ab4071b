package import Core
internal import Synchronization

/// One session of a meta-store in memory.
package final class MemoryMetaStore: MetaStore {
    let database: MemoryDatabase
    let session: Int

    init(_ database: MemoryDatabase, session: Int) {
        self.database = database
        self.session = session
    }

    package func schemaState() async throws(Failure) -> MetaStoreSchema {
        database.state.withLock { $0.isMigrated } ? .current(version: 2) : .absent
    }

    package func migrate() async throws(Failure) -> [Int] { database.migrate() }

    /// Ends the session: its locks are free at once.
    package func close() async { end() }

    package func end() {
        database.state.withLock { state in
            for (lock, owner) in state.locks where owner == session { state.locks[lock] = nil }
        }
    }

    // MARK: Registry

    package func registry(of project: String) async throws(Failure) -> Registry {
        database.state.withLock { state in
            var registry = Registry(metaStoreID: state.isMigrated ? state.metaStoreID : nil)
            for definition in state.definitions where definition.project == project {
                var registered = definition.registered
                registered.liveRows = (state.ledgers[registered.id] ?? [:]).values.count { $0.entry.item != nil }
                registered.leaseSites = state.leases.keys.filter {
                    $0.project == project && $0.definition == registered.name
                }.map(\.site).sorted()
                registered.isForgotten = definition.isForgotten
                if definition.isForgotten {
                    registry.forgotten.append(registered)
                } else {
                    registry.definitions.append(registered)
                }
            }
            registry.definitions.sort { $0.name < $1.name }
            registry.forgotten.sort { $0.name < $1.name }
            for list in state.lists where state.listProjects[list.id] == project {
                var list = list
                list.liveRows = state.ledgers.values.reduce(0) { sum, rows in
                    sum + rows.values.count { $0.entry.list == list.id && $0.entry.item != nil }
                }
                registry.lists.append(list)
            }
            registry.lists.sort { $0.id < $1.id }
            return registry
        }
    }

    package func register(_ registration: DefinitionRegistration, under lease: LeaseTerm) async throws(Failure) {
        try database.fenced(lease, "registering a definition") { state in
            state.rename(registration)
            let known = state.definitions.firstIndex {
                $0.project == registration.project && $0.registered.name == registration.name
            }
            let index: Int
            if let known {
                index = known
            } else {
                index = state.definitions.count
                state.definitions.append(
                    MemoryDatabase.Definition(
                        registered: RegisteredDefinition(
                            id: registration.id, name: registration.name, prefix: registration.prefix),
                        project: registration.project))
            }
            state.definitions[index].note(registration)
        }
    }

    package func markApplied(
        definition: String, fingerprint: String, guards: Guards, now: Instant, under lease: LeaseTerm
    ) async throws(Failure) {
        try database.fenced(lease, "recording what was applied") { state in
            guard let index = state.definitions.firstIndex(where: { $0.registered.id == definition }) else { return }
            state.definitions[index].registered.appliedFingerprint = fingerprint
            state.definitions[index].registered.appliedSpec = state.definitions[index].pendingSpec
            state.definitions[index].registered.appliedAt = now
            state.definitions[index].registered.appliedGuards = guards
        }
    }

    package func save(snapshot: SourceSnapshot, of definition: String, under lease: LeaseTerm) async throws(Failure) {
        try database.fenced(lease, "recording what of the source was seen") { state in
            guard let index = state.definitions.firstIndex(where: { $0.registered.id == definition }) else { return }
            state.definitions[index].registered.sourceSnapshot = snapshot
        }
    }

    package func forget(definition: String, now: Instant, under lease: LeaseTerm) async throws(Failure) {
        try database.fenced(lease, "forgetting a definition") { state in
            guard let index = state.definitions.firstIndex(where: { $0.registered.id == definition }) else { return }
            state.definitions[index].isForgotten = true
        }
    }

    package func save(dates: DateCheck?, of list: ListID, under lease: LeaseTerm) async throws(Failure) {
        try database.fenced(lease, "recording how a list keeps dates") { state in
            guard let index = state.lists.firstIndex(where: { $0.id == list }) else { return }
            state.lists[index].dates = dates
        }
    }

    package func save(
        list: ManagedList, columns: [ManagedColumn], project: String, under lease: LeaseTerm
    ) async throws(Failure) {
        try database.fenced(lease, "recording a list") { state in
            if let index = state.lists.firstIndex(where: { $0.id == list.id }) {
                state.lists[index].webURL = list.webURL
                state.lists[index].applied = list.applied
            } else {
                var fresh = list
                fresh.columns = []
                fresh.liveRows = 0
                state.lists.append(fresh)
                state.listProjects[list.id] = project
            }
            for column in columns { state.put(column, of: list.id) }
        }
    }

    package func save(column: ManagedColumn, of list: ListID, under lease: LeaseTerm) async throws(Failure) {
        try database.fenced(lease, "recording a column") { $0.put(column, of: list) }
    }

    package func saveSnapshot(
        project: String, side: String, subject: String, content: JSON, now: Instant, under lease: LeaseTerm
    ) async throws(Failure) {
        // Nobody reads snapshots back; what counts is who may write one.
        try database.fenced(lease, "recording a schema snapshot") { _ in }
    }

    // MARK: Runs

    package func beginRun(_ run: RunRecord) async throws(Failure) {
        database.state.withLock { $0.runs.append(run) }
    }

    package func endRun(_ run: RunRecord) async throws(Failure) {
        let now = database.instant
        database.state.withLock { state in
            guard let index = state.runs.firstIndex(where: { $0.id == run.id }) else { return }
            state.runs[index].finishedAt = now
            state.runs[index].counts = run.counts
            state.runs[index].exit = run.exit
        }
    }

    package func runs(of project: String, limit: Int) async throws(Failure) -> [RunRecord] {
        database.state.withLock { state in
            Array(
                state.runs.filter { $0.project == project }
                    .sorted { ($1.startedAt, $0.id) < ($0.startedAt, $1.id) }.prefix(limit))
        }
    }
}

extension MemoryDatabase.State {
    /// What is known of a column is not forgotten.
    fileprivate mutating func put(_ column: ManagedColumn, of list: ListID) {
        guard let index = lists.firstIndex(where: { $0.id == list }) else { return }
        if let at = lists[index].columns.firstIndex(where: { $0.name == column.name }) {
            let known = lists[index].columns[at]
            lists[index].columns[at].remoteID = column.remoteID ?? known.remoteID
            lists[index].columns[at].applied = column.applied ?? known.applied
        } else {
            lists[index].columns.append(column)
            lists[index].columns.sort { $0.name < $1.name }
        }
    }
}
