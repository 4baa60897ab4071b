internal import Core

/// Reads what a plan needs to know of one site: itself, its lists, and the columns of the lists that may be ours.
enum SiteObserver {
    static func observe(
        _ profile: SiteProfile, _ site: (any SharePointSite)?, listNames: [String], registry: Registry
    ) async throws(Failure) -> ObservedSite {
        guard let site else { return ObservedSite(profile: profile.name, site: nil) }
        let address = Address.profile(profile.name)
        do throws(SiteFailure) {
            let remote = try await site.site()
            var observed = ObservedSite(profile: profile.name, site: remote, lists: try await site.lists())
            try await readColumns(of: observed.candidates(names: listNames, registry: registry), site, &observed)
            if registry.metaStoreID != nil, observed.mustSearchStamps(names: listNames, registry: registry) {
                let others = observed.lists.filter { $0.template == "genericList" && observed.columns[$0.id] == nil }
                try await readColumns(of: others.map(\.id), site, &observed)
            }
            for list in observed.unregistered(registry) where try await hasNoKeys(list, site) {
                observed.unfinished.insert(list)
            }
            return observed
        } catch {
            throw error.failure(
                while: "reading the site of profile \"\(profile.name)\"", address: address, source: profile.place)
        }
    }

    /// Whether it is known that no item of the list has a key: pages that cannot be read do not tell.
    private static func hasNoKeys(_ list: String, _ site: any SharePointSite) async throws(SiteFailure) -> Bool {
        var position = FeedPosition.beginning
        var trail = FeedTrail()
        do throws(SiteFailure) {
            while true {
                let page = try await site.changes(of: list, from: position, select: [SyncKey.column])
                let hasNone = page.entries.allSatisfy { entry in
                    switch entry {
                    case .item(let observed): (observed.item[SyncKey.column]?.string ?? "").isEmpty
                    case .removed: true
                    case .unreadable: false
                    }
                }
                guard hasNone, case .more(let link) = page.next else { return hasNone }
                try trail.go(on: link, past: page)
                position = .link(link)
            }
        } catch {
            if error.kind == .malformed { return false }
            throw error
        }
    }

    /// Lists whose columns are read at a time; how many calls leave at once is for the site to say.
    private static let listsMax = 8

    private static func readColumns(
        of lists: [String], _ site: any SharePointSite, _ observed: inout ObservedSite
    ) async throws(SiteFailure) {
        let answers = await sideBySide(lists, limit: listsMax) { list -> Result<[RemoteColumn], SiteFailure> in
            do throws(SiteFailure) { return .success(try await site.columns(of: list)) } catch {
                return .failure(error)
            }
        }
        for (list, answer) in zip(lists, answers) { observed.columns[list] = try answer.get() }
    }
}
