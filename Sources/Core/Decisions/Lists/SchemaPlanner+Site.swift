/// Where the lists of a profile are.
extension SchemaPlanner {
    /// The profile names another site than the one its lists were made in: whoever changed the profile by mistake reads
    /// that first, before all the lists that are missing.
    mutating func noteMoved(_ profile: String) {
        guard let observed = sites[profile], let site = observed.site else { return }
        // A list that only its stamp showed to be ours has no site on record.
        let elsewhere = registry.lists.filter {
            $0.site == profile && !$0.remoteSiteID.isEmpty && $0.remoteSiteID != site.id
        }
        guard !elsewhere.isEmpty else { return }
        let names = elsewhere.map { "\"\($0.name)\"" }.sorted()
        plan.hazards.append(
            Hazard(
                .siteMoved, at: .profile(profile),
                "the profile means the site \(site.webURL) now; lists that were made in another one: "
                    + names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " …" : ""),
                remedy: "look whether the profile means the right site"))
    }
}
