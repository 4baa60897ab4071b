internal import Core
internal import Reconciler

/// What the lists must look like in the end, judged from the tables, the items and what people did alone: the program's own
/// memory may be wrong in the same way as the lists.
extension World {
    /// - Parameter excused: Keys of rows that are not looked at.
    func judgeEnd(besides excused: Set<String> = []) {
        judgeStamps()
        for index in blueprint.parts.indices {
            guard let bound = bound[index].first(where: { $0.definition == definition(index) }) else { continue }
            let rows = rows(index, bound).filter { !excused.contains($0.key) }
            Judgement(world: self, part: blueprint.parts[index], bound: bound, rows: rows, excused: excused).judge()
        }
    }

    /// Where nothing that people did gave the service a reason to refuse a row, nobody has to let rows be tried again:
    /// what the service refused for reasons of its own was not the rows' fault.
    func judgeBeforeRetry() {
        guard !extras.isEmpty, !blueprint.parts.contains(where: \.hasUniqueCode),
            !extras.has(.itemsLocked), !extras.has(.columnsRetyped), checker.counts[Checker.heldItems] == nil
        else { return }
        var writes: [String: Int] = [:]
        for list in tenant.lists {
            for case let item? in list.changes.map(\.original) where !item.editor.isPerson {
                if let key = owner(of: item, in: list) { writes[key, default: 0] += 1 }
            }
        }
        // Those may count as written too often.
        judgeEnd(besides: Set(writes.filter { $0.value > 5 }.keys))
    }

    /// A changed stamp is put back, in lists that rows still go to.
    private func judgeStamps() {
        let used = Set(
            blueprint.parts.indices.flatMap { index in
                bound[index].first { $0.definition == definition(index) }?.lists ?? []
            })
        for list in tenant.lists where used.contains(list.remote.name) {
            guard let stamp = checker.stamps[list.id] else { continue }
            guard let column = list.column(SyncKey.column) else {
                violated("key", "the list \(list.remote.name) has no key column")
                continue
            }
            if column.description != stamp { violated("key", "the stamp of \(list.remote.name) is not what we wrote") }
            if !column.unique, blueprint.rules.enforcesUnique {
                violated("key", "the key column of \(list.remote.name) is not unique")
            }
        }
    }

    /// What the program says that people did, they did.
    func judgeDrift() async {
        let process = Process(number: processes.count + 1, session: database.connect())
        process.isSpared = true
        defer { process.session.end() }
        let report: DriftReport
        do throws(Failure) {
            report = try await DriftReport.make(blueprint.desired(versions), sides(process), context(process))
        } catch {
            return violated("J3", "drift cannot be told: \(error.operation): \(error.reason)")
        }
        for index in tables.indices {
            let name = blueprint.parts[index].name
            for row in tables[index].rows.values {
                let parts = tables[index].key(of: row)
                let address = Address.row(name, key: parts)
                let key = SyncKey(prefix: name, parts: parts).text
                for entry in report.entries where entry.address == address { judge(entry, key) }
            }
        }
    }

    private func judge(_ entry: DriftReport.Entry, _ key: String) {
        switch entry.kind {
        case .changed:
            for field in entry.fields where checker.typed[Checker.Place(key: key, field: field)] == nil {
                violated("J3", "drift says that people changed \(field) of \(key), and nobody did")
            }
        case .deleted where !checker.deletedByPeople.contains(key):
            violated("J3", "drift says that a person deleted the item of \(key), and nobody did")
        case .key where !checker.keysTyped.contains(key):
            violated("J3", "drift says that somebody changed the key of \(key)'s item, and nobody did")
        case .deleted, .key, .unknownBase, .orphan, .schema: break
        }
    }

    /// The rows of a table, as they should show in lists now.
    private func rows(_ index: Int, _ bound: BoundDefinition) -> [String: Judgement.Row] {
        let evaluator = RowEvaluator(bound, prefix: blueprint.parts[index].name, now: Int64(moment) * 1_000_000)
        var rows: [String: Judgement.Row] = [:]
        var row = CopyRow()
        MemoryTable.chunk(tables[index].scanned(for: bound), of: bound).forEachRow(&row) {
            (row: borrowing CopyRow) in
            guard let key = try? evaluator.key(of: row) else { return }
            let values = try? evaluator.projection(of: row)
            let list = evaluator.route(of: row).list.map { bound.lists[$0] }
            rows[key.syncKey.text] = Judgement.Row(list: list, values: values)
        }
        return rows
    }
}

/// The judgement of one definition.
private struct Judgement {
    struct Row {
        /// The name of the list that it belongs to; `nil` if no rule takes it.
        var list: String?
        /// `nil` for a row that is rejected.
        var values: [Value]?
    }

    struct Found {
        var list: MemoryList
        var item: MemoryItem

        var place: ItemLocation { ItemLocation(list: ListID(list.id), item: item.id, etag: nil) }
    }

