internal import Core

extension RowMachine {
    mutating func create() -> Step {
        guard let target = task.target else { return finish(.done(task.action)) }
        let fields = contents()
        let from = task.action == .move ? origin : nil
        return effect(
            .create(list: target.id.text, fields: fields), .creating,
            intent(.create, list: target.id, from: from, fields: fields, written: task.changedFields))
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
        case .success(.created(let item)): return recordItem(item)
        case .success:
            return findKey(
                after: SiteFailure(.malformed, outcome: .unknown, reason: "a create was not answered as one"))
        case .failure(let failure):
            if failure.outcome == .unknown {
                isInDoubt = true
                // Nobody would refuse a second item, so the first must have had the time to arrive.
                if task.target?.keyIsUnique == false { return finish(.unsettled) }
            }
            // Refused or unclear, the key tells: an item with it is ours, whoever sent it.
            return findKey(after: failure)
        }
    }

    private mutating func findKey(after failure: SiteFailure) -> Step {
        guard let target = task.target else { return leave(failure) }
        let people = task.origin == nil ? [] : target.peoplesColumns
        return read(
            .find(list: target.id.text, key: task.syncKey, select: context.selection(in: target.id, and: people)),
            .findingKey(after: failure))
    }

    mutating func foundKey(_ result: Result<ItemAnswer, SiteFailure>, after failure: SiteFailure) -> Step {
        switch result {
        case .success(.found(let items)):
            if let item = items.first(where: { $0[SyncKey.column] == .string(task.syncKey) }) { return adopt(item) }
            if !items.isEmpty { return quarantine(.keyCollision, failure) }
            return nothingFound(after: failure)
        case .success: return leave(failure)
        case .failure(let other): return retry(other) { $0.findKey(after: failure) }
        }
    }

    private mutating func nothingFound(after failure: SiteFailure) -> Step {
        switch failure.kind {
        case .refused, .conflict:
            // A request of before may have arrived, been refused the key, and be what this refusal is about.
            return isInDoubt ? finish(.unsettled) : refused(failure)
        case .gone: return leave(failure)
        case .transient, .stale, .malformed, .expired, .throttled, .missing, .forbidden, .locked, .itemLocked,
            .unauthenticated,
            .unreachable, .cancelled:
            // Unclear, and there is no such item: the request was lost, or will be refused if it still arrives.
            return retry(failure) { $0.create() }
        }
    }

    /// The item exists with our key. What differs from the row is brought to the row's values, and what a move brings along
    /// to what it was; a person's is saved.
    private mutating func adopt(_ item: RemoteItem) -> Step {
        forgetSaved(besides: item)
        for value in savedOfOrigin where !saved.contains(value) { saved.append(value) }
        let differing = context.fields.indices.filter { kept[$0] == nil && shownValue(item, $0) != task.values[$0] }
        let brought = broughtAlong(unlike: item)
        guard !differing.isEmpty || !brought.isEmpty, let target = task.target else { return recordItem(item) }
        let names = differing.map { context.fields[$0].target } + brought.map(\.name)
        for name in names where item[name].map({ !$0.isNull }) ?? false { save(item, name) }
        let fields = differing.flatMap { encoded($0) } + brought.flatMap { Self.annotated($0) }
        var adoption = intent(.create, list: target.id, from: intent?.from, fields: fields, written: differing)
        adoption.saved = saved
        return effect(
            .update(list: target.id.text, item: item.id, etag: item.etag, fields: fields), .adopting(item: item),
            adoption)
    }

    /// Values of people that a move brings along and that this item does not have.
    private func broughtAlong(unlike item: RemoteItem) -> [JSON.Member] {
        let mapped = kept.sorted { $0.key < $1.key }.map { JSON.Member(context.fields[$0.key].target, $0.value) }
        return (mapped + carried.filter { !$0.name.contains("@") }).filter { (item[$0.name] ?? .null) != $0.value }
    }

    mutating func adopted(_ result: Result<ItemAnswer, SiteFailure>, _ item: RemoteItem) -> Step {
        switch result {
        case .success(.updated(let updated)):
            return recordItem(RemoteItem(id: item.id, etag: updated.etag, fields: updated.fields))
        case .success: return recordItem(item)
        case .failure(let failure):
            if failure.kind == .refused || failure.kind == .conflict { return refused(failure) }
            return retry(failure) { $0.findKey(after: failure) }
        }
    }

    private mutating func recordItem(_ item: RemoteItem) -> Step {
        guard let target = task.target else { return finish(.done(task.action)) }
        var entry = fullEntry(list: target.id, item: item)
        let filled = filledByDefaults(item)
        if !filled.isEmpty {
            // Emptied by an update of its own: the item is recorded first, whatever becomes of that.
            let (shown, seen) = (context.hash(of: item).fields, entry.seenHashes ?? entry.remoteBase)
            var base = entry.remoteBase
            // The default is nobody's edit, also if the run ends or the row moves on before it is emptied.
            for index in filled { (entry.fieldHashes[index], base[index]) = (RowBase.unknown, shown[index]) }
            entry.contentHash = nil
            entry.setRemoteBase(base)
            entry.seenHashes = seen == base ? nil : seen
        }
        if task.action == .move, var origin {
            entry.state = .moving
            // What a person emptied is emptied here too before the old item goes: without its tag both are read again.
            let shown = context.hash(of: item).fields
            for index in kept.keys where kept[index]?.isNull == true && isRefilled(index, item) {
                refilled[index] = shown[index]
            }
            if !refilled.isEmpty { origin.etag = nil }
            entry.prior = origin
            return record(entry, then: .deleteOrigin)
        }
        return record(entry, then: .finish(.done(task.action)))
    }

    /// Fields in which a column's default filled in for the row's null.
    private func filledByDefaults(_ item: RemoteItem) -> [Int] {
        context.fields.indices.filter { index in
            task.values[index] == .null && kept[index] == nil && isRefilled(index, item)
        }
    }

    /// A column's default took the place of the null that was sent.
    private func isRefilled(_ index: Int, _ item: RemoteItem) -> Bool {
        context.fields[index].hasDefault && shownValue(item, index) != .null
    }

    /// Takes in what the row's item was read to show, before anything is decided by it.
    mutating func learn(from item: RemoteItem) {
        guard let list = place?.list else { return }
        let hashes = context.hash(of: item).fields
        // What the list lacks shows nothing, and nobody emptied it.
        let shown = hashes.indices.map { context.lacks(context.fields[$0].target, in: list) ? nil : hashes[$0] }
        lastShown = shown
        task.base?.correct(by: shown, isKnownVersion: item.etag == task.ledger?.etag)
    }

    /// The entry of a row whose item was just written: what was sent is the new base.
    /// - Parameter isAnswer: The item is what the answer to a change under its tag shows. That says nothing of fields that were
    ///   not sent: nobody changed them since they were seen, and an answer need not hold them.
    func fullEntry(list: ListID, item: RemoteItem, isAnswer: Bool = false) -> LedgerEntry {
        var shown = context.hash(of: item)
        let sent = task.hash?.fields ?? []
        var entry = LedgerEntry(
            key: task.key, state: .synced, list: list, item: item.id, etag: item.etag, contentHash: task.hash?.whole,
            fieldHashes: sent, mappingVersion: context.mappingVersion,
            writes: (self.entry?.writes ?? WriteRate()).counting(at: context.moment))
        // A field that was not written keeps the base it had, so that a person's value in it stays visible as such.
        let written = Set(task.changedFields)
        if isAnswer, let base = task.base {
            let fields = shown.fields.indices.map { index -> UInt64 in
                let known = lastShown?[index] ?? base.seen[index]
                return written.contains(index) ? shown.fields[index] : known ?? shown.fields[index]
            }
            shown = ContentHash(whole: shown.whole, fields: fields)
        }
        entry.setRemoteBase(
            sent.indices.map { index in
                if kept[index] == nil, written.contains(index) || task.action == .create { return shown.fields[index] }
                // A column that the row was never written with was empty: what it shows is a person's.
                return task.base.flatMap { $0.remote[index] } ?? sent[index]
            })
        entry.see(shown.fields, whole: shown.whole)
        return entry
    }

    /// What the item shows for a field; `nil` for a form that does not fit the column.
    func shownValue(_ item: RemoteItem, _ index: Int) -> Value? {
        let field = context.fields[index]
        return context.codec.decode(item[field.target], type: field.type)
    }

    func encoded(_ index: Int) -> [JSON.Member] {
        let field = context.fields[index]
        return context.codec.encode(task.values[index], column: field.target, type: field.type)
    }

    mutating func save(_ item: RemoteItem, _ index: Int) { save(item, context.fields[index].target) }

    mutating func save(_ item: RemoteItem, _ field: String) {
        let value = LedgerCommit.Saved(
            key: task.key, sourceKey: task.syncKey, field: field, value: item[field] ?? .null)
        if !saved.contains(value) { saved.append(value) }
    }
}
