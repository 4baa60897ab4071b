package import Core
internal import Synchronization

extension MemoryMetaStore {
    package func ledger(
        of definition: String, fingerprints key: FingerprintKey?
    ) async throws(Failure) -> any LedgerScan {
        MemoryLedgerScan(database.state.withLock { $0.sortedRows(definition) }, fingerprints: key?.id)
    }

    package func note(
        _ rows: [FingerprintedRow], of definition: String, under lease: LeaseTerm
    ) async throws(Failure) {
        try database.fenced(lease, "noting which rows are unchanged") { state in
            for row in rows {
                guard let entry = state.ledgers[definition]?[row.key]?.entry, entry.bears(row.claim) else { continue }
                state.ledgers[definition]?[row.key]?.mark = MemoryDatabase.FingerprintMark(
                    row.claim, version: entry.version)
            }
        }
    }

    package func commit(_ changes: LedgerCommit) async throws(Failure) {
        let operation = "recording the results of a wave"
        try database.state.withLock { (state) throws(Failure) in
            try state.check(changes.lease, while: operation)
            try state.apply(
                changes.changes, definition: changes.definition, claims: changes.claims, while: operation)
            state.conflicts += changes.saved.map { MemoryDatabase.Conflict(definition: changes.definition, saved: $0) }
            for key in changes.changes.map(\.key) + changes.closed { state.intents[changes.definition]?[key] = nil }
        }
    }

    package func entry(of definition: String, key: LedgerKey) async throws(Failure) -> KnownEntry? {
        database.state.withLock { state in
            state.ledgers[definition]?[key].map { KnownEntry(entry: $0.entry, syncKey: $0.sourceKey) }
        }
    }

    // MARK: Quarantine

    package func quarantined(of project: String) async throws(Failure) -> [QuarantineCount] {
        database.state.withLock { state in
            var counts: [QuarantineCount] = []
            for definition in state.definitions where definition.project == project {
                let rows = state.sortedRows(definition.registered.id).filter { $0.entry.state == .quarantined }
                for (reason, group) in Dictionary(grouping: rows, by: { $0.entry.refusal?.code.rawValue ?? "" }) {
                    counts.append(
                        QuarantineCount(definition: definition.registered.name, reason: reason, rows: group.count))
                }
            }
            return counts.sorted { ($0.definition, $0.reason) < ($1.definition, $1.reason) }
        }
    }

    package func drifted(
        of definition: String, after: LedgerKey?, limit: Int
    ) async throws(Failure) -> [KnownEntry] {
        database.state.withLock { state in
            state.sortedRows(definition).filter { row in
                (row.entry.seenHashes != nil || row.entry.state == .deletedByPerson)
                    && after.map { $0 < row.entry.key } ?? true
            }.prefix(limit).map { KnownEntry(entry: $0.entry, syncKey: $0.sourceKey) }
        }
    }

    package func rows(
        of definition: String, in list: ListID, after item: Int64, limit: Int
    ) async throws(Failure) -> [KnownEntry] {
        database.state.withLock { state in
            state.sortedRows(definition).filter { $0.entry.list == list && ($0.entry.item ?? 0) > item }
                .sorted { ($0.entry.item ?? 0) < ($1.entry.item ?? 0) }.prefix(limit)
                .map { KnownEntry(entry: $0.entry, syncKey: $0.sourceKey) }
        }
    }

    package func liveRows(of project: String) async throws(Failure) -> LiveRows {
        database.state.withLock { state in
            var live = LiveRows()
            for (definition, rows) in state.ledgers {
                for row in rows.values where row.entry.state == .moving {
                    if let prior = row.entry.prior { live.leaving[prior.list, default: 0] += 1 }
                }
                for row in rows.values where row.entry.item != nil {
                    live.definitions[definition, default: 0] += 1
                    if let list = row.entry.list { live.lists[list, default: 0] += 1 }
                }
            }
            for row in state.intents.values.joined() where row.value.intent.kind == .create {
                if let list = row.value.intent.list { live.arriving[list, default: 0] += 1 }
            }
            return live
        }
    }

    package func strays(of project: String) async throws(Failure) -> [StrayItem] {
        database.state.withLock { state in
            state.strays.flatMap { list, items in
                items.map { StrayItem(list: list, item: $0.key, syncKey: $0.value) }
            }.sorted { ($0.list, $0.item) < ($1.list, $1.item) }
        }
    }