    let world: World
    let part: Blueprint.Part
    let bound: BoundDefinition
    let rows: [String: Row]
    let excused: Set<String>

    func judge() {
        for (key, row) in rows.sorted(by: { $0.key < $1.key }) { judge(key, row) }
        for found in allItems { judge(found) }
    }

    private var checker: Checker { world.checker }

    private func violated(_ invariant: String, _ text: String) { world.violated(invariant, text) }

    private var allItems: [Found] {
        world.tenant.lists.flatMap { list in list.sortedItems.map { Found(list: list, item: $0) } }
    }

    // MARK: A row that is there

    private func judge(_ key: String, _ row: Row) {
        guard let name = row.list, let values = row.values else { return }
        let items = allItems.filter { self.key(of: $0) == key }
        let here = items.filter { $0.list.remote.name == name }
        let elsewhere = items.filter { $0.list.remote.name != name && !checker.unforeseen.contains($0.place) }
        if here.count > 1 { violated("J1", "the row \(key) has \(here.count) items in \(name)") }
        if isTaken(values, key, name) || isNoChoice(values, name) { return }
        if let other = elsewhere.first, !loses(other.item, in: name) {
            violated("J1", "the row \(key) belongs to \(name) and has the item #\(other.item.id) elsewhere")
        }
        guard let found = here.first(where: { !checker.unforeseen.contains($0.place) }) ?? here.first else {
            let stays = checker.deletedByPeople.contains(key) && bound.definition.onDrift == .report
            if !stays, items.isEmpty { violated("J1", "the row \(key) has no item in \(name)") }
            return
        }
        // Nobody's, beside a row whose item a person deleted or that is kept elsewhere: a create that arrived late, or an old
        // item of a move that a person took out of the recycle bin.
        if checker.unforeseen.contains(found.place), checker.deletedByPeople.contains(key) || !elsewhere.isEmpty {
            return
        }
        judge(key, values, found.item)
    }

    /// What an item says whose it is; in a list that lost its keys, whose it was made for.
    private func key(of found: Found) -> String? {
        if found.list.column(SyncKey.column) != nil { return found.item.syncKey }
        return world.owner(of: found.item, in: found.list)
    }

    private func judge(_ key: String, _ values: [Value], _ item: MemoryItem) {
        for (index, field) in bound.fields.enumerated() {
            let json = item.fields[field.target]
            let shown = world.codec.decode(json, type: field.type) ?? .null
            if shown == values[index] || world.trimmed(values[index]) == shown { continue }
            let isTyped = checker.typed[Checker.Place(key: key, field: field.target)]?.contains(json) ?? false
            if isTyped, bound.definition.onDrift == .report { continue }
            violated(
                "J2", "\(field.target) of \(key) is \(shown), its row has \(values[index]), and no person typed it")
        }
    }

    /// Another item of the list has a value that must be unique.
    private func isTaken(_ values: [Value], _ key: String, _ name: String) -> Bool {
        bound.columns.contains { column in
            guard column.unique, let index = bound.fields.firstIndex(where: { $0.target == column.name }),
                case .text(let text) = values[index]
            else { return false }
            return allItems.contains {
                $0.list.remote.name == name && $0.item.syncKey != key
                    && $0.item.fields[column.name]?.string?.lowercased() == text.lowercased()
            }
        }
    }

    /// A person took a choice away that the row needs: the service refuses it.
    private func isNoChoice(_ values: [Value], _ name: String) -> Bool {
        let list = world.tenant.lists.first { $0.remote.name == name }
        return zip(bound.fields, values).contains { field, value in
            guard case .text(let text) = value, case .choice(let choice)? = list?.column(field.target)?.type else {
                return false
            }
            return !choice.allowTextEntry && !choice.choices.contains(text)
        }
    }

    /// The item would lose something if it moved to this list.
    private func loses(_ item: MemoryItem, in name: String) -> Bool {
        let list = world.tenant.lists.first { $0.remote.name == name }
        let columns = Set((list?.columns ?? []).filter { $0.type != nil }.map(\.name))
        return item.hasAttachments || item.fields.contains { !columns.contains($0.key) && $0.value != .null }
    }

    // MARK: An item that is there

    private func judge(_ found: Found) {
        let item = found.item
        guard let key = world.owner(of: item, in: found.list), key.hasPrefix("\(part.name)/"), !excused.contains(key)
        else { return }
        let isUnforeseen = checker.unforeseen.contains(found.place)
        guard rows[key] == nil else {
            // Nobody makes the key column again in a list that the rules have left.
            if item.syncKey != key, !isUnforeseen, found.list.column(SyncKey.column) != nil {
                violated("key", "the item #\(item.id) of \(key) has the key \(item.syncKey ?? "none")")
            }
            return
        }
        switch bound.definition.deletes {
        case .retain: return
        case .mark where item.fields[DeletionMark.column] != nil: return
        case .mark, .propagate:
            if !isUnforeseen { violated("J1", "the row \(key) is gone and has the item #\(item.id)") }
        }
    }
}
