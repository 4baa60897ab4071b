package import Core

extension MemoryTenant {
    /// Does one request.
    /// - Parameter moment: Seconds since 1970.
    package mutating func perform(
        _ request: ItemRequest, by author: Author, at moment: Double
    ) -> Result<ItemAnswer, SiteFailure> {
        do throws(SiteFailure) {
            switch request {
            case .create(let list, let fields): return .success(.created(try create(list, fields, author, moment)))
            case .update(let list, let item, let etag, let fields):
                return .success(.updated(try update(list, item, etag, fields, author, moment)))
            case .delete(let list, let item, let etag):
                try delete(list, item, etag, moment)
                return .success(.deleted)
            case .read(let list, let item, let select):
                let index = try itemIndex(list)
                try check(select, in: lists[index])
                guard let found = lists[index].items[item] else { throw Self.gone }
                var answer = found.remote(select: select)
                if case .application(let id) = found.editor { answer.editingApplication = id }
                return .success(.item(answer))
            case .find(let list, let key, let select):
                let index = try index(list)
                try check(select + [SyncKey.column], in: lists[index])
                return .success(.found(lists[index].items(withKey: key).map { $0.remote(select: select) }))
            case .probe(let list):
                let items = lists[try index(list)].items
                return .success(.found(items.min { $0.key < $1.key }.map { [$0.value.remote(select: [])] } ?? []))
            }
        } catch {
            return .failure(error)
        }
    }

    /// The list of an item: whether the list or the item is missing, the answer is the same.
    private func itemIndex(_ list: String) throws(SiteFailure) -> Int {
        guard let index = lists.firstIndex(where: { $0.id == list.lowercased() }) else { throw Self.gone }
        return index
    }

    /// Only columns that are there can be asked for. Those that every list has are not kept as columns here.
    func check(_ select: [String], in list: MemoryList) throws(SiteFailure) {
        guard rules.refusesUnknownSelections else { return }
        for name in select where !Self.ofEveryList.contains(name) && list.column(name) == nil {
            throw Self.unknown(name)
        }
    }

    private static let ofEveryList: Set<String> = ["Attachments", "_ComplianceTag"]

    private static func unknown(_ name: String) -> SiteFailure {
        SiteFailure(.refused, status: 400, code: "invalidRequest", reason: "Field '\(name)' is not recognized")
    }

    private static let gone = SiteFailure(.gone, status: 404, code: "itemNotFound", reason: "no such item")
    private static let stale = SiteFailure(
        .stale, status: 412, code: "preconditionFailed", reason: "the tag is another")

    private mutating func create(
        _ list: String, _ members: [JSON.Member], _ author: Author, _ moment: Double
    ) throws(SiteFailure) -> RemoteItem {
        let index = try index(list)
        let id = lists[index].nextItem
        var item = MemoryItem(
            id: id, guid: Self.guid(lists[index].number, 1_000_000 + Int(id)), version: 1, fields: [:],
            editor: author, createdAt: Instant(seconds: Int64(moment)), modifiedAt: Instant(seconds: Int64(moment)))
        fillDefaults(&item, in: lists[index])
        try set(members, of: &item, in: lists[index])
        if rules.defaultsWin { fillDefaults(&item, in: lists[index]) }
        try checkUnique(item, in: lists[index])
        lists[index].nextItem += 1
        lists[index].items[id] = item
        note(id, index, moment)
        return answered(item, in: lists[index])
    }

    private func fillDefaults(_ item: inout MemoryItem, in list: MemoryList) {
        for column in list.columns where item.fields[column.name] == nil {
            if case .value(let text) = column.defaultValue { item.fields[column.name] = .string(text) }
        }
    }

    private mutating func update(
        _ list: String, _ id: Int64, _ etag: String?, _ members: [JSON.Member], _ author: Author, _ moment: Double
    ) throws(SiteFailure) -> RemoteItem {
        let index = try itemIndex(list)
        guard var item = lists[index].items[id] else { throw Self.gone }
        if let etag, etag != item.etag { throw Self.stale }
        try requireUnlocked(id, in: lists[index])
        try set(members, of: &item, in: lists[index])
        try checkUnique(item, in: lists[index])
        item.version += 1
        item.editor = author
        item.modifiedAt = Instant(seconds: Int64(moment))
        lists[index].items[id] = item
        note(id, index, moment)
        return answered(item, in: lists[index])
    }

