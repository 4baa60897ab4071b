internal import Core

/// A ledger with what was looked at laid over it.
struct OverlaidLedgerScan: LedgerScan {
    let scan: any LedgerScan
    let seen: [LedgerKey: LedgerEntry]

    func next() async throws(Failure) -> LedgerChunk? {
        guard var chunk = try await scan.next() else { return nil }
        // What was seen is in the whole entry only.
        for index in chunk.briefs.indices where seen[chunk.key(chunk.briefs[index])] != nil {
            chunk.briefs[index].mark = .none
        }
        return chunk
    }

    func entries(_ keys: [LedgerKey]) async throws(Failure) -> [LedgerEntry] {
        try await scan.entries(keys).map { seen[$0.key] ?? $0 }
    }

    func finish() async { await scan.finish() }
}
