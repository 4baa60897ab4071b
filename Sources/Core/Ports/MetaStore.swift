/// What SyncBridge remembers between runs.
package protocol MetaStore: LeaseStore, UpkeepStore {
    func schemaState() async throws(Failure) -> MetaStoreSchema
    /// Brings the schema up to date; safe beside other migrators. Returns the versions it applied.
    func migrate() async throws(Failure) -> [Int]
    /// What is registered, without the numbers of rows.
    func registry(of project: String) async throws(Failure) -> Registry
    /// The numbers of rows that have an item, which takes a look at the whole ledger.
    func liveRows(of project: String) async throws(Failure) -> LiveRows

    /// Writes the registration of a definition and the fields of its mapping.
    func register(_ registration: DefinitionRegistration) async throws(Failure)
    /// Records that all of a definition's manifest changes have been applied.
    func markApplied(definition: String, fingerprint: String, now: Instant) async throws(Failure)
    /// Records how far a definition's table was read by a run that left nothing to do.
    /// - Parameter snapshotAt: The run's `now` if it read the whole table; `nil` leaves the last one.
    func recordCapture(definition: String, mark: CaptureMark?, snapshotAt: Instant?) async throws(Failure)
    func forget(definition: String, now: Instant) async throws(Failure)
    func save(list: ManagedList, project: String) async throws(Failure)
    func save(column: ManagedColumn, of list: ListID) async throws(Failure)
    func saveSnapshot(project: String, side: String, subject: String, content: JSON, now: Instant) async throws(Failure)

    /// The ledger of a definition in key order, of one snapshot.
    func ledger(of definition: String) async throws(Failure) -> any LedgerScan
    /// Forgets what an earlier round staged, and opens a new stage.
    func stage(run: String, definition: String) async throws(Failure) -> any EffectStage
    /// The next staged effects of these actions behind `after`, each with its ledger entry of now.
    func staged(
        run: String, definition: String, actions: [RowAction], after: Int64, limit: Int
    ) async throws(Failure) -> [StagedEffect]

    /// Writes intents in one statement; a row's earlier one is replaced.
    /// - Throws: `locked` if the lease is no longer ours; then nothing was written.
    func open(_ intents: [Intent], of definition: String, run: String, under lease: LeaseTerm) async throws(Failure)
    /// Intents that nobody closed, in key order behind `after`.
    func openIntents(
        of definition: String, after: LedgerKey?, limit: Int
    ) async throws(Failure) -> [OpenIntent]
    /// Writes the results of a wave in one transaction, and closes the intents of its rows.
    /// - Throws: `stale` if another process changed one of the rows, `locked` if the lease is no longer ours; then
    ///   nothing was written.
    func commit(_ changes: LedgerCommit) async throws(Failure)

    /// Where reading a list's change feed goes on; `nil` if it was never read.
    func feedPosition(of list: ListID) async throws(Failure) -> StoredFeedPosition?
    /// The entries that have, or had, one of these items, and those that have one of these sync keys.
    func entries(
        of definition: String, list: ListID, items: [Int64], syncKeys: [String]
    ) async throws(Failure) -> [KnownEntry]
    /// The rows whose item is in a list, in the order of the items' ids behind `after`.
    func rows(
        of definition: String, in list: ListID, after item: Int64, limit: Int
    ) async throws(Failure) -> [KnownEntry]
    /// Records what a page of the feed showed together with the position behind it.
    func commit(_ observation: FeedCommit) async throws(Failure)

    func beginRun(_ run: RunRecord) async throws(Failure)
    func endRun(_ run: RunRecord) async throws(Failure)
    /// The latest runs of a project, newest first.
    func runs(of project: String, limit: Int) async throws(Failure) -> [RunRecord]
    /// Rows that are kept away from the service, by definition and reason.
    func quarantined(of project: String) async throws(Failure) -> [QuarantineCount]
    /// The first rows that are kept away, in key order.
    func quarantinedRows(of definition: String, limit: Int) async throws(Failure) -> [KnownEntry]
    /// Rows in which people were: changed or deleted items, behind `after` in key order.
    func drifted(of definition: String, after: LedgerKey?, limit: Int) async throws(Failure) -> [KnownEntry]
    /// Items with a key of ours that no row owns, by list.
    func strays(of project: String) async throws(Failure) -> [StrayItem]
    /// Lets refused rows be tried again: all of a definition, or one.
    /// - Returns: How many.
    func retry(definition: String, key: LedgerKey?) async throws(Failure) -> Int
    /// The entry of one row; `nil` if there is none.
    func entry(of definition: String, key: LedgerKey) async throws(Failure) -> KnownEntry?
    func close() async
}

package enum MetaStoreSchema: Hashable, Sendable {
    /// There is no schema of ours yet.
    case absent
    case current(version: Int)
    case behind(version: Int, needed: Int)
    /// Made by a newer program.
    case newer(version: Int, known: Int)
}

package protocol LedgerScan: Sendable {
    /// The next entries in key order, in brief; `nil` after the last.
    func next() async throws(Failure) -> LedgerChunk?
    /// The whole entries of these keys, of the same snapshot and in any order.
    func entries(_ keys: [LedgerKey]) async throws(Failure) -> [LedgerEntry]
    func finish() async
}

/// Takes the effects of one definition while source and ledger are merged: keys and decisions, never values.
package protocol EffectStage: Sendable {
    func append(_ effects: [StagedKey]) async throws(Failure)
    /// Makes what was appended visible.
    func finish() async throws(Failure)
    func discard() async
}

