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
            var forgotten = 0
            for (key, row) in state.ledgers[definition] ?? [:] where row.entry.list == list {
                guard let at = positions[row.entry.mappingVersion], row.entry.fieldHashes.indices.contains(at) else {
                    continue
                }
                var entry = row.entry
                entry.contentHash = nil
                entry.version += 1
                entry.fieldHashes[at] = ContentHash.noValue
                entry.remoteHashes?[at] = ContentHash.noValue
                entry.seenHashes?[at] = ContentHash.noValue
                state.ledgers[definition]?[key]?.entry = entry
                forgotten += 1
            }
            return forgotten
        }
    }

    package func forgetSent(
        at positions: [Int: Int], in list: ListID, of definition: String, under lease: LeaseTerm
    ) async throws(Failure) -> Int {
        try database.state.withLock { (state) throws(Failure) in
            try state.check(lease, while: "forgetting what a field was sent")
            var forgotten = 0
            for (key, row) in state.ledgers[definition] ?? [:] where row.entry.list == list {
                guard let at = positions[row.entry.mappingVersion], row.entry.fieldHashes.indices.contains(at) else {
                    continue
                }
                var entry = row.entry
                entry.contentHash = nil
                entry.version += 1
                entry.remoteHashes = entry.remoteBase
                entry.fieldHashes[at] = RowBase.unknown
                state.ledgers[definition]?[key]?.entry = entry
                forgotten += 1
            }
            return forgotten
        }
    }

    package func forgetList(
        _ list: ListID, of definition: String, under lease: LeaseTerm
    ) async throws(Failure) {
        try database.state.withLock { (state) throws(Failure) in
            try state.check(lease, while: "forgetting a list that is gone")
            for (key, row) in state.intents[definition] ?? [:]
            where row.intent.list == list || row.intent.from?.list == list {
                state.intents[definition]?[key] = nil
            }
            for (key, row) in state.ledgers[definition] ?? [:] where row.entry.prior?.list == list {
                var entry = row.entry
                entry.prior = nil
                entry.version += 1
                if entry.state == .moving { entry.state = entry.item == nil ? .deletedByPerson : .synced }
                state.ledgers[definition]?[key]?.entry = entry
            }
            state.lists.removeAll { $0.id == list }
            state.listProjects[list] = nil
            state.positions[list] = nil
            state.strays[list] = nil
        }
    }
}
