internal import Core

/// Rows that the service refuses, and that are kept away from it.
extension RowMachine {
    /// The service refuses the row's content. With unique columns it may be about a value that is still elsewhere.
    mutating func refused(_ failure: SiteFailure) -> Step {
        if failure.outcome == .unknown { isInDoubt = true }
        if isInDoubt { return finish(.unsettled) }
        guard context.hasUniqueFields else { return quarantine(.refused, failure) }
        if context.quarantinesUniqueValues {
            return quarantine(context.mayBeUniqueness(failure) ? .uniqueValue : .refused, failure)
        }
        guard let intent else { return finish(.uniqueValue(failure)) }
        return close(intent, .uniqueValue(failure))
    }

    /// Keeps the row away from the service until either side changes.
    mutating func quarantine(_ code: RejectCode, _ failure: SiteFailure?) -> Step {
        // Whatever stands in the way, a request of before may still arrive, and its intent has to be there then.
        if isInDoubt { return finish(.unsettled) }
        saved = []
        var entry = entry ?? LedgerEntry(key: task.key, state: .quarantined)
        let attempts = entry.state == .quarantined ? (entry.refusal?.attempts ?? 0) + 1 : 1
        entry.state = .quarantined
        // A row that is to be created has no item: the one that the ledger remembers went with its list.
        if task.action == .create { (entry.list, entry.item, entry.etag) = (nil, nil, nil) }
        entry.refusal = Refusal(
            code, list: task.target?.id ?? entry.list, reason: reason(code, failure),
            requestID: failure?.requestID, attempts: attempts)
        entry.contentHash = task.hash?.whole
        if let hash = task.hash { forgetRefused(hash, in: &entry) }
        return record(entry, then: .finish(.quarantined(code, failure)))
    }

    private func reason(_ code: RejectCode, _ failure: SiteFailure?) -> String {
        guard let failure else { return code.words }
        let reason = failure.explanation ?? failure.reason
        // Where the answer names no column, it is one of those with unique values.
        guard code == .uniqueValue, failure.field == nil, !context.uniqueFields.isEmpty else { return reason }
        return "column \(context.uniqueFields.joined(separator: " or ")): \(reason)"
    }

    /// What the refused fields hold on the other side is not what was sent: no hash of a value, so that they are written
    /// again with whatever comes next. The other side's base stays what it was.
    private func forgetRefused(_ hash: ContentHash, in entry: inout LedgerEntry) {
        let nothingKnown = Array(repeating: RowBase.unknown, count: context.fields.count)
        let remote = task.base.map { $0.filled($0.remote) } ?? nothingKnown
        let seen = task.base.map { $0.filled($0.seen) } ?? nothingKnown
        entry.fieldHashes = hash.fields
        for index in task.changedFields where entry.fieldHashes.indices.contains(index) {
            entry.fieldHashes[index] = RowBase.unknown
        }
        if entry.item != nil {
            entry.setRemoteBase(remote)
            entry.seenHashes = seen == entry.remoteBase ? nil : seen
        }
        entry.mappingVersion = context.mappingVersion
    }
}

extension RowContext {
    /// Whether the refusal may be about a value that another item has. The answer may name a column as people see it, so
    /// that only one of ours without unique values speaks against it.
    fileprivate func mayBeUniqueness(_ failure: SiteFailure) -> Bool {
        guard let field = failure.field else { return true }
        return uniqueFields.contains(field) || !fields.contains { $0.target == field }
    }
}
