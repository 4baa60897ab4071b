internal import Core

/// What becomes of a ledger whose definition has another key now: read, and nothing written.
struct KeyChangeLook: Sendable {
    let change: KeyChange
    let outcome: KeyChange.Outcome
    /// The ledger under its new keys.
    let scan: RekeyedLedgerScan

    private static let pageRows = 1000

    /// - Parameter ledger: As it is; its end is the look's, or that of the caller if this fails.
    static func take(
        _ change: KeyChange, _ work: DefinitionWork, _ ledger: any LedgerScan, _ source: any RowSource
    ) async throws(Failure) -> KeyChangeLook {
        var assignment = KeyAssignment(change, work.bound, prefix: work.prefix)
        try await note(change.reads(work.bound), work, source, &assignment)
        var briefs: [RekeyedLedgerScan.Brief] = []
        var hashes: [UInt8] = []
        var lists: [ListID] = []
        while let chunk = try await ledger.next() {
            lists = chunk.lists
            let others = chunk.briefs.filter { $0.mark == .none }.map(chunk.key)
            let live = try await live(others, ledger)
            for brief in chunk.briefs {
                let key = chunk.key(brief)
                assignment.assign(key, hasItem: brief.mark != .none || live.contains(key))
                switch brief.mark {
                case .hash(let start, let mapping):
                    briefs.append(
                        RekeyedLedgerScan.Brief(list: brief.list, writtenMapping: mapping, hashStart: hashes.count))
                    hashes += chunk.bytes[Int(start)..<Int(start) + 32]
                // Fingerprints are of the key before, and were not asked for.
                case .none, .fingerprint:
                    briefs.append(
                        RekeyedLedgerScan.Brief(list: brief.list, writtenMapping: nil, hashStart: hashes.count))
                }
            }
        }
        let outcome = assignment.finish()
        return KeyChangeLook(
            change: change, outcome: outcome,
            scan: RekeyedLedgerScan(ledger, outcome.rows, briefs, hashes: hashes, lists: lists))
    }

    /// Reads the keys of every row.
    private static func note(
        _ bound: BoundDefinition, _ work: DefinitionWork, _ source: any RowSource, _ assignment: inout KeyAssignment
    ) async throws(Failure) {
        let evaluator = RowEvaluator(bound, prefix: work.prefix, now: 0)
        let scan = try await source.scan(bound)
        do throws(Failure) {
            while let chunk = try await scan.next() {
                var row = CopyRow()
                chunk.forEachRow(&row) { (row: borrowing CopyRow) in assignment.note(row, evaluator) }
            }
        } catch {
            await scan.finish()
            throw error
        }
        await scan.finish()
    }

    /// Those of these entries that have an item, and whose row is not known to be gone.
    private static func live(_ keys: [LedgerKey], _ ledger: any LedgerScan) async throws(Failure) -> Set<LedgerKey> {
        var live: Set<LedgerKey> = []
        for start in stride(from: 0, to: keys.count, by: pageRows) {
            let page = Array(keys[start..<min(start + pageRows, keys.count)])
            for entry in try await ledger.entries(page) where entry.item != nil {
                switch entry.state {
                case .synced, .moving, .quarantined: live.insert(entry.key)
                case .archived, .marked, .deletedByPerson, .tombstone: break
                }
            }
        }
        return live
    }
}
