internal import Core

/// Rows that are not as they were, once their entries are known.
extension RowMerge {
    mutating func decideWaiting(_ sink: inout some Sink) throws(Failure) {
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
                        if let entry { gone(entry, RowCauses.Row(own: nil, earlier: nil), &sink) }
                        continue
                    }
                    let shown = show(self.line(rowBytes, rows.rowEnds, row))
                    guard shown.own != nil else {
                        if let entry { gone(entry, shown, &sink) }
                        continue
                    }
                    decide(
                        entry, shown, evaluator, isMarked: item.entry.map { isMarked(ledger.briefs[$0]) } ?? false,
                        &sink)
                }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        fetched.removeAll(keepingCapacity: true)
        try outcome.get()
    }

    /// Shows a row: in ``view`` what the definition reads of it, in ``whole`` all of a wider scan.
    private mutating func show(_ line: UnsafeRawBufferPointer) -> RowCauses.Row {
        guard let wider else {
            view.read(line)
            return RowCauses.Row(own: view, earlier: view)
        }
        var line = line
        let isOwn = showOwn(&line)
        view.read(line)
        let isEarlier = wider.rows == nil || isTrue(whole.count - 1)
        return RowCauses.Row(own: isOwn ? view : nil, earlier: isEarlier ? whole : nil)
    }

    /// Finds the definition's own part of a row of a wider scan.
    /// - Parameter line: The whole row; then its own part.
    /// - Returns: `false` for a row that does not fit the definition's own condition.
    mutating func showOwn(_ line: inout UnsafeRawBufferPointer) -> Bool {
        whole.read(line)
        let flags = wider?.rows == nil ? 0 : 2
        // As many columns as were asked for, whatever the server makes of the statement.
        guard whole.count == ownReads + (wider?.reads.count ?? 0) + flags else { return true }
        line = whole.bytes(first: ownReads)
        return flags == 0 || isTrue(whole.count - 2)
    }

    private func isTrue(_ column: Int) -> Bool {
        let text = whole.escaped(column)
        return text.count == 1 && text[0] == UInt8(ascii: "t")
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
        _ entry: LedgerEntry?, _ row: RowCauses.Row, _ evaluator: RowEvaluator, isMarked: Bool, _ sink: inout some Sink
    ) {
        let route = reader.route(of: view)
        guard reader.readKey(of: view) else { return reject(route, row, evaluator, &sink) }
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
            cause: causes.cause(of: decision, entry, row, projection))
        let view = self.view
        sink.decided(
            decided, parts: { (try? evaluator.key(of: view))?.parts ?? [] },
            values: { (try? evaluator.projection(of: view)) ?? [] })
    }

    /// A row that has no key.
    private mutating func reject(
        _ route: Route, _ row: RowCauses.Row, _ evaluator: RowEvaluator, _ sink: inout some Sink
    ) {
        var rejection = Rejection(.keyIsNull)
        do throws(Rejection) { _ = try evaluator.key(of: view) } catch { rejection = error }
        let decision = RowDecision(.reject, list: route.list, route: route.decision, rejection: rejection)
        let decided = Decided(
            decision: decision, ledgerKey: LedgerKey(bytes: []), entry: nil, isInSource: true,
            cause: causes.cause(of: decision, nil, row, .failure(rejection), hasKey: false))
        sink.decided(decided, parts: { [] }, values: { [] })
    }

    private mutating func gone(_ entry: LedgerEntry, _ row: RowCauses.Row, _ sink: inout some Sink) {
        let index = decider.listIDs.firstIndex { $0 == entry.list }
        guard let decision = decider.decideGone(entry, listIndex: index) else { return sink.passed(entry) }
        let decided = Decided(
            decision: decision, ledgerKey: entry.key, entry: entry, isInSource: false,
            cause: causes.cause(of: decision, entry, row, nil))
        sink.decided(decided, parts: { [] }, values: { [] })
    }
}
