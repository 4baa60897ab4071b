internal import Core
internal import Reconciler
internal import Synchronization

/// What must be true when nothing goes wrong any more and the program has had its time.
extension World {
    func checkEnd() {
        let state = database.state.withLock { $0 }
        for (definition, intents) in state.intents.sorted(by: { $0.key < $1.key }) where !intents.isEmpty {
            violated("I7", "\(intents.count) intents of \(definition.prefix(8)) are still open")
        }
        for owed in checker.owed where !isSaved(owed.key, owed.field, owed.value) {
            violated("I4", "\(owed.field) of \(owed.key), \(owed.value.text()), was replaced and is not kept")
        }
        for (place, fields) in checker.foreign {
            guard let item = tenant.list(place.list.text)?.items[place.item] else {
                violated("foreign", "a person's own item is gone: \(place.list.text.prefix(8))#\(place.item)")
                continue
            }
            if item.fields != fields { violated("foreign", "a person's own item was changed: #\(place.item)") }
        }
        // What the program remembers is judged where nobody disturbs it; what the lists show, everywhere.
        if extras.isEmpty {
            for index in blueprint.parts.indices { check(index, state) }
        }
    }

    /// One definition's rows, as they should be by now.
    private struct Expected {
        var syncKey: String
        var list: ListID?
        var values: Result<[Value], Rejection>
    }

    private func check(_ index: Int, _ state: MemoryDatabase.State) {
        let name = blueprint.parts[index].name
        guard let registered = state.definitions.first(where: { $0.registered.name == name })?.registered,
            let bound = bound[index].first(where: { $0.definition == definition(index) })
        else { return violated("I1", "the definition \(name) is not registered") }
        let lists = state.lists.filter { $0.definitionID == registered.id }
        let expected = expected(index, bound, registered, lists)
        let ledger = state.ledgers[registered.id] ?? [:]
        for (key, row) in expected.sorted(by: { $0.key < $1.key }) where row.list != nil {
            guard case .success(let values) = row.values else { continue }
            guard let entry = ledger[key]?.entry else {
                violated("I1", "the row \(row.syncKey) is not in the ledger")
                continue
            }
            check(row.syncKey, row.list, values, entry, bound, state)
        }
        for (key, row) in ledger.sorted(by: { $0.key < $1.key }) where expected[key] == nil {
            checkGone(row, bound, state)
        }
        checkOwners(name, ledger, lists, state)
    }

    private func expected(
        _ index: Int, _ bound: BoundDefinition, _ registered: RegisteredDefinition, _ lists: [ManagedList]
    ) -> [LedgerKey: Expected] {
        let now = processes.last { $0.isSpared }.map { _ in Instant(seconds: Int64(moment)) } ?? Instant(seconds: 0)
        let evaluator = RowEvaluator(bound, prefix: registered.prefix, now: now.seconds * 1_000_000)
        var rows: [LedgerKey: Expected] = [:]
        var row = CopyRow()
        MemoryTable.chunk(tables[index].scanned(for: bound), of: bound).forEachRow(&row) {
            (row: borrowing CopyRow) in
            guard let key = try? evaluator.key(of: row) else { return }
            let route = evaluator.route(of: row)
            let values: Result<[Value], Rejection>
            do throws(Rejection) { values = .success(try evaluator.projection(of: row)) } catch {
                values = .failure(error)
            }
            let list = route.list.flatMap { at in lists.first { $0.name == bound.lists[at] }?.id }
            rows[key.ledgerKey] = Expected(syncKey: key.syncKey.text, list: list, values: values)
        }
        return rows
    }

    // MARK: A row that is there

    private func check(
        _ key: String, _ list: ListID?, _ values: [Value], _ entry: LedgerEntry, _ bound: BoundDefinition,
        _ state: MemoryDatabase.State
    ) {
        switch entry.state {
        case .synced: checkSynced(key, list, values, entry, bound)
        case .deletedByPerson:
            if bound.definition.onDrift == .revert { violated("I1", "\(key) stays deleted though drift is reverted") }
            if !checker.deletedByPeople.contains(key) {
                violated("I1", "the ledger says that a person deleted \(key), and nobody did")
            }
            for (place, _) in items(withKey: key) where !isStray(place, state) || place.isSame(as: entry.prior) {
                violated("I1", "\(key) counts as deleted by a person and has the item #\(place.item)")
            }
        case .quarantined: checkQuarantined(key, list, entry, values, bound)
        case .moving, .archived, .marked, .tombstone:
            violated("I1", "the row \(key) is there, and the ledger says \(entry.state.rawValue)")
        }
    }

