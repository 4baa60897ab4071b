internal import Core
internal import Synchronization

/// What the service does for the program, and what must be true at that moment.
extension World {
    /// Does one request of a process, now.
    /// - Parameter isLate: The process has given it up, or died.
    func effect(
        _ request: ItemRequest, _ process: Process, isLate: Bool = false
    ) -> Result<ItemAnswer, SiteFailure> {
        guard request.isWrite else {
            let answer = tenant.perform(request, by: .application(Blueprint.application), at: moment)
            trace.note("p\(process.number) \(request.words): \(answer.words)")
            return answer
        }
        let before = item(of: request)
        let key = syncKey(of: request)
        let intent = key.flatMap { openIntent($0) }
        let answer = tenant.perform(request, by: .application(Blueprint.application), at: moment)
        trace.note("p\(process.number) \(request.words): \(answer.words)")
        guard case .success = answer, let key else { return answer }
        checker.count(request.kindWord)
        if isLate, case .success(.created(let item)) = answer {
            checker.unforeseen.insert(ItemLocation(list: ListID(request.list), item: item.id, etag: nil))
        }
        if isLate, intent.map({ !$0.row.intent.covers(request) }) ?? true, isKnown(request, key) { return answer }
        judge(request, key, before, intent, process)
        return answer
    }

    /// What may arrive when its intent is closed: the twin of a create that was sent again, and what the ledger itself
    /// says is still to be done.
    private func isKnown(_ request: ItemRequest, _ key: String) -> Bool {
        let entry = database.state.withLock { state in
            state.ledgers.values.lazy.compactMap { $0.values.first { $0.sourceKey == key }?.entry }.first
        }
        switch request {
        case .create: return entry != nil
        case .delete(let list, let item, _):
            return entry?.state == .moving && entry?.prior?.list == ListID(list) && entry?.prior?.item == item
        case .update, .read, .find, .probe: return false
        }
    }

    private func item(of request: ItemRequest) -> MemoryItem? {
        switch request {
        case .update(let list, let item, _, _), .delete(let list, let item, _): tenant.list(list)?.items[item]
        case .create, .read, .find, .probe: nil
        }
    }

    /// The key of the row that a write is about.
    private func syncKey(of request: ItemRequest) -> String? {
        if case .create(_, let fields) = request {
            return fields.first { $0.name == SyncKey.column }?.value.string
        }
        guard let item = item(of: request), let list = tenant.list(request.list) else { return nil }
        let key = owner(of: item, in: list)
        // An item that was made for a row that is gone, and in which a person typed the key of another, may be that one's.
        guard let typed = item.syncKey, let key, typed != key, !request.restoresKey(key) else { return key }
        return openIntent(key) == nil && openIntent(typed) != nil ? typed : key
    }

    struct FoundIntent {
        var definition: String
        var row: MemoryDatabase.OpenRow
    }

    private func openIntent(_ key: String) -> FoundIntent? {
        database.state.withLock { state in
            for (definition, rows) in state.intents {
                if let row = rows.values.first(where: { $0.intent.syncKey == key }) {
                    return FoundIntent(definition: definition, row: row)
                }
            }
            return nil
        }
    }

    /// Notes that a write is under way: one at a time for each row (I7).
    /// - Returns: Its key, until it has been answered.
    func begin(_ request: ItemRequest, _ process: Process) -> String? {
        guard request.isWrite, let key = syncKey(of: request) else { return nil }
        if !process.underWay.insert(key).inserted {
            violated("I7", "p\(process.number) writes the row \(key) twice at the same time")
        }
        // What counts is what was known when it left: it may arrive when the row is back.
        if !request.restoresKey(key), let found = openIntent(key), found.row.intent.covers(request),
            found.row.intent.kind == .mark || found.row.intent.kind == .delete
        {
            checkAbsence(key, found, process)
        }
        return key
    }

    /// Calls that write are started only while the leases are known to be ours (I9).
    func noteStart(_ process: Process, _ name: StaticString) {
        guard executor.now > process.trustedUntil else { return }
        violated("I9", "p\(process.number) starts \(name) after its trust window")
    }

    /// Nothing is written to the meta-store under an epoch that is over (I9).
    func checkEpoch(_ lease: LeaseTerm, _ process: Process, _ name: StaticString) {
        let epoch = database.state.withLock { $0.epoch(of: lease.name) }
        guard epoch != lease.epoch else { return }
        violated("I9", "p\(process.number) \(name) under epoch \(lease.epoch) of \(epoch.map { "\($0)" } ?? "none")")
    }

