import Core
import TestSupport
import Testing

@testable import Reconciler

@Suite("Merging a table with its ledger")
struct RowMergeTests {
    /// What became of one row.
    struct Seen: Equatable {
        var key: [UInt8]
        var decision: RowDecision
        var isInSource: Bool
        var entry: LedgerEntry?
    }

    struct Record: RowMerge.Sink {
        var seen: [Seen] = []
        var unchanged: [Int: Int] = [:]
        var passed: [LedgerEntry] = []
        var values: [[Value]] = []
        /// Of the rows that were seen.
        var causes: [Cause] = []
        var claims: [FingerprintedRow] = []

        mutating func unchanged(_ count: Int, list: Int) { unchanged[list, default: 0] += count }
        mutating func passed(_ entry: LedgerEntry) { passed.append(entry) }
        mutating func decided(_ row: RowMerge.Decided, parts: () -> [String], values: () -> [Value]) {
            seen.append(
                Seen(
                    key: row.ledgerKey.bytes, decision: row.decision, isInSource: row.isInSource, entry: row.entry))
            self.values.append(values())
            causes.append(row.cause)
        }

        /// With what was seen of rows without a key behind everything else.
        func withKeylessLast() -> Record {
            let order = seen.indices.filter { !seen[$0].key.isEmpty } + seen.indices.filter { seen[$0].key.isEmpty }
            var record = self
            (record.seen, record.values) = (order.map { seen[$0] }, order.map { values[$0] })
            return record
        }
    }

    static let lists = (0..<4).map { ListID("list-\($0)") }
    static let now: Int64 = 1_770_000_000_000_000

    /// Everything one test needs, made by chance.
    struct World {
        var bound: BoundDefinition
        var evaluator: RowEvaluator
        var decider: RowDecider
        /// Lines of COPY text, in key order.
        var lines: [[UInt8]]
        var ledger: [LedgerEntry]
        var random: SplitMix
        var manifests = RowCauses.Manifests.same
        var wider: WiderReading?
        var appliedAt: Instant?
    }

    func world(_ seed: UInt64) -> World? {
        var rows = RandomRows(seed: seed)
        guard let bound = rows.definition(fields: 3, zone: .utc), !bound.lists.isEmpty else { return nil }
        let evaluator = RowEvaluator(bound, prefix: "d", now: Self.now)
        let decider = RowDecider(
            listIDs: Array(Self.lists.prefix(bound.lists.count)), policy: bound.definition.rowPolicy,
            mapping: MappingHistory(
                version: 2, fields: bound.fields.map(\.target), registered: [1: bound.fields.map(\.target)]))
        let keys = (0..<60).filter { _ in !rows.random.isTrue(oneIn: 3) }
        var lines = keys.map { rows.row(of: bound, key: "\($0)") }
        if rows.random.isTrue(oneIn: 2) { lines.append(rows.row(of: bound, key: nil)) }
        var ledger: [LedgerEntry] = []
        for key in 0..<60 where !rows.random.isTrue(oneIn: 3) {
            let line = keys.firstIndex(of: key).map { lines[$0] } ?? rows.row(of: bound, key: "\(key)")
            ledger.append(entry(line, evaluator, decider, &rows.random))
        }
        return World(
            bound: bound, evaluator: evaluator, decider: decider, lines: lines, ledger: ledger, random: rows.random)
    }

    /// What the ledger would have after a push of the row, or something near it.
    private func entry(
        _ line: [UInt8], _ evaluator: RowEvaluator, _ decider: RowDecider, _ random: inout SplitMix
    ) -> LedgerEntry {
        line.withUnsafeBytes { bytes in
            let row = CopyRow(bytes)
            let key = (try? evaluator.key(of: row))?.ledgerKey ?? LedgerKey(bytes: [0])
            let hash = (try? evaluator.projection(of: row)).map { ContentHash(of: $0) }
            let list = evaluator.route(of: row).list ?? 0
            var entry = LedgerEntry(
                key: key, state: .synced, list: decider.listIDs[list], item: 1, contentHash: hash?.whole,
                fieldHashes: hash?.fields ?? [], mappingVersion: 2, version: 1)
            switch Int.random(in: 0..<12, using: &random) {
            case 0: entry.state = random.pick(LedgerState.allCases)
            case 1: entry.list = random.pick(Self.lists)
            case 2: entry.contentHash = Digest(of: "another")
            case 3: entry.mappingVersion = 1
            case 4: entry.canonVersion = CanonicalForm.version + 1
            case 5: entry.item = nil
            case 6: entry.prior = ItemLocation(list: Self.lists[0], item: 9, etag: nil)
            case 7: entry.refusal = Refusal(.refused)
            default: break
            }
            return entry
        }
    }

