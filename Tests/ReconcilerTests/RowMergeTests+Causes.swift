import Core
import TestSupport
import Testing

@testable import Reconciler

/// A wider scan changes nothing but causes.
extension RowMergeTests {
    private struct Wide {
        /// With the rows of the wider scan.
        var world: World
        var earlier: BoundDefinition
        var earlierDecider: RowDecider
        /// By the key's text: the whole row, where it fitted the condition of before.
        var fitted: [String?: [UInt8]]
        /// As a scan of the definition alone has them.
        var own: World
    }

    /// The world with other manifests before, and rows that fit the one condition, the other, or both.
    private func widened(_ seed: UInt64, differs: Bool) -> Wide? {
        guard let world = world(seed) else { return nil }
        var rows = RandomRows(seed: seed &+ 77)
        guard var other = rows.definition(of: world.bound.relation, zone: .utc) else { return nil }
        if differs { other.definition.predicate = Located("before") }
        let (wider, placed) = world.bound.reading(beside: other)
        guard let wider else { return nil }
        let width = world.bound.reads.count
        let names = other.lists
        var wide = Wide(
            world: world, earlier: placed,
            earlierDecider: RowDecider(
                listIDs: names.map { name in
                    world.bound.lists.firstIndex(of: name).flatMap { world.decider.listIDs[$0] }
                },
                policy: other.definition.rowPolicy,
                mapping: MappingHistory(
                    version: 3, fields: other.fields.map(\.target),
                    registered: [1: world.decider.mapping.fields, 2: world.decider.mapping.fields])),
            fitted: [:], own: world)
        wide.world.wider = wider
        wide.world.manifests = .changed(RowCauses.Earlier(placed, wide.earlierDecider))
        wide.world.appliedAt = Instant(
            seconds: Self.now / 1_000_000 - 86_400 * 365 * Int64(rows.random.pick([1, 12, 60])))
        wide.own.lines = []
        wide.world.lines = []
        var all = placed
        all.reads = Array(all.reads.dropFirst(width))
        let known = Set(world.lines.compactMap { line in line.withUnsafeBytes { CopyRow($0).text(0) } })
        let extra = (0..<60).map(String.init).filter { !known.contains($0) && rows.random.isTrue(oneIn: 2) }
        func line(_ own: [UInt8], isOwn: Bool) {
            let fits = isOwn ? rows.random.isTrue(oneIn: 2) : true
            var encoder = CopyTextEncoder()
            for read in all.reads { encoder.append(rows.value(read)) }
            if differs {
                encoder.append(isOwn ? "t" : "f")
                encoder.append(fits ? "t" : "f")
            }
            encoder.endRow()
            let whole = own.dropLast() + [UInt8(ascii: "\t")] + encoder.take()
            wide.world.lines.append(Array(whole))
            let key = own.withUnsafeBytes { CopyRow($0).text(0) }
            if fits || !differs, wide.fitted[key] == nil { wide.fitted[key] = Array(whole) }
            if isOwn { wide.own.lines.append(own) }
        }
        let others = differs ? extra.map { (Int($0) ?? 0, rows.row(of: world.bound, key: $0), false) } : []
        let owns = world.lines.map { own in
            (own.withUnsafeBytes { CopyRow($0).text(0) }.flatMap { Int($0) } ?? .max, own, true)
        }
        for (number, own, isOwn) in (owns + others).sorted(by: { $0.0 < $1.0 }) {
            line(own, isOwn: isOwn)
            // Another row of the same key, which only the condition of before takes.
            if differs, isOwn, number != .max, rows.random.isTrue(oneIn: 6) {
                line(rows.row(of: world.bound, key: String(number)), isOwn: false)
            }
        }
        return wide
    }

    @Test(arguments: UInt64(0)..<150)
    func widerScansChangeNothing(seed: UInt64) throws {
        for differs in [true, false] {
            guard let wide = widened(seed, differs: differs) else { continue }
            let found = try merged(wide.world)
            // Rows without a key are read behind all others, more of which a wider scan has.
            compare(expected(wide.own).withKeylessLast(), found.withKeylessLast())
            #expect(found.causes.count == found.seen.count)
        }
    }

    @Test(arguments: UInt64(0)..<150)
    func rowsThatWouldNotHaveChangedAreOfManifests(seed: UInt64) throws {
        for differs in [true, false] {
            guard let wide = widened(seed, differs: differs) else { continue }
            let found = try merged(wide.world)
            for (seen, cause) in zip(found.seen, found.causes) where isEffect(seen.decision) {
                let before = before(seen, wide)
                let isSame =
                    before?.action == seen.decision.action && before?.from == seen.decision.from
                    && name(before, wide.earlier) == name(seen.decision, wide.world.bound)
                #expect((cause != .manifest) == isSame, "\(seen) \(String(describing: before)) \(cause)")
            }
        }
    }

    @Test func allCausesOccur() throws {
        var counts: [Cause: Int] = [:]
        for seed in UInt64(0)..<400 {
            for differs in [true, false] {
                guard let wide = widened(seed, differs: differs) else { continue }
                for cause in try merged(wide.world).causes { counts[cause, default: 0] += 1 }
                var same = wide.own
                same.appliedAt = wide.world.appliedAt
                for cause in try merged(same).causes { counts[cause, default: 0] += 1 }
            }
        }
        #expect(counts[.manifest, default: 0] > 100 && counts[.source, default: 0] > 100)
        #expect(counts[.clock, default: 0] > 0)
    }

    private func isEffect(_ decision: RowDecision) -> Bool {
        switch decision.action {
        case .create, .update, .move, .finishMove, .delete, .mark, .reject, .unrouted: true
        case .archive, .rebase, .forget, .unchanged: false
        }
    }

    private func name(_ decision: RowDecision?, _ bound: BoundDefinition) -> String? {
        guard let decision, decision.action != .delete, decision.action != .mark else { return nil }
        return decision.list.map { bound.lists[$0] }
    }

    /// What would have been decided under the manifests of before, value by value.
    private func before(_ seen: Seen, _ wide: Wide) -> RowDecision? {
        let key = seen.entry?.key ?? LedgerKey(bytes: seen.key)
        let text = seen.key.isEmpty ? nil : wide.world.bound.parts(of: key)?.first
        guard let line = wide.fitted[text], seen.isInSource || text != nil else {
            return seen.entry.flatMap { entry in
                let index = wide.earlierDecider.listIDs.firstIndex { $0 == entry.list }
                return wide.earlierDecider.decideGone(entry, listIndex: index)
            }
        }
        // Of several rows of one key only the first is the row.
        let isOwn = wide.own.lines.contains { own in own.withUnsafeBytes { CopyRow($0).text(0) } == text }
        let evaluator = RowEvaluator(wide.earlier, prefix: "d", now: Self.now)
        return line.withUnsafeBytes { bytes -> RowDecision? in
            let row = CopyRow(bytes)
            if isOwn, wide.world.wider?.rows != nil, row.text(row.count - 2) == "f" {
                return seen.entry.flatMap { entry in
                    let index = wide.earlierDecider.listIDs.firstIndex { $0 == entry.list }
                    return wide.earlierDecider.decideGone(entry, listIndex: index)
                }
            }
            let route = evaluator.route(of: row)
            guard text != nil else { return RowDecision(.reject, list: route.list) }
            let projection: Result<ContentHash, Rejection>
            do throws(Rejection) {
                projection = .success(ContentHash(of: try evaluator.projection(of: row)))
            } catch {
                projection = .failure(error)
            }
            return wide.earlierDecider.decide(route: route, projection: projection, ledger: seen.entry)
        }
    }
}
