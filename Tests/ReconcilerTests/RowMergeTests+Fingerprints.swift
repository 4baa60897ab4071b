import Core
import TestSupport
import Testing

@testable import Reconciler

/// With fingerprints and without them a merge says the same, whatever happened since they were written.
extension RowMergeTests {
    private static let key = FingerprintKey(of: "now")

    /// The fingerprints that an apply would have written, as far as their entries are still the same.
    private func marks(of claims: [FingerprintedRow], _ ledger: [LedgerEntry]) -> [LedgerKey: RowFingerprint] {
        let entries = Dictionary(ledger.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        return Dictionary(
            claims.filter { entries[$0.key]?.bears($0.claim) == true }.map { ($0.key, $0.claim.fingerprint) },
            uniquingKeysWith: { first, _ in first })
    }

    private func counted(_ record: Record) -> Int { record.unchanged.values.reduce(0, +) }

    @Test(arguments: UInt64(0)..<150)
    func fingerprintsChangeNothing(seed: UInt64) throws {
        guard let world = world(seed) else { return }
        let first = try merged(world, key: Self.key)
        compare(expected(world), first)
        let marks = marks(of: first.claims, world.ledger)
        // Every row that was counted has one, and is counted again without a claim.
        #expect(marks.count >= counted(first))
        let second = try merged(world, marks: marks, key: Self.key)
        compare(expected(world), second)
        #expect(second.claims.isEmpty)
    }

    @Test(arguments: UInt64(0)..<150)
    func changedRowsAndEntriesAreSeen(seed: UInt64) throws {
        guard var world = world(seed) else { return }
        let marks = marks(of: try merged(world, key: Self.key).claims, world.ledger)
        var rows = RandomRows(seed: seed &+ 1000)
        var changed: Set<LedgerKey> = []
        for index in world.lines.indices where rows.random.isTrue(oneIn: 3) {
            let line = world.lines[index]
            let text = line.withUnsafeBytes { CopyRow($0).text(0) }
            guard text != nil else { continue }
            world.lines[index] = rows.row(of: world.bound, key: text)
        }
        for index in world.ledger.indices where rows.random.isTrue(oneIn: 4) {
            var entry = world.ledger[index]
            switch Int.random(in: 0..<5, using: &rows.random) {
            case 0: entry.state = .quarantined
            case 1: entry.list = rows.random.pick(Self.lists)
            case 2: entry.seenHashes = entry.fieldHashes.map { $0 &+ 1 }
            case 3: entry.contentHash = nil
            default: entry.item = nil
            }
            // Whatever changes an entry takes its fingerprint away.
            entry.version += 1
            changed.insert(entry.key)
            world.ledger[index] = entry
        }
        let left = marks.filter { !changed.contains($0.key) }
        compare(expected(world), try merged(world, marks: left, key: Self.key))
    }

    @Test(arguments: UInt64(0)..<150)
    func theTimeMovesRowsAllTheSame(seed: UInt64) throws {
        guard var world = world(seed) else { return }
        let marks = marks(of: try merged(world, key: Self.key).claims, world.ledger)
        for years in [-60, -12, -1, 1, 30] {
            world.evaluator = RowEvaluator(
                world.bound, prefix: "d", now: Self.now + Int64(years) * 365 * 86_400_000_000)
            compare(expected(world), try merged(world, marks: marks, key: Self.key))
        }
    }

    @Test(arguments: UInt64(0)..<50)
    func thoseOfAnotherKeyAreNotBelieved(seed: UInt64) throws {
        guard let world = world(seed) else { return }
        let marks = marks(of: try merged(world, key: Self.key).claims, world.ledger)
        let other = try merged(world, marks: marks, key: FingerprintKey(of: "other"))
        compare(expected(world), other)
        #expect(counted(other) == 0)
        let none = try merged(world, marks: marks, key: nil)
        compare(expected(world), none)
        #expect(none.claims.isEmpty)
    }

    @Test func mostFingerprintsAreBelieved() throws {
        var (noted, believed, byClock) = (0, 0, 0)
        for seed in UInt64(0)..<80 {
            guard let world = world(seed) else { continue }
            let first = try merged(world, key: Self.key)
            let second = try merged(world, marks: marks(of: first.claims, world.ledger), key: Self.key)
            noted += first.claims.count
            believed += counted(second)
            if world.bound.routing.dependsOnClock { byClock += counted(second) }
        }
        #expect(noted > 100 && believed > 100 && byClock > 5, "\(noted) \(believed) \(byClock)")
    }

    @Test func noMoreAreNotedThanWereAskedFor() throws {
        for seed in UInt64(0)..<20 {
            guard let world = world(seed) else { continue }
            var record = Record()
            var merge = RowMerge(
                world.evaluator, world.decider, hasLedger: false, key: Self.key, claimsMax: 0,
                causes: RowCauses(.same, world.evaluator, world.decider, appliedAt: nil))
            merge.take(rows: Self.chunk(world.lines[...]))
            _ = try merge.advance(&record)
            #expect(merge.takeClaims().isEmpty)
        }
    }
}
