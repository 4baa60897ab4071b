internal import Core

/// What people do to lists, and what happens to rows.
extension World {
    func definition(_ index: Int) -> SyncDefinition {
        let versions = blueprint.parts[index].versions
        return versions[min(self.versions[index], versions.count - 1)]
    }

    // MARK: Rows

    func changeRows() {
        let index = random.below(tables.count)
        for _ in 0..<random.within(1...5) { changeRow(index) }
    }

    func fillTables() {
        for index in tables.indices {
            for _ in 0..<random.within(0...blueprint.parts[index].rowsMax) { insertRow(index) }
        }
    }

    private func changeRow(_ index: Int) {
        let keys = tables[index].rows.keys.sorted { $0.lexicographicallyPrecedes($1) }
        switch random.below(20) {
        case 0..<5: insertRow(index)
        case 5..<8:
            guard let key = random.pick(keys) else { return }
            tables[index].rows[key] = nil
            trace.note("row \(tables[index].relation.name) \(key.joined()) is deleted")
        case 8..<12:
            update(index, random.pick(keys)) { world, row in row["status"] = world.random.pick(Self.statuses) ?? nil }
        case 12..<14 where blueprint.parts[index].hasUniqueCode: swapCodes(index, keys)
        default:
            update(index, random.pick(keys)) { world, row in
                for _ in 0..<world.random.within(1...3) { world.setColumn(&row, index) }
            }
        }
    }

    private static let statuses: [String?] = ["a", "a", "b", "b", "c", nil]
    private static let names: [String?] = [
        "alpha", "beta", "Gamma", "gamma", "delta ", "", nil, "epsilon\u{1F600}", "zeta/\\'\"", "eta",
    ]

    private func update(_ index: Int, _ key: [String]?, _ change: (World, inout MemoryTable.Row) -> Void) {
        guard let key, var row = tables[index].rows[key] else { return }
        change(self, &row)
        tables[index].put(row)
        trace.note("row \(Self.words(row, tables[index]))")
    }

    private func insertRow(_ index: Int) {
        let part = blueprint.parts[index]
        guard tables[index].rows.count < part.rowsMax else { return }
        let number = random.within(1...part.rowsMax + 3)
        let key = part.hasTextKey ? "\(random.chance(0.5) ? "k" : "K")\(number % 7)/é \(number)" : "\(number)"
        guard tables[index].rows[[key]] == nil else { return }
        var row: MemoryTable.Row = ["id": key]
        row["name"] = random.pick(Self.names) ?? nil
        row["cost"] = random.chance(0.8) ? "\(random.within(0...50))" : nil
        row["status"] = random.pick(Self.statuses) ?? nil
        row["code"] = freshCode(index)
        row["at"] = timestamp()
        row["grade"] = random.chance(0.5) ? nil : random.pick(["standard", "gold"])
        row["extra"] = random.chance(0.5) ? nil : "more \(random.below(5))"
        tables[index].put(row)
        trace.note("row \(Self.words(row, tables[index])), new")
    }

    private func setColumn(_ row: inout MemoryTable.Row, _ index: Int) {
        switch random.below(7) {
        case 0, 1: row["name"] = random.chance(0.03) ? "bad \u{1}" : (random.pick(Self.names) ?? nil)
        case 2, 3: row["cost"] = random.chance(0.85) ? "\(random.within(0...50))" : nil
        case 4: row["code"] = random.chance(0.2) ? nil : freshCode(index)
        case 5: row["grade"] = random.chance(0.4) ? nil : random.pick(["standard", "gold"])
        default:
            row["at"] = timestamp()
            row["extra"] = random.chance(0.3) ? nil : "more \(random.below(5))"
        }
    }

    /// A code that no other row has; some differ in case only.
    private func freshCode(_ index: Int) -> String? {
        let taken = Set(tables[index].rows.values.compactMap { $0["code"] })
        for _ in 0..<20 {
            let code = "\(random.chance(0.9) ? "c" : "C")\(random.below(60))"
            if !taken.contains(code) { return code }
        }
        return nil
    }

    /// Two or three rows take each other's codes.
    private func swapCodes(_ index: Int, _ keys: [[String]]) {
        let chosen = Array(keys.shuffled(using: &random).prefix(random.within(2...3)))
        guard chosen.count > 1 else { return }
        let codes = chosen.map { tables[index].rows[$0]?["code"] }
        for (position, key) in chosen.enumerated() {
            update(index, key) { _, row in row["code"] = codes[(position + 1) % codes.count] }
        }
    }

    private func timestamp() -> String {
        let instant = Instant(seconds: Int64(moment) - Int64(random.below(1200)))
        return String(instant.isoText.map { $0 == "T" ? " " : $0 }.dropLast()) + "+00"
    }

