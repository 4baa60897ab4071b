internal import Core
internal import Synchronization

/// What people do to what is ours, by the extras of a world.
extension World {
    /// Once in each step; draws nothing where the world has no extras.
    func actByExtras() {
        guard !extras.isEmpty else { return }
        beginMoods()
        changeKeyType()
        if extras.happens(.manifestsChanged, 0.15) {
            changeManifests()
            note(.manifestsChanged, "the manifests change much")
        }
        guard blueprint.hasPeople else { return }
        deleteColumn()
        renameColumn()
        retypeColumn()
        deleteKeyColumn()
        editStamp()
        changeKey()
        typeKeyOfAnother()
        deleteLists()
        lockItem()
    }

    private func changeKeyType() {
        let drawn = extras.draw(.keyTypeChanged) { random -> (Int, SourceType)? in
            let types: [SourceType] = [.bigint, .integer, .numeric(precision: nil, scale: nil), .text]
            guard random.chance(0.12), let index = random.pick(Array(tables.indices)), let type = random.pick(types),
                // Not all texts are numbers.
                !blueprint.parts[index].hasTextKey, tables[index].relation.columns[0].type != type
            else { return nil }
            return (index, type)
        }
        guard let (index, type) = drawn ?? nil else { return }
        tables[index].relation.columns[0].type = type
        note(.keyTypeChanged, "the key of \(tables[index].relation.name) becomes \(type.description)")
    }

    /// A list and what is drawn with it, with this chance.
    private func draw<T>(
        _ extra: Extra, _ probability: Double, _ body: (MemoryList, inout SeededRandom) -> T?
    ) -> (list: MemoryList, what: T)? {
        let lists = tenant.lists
        return extras.draw(extra) { random in
            guard random.chance(probability), let list = random.pick(lists) else { return nil }
            return body(list, &random).map { (list, $0) }
        } ?? nil
    }

    // MARK: Columns

    private static let mapped = ["Title", "Name", "Cost", "Status", "Code", "Grade", "Extra", "At"]

    private func mappedColumn(_ list: MemoryList, _ random: inout SeededRandom) -> RemoteColumn? {
        random.pick(list.columns.filter { Self.mapped.contains($0.name) })
    }

    private func deleteColumn() {
        let drawn = draw(.columnsDeleted, 0.12) { list, random in
            // Every list has a title.
            random.pick(list.columns.filter { Self.mapped.contains($0.name) && $0.name != "Title" })
        }
        guard let (list, column) = drawn else { return }
        forget(column.name, of: list)
        tenant.deleteColumn(column.name, in: list.id)
        note(.columnsDeleted, "a person deletes the column \(column.name) of \(list.id.prefix(8))")
    }

    private func renameColumn() {
        let drawn = draw(.columnsRenamed, 0.12) { list, random in
            mappedColumn(list, &random).map { ($0, random.below(100)) }
        }
        guard let (list, (column, number)) = drawn else { return }
        tenant.editColumn(column.name, in: list.id) { $0.displayName = "kim's \(number)" }
        note(.columnsRenamed, "a person renames the column \(column.name) of \(list.id.prefix(8))")
    }

    private func retypeColumn() {
        let drawn = draw(.columnsRetyped, 0.2) { list, random in
            mappedColumn(list, &random).map { ($0, random.below(4), random.pick(Blueprint.statuses) ?? "a") }
        }
        guard let (list, (column, what, choice)) = drawn else { return }
        tenant.editColumn(column.name, in: list.id) { column in
            guard case .choice(var options)? = column.type, what > 0 else {
                column.required = true
                return
            }
            if what == 1 { options.choices.append("kim's \(options.choices.count)") }
            if what > 1, options.choices.count > 1 { options.choices.removeAll { $0 == choice } }
            column.type = .choice(options)
        }
        note(.columnsRetyped, "a person changes the column \(column.name) of \(list.id.prefix(8))")
    }

    private func deleteKeyColumn() {
        let drawn = draw(.keyColumnDeleted, 0.08) { list, _ in list.column(SyncKey.column) }
        guard let (list, column) = drawn, isRegistered(list) else { return }
        checker.keysTyped.formUnion(list.sortedItems.compactMap { owner(of: $0, in: list) })
        noteUnrecorded(list.sortedItems, list)
        tenant.deleteColumn(column.name, in: list.id)
        note(.keyColumnDeleted, "a person deletes the key column of \(list.id.prefix(8))")
    }

    /// Else nothing but its key column says that the list is ours.
    private func isRegistered(_ list: MemoryList) -> Bool {
        database.state.withLock { state in state.lists.contains { $0.id == ListID(list.id) } }
    }

    private func editStamp() {
        let drawn = draw(.stampEdited, 0.08) { list, random in
            list.column(SyncKey.column) == nil ? nil : random.chance(0.5)
        }
        guard let (list, empties) = drawn, isRegistered(list) else { return }
        tenant.editColumn(SyncKey.column, in: list.id) { $0.description = empties ? "" : "Kim's own words" }
        note(.stampEdited, "a person edits the stamp of \(list.id.prefix(8))")
    }

