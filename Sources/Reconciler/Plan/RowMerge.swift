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

    struct Waiting {
        /// The index of the row in its chunk; `nil` for one that the scan lacks.
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
    let decider: RowDecider
    var causes: RowCauses
    var reader: RowReader
    /// A row as the definition reads it.
    var view = CopyRow()
    /// What the scan reads beside the definition's own.
    let wider: WiderReading?
    private let isWide: Bool
    /// The same row with all that was read, where the scan is wider.
    var whole = CopyRow()
    /// `nil`: no fingerprint is believed or made.
    private let key: FingerprintKey?
    private let keyColumns: Int
    let ownReads: Int
    /// The time may move a row that has not changed: its route is asked whatever its fingerprint says.
    private let routesByClock: Bool

    private(set) var rows = CopyChunk()
    private var rowAt = 0
    private var rowsHaveEnded = false
    private(set) var ledger = LedgerChunk(bytes: [], briefs: [], lists: [])
    private var ledgerAt = 0
    private var ledgerHasEnded: Bool
    /// For each list that the ledger names the index of the definition's list.
    private var listIndices: [Int?] = []

    var waiting: [Waiting] = []
    var fetched: [LedgerKey: LedgerEntry] = [:]
    private var unchanged: [Int]
    /// The key before; empty before the first.
    private var last = ByteWriter(capacity: 64)
    private var stop: Stop?
    /// Rows whose key another row has too.
    private(set) var repeated = 0
    /// Rows that were found unchanged without the help of a fingerprint, since they were taken last.
    private var claims: [FingerprintedRow] = []
    /// So many more are wanted.
    private(set) var claimsLeft: Int

    /// So many rows wait at most: what they need is in memory at once.
    private static let waitingMax = 2000

    /// - Parameters:
    ///   - key: Of the fingerprints in the ledger that count.
    ///   - claimsMax: So many rows are noted to get a fingerprint.
    ///   - wider: What the rows have beside what the definition reads; of a whole read only.
    init(
        _ evaluator: RowEvaluator, _ decider: RowDecider, hasLedger: Bool, isPartial: Bool = false,
        key: FingerprintKey? = nil, claimsMax: Int = 0, wider: WiderReading? = nil, causes: consuming RowCauses
    ) {
        self.isPartial = isPartial
        self.key = key
        claimsLeft = key == nil ? 0 : claimsMax
        keyColumns = evaluator.bound.key.count
        ownReads = evaluator.bound.reads.count
        routesByClock = evaluator.bound.routing.dependsOnClock
        self.decider = decider
        self.wider = wider
        isWide = wider != nil
        self.causes = causes
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
            var line = self.line(rowBytes, rowEnds, rowAt)
            if isWide {
                guard showOwn(&line) else {
                    guard try passEarlier(line, ledgerBytes, briefs) else { return .ledgerUsedUp }
                    rowAt += 1
                    continue
                }
            }
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
    func line(_ bytes: UnsafeRawBufferPointer, _ ends: [Int], _ row: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[(row == 0 ? 0 : ends[row - 1])..<ends[row]])
    }

    private enum Match {
        case repetition, none
        case entry(Int)
    }

    /// Passes a row that fits only the condition of before. It is gone, and its entry is decided as one without a row; it is
    /// remembered only to know what would have become of it.
    /// - Returns: `false` if the ledger's chunk is used up before it is known.
    private mutating func passEarlier(
        _ line: UnsafeRawBufferPointer, _ ledgerBytes: UnsafeRawBufferPointer, _ briefs: [LedgerChunk.Brief]
    ) throws(Failure) -> Bool {
        view.read(line, first: keyColumns)
        guard reader.readKey(of: view) else { return true }
        guard let match = try match(ledgerBytes, briefs) else { return false }
        switch match {
        // Another row has the key now, and comes first.
        case .repetition, .none: break
        case .entry(let index): waiting.append(Waiting(row: rowAt, entry: index))
        }
        last.clear()
        last.append(reader.key)
        return true
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
    func hasFingerprint(_ ledgerBytes: UnsafeRawBufferPointer, _ start: UInt32) -> Bool {
        guard let key else { return false }
        let known = UnsafeRawBufferPointer(
            rebasing: ledgerBytes[Int(start)..<Int(start) + RowFingerprint.byteCount])
        return RowFingerprint(of: view.bytes, key) == RowFingerprint(words: known)
    }

    /// Notes that the row that is shown is as its entry says, so that the next plan need not read it.
    mutating func claim(_ list: ListID, _ content: Digest) {
        guard let key else { return }
        claimsLeft -= 1
        claims.append(
            FingerprintedRow(
                key: LedgerKey(reader.key),
                claim: FingerprintClaim(
                    fingerprint: RowFingerprint(of: view.bytes, key), key: key.id, content: content, list: list,
                    mappingVersion: decider.mapping.version)))
    }

    private static func disorder(_ bound: BoundDefinition) -> Failure {
        Failure(
            .internal, while: "reading \(bound.relation.schema).\(bound.relation.name)",
            address: .definition(bound.definition.name),
            because: "the rows did not arrive in the order of their keys",
            help: "report this with the types of the key columns; nothing was written")
    }
}
