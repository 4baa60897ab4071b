/// A list in the recycle bin of its site.
struct DeletedList {
    /// Of its site.
    var path: String
    var list: SimulatedList
    /// It comes back when the request of this number has been answered.
    var restoresAt: Int?
}

extension Tenant {
    /// Deletes a list as `fault` says.
    func takeAway(_ list: SimulatedList, by fault: FaultRule) {
        let restoresAt = fault.restoreAfterRequests.map { requestNumber + $0 }
        if fault.isForGood { deleteForGood(list) } else { recycle(list, restoresAt: restoresAt) }
    }

    /// Puts a list into the recycle bin; all its addresses are 404 then.
    func recycle(_ list: SimulatedList, restoresAt: Int? = nil) {
        guard let site = sites.first(where: { $0.lists.contains { $0 === list } }) else { return }
        site.lists.removeAll { $0 === list }
        deletedLists.append(DeletedList(path: site.path, list: list, restoresAt: restoresAt))
        unsaved.note(list)
    }

    /// Deletes a list, or one that is in the recycle bin, so that nothing brings it back.
    func deleteForGood(_ list: SimulatedList) {
        for site in sites { site.lists.removeAll { $0 === list } }
        deletedLists.removeAll { $0.list === list }
        unsaved.noteEnd(of: list)
    }

    /// Brings a deleted list back with its id, items and columns.
    /// - Returns: Whether that was done: another list may have its title now.
    func restore(_ deleted: DeletedList) -> Bool {
        guard let site = sites.first(where: { $0.path == deleted.path }),
            site.list(named: deleted.list.displayName) == nil
        else { return false }
        deletedLists.removeAll { $0.list === deleted.list }
        site.lists.append(deleted.list)
        unsaved.note(deleted.list)
        return true
    }

    /// Brings the lists back whose time has come.
    func restoreDueLists() {
        for deleted in deletedLists where deleted.restoresAt.map({ $0 <= requestNumber }) ?? false {
            _ = restore(deleted)
        }
    }
}