    private mutating func delete(
        _ list: String, _ id: Int64, _ etag: String?, _ moment: Double
    ) throws(SiteFailure) {
        let index = try itemIndex(list)
        guard let item = lists[index].items[id] else { throw Self.gone }
        if let etag, etag != item.etag { throw Self.stale }
        try requireUnlocked(id, in: lists[index])
        lists[index].items[id] = nil
        lists[index].bin[id] = item
        note(id, index, moment)
    }

    /// Takes an item out of the recycle bin: a person's act.
    /// - Returns: `false` if a unique value is in the way.
    package mutating func restore(_ list: String, _ id: Int64, at moment: Double) -> Bool {
        guard let index = lists.firstIndex(where: { $0.id == list }), var item = lists[index].bin[id] else {
            return false
        }
        guard (try? checkUnique(item, in: lists[index])) != nil else { return false }
        item.version += 1
        item.editor = .person
        item.modifiedAt = Instant(seconds: Int64(moment))
        lists[index].bin[id] = nil
        lists[index].items[id] = item
        note(id, index, moment)
        return true
    }

    /// Attaches a file, or takes it off: a person's act.
    package mutating func attach(_ list: String, _ id: Int64, _ attaches: Bool, at moment: Double) {
        guard let index = lists.firstIndex(where: { $0.id == list }), var item = lists[index].items[id] else { return }
        item.hasAttachments = attaches
        item.version += 1
        item.editor = .person
        item.modifiedAt = Instant(seconds: Int64(moment))
        lists[index].items[id] = item
        note(id, index, moment)
    }

    /// Fills a column that cannot be written through the service.
    package mutating func fill(_ list: String, _ id: Int64, _ column: String, _ value: JSON, at moment: Double) {
        guard let index = lists.firstIndex(where: { $0.id == list }), var item = lists[index].items[id] else { return }
        item.fields[column] = value
        item.version += 1
        item.editor = .person
        item.modifiedAt = Instant(seconds: Int64(moment))
        lists[index].items[id] = item
        note(id, index, moment)
    }

    private mutating func note(_ id: Int64, _ index: Int, _ moment: Double) {
        lists[index].changes.append(
            MemoryList.Change(at: moment, id: id, item: lists[index].items[id]))
    }

    private func set(
        _ members: [JSON.Member], of item: inout MemoryItem, in list: MemoryList
    ) throws(SiteFailure) {
        for member in members where !member.name.contains("@") {
            guard let column = list.column(member.name), !column.readOnly, let type = column.type else {
                throw Self.unknown(member.name)
            }
            item.fields[member.name] = try stored(member.value, as: type)
        }
    }

    /// The value as the service keeps it; `nil` for none.
    private func stored(_ value: JSON, as type: ColumnType) throws(SiteFailure) -> JSON? {
        func refused() -> SiteFailure {
            SiteFailure(.refused, status: 400, code: "invalidRequest", reason: "a bad value")
        }
        switch (type, value) {
        case (_, .null), (_, .string("")): return nil
        case (.text(let text), .string(var string)):
            if rules.trimsText, !text.allowMultipleLines {
                while string.last == " " { string.removeLast() }
                if string.isEmpty { return nil }
            }
            guard text.allowMultipleLines || string.utf16.count <= text.maxLength else { throw refused() }
            return .string(string)
        case (.number, .number), (.currency, .number), (.boolean, .bool), (.dateTime, .string): return value
        case (.choice(let choice), .string(let string)):
            guard choice.allowTextEntry || choice.choices.contains(string) else { throw refused() }
            return value
        case (.choice, .array(let elements)): return elements.isEmpty ? nil : value
        default: throw refused()
        }
    }

    private func checkUnique(_ item: MemoryItem, in list: MemoryList) throws(SiteFailure) {
        guard rules.enforcesUnique else { return }
        for column in list.columns where column.unique {
            guard let value = item.fields[column.name].map(Self.comparable) else { continue }
            let holder = list.items.values.first {
                $0.id != item.id && $0.fields[column.name].map(Self.comparable) == value
            }
            if holder != nil {
                throw SiteFailure(
                    rules.answersConflict ? .conflict : .refused, status: rules.answersConflict ? 409 : 400,
                    reason: "a value of column \(column.name) exists already")
            }
        }
    }
}
