package import Core
internal import CurlTransport
package import Logging
package import MetaStore
package import MicrosoftGraph
internal import PostgreSQL
package import Reconciler
package import SourceDatabase

/// The services of one call, made from the desired state and the process environment.
package struct Services: Sendable {
    package var sides: Sides
    let transport: CurlTransport?
    let clients: [GraphClient]
    package let metaStore: PostgreSQLMetaStore?
    /// Of the quotas that are shared with other processes.
    private let logs: [PostgreSQLResourceUnitLog]
    private let sources: [PostgreSQLRowSource]

    /// What the clients spent, together.
    package var resourceUnits: Int { clients.reduce(0) { $0 + $1.usage.resourceUnits } }
    package var requests: Int { clients.reduce(0) { $0 + $1.usage.requests } }

    package static func make(
        _ desired: DesiredState, allowedEndpoints: [String], writesNothing: Bool = false, lockWait: LockWait? = nil,
        logger: Logger, trust: TrustWindow,
        observe: @escaping @Sendable (GraphEvent) -> Void
    ) async throws(Failure) -> Services {
        let usedSources = Set(desired.definitions.map(\.sourceProfile))
        let usedSites = Set(desired.definitions.map(\.siteProfile))
        var sources: [String: PostgreSQLRowSource] = [:]
        for profile in desired.sources where usedSources.contains(profile.name) {
            sources[profile.name] = PostgreSQLRowSource(
                try parameters(profile), profile: profile.name, lockWait: lockWait)
        }
        var zones: [String: SiteTimeZone] = [:]
        var clients: [GraphClient] = []
        var sites: [String: any SharePointSite] = [:]
        var applications: [String: String] = [:]
        let probe = CrashProbe.fromEnvironment()
        var transport: CurlTransport?
        var quotas = QuotaLogs(desired, booksNothing: writesNothing, logger: logger)
        for profile in desired.sites where usedSites.contains(profile.name) {
            zones[profile.name] = try zone(of: profile)
            guard let access = try access(to: profile, allowedEndpoints) else { continue }
            let shared: CurlTransport
            if let transport { shared = transport } else { shared = try makeTransport() }
            transport = shared
            let surroundings = GraphSurroundings(clock: InterruptibleClock(), logger: logger, observe: observe)
            let policy = Settings.retries
            let trusted = TrustedTransport(transport: shared, trust: trust, probe: probe)
            applications[profile.name] = access.credentials.clientID.lowercased()
            let tokens = TokenCache(
                access.credentials, endpoints: access.endpoints, transport: trusted, policy: policy,
                surroundings: surroundings)
            let client = GraphClient(
                endpoints: access.endpoints, tokens: tokens, transport: trusted,
                settings: GraphSettings(
                    version: ProgramVersion.text, retries: policy, concurrency: Settings.concurrency,
                    youthSeconds: Settings.youthSeconds),
                log: try quotas.log(
                    tenant: access.credentials.tenant, application: access.credentials.clientID, profile.quota),
                surroundings: surroundings)
            clients.append(client)
            sites[profile.name] = GraphSite(client: client, hostname: access.hostname, sitePath: access.path)
        }
        let metaStore = try metaStore(desired, probe: probe)
        return Services(
            sides: Sides(
                sources: sources, sites: sites, metaStore: metaStore, zones: zones, applications: applications),
            transport: transport,
            clients: clients, metaStore: metaStore, logs: quotas.shared, sources: Array(sources.values))
    }

    package func close() async {
        for log in logs { await log.close(now: SystemGraphClock().now()) }
        await metaStore?.close()
        for source in sources { await source.close() }
        transport?.stop()
    }

    /// The meta-store; `nil` if nobody configured one.
    package static func metaStore(
        _ desired: DesiredState, probe: (any EffectProbe)? = nil
    ) throws(Failure) -> PostgreSQLMetaStore? {
        guard let parameters = try metaStoreParameters(desired) else { return nil }
        return try PostgreSQLMetaStore(
            parameters, schema: desired.project.metaStore.schema, idleSeconds: Settings.leaseSeconds / 3, probe: probe)
    }

    static func metaStoreParameters(_ desired: DesiredState) throws(Failure) -> ConnectionParameters? {
        let settings = desired.project.metaStore
        guard let dsn = try Secrets.resolve(settings.dsn, for: "the connection string of the meta-store") else {
            return nil
        }
        do throws(PostgreSQLError) { return try ConnectionParameters(dsn: dsn) } catch {
            throw Failure(error, while: "reading the connection string of the meta-store", at: settings.dsn.place)
        }
    }

    // MARK: Source

    private static func parameters(_ profile: SourceProfile) throws(Failure) -> ConnectionParameters {
        let address = Address.profile(profile.name)
        let operation = "configuring the source \"\(profile.name)\""
        var dsn: String?
        var password: Hidden?
        switch profile.connection {
        case .dsn(let reference):
            dsn = try Secrets.resolve(reference, for: "the connection string of profile \"\(profile.name)\"")
            if dsn == nil {
                throw Failure(
                    .auth, while: operation, address: address, source: profile.place,
                    because: "the \(reference.text) has no value",
                    help: "set it to a connection string such as postgresql://reader@localhost/warehouse, or declare a "
                        + "POSTGRES profile")
            }
        case .parts(let parts):
            if let reference = parts.password {
                password = try Secrets.resolve(reference, for: "the password of profile \"\(profile.name)\"")
                    .map { Hidden($0) }
            }
        }
        do throws(PostgreSQLError) {
            switch profile.connection {
            case .dsn: return try ConnectionParameters(dsn: dsn ?? "")
            case .parts(let parts):
                return try ConnectionParameters(
                    host: parts.host, port: parts.port, database: parts.database, user: parts.user, password: password,
                    sslMode: parts.sslMode.flatMap(ConnectionParameters.SSLMode.init), sslRootCert: parts.sslRootCert)
            }
        } catch {
            throw Failure(error, while: operation, address: address, at: profile.place)
        }
    }

    // MARK: Site

    private struct SiteAccess {
        var endpoints: GraphEndpoints
        var credentials: ClientCredentials
        var hostname: String
        var path: String
    }

    private static func zone(of profile: SiteProfile) throws(Failure) -> SiteTimeZone? {
        guard let name = Secrets.value(profile.timeZone) else { return nil }
        if let zone = ProcessSurroundings.timeZone(name) { return zone }
        throw Failure(
            .invalid, while: "reading the time zone of profile \"\(profile.name)\"",
            address: .profile(profile.name), source: profile.place,
            because: "this machine has no zone \"\(name)\"",
            help: "write an IANA name such as Europe/Berlin, and install the package tzdata if it is missing")
    }

    /// What it takes to reach the site; `nil` if nobody configured it.
    private static func access(to profile: SiteProfile, _ allowed: [String]) throws(Failure) -> SiteAccess? {
        let secret = try Secrets.resolve(profile.clientSecret, for: "the client secret of profile \"\(profile.name)\"")
        let settings: [(Setting, String?)] = [profile.tenantID, profile.clientID, profile.hostname, profile.sitePath]
            .map { ($0, Secrets.value($0)) }
        let isImplicit = profile.clientSecret.isDefault
        if isImplicit, secret == nil, settings.allSatisfy({ $0.1 == nil }) { return nil }
        let missing = settings.filter { $0.1 == nil }.map(\.0.name) + (secret == nil ? [profile.clientSecret.text] : [])
        guard missing.isEmpty, let secret, let tenant = settings[0].1, let client = settings[1].1,
            let hostname = settings[2].1, let path = settings[3].1
        else {
            throw Failure(
                .auth, while: "configuring the site \"\(profile.name)\"", address: .profile(profile.name),
                source: profile.place, because: "these have no value: \(missing.joined(separator: ", "))",
                help: "set them all, or none of them to plan as if the site were empty")
        }
        let graph = Secrets.value(profile.graphEndpoint)
        let authority = Secrets.value(profile.authorityEndpoint)
        for endpoint in [graph, authority].compactMap({ $0 }) { try check(endpoint, profile, allowed) }
        guard let endpoints = GraphEndpoints(cloud: profile.cloud, graph: graph, authority: authority) else {
            throw Failure(
                .invalid, while: "configuring the site \"\(profile.name)\"",
                address: .profile(profile.name), source: profile.place,
                because: "an endpoint is not an absolute URL", help: "write roots such as http://127.0.0.1:8080")
        }
        return SiteAccess(
            endpoints: endpoints,
            credentials: ClientCredentials(tenant: tenant, clientID: client, secret: secret), hostname: hostname,
            path: path)
    }

    /// Tokens go to Microsoft's hosts and to loopback; to any other host only if the operator says so.
    private static func check(_ endpoint: String, _ profile: SiteProfile, _ allowed: [String]) throws(Failure) {
        let authority = endpoint.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
        let host =
            authority.hasPrefix("[")
            ? String(authority.prefix { $0 != "]" }.dropFirst()) : String(authority.prefix { $0 != ":" })
        let clouds = SiteProfile.Cloud.allCases.flatMap { [$0.graph, $0.authority] }
        let isOwn = clouds.contains { $0 == endpoint }
        let isLoopback = host == "localhost" || host == "::1" || host.hasPrefix("127.")
        guard isOwn || isLoopback || allowed.contains(host) else {
            throw Failure(
                .denied, while: "configuring the site \"\(profile.name)\"",
                address: .profile(profile.name), source: profile.place,
                because: "the endpoint \(host) is not Microsoft's, and tokens would go there",
                help: "if that is meant: --allow-endpoint \(host)")
        }
    }

    private static func makeTransport() throws(Failure) -> CurlTransport {
        do throws(HTTPTransportError) {
            return try CurlTransport(CurlTransport.Options(totalTimeout: Settings.requestTimeout))
        } catch {
            throw Failure(.unclassified, while: "starting the HTTP client", because: error.description)
        }
    }
}
