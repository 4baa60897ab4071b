import Core

/// Keys of `ConnectionProfile`.
enum ProfileSchema {
    static let postgres = "POSTGRES"
    static let sharePoint = "SHAREPOINT"

    static let spec = ObjectShape(
        "a connection profile's spec",
        [
            Key(
                "type",
                .word([
                    Word(postgres, "A database that rows come from."), Word(sharePoint, "A site that lists live in."),
                ]),
                "What it connects to.", required: .plain),
            Key("config", .anything, "How to connect.", required: .plain),
        ],
        variants: ObjectShape.Variants(
            discriminator: "type", key: "config",
            shapes: [(postgres, postgresConfig), (sharePoint, sharePointConfig)]))

    static let postgresConfig = ObjectShape(
        "the config of a PostgreSQL profile",
        [
            Key("dsn", .secret, "A whole connection string."),
            Key("host", .text(.line), "A host name or address, or the folder of a socket."),
            Key("port", .integer(1...65_535), "The port.", default: 5432),
            Key("database", .text(.identifier), "The database."),
            Key("user", .text(.identifier), "The role."),
            Key(
                "password", .secret, "The role's password; without one, as libpq finds it (.pgpass, peer, certificate)."
            ),
            Key(
                "sslMode",
                .word(["disable", "allow", "prefer", "require", "verify-ca", "verify-full"].map { Word($0) }),
                "libpq's sslmode; by default verify-full, but prefer for this machine and sockets."),
            Key("sslRootCert", .text(.line), "A file of certificates that the server's must go back to."),
            store,
        ],
        exclusive: [["dsn"], ["host", "port", "database", "user", "password", "sslMode", "sslRootCert"]],
        needsOneOf: ["dsn", "host"])

    static let sharePointConfig = ObjectShape(
        "the config of a SharePoint profile",
        [
            Key("tenantId", .text(.tenant), "The tenant.", required: .plain),
            Key("clientId", .text(.guid), "The application registered in the tenant.", required: .plain),
            Key("credential", .object(credential), "How the application proves who it is.", required: .plain),
            Key("identities", .object(identities), "Applications with fewer rights, by task.", support: .onlyOff),
            Key("site", .object(site), "The site that holds the lists.", required: .plain),
            Key(
                "cloud", .word(SiteProfile.Cloud.allCases.map { Word($0.rawValue) }), "The national cloud.",
                default: .string(SiteProfile.Cloud.global.rawValue)),
            Key("endpoints", .object(endpoints), "Other roots of the services, for sandboxes and proxies."),
            Key("timeZone", .text(.timeZone), "The site's zone, by its IANA name; date-only columns need it."),
            Key("quota", .object(quota), "How much of the tenant's limits is ours."),
            store,
        ])

    private static let store = Key(
        "store", .boolean, "Keep the resolved secrets, encrypted, in the meta-store.", default: false, support: .onlyOff
    )

    private static let credential = ObjectShape(
        "a credential",
        [
            Key("clientSecret", .secret, "A secret of the application."),
            Key(
                "certificate",
                .object(ObjectShape("a certificate", [Key("pem", .secret, "Key and certificate.", required: .plain)])),
                "A certificate of the application.", support: .never),
            Key(
                "federatedToken",
                .object(
                    ObjectShape(
                        "a federated token",
                        [
                            Key("gitHubActions", .object(ObjectShape("an empty mapping", [])), "The token of the job."),
                            Key("file", .secret, "A file that holds the token, read at each request."),
                        ], holdsOneKey: true)), "A token of another issuer that the tenant trusts.", support: .never),
            Key(
                "managedIdentity", .object(ObjectShape("an empty mapping", [])),
                "The identity of the machine in Azure.",
                support: .never),
            Key(
                "deviceCode", .object(ObjectShape("an empty mapping", [])), "A person on a terminal.", support: .never),
        ], holdsOneKey: true)

    private static let identity = ObjectShape(
        "an identity",
        [
            Key("clientId", .text(.guid), "The application.", required: .plain),
            Key("credential", .object(credential), "How it proves who it is.", required: .plain),
        ])

    private static let identities = ObjectShape(
        "identities",
        [
            Key("plan", .object(identity), "Reads."), Key("data", .object(identity), "Writes items."),
            Key("schema", .object(identity), "Creates and changes lists."),
        ])

    private static let site = ObjectShape(
        "a site",
        [
            Key("hostname", .text(.hostname), "The host, such as contoso.sharepoint.com.", required: .plain),
            Key("path", .text(.sitePath), "The path below it, such as /sites/Operations.", required: .plain),
        ])

    private static let endpoints = ObjectShape(
        "endpoints",
        [
            Key("graph", .text(.endpoint), "The root of Microsoft Graph, without a version; empty: the cloud's own."),
            Key("authority", .text(.endpoint), "The root of the token service; empty: the cloud's own."),
        ])

    private static let quota = ObjectShape(
        "a quota",
        [
            Key(
                "licences", .integer(1...100_000_000),
                "Licences in the tenant: they choose Microsoft's class of limits.",
                default: .number(defaultQuota.licences)),
            Key("share", .integer(1...100), "Percent of the class that is ours.", default: .number(defaultQuota.share)),
            Key("resourceUnitsPerMinute", .integer(1...1_000_000_000), "A limit of your own, in resource units."),
            Key("resourceUnitsPerDay", .integer(1...1_000_000_000), "A limit of your own, in resource units."),
        ], exclusive: [["licences"], ["resourceUnitsPerMinute", "resourceUnitsPerDay"]])

    private static let defaultQuota = SiteProfile.Quota()
}
