internal import Core

/// One Microsoft 365 tenant: its sites, applications, rules and clock. A machine without locks, sockets or wall time:
/// ``SimulatedGraph`` owns one behind a lock, and nothing of it leaves that lock but values.
final class Tenant {
    let hostname: String
    let name: String
    var settings: Settings { didSet { unsaved.tenant = true } }
    var zone: SiteTimeZone
    let findZone: @Sendable (String) -> SiteTimeZone?
    /// Milliseconds since 1970.
    var now: Int64
    /// How far the clock was moved ahead of real time.
    var clockOffset: Int64 = 0 { didSet { unsaved.tenant = true } }
    var random: SeededRandom
    var sites: [SimulatedSite] = [] { didSet { unsaved.tenant = true } }
    var applications: [String: RegisteredApplication] = [:] { didSet { unsaved.tenant = true } }
    var people: [String: Identity] = [:] { didSet { unsaved.tenant = true } }
    var tokens: [String: IssuedToken] = [:] { didSet { unsaved.tenant = true } }
    var faults = Faults()
    var counters = Counters()
    /// Resource units of all applications together.
    var allApplications = QuotaWindow(seconds: 300)
    /// Ids of the lists on which a schema call is under way.
    var schemaCallsUnderWay: Set<String> = []
    /// Writes that the service does after their answer has failed.
    var lateWrites: [LateWrite] = []
    /// Requests since the beginning, administration left out.
    var requestNumber = 0
    /// Lists in recycle bins.
    var deletedLists: [DeletedList] = []
    /// What the journal does not have yet.
    var unsaved = Unsaved()
    /// Gets lines for a state file before the answer of what changed leaves.
    var journal: (@Sendable ([UInt8]) -> Void)?
    var lastUserLookupID = 10
    var lastApplicationLookupID = 20

    init(_ configuration: SimulatorConfiguration) {
        hostname = configuration.hostname
        name = configuration.tenant
        settings = configuration.settings
        zone = configuration.timeZone
        settings.timeZone = configuration.timeZone.name
        findZone = configuration.findZone
        now = configuration.startMilliseconds
        random = SeededRandom(seed: configuration.seed)
        for application in configuration.applications {
            register(application.clientID, secret: application.secret, rights: application.rights)
        }
        for path in [""] + configuration.sites { addSite(path: path) }
    }

    // MARK: Identities

    @discardableResult
    func register(_ clientID: String, secret: String, name: String = "SyncBridge", rights: Rights)
        -> RegisteredApplication
    {
        lastApplicationLookupID += 1
        let identity = Identity(
            name: name, guid: clientID, lookupID: 1, application: (clientID, lastApplicationLookupID))
        let application = RegisteredApplication(clientID: clientID, secret: secret, identity: identity, rights: rights)
        applications[clientID] = application
        return application
    }

    func person(_ name: String) -> Identity {
        if let known = people[name] { return known }
        lastUserLookupID += 1
        let identity = Identity(name: name, guid: random.guid(), lookupID: lastUserLookupID)
        people[name] = identity
        return identity
    }

    // MARK: Sites

    @discardableResult
    func addSite(path: String) -> SimulatedSite {
        let path = path.split(separator: "/").joined(separator: "/")
        if let known = sites.first(where: { $0.path.lowercased() == path.lowercased() }) { return known }
        let title = path.split(separator: "/").last.map(String.init) ?? "Communication site"
        let site = SimulatedSite(
            id: "\(hostname),\(random.guid()),\(random.guid())", host: hostname, path: path, displayName: title,
            created: now)
        sites.append(site)
        addDefaultLists(to: site)
        return site
    }

    /// Every new site has these; a client must leave them alone.
    private func addDefaultLists(to site: SimulatedSite) {
        let system = person("System Account")
        for (title, name, template, isSystem) in [
            ("Documents", "Shared Documents", "documentLibrary", false),
            ("User Information List", "users", "userInfo", true),
        ] {
            let list = makeList(name: name, displayName: title, template: template, isSystem: isSystem, by: system)
            site.lists.append(list)
            unsaved.note(list)
        }
    }

    func makeList(
        name: String, displayName: String, description: String = "", template: String, hidden: Bool = false,
        isSystem: Bool = false, contentTypesEnabled: Bool = false, by identity: Identity
    ) -> SimulatedList {
        let list = SimulatedList(
            id: random.guid(), name: name, displayName: displayName, description: description, template: template,
            hidden: hidden || isSystem, isSystem: isSystem, contentTypesEnabled: contentTypesEnabled,
            folderID: random.guid(),
            contentTypeID: "0x0100" + random.guid().filter { $0 != "-" }.uppercased(), created: now,
            createdBy: identity)
        list.caseSensitive = settings.caseSensitiveText
        let title = SimulatedColumn(
            id: SystemColumn.titleID, slot: list.nextSlot, name: "Title", displayName: "Title", facet: .singleLine)
        title.required = true
        list.add(title)
        for system in SystemColumn.allCases { list.add(system.column(slot: -1)) }
        return list
    }

    func site(_ key: SiteKey) throws(GraphError) -> SimulatedSite {
        let found: SimulatedSite? =
            switch key {
            case .root: sites.first { $0.path.isEmpty }
            case .id(let id): sites.first { $0.id.lowercased() == id.lowercased() }
            case .path(let host, let path):
                host.lowercased() == hostname.lowercased()
                    ? sites.first { $0.path.lowercased() == path.lowercased() } : nil
            }
        guard let found else { throw .notFound("Requested site") }
        return found
    }
}

struct IssuedToken {
    var clientID: String
    /// Milliseconds since 1970.
    var expires: Int64
}