    private static func words(_ row: MemoryTable.Row, _ table: MemoryTable) -> String {
        let values = table.relation.columns.dropFirst().compactMap { column in
            row[column.name].map { "\(column.name)=\($0)" }
        }
        return "\(table.relation.name) \(table.key(of: row).joined()): \(values.joined(separator: " "))"
    }

    // MARK: People

    func actAsPerson() {
        guard let list = random.pick(tenant.lists) else { return }
        switch random.below(20) {
        case 0..<12: editItem(list)
        case 12..<14:
            guard let item = random.pick(list.sortedItems) else { return }
            people(.delete(list: list.id, item: item.id, etag: nil), item.syncKey)
            if let key = owner(of: item, in: list) { checker.deletedByPeople.insert(key) }
            checker.foreign[ItemLocation(list: ListID(list.id), item: item.id, etag: nil)] = nil
        case 14..<16:
            guard let id = random.pick(list.bin.keys.sorted()) else { return }
            let isDone = tenant.restore(list.id, id, at: moment)
            if isDone { checker.unforeseen.insert(ItemLocation(list: ListID(list.id), item: id, etag: nil)) }
            trace.note("a person restores \(list.id.prefix(8))#\(id): \(isDone)")
        case 16:
            checker.count("foreign items")
            let number = nextValue()
            people(.create(list: list.id, fields: [JSON.Member("Title", .string("kim \(number)"))]), nil)
            guard let item = tenant.list(list.id)?.sortedItems.last, item.syncKey == nil else { return }
            checker.foreign[ItemLocation(list: ListID(list.id), item: item.id, etag: nil)] = item.fields
        case 17:
            guard let item = random.pick(list.sortedItems.filter { $0.syncKey != nil }) else { return }
            tenant.attach(list.id, item.id, !item.hasAttachments, at: moment)
            checker.count(Checker.heldItems)
            trace.note("a person attaches to \(list.id.prefix(8))#\(item.id): \(!item.hasAttachments)")
        default: addColumns()
        }
    }

    private func nextValue() -> Int {
        checker.count("values of people")
        return checker.counts["values of people"] ?? 0
    }

    private func people(_ request: ItemRequest, _ key: String?) {
        let answer = tenant.perform(request, by: .person, at: moment)
        trace.note("a person: \(request.words)\(key.map { " (\($0))" } ?? ""): \(answer.words)")
    }

    /// - Note: Between runs: a run reads columns once a round, and what is typed into one that is newer than that does not
    ///   go along when its item is moved in that round.
    private func addColumns() {
        guard !processes.contains(where: { !$0.hasEnded && !$0.isDead }) else { return }
        let isWritable = random.chance(0.8)
        let name = isWritable ? Blueprint.notes : Blueprint.owner
        for list in tenant.lists where random.chance(0.85) {
            tenant.addPeoplesColumn(name, in: list.id, isWritable: isWritable)
        }
        checker.count(Checker.heldItems)
        trace.note("a person adds columns \(name)")
    }

    private func editItem(_ list: MemoryList) {
        guard let item = random.pick(list.sortedItems) else { return }
        if list.column(Blueprint.owner) != nil, item.syncKey != nil, random.chance(0.1) {
            tenant.fill(list.id, item.id, Blueprint.owner, .string("kim \(nextValue())"), at: moment)
            trace.note("a person fills the owner of \(list.id.prefix(8))#\(item.id)")
            return
        }
        let names = ["Title", "Name", "Cost", "Status", "Code", "Grade", "Extra", Blueprint.notes]
            .filter { list.column($0)?.type != nil }
        guard let field = random.pick(names) else { return }
        let number = nextValue()
        var value: JSON = field == "Cost" ? .number(1_000_000 + number) : .string("kim \(number)")
        if random.chance(0.12) {
            value = .null
        } else if random.chance(0.1), let key = item.syncKey, let same = sourceValue(key, field) {
            value = same
        }
        people(.update(list: list.id, item: item.id, etag: nil, fields: [JSON.Member(field, value)]), item.syncKey)
        guard let now = tenant.list(list.id)?.items[item.id], now.version > item.version else { return }
        if let key = owner(of: item, in: list) {
            checker.typed[Checker.Place(key: key, field: field), default: []].insert(now.fields[field])
        } else {
            checker.foreign[ItemLocation(list: ListID(list.id), item: item.id, etag: nil)] = now.fields
        }
    }

    /// What the row has for a field now, in the service's form.
    private func sourceValue(_ key: String, _ field: String) -> JSON? {
        for (index, part) in blueprint.parts.enumerated() where key.hasPrefix("\(part.name)/") {
            let origin = part.versions.last?.mapping.fields.first { $0.target == field }?.origin
            guard case .column(let column)? = origin else { return nil }
            let row = tables[index].rows.values.first { row in
                SyncKey(prefix: part.name, parts: tables[index].key(of: row)).text == key
            }
            return row?[column].map { column == "cost" ? .number($0) : .string($0) }
        }
        return nil
    }
}
