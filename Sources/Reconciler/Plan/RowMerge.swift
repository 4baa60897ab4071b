internal import Core

/// Merges the rows of a table with the rows of its ledger, both in key order, and decides each: a step machine that says
/// what it needs next. Memory is that of a chunk of each side, whatever the number of rows.
///
/// Nearly all rows of a plan are as they were, so that is what is looked for first: a row's bytes have the fingerprint that
/// the ledger knows, or the bytes of its projection the digest. Other rows wait until the end of the chunk, when their
/// entries are fetched together, and are then decided in the order of their keys.
struct RowMerge: ~Copyable {
    enum Need {
        case rows, ledger
        /// The whole entries of these keys.
        case entries([LedgerKey])
        case nothing
    }

    /// A decided row; those that are as they were are only counted.
    struct Decided {
        var decision: RowDecision
        var ledgerKey: LedgerKey
        var entry: LedgerEntry?
        var isInSource: Bool
        var cause: Cause
    }

    /// Takes the rows.
    protocol Sink {
        /// Rows that are as they were, each with its item in the definition's list of this index.
        mutating func unchanged(_ count: Int, list: Int)
        /// An entry whose row is gone and that no longer counts.
        mutating func passed(_ entry: LedgerEntry)
        /// - Parameters:
        ///   - parts: The canonical texts of the key columns; empty for a row that is gone or has no key.
        ///   - values: The projection; empty for a row that is gone or cannot be written.
        mutating func decided(_ row: Decided, parts: () -> [String], values: () -> [Value])
    }

    private struct Waiting {
        /// The index of the row in its chunk; `nil` for a row that is gone.
        var row: Int?
        /// The index of its entry in the ledger's chunk; `nil` for a row that is new.
        var entry: Int?
    }

    /// Why the merge came to a halt.
    private enum Stop {
        case rowsUsedUp, ledgerUsedUp, manyWait, end

        var need: Need? {
            switch self {
            case .rowsUsedUp: .rows
            case .ledgerUsedUp: .ledger
            case .manyWait: nil
            case .end: .nothing
            }
        }
    }

    /// The scan holds changed rows only: one that it lacks may well be there.
    private let isPartial: Bool
    private let decider: RowDecider
    private let cause: (RowDecision, LedgerEntry?) -> Cause
    private var reader: RowReader
    private var view = CopyRow()
    /// `nil`: no fingerprint is believed or made.
    private let key: FingerprintKey?
    private let keyColumns: Int
    /// The time may move a row that has not changed: its route is asked whatever its fingerprint says.
    private let routesByClock: Bool

    private var rows = CopyChunk()
    private var rowAt = 0
    private var rowsHaveEnded = false
    private var ledger = LedgerChunk(bytes: [], briefs: [], lists: [])
    private var ledgerAt = 0
    private var ledgerHasEnded: Bool
    /// For each list that the ledger names the index of the definition's list.
    private var listIndices: [Int?] = []

    private var waiting: [Waiting] = []
    private var fetched: [LedgerKey: LedgerEntry] = [:]
    private var unchanged: [Int]
    /// The key before; empty before the first.
    private var last = ByteWriter(capacity: 64)
    private var stop: Stop?
    /// Rows whose key another row has too.
    private(set) var repeated = 0
    /// Rows that were found unchanged without the help of a fingerprint, since they were taken last.
    private var claims: [FingerprintedRow] = []
    /// So many more are wanted.
    private var claimsLeft: Int

    /// So many rows wait at most: what they need is in memory at once.
    private static let waitingMax = 2000

    /// - Parameters:
    ///   - key: Of the fingerprints in the ledger that count.
    ///   - claimsMax: So many rows are noted to get a fingerprint.
    init(
        _ evaluator: RowEvaluator, _ decider: RowDecider, hasLedger: Bool, isPartial: Bool = false,
        key: FingerprintKey? = nil, claimsMax: Int = 0, cause: @escaping (RowDecision, LedgerEntry?) -> Cause
    ) {
        self.isPartial = isPartial
        self.key = key
        claimsLeft = key == nil ? 0 : claimsMax
        keyColumns = evaluator.bound.key.count
        routesByClock = evaluator.bound.routing.dependsOnClock
        self.decider = decider
        self.cause = cause
        reader = RowReader(evaluator)
        ledgerHasEnded = !hasLedger
        unchanged = Array(repeating: 0, count: evaluator.bound.lists.count)
    }

