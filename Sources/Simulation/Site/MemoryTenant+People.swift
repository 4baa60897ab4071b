package import Core

/// What people and administrators do in the settings of a list, in the recycle bin, and to single items.
extension MemoryTenant {
    private func place(_ list: String) -> Int? { lists.firstIndex { $0.id == list } }

    // MARK: Columns

    /// Deletes a column with its values. No item gets a new version by it, and the feed has nothing to tell.
    package mutating func deleteColumn(_ name: String, in list: String) {
        guard let index = place(list) else { return }
        lists[index].columns.removeAll { $0.name == name }
        for id in lists[index].items.keys { lists[index].items[id]?.fields[name] = nil }
        for id in lists[index].bin.keys { lists[index].bin[id]?.fields[name] = nil }
        for at in lists[index].changes.indices { lists[index].changes[at].item?.fields[name] = nil }
    }

    /// Changes a column in a way in which people can. Values stay.
    package mutating func editColumn(_ name: String, in list: String, _ change: (inout RemoteColumn) -> Void) {
        guard let index = place(list), let at = lists[index].columns.firstIndex(where: { $0.name == name }) else {
            return
        }
        change(&lists[index].columns[at])
    }

    // MARK: Lists

    /// Puts a list into the recycle bin, or takes it out of the world.
    package mutating func deleteList(_ id: String, forGood: Bool) {
        guard let index = place(id) else { return }
        let list = lists.remove(at: index)
        if !forGood { deletedLists.append(list) }
    }

    /// Takes a list out of the recycle bin.
    /// - Returns: `false` if it is not there, or another has its name.
    package mutating func restoreList(_ id: String) -> Bool {
        guard let index = deletedLists.firstIndex(where: { $0.id == id }) else { return false }
        let names = [deletedLists[index].remote.name, deletedLists[index].remote.displayName].map { $0.lowercased() }
        let isTaken = lists.contains {
            names.contains($0.remote.name.lowercased()) || names.contains($0.remote.displayName.lowercased())
        }
        guard !isTaken else { return false }
        lists.append(deletedLists.remove(at: index))
        return true
    }

    // MARK: Items

    /// Keeps writers from an item, people too.
    /// - Parameter status: Of the refusals, 423 or 403; `nil` lifts the lock.
    package mutating func lock(_ list: String, _ item: Int64, status: Int?) {
        guard let index = place(list) else { return }
        lists[index].locks[item] = status
    }

    func requireUnlocked(_ item: Int64, in list: MemoryList) throws(SiteFailure) {
        guard let status = list.locks[item] else { return }
        throw SiteFailure(
            status == 403 ? .forbidden : .itemLocked, status: status,
            code: status == 403 ? "accessDenied" : "resourceLocked", reason: "the item is locked")
    }

    /// The item as the answer to a write shows it.
    func answered(_ item: MemoryItem, in list: MemoryList) -> RemoteItem {
        var shown = item
        for column in list.columns where rules.answersDiffer {
            guard case .string(let text)? = item.fields[column.name] else { continue }
            switch column.type {
            case .text? where rules.answersTrimmed: shown.fields[column.name] = Self.trimmed(text)
            case .dateTime? where rules.answersShifted != 0: shown.fields[column.name] = shifted(text)
            default: break
            }
        }
        return shown.remote(columns: list.columns)
    }

    private static func trimmed(_ text: String) -> JSON? {
        var text = text
        while text.last == " " { text.removeLast() }
        return text.isEmpty ? nil : .string(text)
    }

    private func shifted(_ text: String) -> JSON {
        guard let instant = Instant(isoText: text) else { return .string(text) }
        return .string(Instant(seconds: instant.seconds + rules.answersShifted).isoText)
    }
}
