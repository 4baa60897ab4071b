/// An application registered in the tenant. Confined to its tenant.
final class RegisteredApplication {
    let clientID: String
    var secret: String
    let identity: Identity
    var rights: Rights
    /// Rights on single sites, by path, which go before ``rights``.
    var siteRights: [String: Rights] = [:]
    var minute = QuotaWindow(seconds: 60)
    var day = QuotaWindow(seconds: 86_400)
    /// Milliseconds since 1970 until which it was told to wait.
    var waitsFrom: Int64 = .min
    var waitsUntil: Int64 = .min

    init(clientID: String, secret: String, identity: Identity, rights: Rights) {
        self.clientID = clientID
        self.secret = secret
        self.identity = identity
        self.rights = rights
    }

    func rights(on site: SimulatedSite?) -> Rights { site.flatMap { siteRights[$0.path] } ?? rights }
}
