import Core
import Testing

@testable import Reconciler

@Suite("Merging changes with the ledger")
struct PartialMergeTests {
    private struct Record: RowMerge.Sink {
        var seen: [String] = []

        mutating func unchanged(_ count: Int, list: Int) { seen += Array(repeating: "unchanged", count: count) }
        mutating func passed(_ entry: LedgerEntry) { seen.append("passed") }
        mutating func decided(_ row: RowMerge.Decided, parts: () -> [String], values: () -> [Value]) {
            seen.append("\(row.isInSource ? parts().first ?? "" : "gone") \(row.decision.action.rawValue)")
        }
    }

    private static func chunk(_ text: String) -> CopyChunk {
        let bytes = Array(text.utf8)
        return CopyChunk(bytes: bytes, rowEnds: bytes.indices.filter { bytes[$0] == 0x0A }.map { $0 + 1 })
    }

    private static func brief(_ entries: [LedgerEntry]) -> LedgerChunk {
        var chunk = LedgerChunk(bytes: [], briefs: [], lists: [])
        for entry in entries {
            let start = UInt32(chunk.bytes.count)
            chunk.bytes += entry.key.bytes
            chunk.briefs.append(LedgerChunk.Brief(keyStart: start, keyEnd: UInt32(chunk.bytes.count)))
        }
        return chunk
    }

    /// Ids of the rows that are decided, with what is done to them; gone ones by their place in the ledger.
    private func decisions(_ source: [Int], ledger ids: [Int64], isPartial: Bool) throws -> [String] {
        let definition = SyncDefinition(
            name: "d", sourceProfile: "p", table: TableName(schema: nil, name: "t"), siteProfile: "s",
            sharding: ShardingPolicy(defaultList: Located("A")), mapping: Mapping(auto: AutoMapping()),
            deletes: .propagate)
        let relation = SourceRelation(
            schema: "public", name: "t", kind: .table,
            columns: [SourceColumn("id", .bigint), SourceColumn("name", .text)], primaryKey: ["id"])
        let bound = try #require(Binder.bind(definition, to: relation, zone: .utc).bound)
        let list = ListID("list")
        let entries = ids.map { id -> LedgerEntry in
            var key: [UInt8] = []
            _ = KeyForm.integer.append(String(id), to: &key)
            let hash = ContentHash(of: bound.fields.map { _ in Value.text("old") })
            return LedgerEntry(
                key: LedgerKey(bytes: key), state: .synced, list: list, item: id, etag: "\"e\"",
                contentHash: hash.whole, remoteHash: hash.whole, fieldHashes: hash.fields, version: 1)
        }
        let evaluator = RowEvaluator(bound, prefix: "d", now: 0)
        let decider = RowDecider(
            listIDs: [list], policy: RowPolicy(deletes: .propagate),
            mapping: MappingHistory(version: 1, fields: bound.fields.map(\.target)))
        var merge = RowMerge(
            evaluator, decider, hasLedger: true, isPartial: isPartial,
            causes: RowCauses(.same, evaluator, decider, appliedAt: nil))
        let lines = source.map { id in
            bound.reads.map { $0.expression == .column("name", .plain) ? "new" : String(id) }.joined(separator: "\t")
        }
        var rows: CopyChunk? = lines.isEmpty ? nil : Self.chunk(lines.map { $0 + "\n" }.joined())
        var ledger: LedgerChunk? = Self.brief(entries)
        var record = Record()
        while true {
            switch try merge.advance(&record) {
            case .rows:
                merge.take(rows: rows)
                rows = nil
            case .ledger:
                merge.take(ledger: ledger)
                ledger = nil
            case .entries(let keys): merge.take(entries: entries.filter { keys.contains($0.key) })
            case .nothing: return record.seen
            }
        }
    }

    @Test func aRowThatAScanOfChangesLacksIsNotGone() async throws {
        let source = [2, 5]
        let ledger: [Int64] = [1, 2, 3, 9]
        let changes = try decisions(source, ledger: ledger, isPartial: true)
        #expect(changes == ["2 update", "5 create"])
        let all = try decisions(source, ledger: ledger, isPartial: false)
        #expect(all == ["gone delete", "2 update", "gone delete", "5 create", "gone delete"])
        #expect(try decisions([], ledger: ledger, isPartial: true) == [])
    }
}
