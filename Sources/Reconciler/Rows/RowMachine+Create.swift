internal import Core

extension RowMachine {
    mutating func create() -> Step {
        guard let target = task.target else { return finish(.done(task.action)) }
        return send(.create(list: target.id.text, fields: contents()), .creating)
    }

    /// All fields that have a value, an explicit null where the column has a default, the key, and people's values that
    /// a move brings along.
    private func contents() -> [JSON.Member] {
        var members = [JSON.Member(SyncKey.column, .string(task.syncKey))]
        for (index, field) in context.fields.enumerated() {
            if let kept = kept[index] {
                members.append(JSON.Member(field.target, kept))
            } else if task.values[index] != .null || field.hasDefault {
                members += context.codec.encode(task.values[index], column: field.target, type: field.type)
            }
        }
        // Without a mapped Title people would see a list of blanks: it starts as the key and is theirs from then on.
        if !context.fields.contains(where: { $0.target == "Title" }), !carried.contains(where: { $0.name == "Title" }) {
            members.append(JSON.Member("Title", .string(titleText)))
        }
        return members + carried
    }

    /// The key's parts as a single line of text: cut where it is too long, blanks for what a line cannot hold.
    private var titleText: String {
        var line = ""
        for scalar in task.keyParts.joined(separator: " ").unicodeScalars {
            line.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar)
        }
        return line.truncated(utf16Units: 255)
    }

    mutating func created(_ result: Result<ItemAnswer, SiteFailure>) -> Step {
        switch result {
        case .success(.created(let item)): return settle(item)
        case .success:
            return findKey(
                after: SiteFailure(.malformed, outcome: .unknown, reason: "a create was not answered as one"))
        case .failure(let failure):
            // Refused or unclear, the key tells: an item with it is ours, whoever sent it.
            return findKey(after: failure)
        }
    }

    private mutating func findKey(after failure: SiteFailure) -> Step {
        guard let target = task.target else { return finish(.failed(failure)) }
        let people = task.origin == nil ? [] : target.peoplesColumns
        return send(
            .find(list: target.id.text, key: task.syncKey, select: context.selection(people: people)),
            .findingKey(after: failure))
    }

    mutating func foundKey(_ result: Result<ItemAnswer, SiteFailure>, after failure: SiteFailure) -> Step {
        switch result {
        case .success(.found(let items)):
            if let item = items.first(where: { $0[SyncKey.column]?.string == task.syncKey }) { return adopt(item) }
            if !items.isEmpty { return quarantine(.keyCollision, failure) }
            return nothingFound(after: failure)
        case .success: return finish(.failed(failure))
        case .failure(let other): return retry(other) { $0.findKey(after: failure) }
        }
    }

    private mutating func nothingFound(after failure: SiteFailure) -> Step {
        switch failure.kind {
        case .refused, .conflict:
            return refused(failure)
        case .gone: return finish(.failed(failure))
        // Unclear, and there is no such item: the request was lost, or will be refused if it still arrives.
        default: return retry(failure) { $0.create() }
        }
    }

    /// The item exists with our key. What differs from the row is brought to the row's values; a person's is saved.
    private mutating func adopt(_ item: RemoteItem) -> Step {
        let differing = context.fields.indices.filter { kept[$0] == nil && observed(item, $0) != task.values[$0] }
        if differing.isEmpty { return settle(item) }
        for index in differing where item[context.fields[index].target] != nil { save(item, index) }
        let fields = differing.flatMap { encoded($0) }
        guard let target = task.target else { return settle(item) }
        return send(
            .update(list: target.id.text, item: item.id, etag: item.etag, fields: fields), .adopting(item: item))
    }

    mutating func adopted(_ result: Result<ItemAnswer, SiteFailure>, _ item: RemoteItem) -> Step {
        switch result {
        case .success(.updated(let updated)):
            return settle(RemoteItem(id: item.id, etag: updated.etag, fields: updated.fields))
        case .success: return settle(item)
        case .failure(let failure):
            saved = []
            if failure.kind == .refused || failure.kind == .conflict {
                return refused(failure)
            }
            return retry(failure) { $0.findKey(after: failure) }
        }
    }

    /// The item is there. A default that filled in for a null is taken out again.
    private mutating func settle(_ item: RemoteItem) -> Step {
        let filled = context.fields.indices.filter { index in
            context.fields[index].hasDefault && task.values[index] == .null && kept[index] == nil
                && observed(item, index) != .null
        }
        if !filled.isEmpty, case .creating = state, let target = task.target {
            let fields = filled.flatMap { encoded($0) }
            return send(
                .update(list: target.id.text, item: item.id, etag: item.etag, fields: fields),
                .clearingDefaults(item: item))
        }
        return recordItem(item)
    }

    mutating func clearedDefaults(_ result: Result<ItemAnswer, SiteFailure>, _ item: RemoteItem) -> Step {
        switch result {
        case .success(.updated(let updated)):
            return recordItem(RemoteItem(id: item.id, etag: updated.etag, fields: updated.fields))
        default: return recordItem(item)
        }
    }

    private mutating func recordItem(_ item: RemoteItem) -> Step {
        guard let target = task.target else { return finish(.done(task.action)) }
        var entry = fullEntry(list: target.id, item: item)
        if task.action == .move, let old = task.ledger, let oldList = old.list, let oldItem = old.item {
            entry.state = .moving
            entry.prior = ItemLocation(list: oldList, item: oldItem, etag: originTag)
            return record(entry, then: .deleteOrigin)
        }
        return record(entry, then: .finish(.done(task.action)))
    }

    /// The entry of a row whose item holds what was sent.
    func fullEntry(list: ListID, item: RemoteItem) -> LedgerEntry {
        LedgerEntry(
            key: task.key, state: .synced, list: list, item: item.id, etag: item.etag, contentHash: task.hash?.whole,
            remoteHash: remoteHash(of: item), fieldHashes: task.hash?.fields ?? [],
            mappingVersion: context.mappingVersion)
    }

    func remoteHash(of item: RemoteItem) -> Digest {
        ContentHash(of: context.fields.indices.map { observed(item, $0) ?? .null }).whole
    }

    /// What the item shows for a field; `nil` for a form that does not fit the column.
    func observed(_ item: RemoteItem, _ index: Int) -> Value? {
        let field = context.fields[index]
        return context.codec.decode(item[field.target], type: field.type)
    }

    func encoded(_ index: Int) -> [JSON.Member] {
        let field = context.fields[index]
        return context.codec.encode(task.values[index], column: field.target, type: field.type)
    }

    mutating func save(_ item: RemoteItem, _ index: Int) {
        let field = context.fields[index].target
        saved.append(
            LedgerCommit.Saved(
                key: task.key, sourceKey: task.syncKey, field: field, value: item[field] ?? .null))
    }
}
