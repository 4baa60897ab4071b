import Core

/// Reads connection profiles. `nil` where something that must be there is not, which the check has reported.
enum ProfileDecoder {
    static func source(_ config: ObjectReader, name: String, _ diagnostics: inout Diagnostics) -> SourceProfile? {
        if config.has("dsn") {
            guard let dsn = config.secret("dsn") else { return nil }
            return SourceProfile(name: name, connection: .dsn(dsn), place: config.anchor)
        }
        for key in ["host", "database", "user"] where !config.has(key) {
            // Without `host` the check has already asked for it or for `dsn`.
            guard key != "host" || config.has("database") || config.has("user") else { continue }
            guard config.has("host") else { continue }
            diagnostics.error(
                .missingKey, "\(quoted(key)) of \(config.shape.noun) is missing.",
                help: "write host, database and user, or dsn with all of them", at: config.anchor)
        }
        guard let host = config.text("host"), let port = config.integer("port"), let database = config.text("database"),
            let user = config.text("user")
        else { return nil }
        return SourceProfile(
            name: name,
            connection: .parts(
                SourceProfile.Parts(
                    host: host, port: port, database: database, user: user, password: config.secret("password"),
                    sslMode: config.text("sslMode"), sslRootCert: config.text("sslRootCert"))), place: config.anchor)
    }

    static func site(_ config: ObjectReader, name: String) -> SiteProfile? {
        let (site, endpoints, quota) = (config.object("site"), config.object("endpoints"), config.object("quota"))
        guard let tenant = config.text("tenantId"), let client = config.text("clientId"),
            let secret = config.object("credential").secret("clientSecret"), let hostname = site.text("hostname"),
            let path = site.text("path"), let cloud = config.word("cloud", as: SiteProfile.Cloud.self)
        else { return nil }
        let defaults = SiteProfile.Quota()
        return SiteProfile(
            name: name, tenantID: .literal(tenant), clientID: .literal(client), clientSecret: secret,
            hostname: .literal(hostname.lowercased()), sitePath: .literal(path), cloud: cloud,
            graphEndpoint: setting(endpoints.text("graph")), authorityEndpoint: setting(endpoints.text("authority")),
            timeZone: setting(config.text("timeZone")),
            quota: SiteProfile.Quota(
                licences: quota.integer("licences") ?? defaults.licences,
                share: quota.integer("share") ?? defaults.share,
                resourceUnitsPerMinute: quota.integer("resourceUnitsPerMinute"),
                resourceUnitsPerDay: quota.integer("resourceUnitsPerDay")), place: config.anchor)
    }

    /// An empty text means the same as none, so that a variable can switch a setting off.
    private static func setting(_ text: String?) -> Setting? {
        text.flatMap { $0.isEmpty ? nil : .literal($0) }
    }
}