    package func recordCapture(
        definition: String, mark: CaptureMark?, snapshotAt: Instant?, under lease: LeaseTerm
    ) async throws(Failure) {
        try database.fenced(lease, "recording how far the table was read") { state in
            for index in state.definitions.indices where state.definitions[index].registered.id == definition {
                state.definitions[index].registered.captureMark = mark
                if let snapshotAt { state.definitions[index].registered.lastSnapshotAt = snapshotAt }
            }
        }
    }

    package func quarantinedRows(of definition: String, limit: Int) async throws(Failure) -> [KnownEntry] {
        database.state.withLock { state in
            state.sortedRows(definition).filter { $0.entry.state == .quarantined }.prefix(limit)
                .map { KnownEntry(entry: $0.entry, syncKey: $0.sourceKey) }
        }
    }

    package func retry(
        definition: String, key: LedgerKey?, under lease: LeaseTerm
    ) async throws(Failure) -> Int {
        try database.fenced(lease, "letting refused rows be tried again") { state in
            var count = 0
            for row in state.sortedRows(definition) where row.entry.state == .quarantined {
                guard key == nil || key == row.entry.key else { continue }
                count += 1
                guard row.entry.item != nil else {
                    state.ledgers[definition]?[row.entry.key] = nil
                    for index in state.definitions.indices where state.definitions[index].registered.id == definition {
                        state.definitions[index].registered.captureMark = nil
                    }
                    continue
                }
                var entry = row.entry
                entry.state = .synced
                entry.contentHash = nil
                entry.refusal = nil
                entry.writes.count = 0
                entry.version += 1
                state.ledgers[definition]?[row.entry.key]?.entry = entry
            }
            return count
        }
    }

    // MARK: Stage

    package func stage(
        run: String, definition: String, under lease: LeaseTerm
    ) async throws(Failure) -> any EffectStage {
        try database.fenced(lease, "staging effects") { $0.stages.removeAll { $0.definition == definition } }
        return MemoryStage(database, run: run, definition: definition, lease: lease)
    }

    package func staged(
        run: String, definition: String, actions: [RowAction], after: Int64, limit: Int
    ) async throws(Failure) -> [StagedEffect] {
        database.state.withLock { state in
            state.stages.filter { row in
                row.run == run && row.definition == definition && row.sequence > after
                    && actions.contains(row.staged.action)
            }.sorted { $0.sequence < $1.sequence }.prefix(limit).map { row in
                let known = state.ledgers[definition]?[row.staged.key]
                return StagedEffect(
                    sequence: row.sequence, staged: row.staged, ledger: known?.entry, sourceKey: known?.sourceKey)
            }
        }
    }

    // MARK: Intents

    package func open(
        _ intents: [Intent], of definition: String, run: String, under lease: LeaseTerm
    ) async throws(Failure) {
        guard !intents.isEmpty else { return }
        let openedAt = database.instant
        try database.state.withLock { (state) throws(Failure) in
            try state.check(lease, while: "recording what is about to be written")
            for intent in intents {
                state.intents[definition, default: [:]][intent.key] = MemoryDatabase.OpenRow(
                    intent: intent, openedAt: openedAt, epoch: lease.epoch, run: run)
            }
        }
    }

    package func openIntents(
        of definition: String, after: LedgerKey?, limit: Int
    ) async throws(Failure) -> [OpenIntent] {
        database.state.withLock { state in
            (state.intents[definition] ?? [:]).filter { entry in after.map { $0 < entry.key } ?? true }
                .sorted { $0.key < $1.key }.prefix(limit).map { key, row in
                    OpenIntent(
                        intent: row.intent, openedAt: row.openedAt, ledger: state.ledgers[definition]?[key]?.entry)
                }
        }
    }

    // MARK: Feeds

    package func feedPosition(of list: ListID) async throws(Failure) -> StoredFeedPosition? {
        database.state.withLock { $0.positions[list] }
    }

