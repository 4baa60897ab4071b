package import Core
package import Synchronization

/// The tables of a meta-store in memory. Each call is a transaction: it holds the lock as long as it lasts.
package final class MemoryDatabase: Sendable {
    package struct Definition: Sendable {
        package var registered: RegisteredDefinition
        package var project: String
        package var isForgotten = false
        var pendingSpec: JSON?
        /// Of every version of its mapping.
        var fields: [Int: [DefinitionRegistration.MappedField]] = [:]
    }

    package struct Row: Hashable, Sendable {
        package var entry: LedgerEntry
        package var sourceKey: String
        var mark: FingerprintMark?
    }

    /// The fingerprint of an entry's row. It counts for the version of the entry that it was written for.
    struct FingerprintMark: Hashable, Sendable {
        var fingerprint: RowFingerprint
        var key: Int64
        var version: Int64

        init(_ claim: FingerprintClaim, version: Int64) {
            fingerprint = claim.fingerprint
            key = claim.key
            self.version = version
        }
    }

    package struct OpenRow: Hashable, Sendable {
        package var intent: Intent
        package var openedAt: Instant
        package var epoch: Int64
        package var run: String
    }

    package struct Conflict: Hashable, Sendable {
        package var definition: String
        package var saved: LedgerCommit.Saved
    }

    struct Lease: Sendable {
        var epoch: Int64 = 0
        /// `nil`: nobody holds it.
        var actor: String?
        var run = ""
        var acquiredAt = 0.0
        var heartbeatAt = 0.0
        var seconds = 60.0
    }

    struct LockName: Hashable {
        var name: LeaseName
        var epoch: Int64
    }

    struct StagedRow: Sendable {
        var run: String
        var definition: String
        var sequence: Int64
        var staged: StagedKey
    }

    package struct State: Sendable {
        package var isMigrated = false
        package var metaStoreID = ""
        package var definitions: [Definition] = []
        package var lists: [ManagedList] = []
        var listProjects: [ListID: String] = [:]
        /// By definition, in key order.
        package var ledgers: [String: [LedgerKey: Row]] = [:]
        package var intents: [String: [LedgerKey: OpenRow]] = [:]
        package var conflicts: [Conflict] = []
        var stages: [StagedRow] = []
        package var positions: [ListID: StoredFeedPosition] = [:]
        package var strays: [ListID: [Int64: String]] = [:]
        var leases: [LeaseName: Lease] = [:]
        /// Session locks and the sessions that have them.
        var locks: [LockName: Int] = [:]
        var holds: [Hold] = []
        package var runs: [RunRecord] = []
        var sessions = 0
    }

    package let state = Mutex(State())
    /// Seconds since 1970, as the database's host sees them.
    package let now: @Sendable () -> Double
    private let makeID: @Sendable () -> String

    package init(now: @escaping @Sendable () -> Double, makeID: @escaping @Sendable () -> String) {
        self.now = now
        self.makeID = makeID
    }

    var instant: Instant { Instant(seconds: Int64(now())) }

    /// Opens a session: what one process has.
    package func connect() -> MemoryMetaStore {
        let session = state.withLock { state -> Int in
            state.sessions += 1
            return state.sessions
        }
        return MemoryMetaStore(self, session: session)
    }

    func migrate() -> [Int] {
        let id = makeID()
        return state.withLock { state in
            guard !state.isMigrated else { return [] }
            state.isMigrated = true
            state.metaStoreID = id
            return [1, 2]
        }
    }

    /// A transaction under a lease: nothing is changed once that is another's.
    func fenced<T: Sendable>(
        _ lease: LeaseTerm, _ operation: String, _ body: (inout State) -> sending T
    ) throws(Failure) -> T {
        try state.withLock { (state) throws(Failure) in
            try state.check(lease, while: operation)
            return body(&state)
        }
    }

    /// Lets every lease look as if nobody had confirmed it for so long.
    package func ageHeartbeats(seconds: Double) {
        state.withLock { state in
            for name in state.leases.keys { state.leases[name]?.heartbeatAt -= seconds }
        }
    }
}