    // MARK: Items

    private func changeKey() {
        let drawn = draw(.keysChanged, 0.2) { list, random in
            random.pick(list.sortedItems.filter { $0.syncKey != nil }).map {
                ($0, random.pick([nil, "kim's \(random.below(1000))"]) ?? nil)
            }
        }
        guard let (list, (item, key)) = drawn else { return }
        let fields = [JSON.Member(SyncKey.column, key.map { .string($0) } ?? .null)]
        if let owner = owner(of: item, in: list) { checker.keysTyped.insert(owner) }
        noteUnrecorded([item], list)
        let answer = tenant.perform(
            .update(list: list.id, item: item.id, etag: nil, fields: fields), by: .person, at: moment)
        note(.keysChanged, "a person \(key == nil ? "empties" : "changes") the key of #\(item.id): \(answer.words)")
    }

    /// A row without an item, such as one that is still to come, finds its key in the item of another.
    private func typeKeyOfAnother() {
        let free = freeKeys()
        let drawn = draw(.keysOfOthers, 0.25) { list, random in
            random.pick(list.sortedItems.filter { $0.syncKey != nil }).flatMap { item in
                random.pick(free).map { (item, $0) }
            }
        }
        guard let (list, (item, key)) = drawn else { return }
        if let owner = owner(of: item, in: list) { checker.keysTyped.insert(owner) }
        noteUnrecorded([item], list)
        let answer = tenant.perform(
            .update(list: list.id, item: item.id, etag: nil, fields: [JSON.Member(SyncKey.column, .string(key))]),
            by: .person, at: moment)
        note(.keysOfOthers, "a person types the key \(key) into #\(item.id): \(answer.words)")
    }

    /// Keys of rows, of now and of later, that no item has.
    private func freeKeys() -> [String] {
        let taken = Set(tenant.lists.flatMap { $0.sortedItems.compactMap(\.syncKey) })
        return blueprint.parts.indices.flatMap { index -> [String] in
            let part = blueprint.parts[index]
            let there = tables[index].rows.values.map { tables[index].key(of: $0) }
            let later = part.hasTextKey ? [] : (1...part.rowsMax + 3).map { ["\($0)"] }
            return (there + later).map { SyncKey(prefix: part.name, parts: $0).text }
        }.filter { !taken.contains($0) }.sorted()
    }

    /// Without its key nobody can know of an item whose create is not recorded yet.
    private func noteUnrecorded(_ items: [MemoryItem], _ list: MemoryList) {
        for item in items where item.syncKey != nil && !isRecorded(item.id, list.id) {
            checker.unforeseen.insert(ItemLocation(list: ListID(list.id), item: item.id, etag: nil))
        }
    }

    private func isRecorded(_ item: Int64, _ list: String) -> Bool {
        database.state.withLock { state in
            state.ledgers.values.contains { rows in
                rows.values.contains { $0.entry.list == ListID(list) && $0.entry.item == item }
            }
        }
    }

    private func lockItem() {
        let drawn = draw(.itemsLocked, 0.25) { list, random in
            random.pick(list.sortedItems).map { ($0, random.chance(0.7) ? 423 : 403, random.seconds(5...2000)) }
        }
        guard let (list, (item, status, seconds)) = drawn else { return }
        tenant.lock(list.id, item.id, status: status)
        executor.after(seconds: seconds) { self.tenant.lock(list.id, item.id, status: nil) }
        note(.itemsLocked, "\(list.id.prefix(8))#\(item.id) is locked: \(status)")
    }

    func unlockItems() {
        for list in tenant.lists + tenant.deletedLists {
            for item in list.locks.keys.sorted() { tenant.lock(list.id, item, status: nil) }
        }
    }

    // MARK: Lists

    private func deleteLists() {
        if let (list, seconds) = draw(.listsDeleted, 0.1, { $1.seconds(1...900) }) {
            checker.vanished.formUnion(list.sortedItems.compactMap { owner(of: $0, in: list) })
            tenant.deleteList(list.id, forGood: false)
            note(.listsDeleted, "a person deletes the list \(list.id.prefix(8))")
            executor.after(seconds: seconds) { self.restore(list.id) }
        }
        if let (list, _) = draw(.listsEnded, 0.06, { _, _ in true }) {
            tenant.deleteList(list.id, forGood: true)
            forget(list)
            note(.listsEnded, "the list \(list.id.prefix(8)) is deleted for good")
        }
    }

    private func restore(_ id: String) {
        guard let list = tenant.deletedLists.first(where: { $0.id == id }) else { return }
        let isDone = tenant.restoreList(id)
        trace.note("a person restores the list \(id.prefix(8)): \(isDone)")
        if !isDone { forget(list) }
    }

    /// What is still in the recycle bin comes back.
    func restoreLists() {
        for list in tenant.deletedLists { restore(list.id) }
    }
}
