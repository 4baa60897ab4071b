internal import Core

/// A move creates in the new list first and deletes in the old one then: a double for a moment is harmless, a hole is not.
extension RowMachine {
    /// The tag the old item had when it was read.
    var originTag: String? { moved?.etag ?? task.ledger?.etag }

    mutating func readOrigin() -> Step {
        guard let list = task.ledger?.list, let item = task.ledger?.item else { return create() }
        return send(.read(list: list.text, item: item, select: originSelection), .readingOrigin)
    }

    /// Mapped fields, and people's columns that both lists have.
    private var originSelection: [String] {
        context.selection(people: (task.origin?.peoplesColumns ?? []).intersection(task.target?.peoplesColumns ?? []))
    }

    mutating func readOrigin(_ result: Result<ItemAnswer, SiteFailure>) -> Step {
        switch result {
        case .success(.item(let item)):
            moved = item
            takeAlong(item)
            return create()
        case .success: return finish(.failed(SiteFailure(.malformed, reason: "an odd answer")))
        case .failure(let failure) where failure.kind == .gone: return leaveDeleted()
        case .failure(let failure): return retry(failure) { $0.readOrigin() }
        }
    }

    /// People's values go along: of their own columns, and of mapped fields that the source did not change.
    private mutating func takeAlong(_ item: RemoteItem) {
        carried = peoplesValues(of: item)
        kept = [:]
        saved = []
        for index in context.fields.indices where personChanged(item, index) && isCurrentMapping {
            if task.changedFields.contains(index) {
                if observed(item, index) != task.values[index] { save(item, index) }
            } else if let value = item[context.fields[index].target] {
                kept[index] = value
            }
        }
    }

    private var isCurrentMapping: Bool { task.ledger?.mappingVersion == context.mappingVersion }

    private func peoplesValues(of item: RemoteItem) -> [JSON.Member] {
        let names = (task.origin?.peoplesColumns ?? []).intersection(task.target?.peoplesColumns ?? [])
        return names.sorted().flatMap { name -> [JSON.Member] in
            guard let value = item[name] else { return [] }
            guard case .array = value else { return [JSON.Member(name, value)] }
            return [JSON.Member("\(name)@odata.type", "Collection(Edm.String)"), JSON.Member(name, value)]
        }
    }

    // MARK: The old item

    mutating func deleteOrigin(tag: String?) -> Step {
        guard let prior = entry?.prior else { return finish(.done(.move)) }
        return send(.delete(list: prior.list.text, item: prior.item, etag: tag), .deletingOrigin(tag: tag))
    }

    mutating func deletedOrigin(_ result: Result<ItemAnswer, SiteFailure>) -> Step {
        switch result {
        case .success: return recordMoved()
        case .failure(let failure):
            switch failure.kind {
            case .gone: return recordMoved()
            case .refused, .conflict: return finish(.failed(failure))
            default: return rereadOrigin()
            }
        }
    }

    private mutating func recordMoved() -> Step {
        recordEntry(then: .done(.move)) { entry, _, _ in
            entry.state = .synced
            entry.prior = nil
        }
    }

    private mutating func rereadOrigin() -> Step {
        guard let prior = entry?.prior else { return finish(.done(.move)) }
        return send(.read(list: prior.list.text, item: prior.item, select: originSelection), .rereadingOrigin)
    }

    mutating func rereadOrigin(_ result: Result<ItemAnswer, SiteFailure>) -> Step {
        switch result {
        case .success(.item(let item)):
            if item.etag == entry?.prior?.etag {
                return retry(SiteFailure(.transient, reason: "the old item could not be deleted")) {
                    $0.deleteOrigin(tag: item.etag)
                }
            }
            // A person edited the old item after it was copied: the edit has to arrive in the new one first.
            guard let list = entry?.list, let target = entry?.item else { return finish(.done(.move)) }
            return send(
                .read(list: list.text, item: target, select: originSelection), .rereadingTarget(origin: item))
        case .success: return finish(.failed(SiteFailure(.malformed, reason: "an odd answer")))
        case .failure(let failure) where failure.kind == .gone: return recordMoved()
        case .failure(let failure): return retry(failure) { $0.rereadOrigin() }
        }
    }

    mutating func rereadTarget(_ result: Result<ItemAnswer, SiteFailure>, _ origin: RemoteItem) -> Step {
        switch result {
        case .success(.item(let target)):
            saved = []
            let fields = forwardFields(from: origin, to: target)
            guard !fields.isEmpty, let list = entry?.list else {
                return retry(SiteFailure(.stale, reason: "the old item kept changing")) {
                    $0.deleteOrigin(tag: origin.etag)
                }
            }
            return send(
                .update(list: list.text, item: target.id, etag: target.etag, fields: fields),
                .carryingForward(origin: origin))
        case .success: return finish(.failed(SiteFailure(.malformed, reason: "an odd answer")))
        // A person deleted the new item meanwhile: it stays deleted, and the old one goes.
        case .failure(let failure) where failure.kind == .gone:
            return retry(failure) { $0.deleteOrigin(tag: origin.etag) }
        case .failure(let failure): return retry(failure) { $0.rereadOrigin() }
        }
    }

    /// People's columns that differ are carried over; values of mapped fields are kept in the conflicts.
    private mutating func forwardFields(from origin: RemoteItem, to target: RemoteItem) -> [JSON.Member] {
        for index in context.fields.indices where observed(origin, index) != observed(target, index) {
            // Only what changed after the copy is a person's; the rest is the move's own difference.
            // A run that finishes another's move has not seen the copy: it keeps all that differs.
            guard let moved else {
                save(origin, index)
                continue
            }
            if let before = observed(moved, index), before != observed(origin, index) { save(origin, index) }
        }
        return peoplesValues(of: origin).filter { member in
            !member.name.contains("@") && target[member.name] != member.value
        }.flatMap { member -> [JSON.Member] in
            guard case .array = member.value else { return [member] }
            return [JSON.Member("\(member.name)@odata.type", "Collection(Edm.String)"), member]
        }
    }

    mutating func carriedForward(_ result: Result<ItemAnswer, SiteFailure>, _ origin: RemoteItem) -> Step {
        switch result {
        case .success(let answer):
            if case .updated(let item) = answer { entry?.etag = item.etag }
            return retry(SiteFailure(.stale, reason: "the old item kept changing")) {
                $0.deleteOrigin(tag: origin.etag)
            }
        case .failure(let failure): return retry(failure) { $0.rereadOrigin() }
        }
    }
}