extension MemoryDatabase.State {
    /// All that is stored but who holds which lease, in an order of its own.
    package var contents: String {
        var parts = definitions.map { "\($0)" } + lists.map { "\($0)" } + conflicts.map { "\($0)" }
        parts += stages.map { "\($0)" } + runs.map { "\($0)" } + holds.map { "\($0)" }
        for definition in ledgers.keys.sorted() { parts += sortedRows(definition).map { "\($0)" } }
        for rows in intents.sorted(by: { $0.key < $1.key }) {
            parts += rows.value.sorted { $0.key < $1.key }.map { "\($0.value)" }
        }
        parts += positions.sorted { $0.key < $1.key }.map { "\($0)" }
        return parts.joined(separator: "\n")
    }

    /// The epoch under which a lease is held; `nil` if it is free.
    package func epoch(of name: LeaseName) -> Int64? {
        leases[name].flatMap { $0.actor == nil ? nil : $0.epoch }
    }

    package func entry(_ definition: String, _ key: LedgerKey) -> LedgerEntry? { ledgers[definition]?[key]?.entry }

    /// Gives a definition that is registered under another name its new one. A forgotten one that has it makes room.
    mutating func rename(_ registration: DefinitionRegistration) {
        guard let index = definitions.firstIndex(where: { $0.registered.id == registration.id }) else { return }
        for at in definitions.indices
        where at != index && definitions[at].project == registration.project && definitions[at].isForgotten
            && definitions[at].registered.name == registration.name
        {
            definitions[at].registered.name += "~\(definitions[at].registered.id)"
        }
        definitions[index].registered.name = registration.name
    }

    func sortedRows(_ definition: String) -> [MemoryDatabase.Row] {
        (ledgers[definition] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
    }

    /// Writes entries, each only if it is still the one that was seen; all or none.
    mutating func apply(
        _ changes: [LedgerCommit.Change], definition: String, claims: [LedgerKey: FingerprintClaim] = [:],
        while operation: String
    ) throws(Failure) {
        var rows = ledgers[definition] ?? [:]
        var missing = 0
        for change in changes {
            switch change {
            case .put(let entry, let sourceKey, let replaces):
                // The version that was seen is one less than the new one.
                let known = rows[entry.key]?.entry.version
                guard replaces == nil ? known == nil : known == entry.version - 1 else {
                    missing += 1
                    continue
                }
                rows[entry.key] = MemoryDatabase.Row(
                    entry: entry, sourceKey: sourceKey,
                    mark: claims[entry.key].map { MemoryDatabase.FingerprintMark($0, version: entry.version) })
            case .remove(let key, let version):
                guard rows[key]?.entry.version == version else {
                    missing += 1
                    continue
                }
                rows[key] = nil
            }
        }
        guard missing == 0 else {
            throw Failure(
                .stale, while: operation, because: "\(missing) rows of the ledger were changed by another process",
                help: "run again")
        }
        let others = ledgers.filter { $0.key != definition }.values.flatMap(\.values)
        var places: Set<ItemLocation> = []
        for row in Array(rows.values) + others {
            guard let list = row.entry.list, let item = row.entry.item else { continue }
            guard places.insert(ItemLocation(list: list, item: item, etag: nil)).inserted else {
                throw Failure(
                    .unclassified, while: operation, because: "two rows have one item", facts: ["SQLSTATE": "23505"])
            }
        }
        ledgers[definition] = rows
    }

    func check(_ lease: LeaseTerm, while operation: String) throws(Failure) {
        guard epoch(of: lease.name) == lease.epoch else {
            throw Failure(
                .locked, while: operation, address: .definition(lease.name.definition),
                because: "another process took the lease over", help: "run again when it has ended")
        }
    }
}

extension MemoryDatabase.Definition {
    /// Takes what a registration says over; a version of a mapping keeps the order of its fields.
    mutating func note(_ registration: DefinitionRegistration) {
        isForgotten = false
        pendingSpec = registration.spec
        registered.keyShape = registered.keyShape ?? registration.keyShape
        registered.mappingVersion = registration.mappingVersion
        if registered.source != registration.source { registered.sourceSnapshot = nil }
        registered.source = registration.source
        fields[registration.mappingVersion] = registration.fields
        registered.mappings = fields.mapValues { $0.map(\.target) }
        registered.automaticNames = [:]
        for field in fields.sorted(by: { $0.key < $1.key }).flatMap(\.value) where field.isAutomatic {
            registered.automaticNames[field.source] = field.target
        }
    }
}