    /// The merge, row by row and value by value.
    func expected(_ world: World) -> Record {
        var record = Record()
        var rows: [LedgerKey: [UInt8]] = [:]
        var keyless: [[UInt8]] = []
        for line in world.lines {
            let key = line.withUnsafeBytes { try? world.evaluator.key(of: CopyRow($0)).ledgerKey }
            if let key { rows[key] = line } else { keyless.append(line) }
        }
        let entries = Dictionary(world.ledger.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        // NULL comes last in the table.
        let lastKey = rows.keys.max()
        var keylessAreDue = true
        func addKeyless() {
            for line in keyless where keylessAreDue { add(line, nil, world, &record) }
            keylessAreDue = false
        }
        for key in Set(rows.keys).union(entries.keys).sorted() {
            if lastKey.map({ key > $0 }) ?? true { addKeyless() }
            let entry = entries[key]
            if let line = rows[key] {
                add(line, entry, world, &record)
            } else if let entry {
                let index = world.decider.listIDs.firstIndex { $0 == entry.list }
                if let decision = world.decider.decideGone(entry, listIndex: index) {
                    record.seen.append(Seen(key: key.bytes, decision: decision, isInSource: false, entry: entry))
                    record.values.append([])
                } else {
                    record.passed.append(entry)
                }
            }
        }
        addKeyless()
        return record
    }

    private func add(_ line: [UInt8], _ entry: LedgerEntry?, _ world: World, _ record: inout Record) {
        line.withUnsafeBytes { bytes in
            let row = CopyRow(bytes)
            let route = world.evaluator.route(of: row)
            let values: Result<[Value], Rejection>
            do throws(Rejection) { values = .success(try world.evaluator.projection(of: row)) } catch {
                values = .failure(error)
            }
            var decision = world.decider.decide(
                route: route, projection: values.map { ContentHash(of: $0) }, ledger: entry)
            let key = try? world.evaluator.key(of: row)
            if key == nil {
                decision = RowDecision(
                    .reject, list: route.list, route: route.decision, rejection: Rejection(.keyIsNull))
            }
            record.seen.append(
                Seen(key: key?.ledgerKey.bytes ?? [], decision: decision, isInSource: true, entry: entry))
            record.values.append(key == nil ? [] : (try? values.get()) ?? [])
        }
    }

    /// - Parameters:
    ///   - marks: Fingerprints that the ledger has.
    ///   - key: Of the fingerprints that count, and of those that are noted.
    func merged(
        _ world: World, marks: [LedgerKey: RowFingerprint] = [:], key: FingerprintKey? = nil
    ) throws -> Record {
        var world = world
        var record = Record()
        var merge = RowMerge(
            world.evaluator, world.decider, hasLedger: true, key: key, claimsMax: 1000, wider: world.wider,
            causes: RowCauses(world.manifests, world.evaluator, world.decider, appliedAt: world.appliedAt))
        var (lines, ledger) = (world.lines[...], world.ledger[...])
        while true {
            let need = try merge.advance(&record)
            record.claims += merge.takeClaims()
            switch need {
            case .rows:
                let part = lines.prefix(Int.random(in: 1...20, using: &world.random))
                lines = lines.dropFirst(part.count)
                merge.take(rows: part.isEmpty ? nil : Self.chunk(part))
            case .ledger:
                let part = ledger.prefix(Int.random(in: 1...20, using: &world.random))
                ledger = ledger.dropFirst(part.count)
                merge.take(ledger: part.isEmpty ? nil : LedgerChunk(brief: Array(part), marks: marks))
            case .entries(let keys): merge.take(entries: world.ledger.filter { keys.contains($0.key) }.reversed())
            case .nothing: return record
            }
        }
    }

    static func chunk(_ lines: ArraySlice<[UInt8]>) -> CopyChunk {
        var chunk = CopyChunk()
        for line in lines {
            chunk.bytes += line
            chunk.rowEnds.append(chunk.bytes.count)
        }
        return chunk
    }

    /// Rows that are only counted are exactly those of which the decider says `unchanged`, but for a few that it was
    /// asked about; all others come in key order with what the decider says.
    @Test(arguments: UInt64(0)..<150)
    func saysWhatTheDeciderSays(seed: UInt64) throws {
        guard let world = world(seed) else { return }
        compare(expected(world), try merged(world))
    }

    func compare(_ expected: Record, _ found: Record, sourceLocation: SourceLocation = #_sourceLocation) {
        var counted: [Int: Int] = [:]
        var rest = found.seen[...]
        var values = found.values[...]
        for (row, rowValues) in zip(expected.seen, expected.values) {
            if rest.first == row {
                #expect(values.first == rowValues, sourceLocation: sourceLocation)
                rest = rest.dropFirst()
                values = values.dropFirst()
            } else {
                #expect(
                    row.decision.action == .unchanged && row.entry?.item != nil, "\(row)",
                    sourceLocation: sourceLocation)
                counted[row.decision.list ?? -1, default: 0] += 1
            }
        }
        #expect(rest.isEmpty, sourceLocation: sourceLocation)
        #expect(counted == found.unchanged, sourceLocation: sourceLocation)
        #expect(expected.passed == found.passed, sourceLocation: sourceLocation)
    }

