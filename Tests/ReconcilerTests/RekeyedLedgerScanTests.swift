import Core
import Testing

@testable import Reconciler

/// A plan reads a ledger whose keys are others now as if it had been rewritten.
@Suite("A ledger under its new keys")
struct RekeyedLedgerScanTests {
    /// A ledger in memory, whose entries are asked for by their old keys.
    private actor OldLedger: LedgerScan {
        private(set) var isFinished = false

        func next() async throws(Failure) -> LedgerChunk? { nil }

        func entries(_ keys: [LedgerKey]) async throws(Failure) -> [LedgerEntry] {
            keys.map { LedgerEntry(key: $0, state: .synced, item: Int64($0.bytes[0])) }
        }

        func finish() async { isFinished = true }
    }

    private static func key(_ byte: UInt8) -> LedgerKey { LedgerKey(bytes: [byte]) }

    @Test func entriesComeInTheOrderOfTheirNewKeysWithWhatIsKnownOfThem() async throws {
        let old = OldLedger()
        let rows = [(1, 9), (2, 1), (3, 3)].map { RekeyedRow(old: Self.key($0.0), new: Self.key($0.1)) }
        let hashes = [UInt8](repeating: 7, count: 32) + [UInt8](repeating: 8, count: 32)
        let scan = RekeyedLedgerScan(
            old, rows,
            [
                .init(list: 0, writtenMapping: 4, hashStart: 0), .init(list: 0, writtenMapping: nil, hashStart: 32),
                .init(list: 1, writtenMapping: 4, hashStart: 32),
            ], hashes: hashes, lists: [ListID("a"), ListID("b")])
        let chunk = try #require(try await scan.next())
        #expect(chunk.briefs.map(chunk.key) == [Self.key(1), Self.key(3), Self.key(9)])
        let synced = chunk.briefs.map { brief -> (mapping: Int32, first: UInt8)? in
            if case .hash(let start, let mapping) = brief.mark { (mapping, chunk.bytes[Int(start)]) } else { nil }
        }
        #expect(synced.map { $0?.mapping } == [nil, 4, 4] && synced.map { $0?.first } == [nil, 8, 7])
        #expect(chunk.briefs[1].list == 1 && chunk.briefs[2].list == 0 && chunk.lists.count == 2)
        #expect(try await scan.next() == nil)
        let entries = try await scan.entries([Self.key(9), Self.key(1), Self.key(77)])
        #expect(Set(entries.map { [$0.key.bytes[0], UInt8($0.item ?? 0)] }) == [[9, 1], [1, 2]])
        await scan.finish()
        #expect(await old.isFinished)
    }

    @Test func manyEntriesComeInSeveralChunks() async throws {
        func key(_ number: Int) -> LedgerKey { LedgerKey(bytes: [UInt8(number / 256), UInt8(number % 256)]) }
        let rows: [RekeyedRow] = (0..<10_000).map { RekeyedRow(old: key($0), new: key(9_999 - $0)) }
        let briefs = rows.map { _ in RekeyedLedgerScan.Brief(list: 0, writtenMapping: nil, hashStart: 0) }
        let scan = RekeyedLedgerScan(OldLedger(), rows, briefs, hashes: [], lists: [])
        var keys: [LedgerKey] = []
        while let chunk = try await scan.next() { keys += chunk.briefs.map(chunk.key) }
        #expect(keys == rows.map(\.new).reversed())
    }
}
