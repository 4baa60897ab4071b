internal import Core

/// Merges the rows of a table with the rows of its ledger, both in key order, and decides each. Memory is that of one
/// chunk, whatever the number of rows.
struct RowMerge {
    let evaluator: RowEvaluator
    let decider: RowDecider
    let cause: (RowDecision, LedgerEntry?) -> Cause
    /// The scan holds changed rows only: one that it lacks may well be there.
    var isPartial = false

    /// One decided row.
    struct Decided {
        var decision: RowDecision
        /// `nil` for a row that is gone, or one whose key is NULL.
        var key: EvaluatedKey?
        var ledgerKey: LedgerKey
        var values: [Value]
        var ledger: LedgerEntry?
        var cause: Cause
    }

    private struct Evaluated {
        var key: EvaluatedKey?
        var route: Route
        var values: [Value]
        var projection: Result<ContentHash, Rejection>
    }

    /// - Parameter each: Called with every row in key order, a chunk at a time.
    /// - Returns: Rows whose key another row has too.
    func run(
        _ source: any RowScan, _ ledger: (any LedgerScan)?, each: ([Decided]) async throws(Failure) -> Void
    ) async throws(Failure) -> Int {
        var entries: [LedgerEntry] = []
        var at = 0
        var last: LedgerKey?
        var repeated = 0
        var isAtEnd = ledger == nil
        func nextEntries() async throws(Failure) -> Bool {
            guard let ledger, !isAtEnd else { return false }
            entries = try await ledger.next()
            at = 0
            isAtEnd = entries.isEmpty
            return !isAtEnd
        }
        while let chunk = try await source.next() {
            var decided: [Decided] = []
            for row in evaluate(chunk) {
                guard let key = row.key else {
                    decided.append(rejectedKey(row))
                    continue
                }
                if let last, !(last < key.ledgerKey) {
                    guard last == key.ledgerKey else { throw Self.disorder(evaluator.bound) }
                    repeated += 1
                    continue
                }
                last = key.ledgerKey
                var match: LedgerEntry?
                while true {
                    if at == entries.count {
                        guard try await nextEntries() else { break }
                    }
                    let entry = entries[at]
                    if entry.key < key.ledgerKey {
                        if let gone = gone(entry) { decided.append(gone) }
                        at += 1
                    } else {
                        if entry.key == key.ledgerKey {
                            match = entry
                            at += 1
                        }
                        break
                    }
                }
                decided.append(decide(row, key, match))
            }
            try await each(decided)
        }
        var rest: [Decided] = []
        while true {
            if at == entries.count {
                guard try await nextEntries() else { break }
            }
            if let gone = gone(entries[at]) { rest.append(gone) }
            at += 1
            if rest.count >= 1000 {
                try await each(rest)
                rest = []
            }
        }
        try await each(rest)
        return repeated
    }

    private func evaluate(_ chunk: CopyChunk) -> [Evaluated] {
        var row = CopyRow()
        var evaluated: [Evaluated] = []
        evaluated.reserveCapacity(chunk.rowEnds.count)
        chunk.forEachRow(&row) { (row: borrowing CopyRow) in evaluated.append(evaluate(row)) }
        return evaluated
    }

    private func evaluate(_ row: borrowing CopyRow) -> Evaluated {
        let route = evaluator.route(of: row)
        let key: EvaluatedKey
        do throws(Rejection) { key = try evaluator.key(of: row) } catch {
            return Evaluated(key: nil, route: route, values: [], projection: .failure(error))
        }
        do throws(Rejection) {
            let values = try evaluator.projection(of: row)
            return Evaluated(key: key, route: route, values: values, projection: .success(ContentHash(of: values)))
        } catch {
            return Evaluated(key: key, route: route, values: [], projection: .failure(error))
        }
    }

    private func decide(_ row: Evaluated, _ key: EvaluatedKey, _ ledger: LedgerEntry?) -> Decided {
        let decision = decider.decide(route: row.route, projection: row.projection, ledger: ledger)
        return Decided(
            decision: decision, key: key, ledgerKey: key.ledgerKey, values: row.values, ledger: ledger,
            cause: cause(decision, ledger))
    }

    private func rejectedKey(_ row: Evaluated) -> Decided {
        var rejection = Rejection(.keyIsNull)
        if case .failure(let found) = row.projection { rejection = found }
        return Decided(
            decision: RowDecision(.reject, list: row.route.list, route: row.route.decision, rejection: rejection),
            key: EvaluatedKey(ledgerKey: LedgerKey(bytes: []), parts: [], prefix: ""), ledgerKey: LedgerKey(bytes: []),
            values: [], ledger: nil, cause: .source)
    }

    private func gone(_ entry: LedgerEntry) -> Decided? {
        guard !isPartial else { return nil }
        let index = decider.listIDs.firstIndex { $0 == entry.list }
        guard let decision = decider.decideGone(entry, listIndex: index) else { return nil }
        return Decided(
            decision: decision, key: nil, ledgerKey: entry.key, values: [], ledger: entry, cause: cause(decision, entry)
        )
    }

    private static func disorder(_ bound: BoundDefinition) -> Failure {
        Failure(
            .internal, while: "reading \(bound.relation.schema).\(bound.relation.name)",
            address: Address.definition(bound.definition.name).text,
            because: "the rows did not arrive in the order of their keys",
            help: "report this with the types of the key columns; nothing was written")
    }
}
