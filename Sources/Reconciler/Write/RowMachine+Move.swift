internal import Core

/// A move creates in the new list first and deletes in the old one then: a double for a moment is harmless, a hole is not.
extension RowMachine {
    /// The old item of a move with the tag it was read with, and what its fields showed.
    var origin: ItemLocation? {
        guard let list = task.ledger?.list, let item = task.ledger?.item else { return nil }
        var place = ItemLocation(list: list, item: item, etag: moved?.etag ?? task.ledger?.etag)
        place.hashes = moved.map { context.hash(of: $0).fields }
        return place
    }

    mutating func readOrigin() -> Step {
        guard let place else { return create() }
        return read(
            .read(list: place.list.text, item: place.item, select: selection(inOrigin: place.list)), .readingOrigin)
    }

    /// Mapped fields, people's columns, and what says that something cannot go along.
    private func selection(inOrigin list: ListID) -> [String] {
        context.selection(in: list, and: Set(peoplesNames).union([ItemMarks.attachments, ItemMarks.label]))
    }

    /// The same of the new item: people's columns that its list lacks cannot be asked for.
    private func selection(inTarget list: ListID) -> [String] {
        let there = (task.target?.peoplesColumns ?? []).union(task.target?.fixedColumns ?? [])
        return context.selection(
            in: list, and: there.intersection(peoplesNames).union([ItemMarks.attachments, ItemMarks.label]))
    }

    mutating func readOrigin(_ result: Result<ItemAnswer, SiteFailure>) -> Step {
        switch result {
        case .success(.item(let item)):
            moved = item
            learn(from: item)
            if task.target?.allowsLosses != true, let reason = loss(in: item) {
                return quarantine(.itemLoses, SiteFailure(.refused, reason: reason))
            }
            takeAlong(item)
            return create()
        case .success: return leave(SiteFailure(.malformed, reason: "an odd answer"))
        case .failure(let failure) where failure.kind == .gone: return leaveDeleted()
        case .failure(let failure): return retry(failure) { $0.readOrigin() }
        }
    }

    /// What the new item could not have; `nil` if nothing is lost but what every move loses.
    private func loss(in item: RemoteItem) -> String? {
        if item[ItemMarks.attachments]?.bool == true { return "the item has attachments" }
        if ItemMarks.isFilled(item[ItemMarks.label]) { return "the item has a retention label" }
        let writable = task.target?.peoplesColumns ?? []
        let lost = peoplesNames.filter { !writable.contains($0) && ItemMarks.isFilled(item[$0]) }
        guard !lost.isEmpty else { return nil }
        return "the other list has no such columns, or they cannot be written: \(lost.joined(separator: ", "))"
    }

    /// People's values go along: of their own columns, and of mapped fields that the source did not change.
    private mutating func takeAlong(_ item: RemoteItem) {
        carried = peoplesValues(of: item)
        kept = [:]
        // What a request in doubt replaced in the new item is nowhere else.
        if !isInDoubt { saved = [] }
        for index in context.fields.indices where task.base != nil && personChanged(item, index) {
            if task.changedFields.contains(index) {
                if shownValue(item, index) != task.values[index] { save(item, index) }
            } else if let value = item[context.fields[index].target] {
                kept[index] = value
            } else {
                // Emptied by a person: it stays empty.
                kept[index] = .null
            }
        }
        savedOfOrigin = saved
    }

    private func peoplesValues(of item: RemoteItem) -> [JSON.Member] {
        let names = (task.origin?.peoplesColumns ?? []).intersection(task.target?.peoplesColumns ?? [])
        return names.sorted().flatMap { name -> [JSON.Member] in
            guard let value = item[name] else { return [] }
            return Self.annotated(JSON.Member(name, value))
        }
    }

    /// Several values of a choice need their type beside them (FACTS 5.1).
    static func annotated(_ member: JSON.Member) -> [JSON.Member] {
        guard case .array = member.value else { return [member] }
        return [JSON.Member("\(member.name)@odata.type", "Collection(Edm.String)"), member]
    }

