internal import Core

extension RowMachine {
    mutating func update(tag: String?) -> Step {
        guard let list = task.ledger?.list, let item = task.ledger?.item else { return create() }
        var fields = task.changedFields.flatMap { encoded($0) }
        if task.ledger?.state == .marked { fields.append(JSON.Member(DeletionMark.column, .null)) }
        return send(.update(list: list.text, item: item, etag: tag, fields: fields), .updating(tag: tag))
    }

    mutating func updated(_ result: Result<ItemAnswer, SiteFailure>) -> Step {
        switch result {
        case .success(.updated(let item)): return recordUpdate(item)
        case .success: return readForUpdate(after: SiteFailure(.malformed, outcome: .unknown, reason: "an odd answer"))
        case .failure(let failure):
            switch failure.kind {
            case .refused, .conflict:
                return refused(failure)
            default: return readForUpdate(after: failure)
            }
        }
    }

    private mutating func recordUpdate(_ answer: RemoteItem) -> Step {
        guard let ledger = task.ledger, let list = ledger.list, let item = ledger.item else {
            return finish(.done(.update))
        }
        return record(
            fullEntry(list: list, item: RemoteItem(id: item, etag: answer.etag, fields: answer.fields)),
            then: .finish(.done(.update)))
    }

    private mutating func readForUpdate(after failure: SiteFailure) -> Step {
        guard let list = task.ledger?.list, let item = task.ledger?.item else { return finish(.failed(failure)) }
        return send(
            .read(list: list.text, item: item, select: context.selection()), .readingForUpdate(after: failure))
    }

    mutating func readForUpdate(_ result: Result<ItemAnswer, SiteFailure>, after failure: SiteFailure) -> Step {
        switch result {
        case .success(.item(let item)):
            // What was to be written is there: the request was done, or somebody typed the same.
            let isDone = task.changedFields.allSatisfy { observed(item, $0) == task.values[$0] }
            if isDone, task.ledger?.state != .marked { return recordUpdate(item) }
            saveOverwritten(item)
            return retry(failure) { $0.update(tag: item.etag) }
        case .success: return finish(.failed(failure))
        case .failure(let other) where other.kind == .gone: return leaveDeleted()
        case .failure(let other): return retry(other) { $0.readForUpdate(after: failure) }
        }
    }

    /// A field that both sides changed takes the source's value; the person's is kept in the conflicts.
    mutating func saveOverwritten(_ item: RemoteItem) {
        saved = []
        for index in task.changedFields where personChanged(item, index) && observed(item, index) != task.values[index]
        {
            save(item, index)
        }
    }

    /// Whether the item shows another value than the one both sides agreed on last.
    func personChanged(_ item: RemoteItem, _ index: Int) -> Bool {
        guard let base = baseHash(index), let value = observed(item, index) else { return true }
        return ContentHash(of: [value]).fields[0] != base
    }

    /// The hash of the field's value at the last agreement; `nil` if the ledger was written under another mapping.
    private func baseHash(_ index: Int) -> UInt64? {
        guard let ledger = task.ledger, ledger.mappingVersion == context.mappingVersion,
            ledger.fieldHashes.indices.contains(index)
        else { return nil }
        return ledger.fieldHashes[index]
    }

    /// A deleted item stays deleted and is reported, whatever its row does.
    mutating func leaveDeleted() -> Step {
        saved = []
        return recordEntry(then: .leftDeleted) { entry, task, context in
            entry.state = .deletedByPerson
            entry.item = nil
            entry.etag = nil
            entry.prior = nil
            entry.contentHash = task.hash?.whole ?? entry.contentHash
            entry.fieldHashes = task.hash?.fields ?? entry.fieldHashes
            entry.mappingVersion = context.mappingVersion
        }
    }

    // MARK: Mark

    mutating func mark(tag: String?) -> Step {
        guard let list = task.ledger?.list, let item = task.ledger?.item else { return removeEntry(.done(.mark)) }
        let fields = [JSON.Member(DeletionMark.column, .string(context.now.isoText))]
        return send(.update(list: list.text, item: item, etag: nil, fields: fields), .marking(tag: tag))
    }

    mutating func marked(_ result: Result<ItemAnswer, SiteFailure>) -> Step {
        switch result {
        case .success(let answer):
            return recordEntry(then: .done(.mark)) { entry, _, _ in
                entry.state = .marked
                if case .updated(let item) = answer { entry.etag = item.etag }
            }
        case .failure(let failure) where failure.kind == .gone: return removeEntry(.done(.mark))
        case .failure(let failure) where failure.kind == .refused: return finish(.failed(failure))
        // Setting the mark twice is harmless.
        case .failure(let failure): return retry(failure) { $0.mark(tag: nil) }
        }
    }
}