    @Test func rowsThatAreAsTheyWereAreOnlyCounted() throws {
        let counted = try (UInt64(0)..<50).reduce(0) { sum, seed in
            guard let world = world(seed) else { return sum }
            return sum + (try merged(world)).unchanged.values.reduce(0, +)
        }
        #expect(counted > 50)
    }

    @Test func repeatedKeysAreCountedOnce() throws {
        var rows = RandomRows(seed: 1)
        var bound: BoundDefinition?
        while bound == nil { bound = rows.definition(fields: 2, zone: .utc) }
        let definition = try #require(bound)
        let line = rows.row(of: definition, key: "7")
        var record = Record()
        let evaluator = RowEvaluator(definition, prefix: "d", now: 0)
        let decider = RowDecider(
            listIDs: definition.lists.map { _ in nil }, policy: RowPolicy(deletes: .propagate),
            mapping: MappingHistory(version: 1, fields: definition.fields.map(\.target)))
        var merge = RowMerge(
            evaluator, decider, hasLedger: false, causes: RowCauses(.same, evaluator, decider, appliedAt: nil))
        merge.take(rows: Self.chunk([line, line, line]))
        guard case .rows = try merge.advance(&record) else { return #expect(Bool(false), "the chunk is not used up") }
        #expect(record.seen.count == 1 && merge.repeated == 2)
    }

    @Test func rowsOutOfOrderAreRefused() throws {
        var rows = RandomRows(seed: 1)
        var bound: BoundDefinition?
        while bound == nil { bound = rows.definition(fields: 2, zone: .utc) }
        let definition = try #require(bound)
        var record = Record()
        let evaluator = RowEvaluator(definition, prefix: "d", now: 0)
        let decider = RowDecider(
            listIDs: definition.lists.map { _ in nil }, policy: RowPolicy(deletes: .propagate),
            mapping: MappingHistory(version: 1, fields: definition.fields.map(\.target)))
        var merge = RowMerge(
            evaluator, decider, hasLedger: false, causes: RowCauses(.same, evaluator, decider, appliedAt: nil))
        merge.take(rows: Self.chunk([rows.row(of: definition, key: "7"), rows.row(of: definition, key: "6")]))
        var refused = false
        do throws(Failure) { _ = try merge.advance(&record) } catch { refused = true }
        #expect(refused)
    }
}

extension LedgerChunk {
    /// What a scan of these entries gives.
    fileprivate init(brief entries: [LedgerEntry], marks: [LedgerKey: RowFingerprint]) {
        self.init(
            bytes: [], briefs: [], lists: [ListID("list-3"), ListID("list-2"), ListID("list-1"), ListID("list-0")])
        for entry in entries {
            var brief = Brief(keyStart: UInt32(bytes.count), keyEnd: UInt32(bytes.count + entry.key.bytes.count))
            bytes += entry.key.bytes
            if let list = lists.firstIndex(where: { $0 == entry.list }) {
                let start = UInt32(bytes.count)
                brief.list = Int32(list)
                if let mark = marks[entry.key] {
                    brief.mark = .fingerprint(start)
                    bytes += mark.bytes
                } else if entry.isAtRest, let hash = entry.contentHash {
                    brief.mark = .hash(start, mapping: Int32(entry.mappingVersion))
                    bytes += hash.bytes
                }
            }
            briefs.append(brief)
        }
    }
}