    /// - Parameter chunk: `nil` after the last.
    mutating func take(rows chunk: CopyChunk?) {
        rows = chunk ?? CopyChunk()
        rowAt = 0
        rowsHaveEnded = chunk == nil
    }

    /// - Parameter chunk: `nil` after the last.
    mutating func take(ledger chunk: LedgerChunk?) {
        ledger = chunk ?? LedgerChunk(bytes: [], briefs: [], lists: ledger.lists)
        ledgerAt = 0
        ledgerHasEnded = chunk == nil
        for list in ledger.lists[listIndices.count...] {
            let isEmptied = decider.emptied[list] != nil
            listIndices.append(isEmptied ? nil : decider.listIDs.firstIndex { $0 == list })
        }
    }

    mutating func take(entries: [LedgerEntry]) {
        fetched = Dictionary(entries.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func takeClaims() -> [FingerprintedRow] {
        defer { claims = [] }
        return claims
    }

    /// Goes on as far as it can with what it has.
    mutating func advance(_ sink: inout some Sink) throws(Failure) -> Need {
        repeat {
            if let stop {
                try decideWaiting(&sink)
                self.stop = nil
                for list in unchanged.indices where unchanged[list] > 0 {
                    sink.unchanged(unchanged[list], list: list)
                    unchanged[list] = 0
                }
                if let need = stop.need { return need }
            }
            stop = try merge()
            let keys = waiting.compactMap { $0.entry.map { ledger.key(ledger.briefs[$0]) } }
            if !keys.isEmpty { return .entries(keys) }
        } while true
    }
}

// MARK: Rows that are as they were

extension RowMerge {
    /// Goes through both chunks until one is used up or enough rows wait.
    private mutating func merge() throws(Failure) -> Stop {
        let (rows, ledger) = (rows, ledger)
        let outcome = rows.bytes.withUnsafeBytes { rowBytes in
            ledger.bytes.withUnsafeBytes { ledgerBytes -> Result<Stop, Failure> in
                do throws(Failure) {
                    return .success(try merge(rowBytes, rows.rowEnds, ledgerBytes, ledger.briefs))
                } catch {
                    return .failure(error)
                }
            }
        }
        return try outcome.get()
    }

    private mutating func merge(
        _ rowBytes: UnsafeRawBufferPointer, _ rowEnds: [Int], _ ledgerBytes: UnsafeRawBufferPointer,
        _ briefs: [LedgerChunk.Brief]
    ) throws(Failure) -> Stop {
        while waiting.count < Self.waitingMax {
            guard rowAt < rowEnds.count else {
                guard rowsHaveEnded else { return .rowsUsedUp }
                guard ledgerAt < briefs.count else { return ledgerHasEnded ? .end : .ledgerUsedUp }
                if !isPartial { waiting.append(Waiting(row: nil, entry: ledgerAt)) }
                ledgerAt += 1
                continue
            }
            let line = self.line(rowBytes, rowEnds, rowAt)
            view.read(line, first: keyColumns)
            if reader.readKey(of: view) {
                guard let match = try match(ledgerBytes, briefs) else { return .ledgerUsedUp }
                switch match {
                case .repetition: repeated += 1
                case .none: waiting.append(Waiting(row: rowAt, entry: nil))
                case .entry(let index):
                    if !isUnchanged(line, ledgerBytes, briefs[index]) {
                        waiting.append(Waiting(row: rowAt, entry: index))
                    }
                }
                last.clear()
                last.append(reader.key)
            } else {
                waiting.append(Waiting(row: rowAt, entry: nil))
            }
            rowAt += 1
        }
        return .manyWait
    }

    @inline(__always)
    private func line(_ bytes: UnsafeRawBufferPointer, _ ends: [Int], _ row: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[(row == 0 ? 0 : ends[row - 1])..<ends[row]])
    }

    private enum Match {
        case repetition, none
        case entry(Int)
    }

    /// The entry of the row whose key was read; entries before it have lost their rows.
    /// - Returns: `nil` if the ledger's chunk is used up before it is known.
    @inline(__always)
    private mutating func match(
        _ ledgerBytes: UnsafeRawBufferPointer, _ briefs: [LedgerChunk.Brief]
    ) throws(Failure) -> Match? {
        if last.count > 0 {
            let order = last.bytes.order(against: reader.key)
            if order == 0 { return .repetition }
            guard order < 0 else { throw Self.disorder(reader.evaluator.bound) }
        }
        while ledgerAt < briefs.count {
            let brief = briefs[ledgerAt]
            let key = UnsafeRawBufferPointer(rebasing: ledgerBytes[Int(brief.keyStart)..<Int(brief.keyEnd)])
            let order = key.order(against: reader.key)
            guard order <= 0 else { return Match.none }
            ledgerAt += 1
            if order == 0 { return .entry(ledgerAt - 1) }
            if !isPartial { waiting.append(Waiting(row: nil, entry: ledgerAt - 1)) }
        }
        return ledgerHasEnded ? Match.none : nil
    }

    /// Whether the row of this line, whose key is shown, is surely as it was; else its whole entry has to be asked.
    @inline(__always)
    private mutating func isUnchanged(
        _ line: UnsafeRawBufferPointer, _ ledgerBytes: UnsafeRawBufferPointer, _ brief: LedgerChunk.Brief
    ) -> Bool {
        switch brief.mark {
        case .none: return false
        case .fingerprint(let start):
            guard let list = listIndices[Int(brief.list)], hasFingerprint(ledgerBytes, start) else { return false }
            if routesByClock {
                view.read(line)
                guard reader.route(of: view).list == list else { return false }
            }
            unchanged[list] += 1
            return true
        case .hash(let start, let mapping):
            guard Int(mapping) == decider.mapping.version, let list = listIndices[Int(brief.list)] else { return false }
            view.read(line)
            guard reader.route(of: view).list == list else { return false }
            do throws(Rejection) { try reader.project(view) } catch { return false }
            let digest = reader.digest
            let hash = UnsafeRawBufferPointer(rebasing: ledgerBytes[Int(start)..<Int(start) + 32])
            guard digest == Digest(words: hash) else { return false }
            unchanged[list] += 1
            if claimsLeft > 0 { claim(ledger.lists[Int(brief.list)], digest) }
            return true
        }
    }

    /// Whether the bytes of the row that is shown are those of the fingerprint that its entry got at rest.
    @inline(__always)
    private func hasFingerprint(_ ledgerBytes: UnsafeRawBufferPointer, _ start: UInt32) -> Bool {
        guard let key else { return false }
        let known = UnsafeRawBufferPointer(
            rebasing: ledgerBytes[Int(start)..<Int(start) + RowFingerprint.byteCount])
        return RowFingerprint(of: view.bytes, key) == RowFingerprint(words: known)
    }

    /// Notes that the row that is shown is as its entry says, so that the next plan need not read it.
    private mutating func claim(_ list: ListID, _ content: Digest) {
        guard let key else { return }
        claimsLeft -= 1
        claims.append(
            FingerprintedRow(
                key: LedgerKey(reader.key),
                claim: FingerprintClaim(
                    fingerprint: RowFingerprint(of: view.bytes, key), key: key.id, content: content, list: list,
                    mappingVersion: decider.mapping.version)))
    }
}

// MARK: The others

extension RowMerge {
    private mutating func decideWaiting(_ sink: inout some Sink) throws(Failure) {
        guard !waiting.isEmpty else { return }
        let waiting = self.waiting
        self.waiting.removeAll(keepingCapacity: true)
        let evaluator = reader.evaluator
        let rows = self.rows
        let outcome = rows.bytes.withUnsafeBytes { rowBytes -> Result<Void, Failure> in
            do throws(Failure) {
                for item in waiting {
                    let entry = try item.entry.map { (index) throws(Failure) in try self.entry(index) }
                    guard let row = item.row else {
                        if let entry { gone(entry, &sink) }
                        continue
                    }
                    view.read(self.line(rowBytes, rows.rowEnds, row))
                    decide(entry, evaluator, isMarked: item.entry.map { isMarked(ledger.briefs[$0]) } ?? false, &sink)
                }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        fetched.removeAll(keepingCapacity: true)
        try outcome.get()
    }

    private func entry(_ index: Int) throws(Failure) -> LedgerEntry {
        let key = ledger.key(ledger.briefs[index])
        guard let entry = fetched[key] else {
            throw Failure(
                .internal, while: "reading the ledger", because: "an entry that was there is not found by its key",
                help: "report this; nothing was written")
        }
        return entry
    }

    /// Whether the entry has the fingerprint of the row that is shown.
    private func isMarked(_ brief: LedgerChunk.Brief) -> Bool {
        guard case .fingerprint(let start) = brief.mark else { return false }
        return ledger.bytes.withUnsafeBytes { hasFingerprint($0, start) }
    }

    /// The row that is shown.
    private mutating func decide(
        _ entry: LedgerEntry?, _ evaluator: RowEvaluator, isMarked: Bool, _ sink: inout some Sink
    ) {
        let route = reader.route(of: view)
        guard reader.readKey(of: view) else { return reject(route, evaluator, &sink) }
        let projection: Result<ContentHash, Rejection>
        do throws(Rejection) {
            try reader.project(view)
            projection = .success(reader.contentHash)
        } catch {
            projection = .failure(error)
        }
        let decision = decider.decide(route: route, projection: projection, ledger: entry)
        // Other bytes may have the same projection.
        if decision.action == .unchanged, claimsLeft > 0, !isMarked, let entry, entry.isAtRest, let list = entry.list,
            let content = decision.hash?.whole, content == entry.contentHash
        {
            claim(list, content)
        }
        let decided = Decided(
            decision: decision, ledgerKey: LedgerKey(reader.key), entry: entry, isInSource: true,
            cause: cause(decision, entry))
        let view = self.view
        sink.decided(
            decided, parts: { (try? evaluator.key(of: view))?.parts ?? [] },
            values: { (try? evaluator.projection(of: view)) ?? [] })
    }

    /// A row that has no key.
    private func reject(_ route: Route, _ evaluator: RowEvaluator, _ sink: inout some Sink) {
        var rejection = Rejection(.keyIsNull)
        do throws(Rejection) { _ = try evaluator.key(of: view) } catch { rejection = error }
        let decision = RowDecision(.reject, list: route.list, route: route.decision, rejection: rejection)
        let decided = Decided(
            decision: decision, ledgerKey: LedgerKey(bytes: []), entry: nil, isInSource: true, cause: .source)
        sink.decided(decided, parts: { [] }, values: { [] })
    }

    private func gone(_ entry: LedgerEntry, _ sink: inout some Sink) {
        let index = decider.listIDs.firstIndex { $0 == entry.list }
        guard let decision = decider.decideGone(entry, listIndex: index) else { return sink.passed(entry) }
        let decided = Decided(
            decision: decision, ledgerKey: entry.key, entry: entry, isInSource: false, cause: cause(decision, entry))
        sink.decided(decided, parts: { [] }, values: { [] })
    }

    private static func disorder(_ bound: BoundDefinition) -> Failure {
        Failure(
            .internal, while: "reading \(bound.relation.schema).\(bound.relation.name)",
            address: .definition(bound.definition.name),
            because: "the rows did not arrive in the order of their keys",
            help: "report this with the types of the key columns; nothing was written")
    }
}
