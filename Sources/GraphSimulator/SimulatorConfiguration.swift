package import Core

/// What a simulator begins with.
package struct SimulatorConfiguration: Sendable {
    package struct Application: Hashable, Sendable {
        package var clientID: String
        package var secret: String
        package var rights: Rights

        package init(clientID: String, secret: String, rights: Rights = .manage) {
            self.clientID = clientID
            self.secret = secret
            self.rights = rights
        }
    }

    package var hostname = "contoso.sharepoint.com"
    /// The tenant's id or domain in token requests.
    package var tenant = "contoso.onmicrosoft.com"
    package var applications = [
        Application(clientID: "11111111-1111-1111-1111-111111111111", secret: "simulator-secret")
    ]
    /// Server-relative paths; the root site is always there.
    package var sites = ["/sites/Operations"]
    package var timeZone = SiteTimeZone.utc
    /// Finds a zone by name when a setting asks for another one.
    package var findZone: @Sendable (String) -> SiteTimeZone? = { $0 == "UTC" ? .utc : nil }
    package var seed: UInt64 = 1
    /// The clock's start in milliseconds since 1970; 2026-01-10T09:00:00Z.
    package var startMilliseconds: Int64 = 1_768_035_600_000
    package var settings = Settings()

    package init() {}
}