package struct StagedKey: Hashable, Sendable {
    package var key: LedgerKey
    /// Canonical texts of the key columns; empty for a row that is gone.
    package var parts: [String]
    package var action: RowAction
    package var to: String?
    package var contentHash: Digest?

    package init(key: LedgerKey, parts: [String], action: RowAction, to: String?, contentHash: Digest?) {
        self.key = key
        self.parts = parts
        self.action = action
        self.to = to
        self.contentHash = contentHash
    }
}

package struct StagedEffect: Hashable, Sendable {
    /// Ascends in key order.
    package var sequence: Int64
    package var staged: StagedKey
    package var ledger: LedgerEntry?
    /// The sync key that the ledger has, for rows that are gone.
    package var sourceKey: String?

    package init(sequence: Int64, staged: StagedKey, ledger: LedgerEntry?, sourceKey: String?) {
        self.sequence = sequence
        self.staged = staged
        self.ledger = ledger
        self.sourceKey = sourceKey
    }
}

/// An entry with the row's sync key.
package struct KnownEntry: Hashable, Sendable {
    package var entry: LedgerEntry
    package var syncKey: String

    package init(entry: LedgerEntry, syncKey: String) {
        self.entry = entry
        self.syncKey = syncKey
    }
}

/// An item with a key of ours that no row owns.
package struct StrayItem: Hashable, Sendable {
    package var list: ListID
    package var item: Int64
    package var syncKey: String

    package init(list: ListID, item: Int64, syncKey: String) {
        self.list = list
        self.item = item
        self.syncKey = syncKey
    }
}

/// How far a list's change feed has been read.
package struct StoredFeedPosition: Hashable, Sendable {
    /// Of the fields the feed was asked for: another selection starts anew.
    package var selection: String
    /// `nil`: the reading from the beginning was not finished.
    package var link: String?
    /// When every item of the list was seen last; `nil` if the position was taken without reading.
    package var enumeratedAt: Instant?

    package init(selection: String, link: String?, enumeratedAt: Instant? = nil) {
        self.selection = selection
        self.link = link
        self.enumeratedAt = enumeratedAt
    }
}

/// What one page of a feed changes.
package struct FeedCommit: Hashable, Sendable {
    /// An item that carries a key of ours and that no row owns.
    package struct Stray: Hashable, Sendable {
        package var item: Int64
        package var syncKey: String

        package init(item: Int64, syncKey: String) {
            self.item = item
            self.syncKey = syncKey
        }
    }

    package var project: String
    package var definition: String
    package var list: ListID
    package var now: Instant
    package var lease: LeaseTerm
    /// Entries with what was seen of their items; `version` is already the new one.
    package var changes: [LedgerCommit.Change]
    package var strays: [Stray]
    /// Items that are no strays any more.
    package var noStrays: [Int64]
    package var position: StoredFeedPosition

    package init(
        project: String, definition: String, list: ListID, now: Instant, lease: LeaseTerm,
        changes: [LedgerCommit.Change], strays: [Stray] = [], noStrays: [Int64] = [], position: StoredFeedPosition
    ) {
        self.project = project
        self.definition = definition
        self.list = list
        self.now = now
        self.lease = lease
        self.changes = changes
        self.strays = strays
        self.noStrays = noStrays
        self.position = position
    }
}

package struct DefinitionRegistration: Hashable, Sendable {
    package var id: String
    package var project: String
    package var name: String
    package var prefix: String
    package var sourceTable: String
    package var mode: String
    package var shardingPolicy: JSON
    package var spec: JSON
    package var source: String
    package var mappingVersion: Int
    package var fields: [MappedField]

    package struct MappedField: Hashable, Sendable {
        package var source: String
        package var target: String
        package var transforms: String
        package var isAutomatic: Bool

        package init(source: String, target: String, transforms: String, isAutomatic: Bool) {
            self.source = source
            self.target = target
            self.transforms = transforms
            self.isAutomatic = isAutomatic
        }
    }

    package init(
        id: String, project: String, name: String, prefix: String, sourceTable: String, mode: String,
        shardingPolicy: JSON, spec: JSON, source: String, mappingVersion: Int, fields: [MappedField]
    ) {
        self.id = id
        self.project = project
        self.name = name
        self.prefix = prefix
        self.sourceTable = sourceTable
        self.mode = mode
        self.shardingPolicy = shardingPolicy
        self.spec = spec
        self.source = source
        self.mappingVersion = mappingVersion
        self.fields = fields
    }
}

package struct RunRecord: Hashable, Sendable {
    package var id: String
    package var project: String
    package var startedAt: Instant
    package var finishedAt: Instant?
    package var actor: String
    package var planDigest: String
    package var schemaDigest: String
    /// Counts of what was done, by word.
    package var counts: JSON
    package var exit: Int?

    package init(
        id: String, project: String, startedAt: Instant, finishedAt: Instant? = nil, actor: String,
        planDigest: String, schemaDigest: String, counts: JSON = .object([]), exit: Int? = nil
    ) {
        self.id = id
        self.project = project
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.actor = actor
        self.planDigest = planDigest
        self.schemaDigest = schemaDigest
        self.counts = counts
        self.exit = exit
    }
}

package struct QuarantineCount: Hashable, Sendable {
    package var definition: String
    package var reason: String
    package var rows: Int

    package init(definition: String, reason: String, rows: Int) {
        self.definition = definition
        self.reason = reason
        self.rows = rows
    }
}