    package func entries(
        of definition: String, list: ListID, items: [Int64], syncKeys: [String]
    ) async throws(Failure) -> [KnownEntry] {
        let items = Set(items)
        let keys = Set(syncKeys)
        return database.state.withLock { state in
            state.sortedRows(definition).filter { row in
                let entry = row.entry
                return entry.list == list && entry.item.map(items.contains) == true
                    || entry.prior.map { $0.list == list && items.contains($0.item) } == true
                    || keys.contains(row.sourceKey)
            }.map { KnownEntry(entry: $0.entry, syncKey: $0.sourceKey) }
        }
    }

    package func commit(_ page: FeedCommit) async throws(Failure) {
        let operation = "recording what people did"
        try database.state.withLock { (state) throws(Failure) in
            try state.check(page.lease, while: operation)
            try state.apply(page.changes, definition: page.definition, while: operation)
            state.positions[page.list] = page.position
            for stray in page.strays { state.strays[page.list, default: [:]][stray.item] = stray.syncKey }
            for item in page.noStrays { state.strays[page.list]?[item] = nil }
        }
    }
}

/// A ledger as it was at one moment.
package final class MemoryLedgerScan: LedgerScan {
    private static let pageEntries = 16
    private let rest: Mutex<(rows: ArraySlice<MemoryDatabase.Row>, lists: [ListID])>

    private let all: [LedgerKey: LedgerEntry]
    /// The id of the key whose fingerprints are shown.
    private let fingerprintKey: Int64?

    init(_ rows: [MemoryDatabase.Row], fingerprints key: Int64?) {
        rest = Mutex((rows[...], []))
        fingerprintKey = key
        all = Dictionary(rows.map { ($0.entry.key, $0.entry) }, uniquingKeysWith: { first, _ in first })
    }

    package func next() async throws(Failure) -> LedgerChunk? {
        rest.withLock { rest in
            let page = rest.rows.prefix(Self.pageEntries)
            rest.rows = rest.rows.dropFirst(Self.pageEntries)
            return page.isEmpty ? nil : brief(page, &rest.lists)
        }
    }

    private func brief(_ rows: ArraySlice<MemoryDatabase.Row>, _ lists: inout [ListID]) -> LedgerChunk {
        var chunk = LedgerChunk(bytes: [], briefs: [], lists: [])
        for row in rows {
            let entry = row.entry
            let start = UInt32(chunk.bytes.count)
            chunk.bytes += entry.key.bytes
            var brief = LedgerChunk.Brief(keyStart: start, keyEnd: UInt32(chunk.bytes.count))
            if let list = entry.list, let (mark, bytes) = mark(row, at: UInt32(chunk.bytes.count)) {
                chunk.bytes += bytes
                if !lists.contains(list) { lists.append(list) }
                brief.list = Int32(lists.firstIndex(of: list) ?? 0)
                brief.mark = mark
            }
            chunk.briefs.append(brief)
        }
        chunk.lists = lists
        return chunk
    }

    private func mark(_ row: MemoryDatabase.Row, at start: UInt32) -> (LedgerChunk.Mark, [UInt8])? {
        let entry = row.entry
        if let mark = row.mark, mark.key == fingerprintKey, mark.version == entry.version {
            return (.fingerprint(start), mark.fingerprint.bytes)
        }
        guard entry.isAtRest, let hash = entry.contentHash else { return nil }
        return (.hash(start, mapping: Int32(entry.mappingVersion)), hash.bytes)
    }

    package func entries(_ keys: [LedgerKey]) async throws(Failure) -> [LedgerEntry] { keys.compactMap { all[$0] } }

    package func finish() async {}
}

/// Effects that are seen when the stage has ended.
package final class MemoryStage: EffectStage {
    private let database: MemoryDatabase
    private let run: String
    private let definition: String
    private let lease: LeaseTerm
    private let rows = Mutex<[MemoryDatabase.StagedRow]>([])

    init(_ database: MemoryDatabase, run: String, definition: String, lease: LeaseTerm) {
        self.lease = lease
        self.database = database
        self.run = run
        self.definition = definition
    }

    package func append(_ effects: [StagedKey]) async throws(Failure) {
        rows.withLock { rows in
            for effect in effects {
                rows.append(
                    MemoryDatabase.StagedRow(
                        run: run, definition: definition, sequence: Int64(rows.count + 1), staged: effect))
            }
        }
    }

    package func finish() async throws(Failure) {
        let all = rows.withLock { $0 }
        try database.fenced(lease, "staging effects") { $0.stages += all }
    }

    package func discard() async {}
}
