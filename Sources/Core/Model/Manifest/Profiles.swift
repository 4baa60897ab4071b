/// Where a secret is found; never the secret itself.
package struct SecretReference: Hashable, Sendable {
    package enum Location: Hashable, Sendable {
        case environment(String)
        case file(String)
    }

    package var location: Location
    /// Nobody wrote this reference: when it does not resolve, its side counts as not configured (SPEC §3).
    package var isDefault: Bool
    package var place: SourceRange?

    package init(_ location: Location, isDefault: Bool = false, place: SourceRange? = nil) {
        self.location = location
        self.isDefault = isDefault
        self.place = place
    }

    /// `environment variable WAREHOUSE_DSN` or `file secrets/dsn`.
    package var text: String {
        switch location {
        case .environment(let name): "environment variable \(name)"
        case .file(let path): "file \(path)"
        }
    }
}

/// A value that is either written in the manifests or, for the smallest tree, read from the environment.
package enum Setting: Hashable, Sendable {
    case literal(String)
    /// The name of an environment variable, read when the side is first needed.
    case environment(String)
}

/// A PostgreSQL database that rows come from.
package struct SourceProfile: Hashable, Sendable {
    package enum Connection: Hashable, Sendable {
        case dsn(SecretReference)
        case parts(Parts)
    }

    package struct Parts: Hashable, Sendable {
        package var host: String
        package var port: Int
        package var database: String
        package var user: String
        package var password: SecretReference?
        /// libpq's `sslmode`; `nil`: verify-full, unless the host is loopback or a socket directory.
        package var sslMode: String?
        package var sslRootCert: String?

        package init(
            host: String, port: Int = 5432, database: String, user: String, password: SecretReference? = nil,
            sslMode: String? = nil, sslRootCert: String? = nil
        ) {
            self.host = host
            self.port = port
            self.database = database
            self.user = user
            self.password = password
            self.sslMode = sslMode
            self.sslRootCert = sslRootCert
        }
    }

    package var name: String
    package var connection: Connection
    package var place: SourceRange?

    package init(name: String, connection: Connection, place: SourceRange? = nil) {
        self.name = name
        self.connection = connection
        self.place = place
    }

    /// The profile of a tree that declares none.
    package static let fromEnvironment = SourceProfile(
        name: "postgres", connection: .dsn(SecretReference(.environment("SOURCE_PG_DSN"), isDefault: true)))
}

/// A SharePoint site that lists live in.
package struct SiteProfile: Hashable, Sendable {
    /// Microsoft's national clouds (FACTS 9.7).
    package enum Cloud: String, Hashable, Sendable, CaseIterable {
        case global, usGovernment, usGovernmentDoD, china

        /// Root of the token service, without a trailing slash.
        package var authority: String {
            switch self {
            case .global: "https://login.microsoftonline.com"
            case .usGovernment, .usGovernmentDoD: "https://login.microsoftonline.us"
            case .china: "https://login.chinacloudapi.cn"
            }
        }

        /// Root of Graph, without version or trailing slash.
        package var graph: String {
            switch self {
            case .global: "https://graph.microsoft.com"
            case .usGovernment: "https://graph.microsoft.us"
            case .usGovernmentDoD: "https://dod-graph.microsoft.us"
            case .china: "https://microsoftgraph.chinacloudapi.cn"
            }
        }
    }

    package struct Quota: Hashable, Sendable {
        /// Licences in the tenant: they choose Microsoft's class of limits (FACTS 8.2).
        package var licences: Int
        /// Percent of the class that is ours, 1 to 100.
        package var share: Int
        /// Overrides of the class, in RU.
        package var resourceUnitsPerMinute: Int?
        package var resourceUnitsPerDay: Int?

        package init(
            licences: Int = 1000, share: Int = 80, resourceUnitsPerMinute: Int? = nil, resourceUnitsPerDay: Int? = nil
        ) {
            self.licences = licences
            self.share = share
            self.resourceUnitsPerMinute = resourceUnitsPerMinute
            self.resourceUnitsPerDay = resourceUnitsPerDay
        }
    }

    package var name: String
    package var tenantID: Setting
    package var clientID: Setting
    package var clientSecret: SecretReference
    /// `contoso.sharepoint.com`
    package var hostname: Setting
    /// `/sites/Operations`
    package var sitePath: Setting
    package var cloud: Cloud
    /// Roots without version; `nil` or empty means the cloud's own.
    package var graphEndpoint: Setting?
    package var authorityEndpoint: Setting?
    /// The IANA name of the site's zone; needed for date-only columns.
    package var timeZone: Setting?
    package var quota: Quota
    package var place: SourceRange?

    package init(
        name: String, tenantID: Setting, clientID: Setting, clientSecret: SecretReference, hostname: Setting,
        sitePath: Setting, cloud: Cloud = .global, graphEndpoint: Setting? = nil, authorityEndpoint: Setting? = nil,
        timeZone: Setting? = nil, quota: Quota = Quota(), place: SourceRange? = nil
    ) {
        self.name = name
        self.tenantID = tenantID
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.hostname = hostname
        self.sitePath = sitePath
        self.cloud = cloud
        self.graphEndpoint = graphEndpoint
        self.authorityEndpoint = authorityEndpoint
        self.timeZone = timeZone
        self.quota = quota
        self.place = place
    }

    /// The profile of a tree that declares none.
    package static let fromEnvironment = SiteProfile(
        name: "sharepoint", tenantID: .environment("AZURE_TENANT_ID"), clientID: .environment("AZURE_CLIENT_ID"),
        clientSecret: SecretReference(.environment("AZURE_CLIENT_SECRET"), isDefault: true),
        hostname: .environment("SP_HOSTNAME"), sitePath: .environment("SP_SITE_PATH"),
        graphEndpoint: .environment("SP_GRAPH_URL"), authorityEndpoint: .environment("SP_AUTHORITY_URL"),
        timeZone: .environment("SP_TIME_ZONE"))
}