    private func checkSynced(
        _ key: String, _ list: ListID?, _ values: [Value], _ entry: LedgerEntry, _ bound: BoundDefinition
    ) {
        guard entry.list == list else {
            return violated("I1", "\(key) is in the list \(entry.list?.text.prefix(8) ?? "none"), not where it belongs")
        }
        guard let list, let id = entry.item, let item = tenant.list(list.text)?.items[id] else {
            return violated("I1", "the item of \(key) is gone and the ledger does not know")
        }
        guard item.syncKey == key else {
            return violated("I1", "the item of \(key) has the key \(item.syncKey ?? "none")")
        }
        if bound.definition.deletes == .mark, item.fields[DeletionMark.column] != nil {
            violated("I1", "\(key) is there and its item is marked as deleted")
        }
        let seen = entry.seenHashes ?? entry.remoteBase
        let base = entry.remoteBase
        for (index, field) in bound.fields.enumerated() {
            let shown = codec.decode(item.fields[field.target], type: field.type) ?? .null
            let hash = ContentHash(of: [shown]).fields[0]
            if seen.count == bound.fields.count, hash != seen[index] {
                violated("I1", "\(field.target) of \(key) is not what the ledger saw: \(shown)")
            }
            if shown == values[index] || trimmed(values[index]) == shown { continue }
            let hasDrifted = seen.count == bound.fields.count && seen[index] != base[index]
            if hasDrifted, bound.definition.onDrift == .report,
                checker.typed[Checker.Place(key: key, field: field.target)]?.contains(item.fields[field.target]) == true
            {
                continue
            }
            violated(
                "I1",
                "\(field.target) of \(key) is \(shown), its row has \(values[index])"
                    + (hasDrifted ? ", and no person typed it" : ", and the ledger knows of no drift"))
        }
    }

    func trimmed(_ value: Value) -> Value? {
        guard blueprint.rules.trimsText, case .text(var text) = value else { return nil }
        while text.last == " " { text.removeLast() }
        return text.isEmpty ? .null : .text(text)
    }

    private func checkQuarantined(
        _ key: String, _ list: ListID?, _ entry: LedgerEntry, _ values: [Value], _ bound: BoundDefinition
    ) {
        guard let refusal = entry.refusal, let list else { return violated("I1", "\(key) is refused without a reason") }
        switch refusal.code {
        case .uniqueValue:
            let isTaken = bound.columns.contains { column in
                guard column.unique, let index = bound.fields.firstIndex(where: { $0.target == column.name }),
                    case .text(let text) = values[index]
                else { return false }
                return tenant.list(list.text)?.items.values.contains {
                    $0.syncKey != key && $0.fields[column.name]?.string?.lowercased() == text.lowercased()
                } ?? false
            }
            if !isTaken, isAfterRetry { violated("I16", "\(key) is kept away by a unique value that nobody has") }
        case .itemLoses:
            let item = entry.item.flatMap { id in entry.list.flatMap { tenant.list($0.text)?.items[id] } }
            let columns = Set((tenant.list(list.text)?.columns ?? []).filter { $0.type != nil }.map(\.name))
            let loses = item.map { item in
                // Also what an earlier mapping wrote: nobody knows any more whether a person replaced it since.
                item.hasAttachments || item.fields.contains { !columns.contains($0.key) && $0.value != .null }
            }
            if loses != true, isAfterRetry { violated("I16", "\(key) is kept from moving and would lose nothing") }
        case .writeLoop: if isAfterRetry { violated("I16", "\(key) counts as written too often") }
        default: violated("I16", "\(key) is refused: \(refusal.code.rawValue) \(refusal.reason)")
        }
    }

    /// An operator let refused rows be tried again, so that what is refused now is refused for a reason of now.
    private var isAfterRetry: Bool { hasRetried }

    // MARK: A row that is gone

    private func checkGone(_ row: MemoryDatabase.Row, _ bound: BoundDefinition, _ state: MemoryDatabase.State) {
        let key = row.sourceKey
        switch row.entry.state {
        case .tombstone:
            for (place, _) in items(withKey: key) where !isStray(place, state) {
                violated("I1", "the row \(key) is gone and has the item #\(place.item) in \(place.list.text.prefix(8))")
            }
        case .archived where bound.definition.deletes == .retain: break
        case .marked where bound.definition.deletes == .mark:
            let item = row.entry.item.flatMap { id in row.entry.list.flatMap { tenant.list($0.text)?.items[id] } }
            if item.map({ $0.fields[DeletionMark.column] == nil }) ?? true {
                violated("I1", "the item of \(key) is not marked, or is gone")
            }
        case .synced, .quarantined, .moving, .deletedByPerson, .archived, .marked:
            violated("I1", "the row \(key) is gone, and the ledger says \(row.entry.state.rawValue)")
        }
    }

    // MARK: Items with a key of ours

    private func items(withKey key: String) -> [(ItemLocation, MemoryItem)] {
        tenant.lists.flatMap { list in
            list.items(withKey: key).map { (ItemLocation(list: ListID(list.id), item: $0.id, etag: nil), $0) }
        }
    }

    private func isStray(_ place: ItemLocation, _ state: MemoryDatabase.State) -> Bool {
        state.strays[place.list]?[place.item] != nil
    }

    private func checkOwners(
        _ name: String, _ ledger: [LedgerKey: MemoryDatabase.Row], _ lists: [ManagedList], _ state: MemoryDatabase.State
    ) {
        var owned: Set<ItemLocation> = []
        for row in ledger.values {
            if let list = row.entry.list, let item = row.entry.item {
                owned.insert(ItemLocation(list: list, item: item, etag: nil))
            }
        }
        for list in tenant.lists {
            for item in list.sortedItems {
                guard let key = item.syncKey, key.hasPrefix("\(name)/") else { continue }
                let place = ItemLocation(list: ListID(list.id), item: item.id, etag: nil)
                if !owned.contains(place), !isStray(place, state) {
                    violated("I1", "nobody owns the item #\(item.id) of \(list.remote.name), which has the key \(key)")
                }
            }
        }
    }
}

extension ItemLocation {
    fileprivate func isSame(as other: ItemLocation?) -> Bool { list == other?.list && item == other?.item }
}