    // MARK: One effect

    private func judge(
        _ request: ItemRequest, _ key: String, _ before: MemoryItem?, _ found: FoundIntent?, _ process: Process
    ) {
        if request.restoresKey(key) { return }
        guard let found else {
            return violated("intent", "\(request.words) of p\(process.number) has no open intent")
        }
        let intent = found.row.intent
        guard intent.covers(request) else {
            return violated("intent", "\(request.words) of p\(process.number) is not what is intended: \(intent.kind)")
        }
        switch request {
        case .create(let list, _): checkCreated(list, key)
        case .update(_, let item, _, let fields):
            guard let before else { return }
            for member in fields where !member.name.contains("@") {
                let now = tenant.list(request.list)?.items[item]?.fields[member.name]
                let was = before.fields[member.name]
                guard Checker.isPersonal(was), was != now, let was else { continue }
                // What was copied from the old item makes way for what a person typed into that since.
                if intent.kind == .carry, wasElsewhere(key, member.name, was, notIn: request.list, item) { continue }
                owe(key, member.name, was, intent)
            }
        case .delete(let list, let item, _):
            if intent.kind == .deleteOrigin { checkVisible(key, list, item) }
            guard let before else { return }
            let mapped = process.mappedFields[String(key.prefix { $0 != "/" })] ?? []
            for (field, value) in before.fields.sorted(by: { $0.key < $1.key }) where Checker.isPersonal(value) {
                // It lives on in the row's other item, or did until somebody replaced it there.
                if wasElsewhere(key, field, value, notIn: list, item) { continue }
                // With a row that is gone goes what people wrote beside it.
                if intent.kind == .delete, !mapped.contains(field) { continue }
                owe(key, field, value, intent)
            }
        case .read, .find, .probe: break
        }
    }

    /// A person's value is replaced: by then it is kept where a crash does not reach it (I4).
    private func owe(_ key: String, _ field: String, _ value: JSON, _ intent: Intent) {
        checker.owed.insert(Checker.Owed(key: key, field: field, value: value))
        checker.count("replaced values of people")
        if intent.saved.contains(where: { $0.field == field && $0.value == value }) || isSaved(key, field, value) {
            return
        }
        violated("I4", "\(field) of \(key), \(value.text()), is replaced and was not saved")
    }

    func isSaved(_ key: String, _ field: String, _ value: JSON) -> Bool {
        database.state.withLock { state in
            state.conflicts.contains {
                $0.saved.sourceKey == key && $0.saved.field == field && $0.saved.value == value
            }
        }
    }

    private func wasElsewhere(_ key: String, _ field: String, _ value: JSON, notIn list: String, _ item: Int64) -> Bool
    {
        tenant.lists.contains { other in
            other.changes.contains { change in
                guard other.id != list || change.id != item, let was = change.original, was.fields[field] == value
                else { return false }
                // An item keeps its row when its key goes with the key's column.
                return was.syncKey == key || owner(of: was, in: other) == key
            }
        }
    }

    /// Only the item of a row that is gone is deleted, and that was looked at just before (I10).
    private func checkAbsence(_ key: String, _ found: FoundIntent, _ process: Process) {
        let name = String(key.prefix { $0 != "/" })
        let seen = process.presence[name]?[found.row.intent.key]
        guard seen != false else { return }
        violated("I10", "the item of \(key) is deleted; its row was \(seen == nil ? "not looked for" : "there")")
    }

    /// A row that had an item has one, unless a person deleted it (I5).
    private func checkVisible(_ key: String, _ list: String, _ item: Int64) {
        let isVisible = tenant.lists.contains { list in
            list.items.values.contains { owner(of: $0, in: list) == key || $0.syncKey == key }
        }
        guard !isVisible, !checker.deletedByPeople.contains(key), !checker.vanished.contains(key) else { return }
        violated("I5", "the row \(key) has no item while it moves")
    }

    private func checkCreated(_ list: String, _ key: String) {
        guard let count = tenant.list(list)?.items(withKey: key).count, count > 1 else { return }
        violated("I1", "the list \(list.prefix(8)) has \(count) items with the key \(key)")
    }

    // MARK: The ledger's picture

