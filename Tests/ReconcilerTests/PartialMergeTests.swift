import Core
import Testing

@testable import Reconciler

@Suite("Merging changes with the ledger")
struct PartialMergeTests {
    private struct Rows: RowScan {
        let chunks: Chunks
        var mark: CaptureMark? { nil }

        init(_ text: String) {
            let bytes = Array(text.utf8)
            chunks = Chunks([
                CopyChunk(bytes: bytes, rowEnds: bytes.indices.filter { bytes[$0] == 0x0A }.map { $0 + 1 })
            ])
        }

        func next() async throws(Failure) -> CopyChunk? { await chunks.next() }
        func finish() async {}
    }

    private actor Chunks {
        private var left: [CopyChunk]
        init(_ chunks: [CopyChunk]) { left = chunks }
        func next() -> CopyChunk? { left.isEmpty ? nil : left.removeFirst() }
    }

    private struct Entries: LedgerScan {
        let entries: Pages

        func next() async throws(Failure) -> [LedgerEntry] { await entries.next() }
        func finish() async {}
    }

    private actor Pages {
        private var left: [LedgerEntry]
        init(_ entries: [LedgerEntry]) { left = entries }
        func next() -> [LedgerEntry] {
            defer { left = [] }
            return left
        }
    }

    /// Ids of the rows that are decided, with what is done to them; gone ones by their place in the ledger.
    private func decisions(_ source: [Int], ledger ids: [Int64], isPartial: Bool) async throws -> [String] {
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
        let merge = RowMerge(
            evaluator: RowEvaluator(bound, prefix: "d", now: 0),
            decider: RowDecider(
                listIDs: [list], deletes: .propagate, mappingVersion: 1, olderMappings: [:],
                fields: bound.fields.map(\.target)), cause: { _, _ in .source }, isPartial: isPartial)
        let lines = source.map { id in
            bound.reads.map { $0.expression == .column("name", .plain) ? "new" : String(id) }.joined(separator: "\t")
        }
        var seen: [String] = []
        _ = try await merge.run(Rows(lines.map { $0 + "\n" }.joined()), Entries(entries: Pages(entries))) {
            (decided: [RowMerge.Decided]) async throws(Failure) in
            seen += decided.map { "\($0.key?.parts.first ?? "gone") \($0.decision.action.rawValue)" }
        }
        return seen
    }

    @Test func aRowThatAScanOfChangesLacksIsNotGone() async throws {
        let source = [2, 5]
        let ledger: [Int64] = [1, 2, 3, 9]
        let changes = try await decisions(source, ledger: ledger, isPartial: true)
        #expect(changes == ["2 update", "5 create"])
        let all = try await decisions(source, ledger: ledger, isPartial: false)
        #expect(all == ["gone delete", "2 update", "gone delete", "5 create", "gone delete"])
        #expect(try await decisions([], ledger: ledger, isPartial: true) == [])
    }
}
