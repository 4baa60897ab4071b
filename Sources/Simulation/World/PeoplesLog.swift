internal import Core

/// What the checker remembers of what people did, and forgets with what is gone.
extension World {
    /// A column was deleted: what people typed into it went with their consent.
    func forget(_ column: String, of list: MemoryList) {
        for item in list.sortedItems {
            guard let key = owner(of: item, in: list), !isElsewhere(key, than: list) else { continue }
            checker.typed[Checker.Place(key: key, field: column)] = nil
        }
        for place in checker.foreign.keys where place.list == ListID(list.id) { checker.foreign[place]?[column] = nil }
    }

    /// A list is gone for good, and with it what people typed into its items.
    func forget(_ list: MemoryList) {
        let keys = Set(list.sortedItems.compactMap { owner(of: $0, in: list) })
        checker.vanished.formUnion(keys)
        let gone = keys.filter { !isElsewhere($0, than: list) }
        checker.typed = checker.typed.filter { !gone.contains($0.key.key) }
        for place in checker.foreign.keys where place.list == ListID(list.id) { checker.foreign[place] = nil }
    }

    /// Whether the row has an item in another list too, to which a move took what people typed.
    private func isElsewhere(_ key: String, than list: MemoryList) -> Bool {
        (tenant.lists + tenant.deletedLists).contains { other in
            other.id != list.id && other.sortedItems.contains { owner(of: $0, in: other) == key }
        }
    }

    /// The stamp that the program gave to a list last.
    func noteStamp(_ column: String, _ description: String, in list: String) {
        if column == SyncKey.column { checker.stamps[list] = description }
    }

    /// The key of the row that an item was made for, whatever people made of it since; else the one that it has.
    func owner(of item: MemoryItem, in list: MemoryList) -> String? {
        // Where nobody changes keys both are the same, and this is asked often.
        if extras.isEmpty { return item.syncKey }
        let first = list.changes.first { $0.id == item.id }?.original
        if let first, !first.editor.isPerson, let key = first.syncKey { return key }
        return item.syncKey
    }
}
