internal import Core

extension RowMachine {
    /// Where the row's item is, with the newest tag that is known.
    var place: ItemLocation? {
        guard let list = entry?.list, let item = entry?.item else { return nil }
        return ItemLocation(list: list, item: item, etag: entry?.etag)
    }

    /// A field that both sides changed is read first: what the person typed is saved before it is replaced.
    mutating func beginUpdate() -> Step {
        let isUnseen = task.ledger?.item != nil && task.ledger?.etag == nil
        if let base = task.base {
            let mustRead = task.changedFields.contains { base.hasDrifted($0) || base.mayHold.contains($0) }
            if mustRead { return readForUpdate(after: nil) }
        }
        if isUnseen { return readForUpdate(after: nil) }
        return update(tag: task.ledger?.etag)
    }

    mutating func update(tag: String?) -> Step {
        guard var place else { return create() }
        place.etag = tag
        var fields = task.changedFields.flatMap { encoded($0) }
        if task.ledger?.state == .marked { fields.append(JSON.Member(DeletionMark.column, .null)) }
        return effect(
            .update(list: place.list.text, item: place.item, etag: tag, fields: fields), .updating,
            intent(.update, from: place, fields: fields, written: task.changedFields))
    }

    mutating func updated(_ result: Result<ItemAnswer, SiteFailure>) -> Step {
        switch result {
        case .success(.updated(let item)): return recordUpdate(item, isAnswer: true)
        case .success: return readForUpdate(after: SiteFailure(.malformed, outcome: .unknown, reason: "an odd answer"))
        case .failure(let failure):
            switch failure.kind {
            case .refused, .conflict: return refused(failure)
            case .itemLocked: return locked(failure)
            default: return readForUpdate(after: failure)
            }
        }
    }

    private mutating func recordUpdate(_ answer: RemoteItem, isAnswer: Bool = false) -> Step {
        guard let place else { return finish(.done(.update)) }
        let item = RemoteItem(id: place.item, etag: answer.etag, fields: answer.fields)
        return record(fullEntry(list: place.list, item: item, isAnswer: isAnswer), then: .finish(.done(.update)))
    }

    private mutating func readForUpdate(after failure: SiteFailure?) -> Step {
        if failure?.outcome == .unknown { isInDoubt = true }
        guard let place else { return finish(.done(.update)) }
        return read(
            .read(list: place.list.text, item: place.item, select: context.selection(in: place.list)),
            .readingForUpdate(after: failure))
    }

    mutating func readForUpdate(_ result: Result<ItemAnswer, SiteFailure>, after failure: SiteFailure?) -> Step {
        switch result {
        case .success(.item(let item)):
            learn(from: item)
            // What was to be written is there: the request was done, or somebody typed the same.
            let isDone = task.changedFields.allSatisfy { shownValue(item, $0) == task.values[$0] }
            if isDone, task.ledger?.state != .marked {
                // Nothing of a person was replaced by what is equal.
                if intent == nil || !isInDoubt { saved = [] }
                return recordUpdate(item)
            }
            saveOverwritten(item)
            guard let failure else { return update(tag: item.etag) }
            return retry(failure) { $0.update(tag: item.etag) }
        case .success: return leave(SiteFailure(.malformed, reason: "an odd answer"))
        case .failure(let other) where other.kind == .gone: return leaveDeleted()
        case .failure(let other): return retry(other) { $0.readForUpdate(after: failure) }
        }
    }

    /// A field that both sides changed takes the source's value; the person's is kept in the conflicts.
    private mutating func saveOverwritten(_ item: RemoteItem) {
        forgetSaved(besides: item)
        for index in task.changedFields
        where personChanged(item, index) && shownValue(item, index) != task.values[index] {
            // A field that the row was never written with has nothing to lose if it is empty.
            if task.base?.remote[index] == nil, shownValue(item, index) == .null { continue }
            save(item, index)
        }
    }

    /// Whether the item shows another value than the one both sides agreed on last.
    func personChanged(_ item: RemoteItem, _ index: Int) -> Bool {
        if let list = place?.list, context.lacks(context.fields[index].target, in: list) { return false }
        guard let base = task.base?.remote[index], let value = shownValue(item, index) else { return true }
        return ContentHash(of: [value]).fields[0] != base
    }

    /// A deleted item stays deleted and is reported, whatever its row does.
    mutating func leaveDeleted() -> Step {
        // What a request in doubt was to replace may be replaced.
        if !isInDoubt, task.open == nil { saved = [] }
        let last = place
        // Its hashes stay: should the item be restored, they are what it was last agreed to hold.
        return recordEntry(then: .leftDeleted) { entry, _, _ in
            entry.state = .deletedByPerson
            entry.prior = last
            entry.list = nil
            entry.item = nil
            entry.etag = nil
            entry.refusal = nil
        }
    }
}
