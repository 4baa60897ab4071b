package import Core
internal import Synchronization

extension MemoryMetaStore {
    package func forgetColumn(
        _ column: String, at positions: [Int: Int], in list: ListID, of definition: String, under lease: LeaseTerm
    ) async throws(Failure) -> Int {
        try database.state.withLock { (state) throws(Failure) in
            try state.check(lease, while: "forgetting what a deleted column held")
            if let index = state.lists.firstIndex(where: { $0.id == list }) {
                state.lists[index].columns.removeAll { $0.name == column }
            }
            // What was copied from an old item of a move is no longer in it, and nobody emptied it.
            _ = state.changeRows(
                of: definition, at: positions,
                where: { $0.list != nil && $0.list != list && $0.prior?.list == list && $0.prior?.hashes != nil }
            ) { row, at in row.entry.prior?.hashes?[at] = ContentHash.noValue }
            return state.changeRows(of: definition, at: positions, where: { ($0.list ?? $0.prior?.list) == list }) {
                row, at in
                var entry = row.entry
                entry.contentHash = nil
                entry.fieldHashes[at] = ContentHash.noValue
                entry.remoteHashes?[at] = ContentHash.noValue
                entry.seenHashes?[at] = ContentHash.noValue
                row = MemoryDatabase.Row(entry: entry, sourceKey: row.sourceKey)
            }
        }
    }

    package func forgetSent(
        at positions: [Int: Int], in list: ListID, of definition: String, under lease: LeaseTerm
    ) async throws(Failure) -> Int {
        try database.state.withLock { (state) throws(Failure) in
            try state.check(lease, while: "forgetting what a field was sent")
            return state.changeRows(of: definition, at: positions, where: { ($0.list ?? $0.prior?.list) == list }) {
                row, at in
                row.entry.contentHash = nil
                row.entry.remoteHashes = row.entry.remoteBase
                row.entry.fieldHashes[at] = RowBase.unknown
            }
        }
    }

    package func forgetList(
        _ list: ListID, of definition: String, under lease: LeaseTerm
    ) async throws(Failure) {
        try database.state.withLock { (state) throws(Failure) in
            try state.check(lease, while: "forgetting a list that is gone")
            for (key, row) in state.intents[definition] ?? [:]
            where row.intent.list == list || row.intent.from?.list == list {
                // The new item of a move may be in its list all the same: only the old one went.
                if row.intent.kind == .create, row.intent.list != list {
                    state.intents[definition]?[key]?.intent.from = nil
                    continue
                }
                state.intents[definition]?[key] = nil
                state.conflicts += row.intent.saved.map { MemoryDatabase.Conflict(definition: definition, saved: $0) }
            }
            for (key, row) in state.ledgers[definition] ?? [:] where row.entry.prior?.list == list {
                var entry = row.entry
                entry.prior = nil
                entry.version += 1
                if entry.state == .moving { entry.state = entry.item == nil ? .deletedByPerson : .synced }
                state.ledgers[definition]?[key] = MemoryDatabase.Row(entry: entry, sourceKey: row.sourceKey)
            }
            state.lists.removeAll { $0.id == list }
            state.listProjects[list] = nil
            state.positions[list] = nil
            state.strays[list] = nil
        }
    }

    package func rekey(
        _ rows: [RekeyedRow], shape: KeyShape, of definition: String, now: Instant, under lease: LeaseTerm
    ) async throws(Failure) {
        let operation = "giving the rows of the ledger their new keys"
        try database.state.withLock { (state) throws(Failure) in
            try state.check(lease, while: operation)
            let known = state.ledgers[definition] ?? [:]
            guard rows.count == known.count, rows.allSatisfy({ known[$0.old] != nil }),
                Set(rows.map(\.new)).count == rows.count, state.intents[definition]?.isEmpty ?? true
            else {
                throw Failure(
                    .stale, while: operation, because: "rows of the ledger were changed by another process",
                    help: "run again")
            }
            var ledger: [LedgerKey: MemoryDatabase.Row] = [:]
            for row in rows {
                guard var changed = known[row.old] else { continue }
                if let key = row.syncKey, key != changed.sourceKey, let list = changed.entry.list,
                    let item = changed.entry.item, state.lists.contains(where: { $0.id == list })
                {
                    let shown = state.strays[list]?[item] ?? changed.sourceKey
                    state.strays[list, default: [:]][item] = shown
                }
                changed.entry.key = row.new
                changed.entry.version += 1
                changed.sourceKey = row.syncKey ?? changed.sourceKey
                ledger[row.new] = changed
            }
            state.ledgers[definition] = ledger
            let keys = Dictionary(rows.map { ($0.old, $0) }, uniquingKeysWith: { first, _ in first })
            for index in state.conflicts.indices where state.conflicts[index].definition == definition {
                let saved = state.conflicts[index].saved
                let row = keys[saved.key]
                state.conflicts[index].saved.key =
                    row?.new ?? LedgerKey(bytes: [UInt8](repeating: 0xFF, count: 64) + saved.key.bytes)
                state.conflicts[index].saved.sourceKey = row?.syncKey ?? saved.sourceKey
            }
            state.stages.removeAll { $0.definition == definition }
            for index in state.definitions.indices where state.definitions[index].registered.id == definition {
                state.definitions[index].registered.keyShape = shape
                state.definitions[index].registered.captureMark = nil
            }
        }
    }
}

extension MemoryDatabase.State {
    /// Changes rows whose mapping has the field.
    /// - Parameters:
    ///   - positions: Of the field, by the version of the mapping.
    ///   - change: Gets the row and the field's position.
    /// - Returns: How many.
    fileprivate mutating func changeRows(
        of definition: String, at positions: [Int: Int], where isMeant: (LedgerEntry) -> Bool,
        _ change: (inout MemoryDatabase.Row, Int) -> Void
    ) -> Int {
        var changed = 0
        for (key, known) in ledgers[definition] ?? [:] where isMeant(known.entry) {
            guard let at = positions[known.entry.mappingVersion], known.entry.fieldHashes.indices.contains(at) else {
                continue
            }
            var row = known
            row.entry.version += 1
            change(&row, at)
            ledgers[definition]?[key] = row
            changed += 1
        }
        return changed
    }
}