    // MARK: The old item

    mutating func deleteOrigin(tag: String?) -> Step {
        guard var prior = entry?.prior else { return finish(.done(.move)) }
        // Without a tag nobody knows whether the new item has all that is there.
        guard let tag else { return rereadOrigin() }
        prior.etag = tag
        return effect(
            .delete(list: prior.list.text, item: prior.item, etag: tag), .deletingOrigin,
            intent(.deleteOrigin, from: prior))
    }

    mutating func deletedOrigin(_ result: Result<ItemAnswer, SiteFailure>) -> Step {
        switch result {
        case .success: return recordMoved()
        case .failure(let failure):
            switch failure.kind {
            case .gone: return recordMoved()
            case .refused, .conflict, .itemLocked: return leave(failure)
            default:
                if failure.outcome == .unknown { isInDoubt = true }
                return rereadOrigin()
            }
        }
    }

    private mutating func recordMoved() -> Step {
        recordEntry(then: .done(.move)) { entry, _, _ in
            // A person deleted the new item before the old one was gone.
            entry.state = entry.item == nil ? .deletedByPerson : .synced
            entry.prior = nil
        }
    }

    private mutating func rereadOrigin() -> Step {
        guard let prior = entry?.prior else { return finish(.done(.move)) }
        return read(
            .read(list: prior.list.text, item: prior.item, select: selection(inOrigin: prior.list)), .rereadingOrigin)
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
            guard let place else {
                saveEdits(of: item)
                return retry(SiteFailure(.stale, reason: "the old item kept changing")) {
                    $0.deleteOrigin(tag: item.etag)
                }
            }
            return read(
                .read(list: place.list.text, item: place.item, select: selection(inTarget: place.list)),
                .rereadingTarget(origin: item))
        case .success: return leave(SiteFailure(.malformed, reason: "an odd answer"))
        case .failure(let failure) where failure.kind == .gone: return recordMoved()
        case .failure(let failure): return retry(failure) { $0.rereadOrigin() }
        }
    }

    mutating func rereadTarget(_ result: Result<ItemAnswer, SiteFailure>, _ origin: RemoteItem) -> Step {
        switch result {
        case .success(.item(let target)):
            saved = []
            let fields = forwardFields(from: origin, to: target)
            guard !fields.isEmpty, let place else {
                if entry?.etag != target.etag { return recordCarried(target, from: origin) }
                return retry(SiteFailure(.stale, reason: "the old item kept changing")) {
                    $0.deleteOrigin(tag: origin.etag)
                }
            }
            var goal = place
            goal.etag = target.etag
            return effect(
                .update(list: goal.list.text, item: target.id, etag: target.etag, fields: fields),
                .carryingForward(origin: origin), intent(.carry, from: goal, fields: fields))
        case .success: return leave(SiteFailure(.malformed, reason: "an odd answer"))
        // A person deleted the new item meanwhile: it stays deleted, and the old one goes. What was typed into that since
        // it was copied is nowhere else.
        case .failure(let failure) where failure.kind == .gone:
            saveEdits(of: origin)
            return retry(failure) { $0.deleteOrigin(tag: origin.etag) }
        case .failure(let failure): return retry(failure) { $0.rereadOrigin() }
        }
    }

    /// What the old item's fields showed when it was copied.
    private var copiedHashes: [UInt64]? { entry.map { context.current($0) }?.prior?.hashes }

    /// Keeps what a person changed in the old item after it was copied.
    private mutating func saveEdits(of origin: RemoteItem) {
        saved = []
        let copied = copiedHashes
        let now = context.hash(of: origin).fields
        for index in context.fields.indices
        where copied.flatMap({ $0.indices.contains(index) ? $0[index] : nil }) != now[index] { save(origin, index) }
        for name in peoplesNames where ItemMarks.isFilled(origin[name]) && moved?[name] != origin[name] {
            save(origin, name)
        }
    }

    /// All columns of people in the old list, also those that the new one lacks.
    private var peoplesNames: [String] {
        (task.origin?.peoplesColumns ?? []).union(task.origin?.fixedColumns ?? []).sorted()
    }

    /// What a person changed in the old item after it was copied: their own columns go along; so does a mapped field that
    /// the move did not change; one that it did is kept in the conflicts.
    private mutating func forwardFields(from origin: RemoteItem, to target: RemoteItem) -> [JSON.Member] {
        let copied = copiedHashes
        let now = context.hash(of: origin).fields
        let there = context.hash(of: target).fields
        var fields: [JSON.Member] = []
        for index in context.fields.indices where now[index] != there[index] {
            // What the old list lacks nobody emptied.
            if let list = entry?.prior?.list, context.lacks(context.fields[index].target, in: list) { continue }
            // What the new list lacks, and the rules have left it, nobody makes again there.
            if let list = place?.list, context.lacks(context.fields[index].target, in: list) {
                if copied.flatMap({ $0.indices.contains(index) ? $0[index] : nil }) != now[index] {
                    save(origin, index)
                }
                continue
            }
            guard let before = copied.flatMap({ $0.indices.contains(index) ? $0[index] : nil }) else {
                // What was copied is not known any more: all that differs is kept.
                save(origin, index)
                continue
            }
            let name = context.fields[index].target
            guard now[index] != before else {
                // Emptied by a person before it was copied, and filled again by the column's default since.
                if refilled[index] == there[index] {
                    fields += context.codec.encode(.null, column: name, type: context.fields[index].type)
                }
                continue
            }
            if there[index] == before {
                fields += Self.annotated(JSON.Member(name, origin[name] ?? .null))
            } else {
                save(origin, index)
            }
        }
        let people = peoplesValues(of: origin).filter { !$0.name.contains("@") && target[$0.name] != $0.value }
        // Typed since the copy into a column that the new list lacks.
        let writable = task.target?.peoplesColumns ?? []
        for name in peoplesNames
        where !writable.contains(name) && ItemMarks.isFilled(origin[name]) && moved?[name] != origin[name] {
            save(origin, name)
        }
        // Typed into the new item, unless it is what was copied.
        for name in people.map(\.name) where ItemMarks.isFilled(target[name]) && !wasCarried(name, target) {
            save(target, name)
        }
        let emptied = (task.origin?.peoplesColumns ?? []).intersection(task.target?.peoplesColumns ?? []).sorted()
            .filter { origin[$0] == nil && ItemMarks.isFilled(target[$0]) && wasCarried($0, target) }
        return fields + people.flatMap { Self.annotated($0) }
            + emptied.map { name -> JSON.Member in
                if case .array = target[name] { return JSON.Member(name, .array([])) }
                return JSON.Member(name, .null)
            }
    }

    /// Whether the new item's value came from the old one; only this run's own copy tells.
    private func wasCarried(_ name: String, _ target: RemoteItem) -> Bool {
        moved.map { $0[name] == target[name] } ?? false
    }

    mutating func carriedForward(_ result: Result<ItemAnswer, SiteFailure>, _ origin: RemoteItem) -> Step {
        switch result {
        case .success(let answer):
            // Only what was read again counts as arrived.
            guard case .updated(let item) = answer else { return rereadOrigin() }
            return recordCarried(item, from: origin)
        case .failure(let failure): return retry(failure) { $0.rereadOrigin() }
        }
    }

    /// What the new item shows now, though the answer that said so was lost; the old item goes with the tag of what was
    /// carried.
    private mutating func recordCarried(_ target: RemoteItem, from origin: RemoteItem) -> Step {
        guard var changed = entry else { return rereadOrigin() }
        context.see(target, in: &changed)
        changed.prior?.etag = origin.etag
        changed.prior?.hashes = context.hash(of: origin).fields
        return record(changed, then: .deleteOrigin)
    }
}
