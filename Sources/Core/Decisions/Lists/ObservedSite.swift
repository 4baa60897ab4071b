/// What was read of one site for a plan.
package struct ObservedSite: Hashable, Sendable {
    /// The name of the site profile.
    package var profile: String
    /// `nil`: the site could not be asked, for want of credentials, and is assumed to be empty.
    package var site: RemoteSite?
    package var lists: [RemoteList]
    /// By list id; a list whose columns nobody needed is absent.
    package var columns: [String: [RemoteColumn]]
    /// Ids of lists that carry a stamp of ours, that the registry does not have, and in which no item has a key: nothing
    /// but making them was begun.
    package var unfinished: Set<String> = []

    package init(
        profile: String, site: RemoteSite?, lists: [RemoteList] = [], columns: [String: [RemoteColumn]] = [:]
    ) {
        self.profile = profile
        self.site = site
        self.lists = lists
        self.columns = columns
    }

    /// Lists whose `name` or `displayName` is this, without regard to case.
    package func lists(named name: String) -> [RemoteList] {
        let wanted = name.lowercased()
        return lists.filter { $0.name.lowercased() == wanted || $0.displayName.lowercased() == wanted }
    }

    package func stamp(of list: String) -> Stamp? {
        columns[list]?.first { $0.name == SyncKey.column }.flatMap { Stamp($0.description) }
    }

    /// Lists that carry a stamp of this meta-store, and that it does not know: a run that made them was cut short, or the
    /// meta-store lost what it knew.
    package func unregistered(_ registry: Registry) -> [String] {
        let managed = Set(registry.lists.map(\.remoteID))
        return columns.keys.filter { list in
            !managed.contains(list) && stamp(of: list).map { $0.metaStoreID == registry.metaStoreID } == true
        }.sorted()
    }

    /// The lists whose columns a plan needs first: those the registry has, and those of a wanted name.
    package func candidates(names: [String], registry: Registry) -> [String] {
        let managed = registry.lists.filter { $0.site == profile }.map(\.remoteID)
        return lists.filter { list in
            managed.contains(list.id)
                || names.contains { lists(named: $0).contains(list) }
        }.map(\.id)
    }

    /// Whether a stamp of ours may still be on a list that was not looked at: a wanted list that neither the registry
    /// nor a stamp has found yet. A first apply that was interrupted leaves such lists, and so does a lost meta-store.
    package func mustSearchStamps(names: [String], registry: Registry) -> Bool {
        names.contains { name in
            let isManaged = registry.lists.contains { managed in
                managed.site == profile && managed.name == name && lists.contains { $0.id == managed.remoteID }
            }
            return !isManaged && !columns.keys.contains { stamp(of: $0)?.list == name }
        }
    }
}
