internal import Core

/// A ledger under other keys and in their order: all its keys are in memory.
actor RekeyedLedgerScan: LedgerScan {
    /// What is known of one entry in brief, in the order in which the ledger has it.
    struct Brief: Sendable {
        /// Index into ``LedgerChunk/lists``.
        var list: Int32
        /// The mapping under which its item was written; `nil` unless the entry is at rest.
        var writtenMapping: Int32?
        /// Where the 32 bytes of its content hash begin.
        var hashStart: Int
    }

    private let scan: any LedgerScan
    private let rows: [RekeyedRow]
    private let briefs: [Brief]
    private let hashes: [UInt8]
    private let lists: [ListID]
    /// Indices into ``rows``, in the order of the new keys.
    private let order: [Int]
    private var at = 0

    private static let chunkRows = 4096

    /// - Parameters:
    ///   - scan: Of the ledger as it is, read to its end.
    ///   - rows: Of each of its entries the keys, in its order.
    init(_ scan: any LedgerScan, _ rows: [RekeyedRow], _ briefs: [Brief], hashes: [UInt8], lists: [ListID]) {
        self.scan = scan
        self.rows = rows
        self.briefs = briefs
        self.hashes = hashes
        self.lists = lists
        order = rows.indices.sorted { rows[$0].new < rows[$1].new }
    }

    func next() async throws(Failure) -> LedgerChunk? {
        guard at < order.count else { return nil }
        var chunk = LedgerChunk(bytes: [], briefs: [], lists: lists)
        for index in order[at..<min(at + Self.chunkRows, order.count)] {
            let start = UInt32(chunk.bytes.count)
            chunk.bytes += rows[index].new.bytes
            var brief = LedgerChunk.Brief(keyStart: start, keyEnd: UInt32(chunk.bytes.count))
            if let mapping = briefs[index].writtenMapping {
                brief.list = briefs[index].list
                brief.mark = .hash(UInt32(chunk.bytes.count), mapping: mapping)
                chunk.bytes += hashes[briefs[index].hashStart..<briefs[index].hashStart + 32]
            }
            chunk.briefs.append(brief)
        }
        at += Self.chunkRows
        return chunk
    }

    func entries(_ keys: [LedgerKey]) async throws(Failure) -> [LedgerEntry] {
        var new: [LedgerKey: LedgerKey] = [:]
        for key in keys {
            if let old = old(of: key) { new[old] = key }
        }
        return try await scan.entries(Array(new.keys)).map { entry in
            var entry = entry
            entry.key = new[entry.key] ?? entry.key
            return entry
        }
    }

    private func old(of key: LedgerKey) -> LedgerKey? {
        var low = 0
        var high = order.count
        while low < high {
            let middle = (low + high) / 2
            if rows[order[middle]].new < key { low = middle + 1 } else { high = middle }
        }
        guard low < order.count, rows[order[low]].new == key else { return nil }
        return rows[order[low]].old
    }

    func finish() async { await scan.finish() }
}
