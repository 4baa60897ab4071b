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
            for list in observed.candidates(names: listNames, registry: registry) {
                observed.columns[list] = try await site.columns(of: list)
            }
            if registry.metaStoreID != nil, observed.mustSearchStamps(names: listNames, registry: registry) {
                for list in observed.lists where list.template == "genericList" && observed.columns[list.id] == nil {
                    observed.columns[list.id] = try await site.columns(of: list.id)
                }
            }
            return observed
        } catch {
            throw error.failure(
                while: "reading the site of profile \"\(profile.name)\"", address: address, source: profile.place)
        }
    }
}
