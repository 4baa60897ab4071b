package import Core

/// The services a run works with, as the outside composed them.
package struct Sides: Sendable {
    /// By the name of the source profile.
    package var sources: [String: any RowSource]
    /// By the name of the site profile; a profile without credentials is absent and its site assumed empty.
    package var sites: [String: any SharePointSite]
    /// `nil`: not configured, so the ledger is empty.
    package var metaStore: (any MetaStore)?
    /// By the name of the site profile; a profile without a zone is absent.
    package var zones: [String: SiteTimeZone]
    /// By the name of the site profile: this program's application, a GUID in lower case.
    package var applications: [String: String]

    package init(
        sources: [String: any RowSource], sites: [String: any SharePointSite], metaStore: (any MetaStore)?,
        zones: [String: SiteTimeZone], applications: [String: String] = [:]
    ) {
        self.applications = applications
        self.sources = sources
        self.sites = sites
        self.metaStore = metaStore
        self.zones = zones
    }
}