    /// What the ledger says of an item is what the item was under the tag it names (I6).
    func checkPictures(_ changes: [LedgerCommit.Change], _ definition: String, _ process: Process) {
        checkAccusations(changes, process)
        // Columns that go, and answers that show something else, leave it right and wrong at once.
        guard extras.isEmpty else { return }
        for case .put(let entry, let key, _) in changes {
            guard let list = entry.list, let item = entry.item, let etag = entry.etag,
                let memory = tenant.list(list.text)
            else { continue }
            guard let state = memory.changes.last(where: { $0.id == item && $0.item?.etag == etag })?.item else {
                violated("I6", "the ledger names a tag of \(key) that no item had: \(etag.suffix(4))")
                continue
            }
            switch entry.state {
            case .synced, .moving, .marked, .archived: break
            case .quarantined, .deletedByPerson, .tombstone: continue
            }
            guard let (fields, read) = fields(of: definition, entry.mappingVersion),
                entry.fieldHashes.count == fields.count
            else { continue }
            let shown = ContentHash(of: fields.map { codec.decode(state.fields[$0.target], type: $0.type) ?? .null })
            let known = entry.seenHashes ?? entry.remoteBase
            for index in fields.indices where shown.fields[index] != known[index] && read.contains(fields[index].target)
            {
                let value = state.fields[fields[index].target]?.text() ?? "nothing"
                violated(
                    "I6",
                    "p\(process.number) records of \(key)'s \(fields[index].target) something else than "
                        + "\(value), which its tag \(etag.suffix(4)) has")
            }
        }
    }

    /// Nobody is said to have deleted an item that is there and always was (I3). Later runs may find it again, so that it is
    /// looked at now.
    private func checkAccusations(_ changes: [LedgerCommit.Change], _ process: Process) {
        for case .put(let entry, let key, _) in changes where entry.state == .deletedByPerson {
            guard let prior = entry.prior, let list = tenant.list(prior.list.text), list.items[prior.item] != nil,
                !list.changes.contains(where: { $0.id == prior.item && $0.original == nil })
            else { continue }
            violated("I3", "p\(process.number) records that a person deleted the item of \(key), which is there")
        }
    }

    var codec: FieldCodec { FieldCodec(zone: .utc) }

    /// The fields of a mapping's version, and the names of those that the mapping of now reads; `nil` if no definition
    /// has them.
    private func fields(of definition: String, _ version: Int) -> (fields: [BoundField], read: Set<String>)? {
        let registered = database.state.withLock { state in
            state.definitions.first { $0.registered.id == definition }?.registered
        }
        guard let registered, let names = registered.mappings[version],
            let index = blueprint.parts.firstIndex(where: { $0.name == registered.name })
        else { return nil }
        return bound[index].first { $0.fields.map(\.target) == names }.map {
            ($0.fields, Set(registered.mappings[registered.mappingVersion] ?? []))
        }
    }
}

extension Intent {
    /// Whether the request is of the effect that this intent announces.
    func covers(_ request: ItemRequest) -> Bool {
        switch (request, kind) {
        case (.create(let list, _), .create): self.list == ListID(list)
        // An item that was found, or whose defaults are taken out again, belongs to its create.
        case (.update(let list, _, _, _), .create): self.list == ListID(list)
        case (.update(let list, let item, _, _), .update), (.update(let list, let item, _, _), .mark),
            (.update(let list, let item, _, _), .carry), (.delete(let list, let item, _), .delete),
            (.delete(let list, let item, _), .deleteOrigin):
            from?.list == ListID(list) && from?.item == item
        default: false
        }
    }
}

extension ItemRequest {
    /// The row's own key is written into its item, or taken away before it gets its own, and nothing else: that may be done
    /// twice, so that it needs no intent.
    fileprivate func restoresKey(_ key: String) -> Bool {
        guard case .update(_, _, _, let fields) = self else { return false }
        return fields == [JSON.Member(SyncKey.column, .string(key))] || fields == [JSON.Member(SyncKey.column, .null)]
    }

    fileprivate var kindWord: String {
        switch self {
        case .create: "creates"
        case .update: "updates"
        case .delete: "deletes"
        case .read, .find, .probe: "reads"
        }
    }
}

extension Result<ItemAnswer, SiteFailure> {
    /// For a trace.
    var words: String {
        switch self {
        case .success(.created(let item)): "created #\(item.id)"
        case .success(.updated(let item)): "updated \(item.etag.split(separator: ",").last ?? "")"
        case .success(.deleted): "deleted"
        case .success(.item(let item)): "found \(item.etag.split(separator: ",").last ?? "")"
        case .success(.found(let items)): "found \(items.count)"
        case .failure(let failure): "\(failure.kind)\(failure.outcome == .unknown ? ", in doubt" : "")"
        }
    }
}
