internal import Core

/// The interface of tests and scripts, below `/admin`: no token, no quota, no faults. Only for loopback.
extension Tenant {
    func administer(_ request: HTTPRequest, _ url: RequestURL) -> HTTPResponse {
        let segments = url.path.split(separator: "/").dropFirst().map { PercentEncoding.decode($0) ?? "" }
        do throws(GraphError) {
            if request.method == "GET", segments.count == 3, segments[0] == "lists", segments[2] == "items" {
                return itemDump(try anyList(segments[1]), query: url.query)
            }
            let answer = try administer(request, segments)
            return HTTPResponse(
                status: answer.isNull ? 204 : 200, headers: [HTTPHeader("Content-Type", "application/json")],
                body: answer.isNull ? [] : answer.serialized(.pretty))
        } catch {
            return HTTPResponse(
                status: error.status, headers: [HTTPHeader("Content-Type", "application/json")],
                body: JSON.object([.init("error", .string(error.message))]).serialized(.pretty))
        }
    }

    private func administer(_ request: HTTPRequest, _ segments: [String]) throws(GraphError) -> JSON {
        switch (request.method, segments.first, segments.count) {
        case ("GET", "counters", 1): return countersJSON
        case ("POST", "counters", 2):
            resetCounters()
            return .null
        case ("GET", "settings", 1): return settings.json
        case ("PUT", "settings", 1), ("PATCH", "settings", 1):
            try change(settings: try Self.body(request))
            return settings.json
        case ("GET", "faults", 1): return ["faults": .array(faults.rules.map(\.json))]
        case ("POST", "faults", 1): return try addFaults(try Self.body(request))
        case ("DELETE", "faults", 1):
            faults.removeAll()
            return .null
        case ("DELETE", "faults", 2):
            guard let id = Int(segments[1]), faults.remove(id: id) else { throw .notFound("The fault") }
            return .null
        case ("GET", "clock", 1): return clockJSON
        case ("POST", "clock", 1):
            try moveClock(try Self.body(request))
            return clockJSON
        case ("GET", "state", 1): return state
        case ("PUT", "state", 1):
            try load(try Self.body(request))
            return .null
        case ("DELETE", "tokens", 1):
            tokens = [:]
            return .null
        case ("POST", "delta", 2) where segments[1] == "expire":
            try expireFeeds(request.body == nil ? [:] : try Self.body(request))
            return .null
        case (_, "sites", 1), (_, "applications", _), (_, "lists", _): return try administerParts(request, segments)
        default: throw GraphError(404, "", "there is no \(request.method) /admin/\(segments.joined(separator: "/"))")
        }
    }

    private func administerParts(_ request: HTTPRequest, _ segments: [String]) throws(GraphError) -> JSON {
        switch (request.method, segments[0], segments.count) {
        case ("GET", "sites", 1):
            return ["sites": .array(sites.map { ["id": .string($0.id), "path": .string("/" + $0.path)] })]
        case ("POST", "sites", 1):
            guard let path = try Self.body(request)["path"]?.string else { throw .malformed("path is missing") }
            return ["id": .string(addSite(path: path).id)]
        case ("GET", "applications", 1):
            return ["applications": .array(applications.values.sorted { $0.clientID < $1.clientID }.map(Self.json))]
        case ("PUT", "applications", 2): return try change(application: segments[1], try Self.body(request))
        case ("GET", "lists", 1):
            return ["lists": .array(sites.flatMap { site in site.lists.map { Self.json($0, site) } })]
        case ("GET", "lists", 3) where segments[2] == "recycleBin":
            let list = try anyList(segments[1])
            return ["items": .array(list.recycleBin.keys.sorted().map { .string(String($0)) })]
        case ("POST", "lists", 3) where segments[2] == "restore": return try restoreList(segments[1])
        case (_, "lists", 3...5) where segments[2] == "items" || segments[2] == "writes":
            return try administerItems(request, segments, try anyList(segments[1]))
        case (_, "lists", 2...4) where segments.count == 2 || segments[2] == "columns":
            return try administerList(request, segments)
        default: throw GraphError(404, "", "there is no \(request.method) /admin/\(segments.joined(separator: "/"))")
        }
    }

    static func body(_ request: HTTPRequest) throws(GraphError) -> JSON {
        do {
            return try JSON.parse(request.body ?? [])
        } catch {
            throw .malformed("\(error)")
        }
    }

    // MARK: Settings, faults and the clock

    private func resetCounters() {
        counters = Counters()
        for list in sites.flatMap(\.lists) + deletedLists.map(\.list) { list.resetWrites() }
    }

    /// Ends all feed tokens, or those of one list, and says how the answers spell it from now on.
    private func expireFeeds(_ json: JSON) throws(GraphError) {
        let lists = try json["list"]?.string.map { (key) throws(GraphError) in [try anyList(key)] }
        if let code = json["code"] { try change(settings: ["deltaResyncCode": code]) }
        for list in lists ?? sites.flatMap(\.lists) + deletedLists.map(\.list) {
            list.feedEpoch += 1
            unsaved.note(list)
        }
    }

    private var countersJSON: JSON {
        let fixed = settings.quotaWindow == "fixed"
        let quota: [JSON.Member] = applications.values.sorted { $0.clientID < $1.clientID }.map { application in
            .init(
                application.clientID,
                [
                    "minute": .number(application.minute.used(at: now, fixed: fixed)),
                    "day": .number(application.day.used(at: now, fixed: fixed)),
                ])
        }
        return .object((counters.json.members ?? []) + [.init("quota", .object(quota))])
    }

    func change(settings json: JSON) throws(GraphError) {
        var changed = settings
        if let problem = changed.merge(json) { throw .malformed(problem) }
        if changed.timeZone != settings.timeZone {
            guard let zone = findZone(changed.timeZone) else {
                throw .malformed("there is no time zone '\(changed.timeZone)'")
            }
            moveDates(to: zone)
            self.zone = zone
        }
        let rebuilds = changed.caseSensitiveText != settings.caseSensitiveText
        settings = changed
        guard rebuilds else { return }
        for list in sites.flatMap(\.lists) {
            list.caseSensitive = changed.caseSensitiveText
            list.rebuildIndexes()
        }
    }

    /// One rule, or `{"faults": [...]}`.
    func addFaults(_ json: JSON) throws(GraphError) -> JSON {
        let rules = json["faults"]?.array ?? [json]
        var added: [JSON] = []
        for rule in rules { added.append(try faults.add(rule).json) }
        return ["faults": .array(added)]
    }

    private var clockJSON: JSON {
        [
            "now": .string(Moment.text(now)), "milliseconds": .number(now), "offsetMilliseconds": .number(clockOffset),
            "frozen": .bool(settings.clockFrozen),
        ]
    }

    private func moveClock(_ json: JSON) throws(GraphError) {
        if let frozen = json["frozen"]?.bool { settings.clockFrozen = frozen }
        guard let seconds = json["advanceSeconds"] else { return }
        guard let count = seconds.double, count >= 0, count < 1e10 else {
            throw .malformed("advanceSeconds is not negative")
        }
        advance(milliseconds: Int64(count * 1000))
    }

    func advance(milliseconds: Int64) {
        now += milliseconds
        clockOffset += milliseconds
        runLateWrites()
    }

    // MARK: Applications

    private static func json(_ application: RegisteredApplication) -> JSON {
        [
            "clientId": .string(application.clientID), "name": .string(application.identity.name),
            "rights": .string(application.rights.rawValue),
            "siteRights": .object(
                application.siteRights.sorted { $0.key < $1.key }.map {
                    .init("/" + $0.key, .string($0.value.rawValue))
                }),
        ]
    }

    private func change(application clientID: String, _ json: JSON) throws(GraphError) -> JSON {
        var rights: Rights?
        if let word = json["rights"]?.string {
            guard let known = Rights(rawValue: word) else { throw .malformed("rights are none, read, write or manage") }
            rights = known
        }
        var siteRights: [String: Rights]?
        for member in json["siteRights"]?.members ?? [] {
            guard let known = member.value.string.flatMap(Rights.init(rawValue:)) else {
                throw .malformed("rights are none, read, write or manage")
            }
            siteRights = siteRights ?? [:]
            siteRights?[member.name.split(separator: "/").joined(separator: "/")] = known
        }
        let application =
            applications[clientID]
            ?? register(
                clientID, secret: json["secret"]?.string ?? random.guid(),
                name: json["name"]?.string ?? "SyncBridge", rights: rights ?? .manage)
        application.secret = json["secret"]?.string ?? application.secret
        application.rights = rights ?? application.rights
        application.siteRights = siteRights ?? application.siteRights
        unsaved.tenant = true
        return Self.json(application)
    }

    // MARK: Lists and items

    /// By id or display name, on any site; the first with people's lists before the system's.
    func anyList(_ key: String) throws(GraphError) -> SimulatedList {
        for site in sites {
            if let list = site.list(key) { return list }
        }
        throw .notFound("The list")
    }

    private static func json(_ list: SimulatedList, _ site: SimulatedSite) -> JSON {
        [
            "id": .string(list.id), "name": .string(list.displayName), "site": .string("/" + site.path),
            "items": .number(list.itemCount), "recycled": .number(list.recycleBin.count),
            "lastItemId": .number(list.lastItemID), "system": .bool(list.isSystem),
            "template": .string(list.template),
        ]
    }

    private func restoreList(_ key: String) throws(GraphError) -> JSON {
        guard let deleted = deletedLists.last(where: { $0.list.isCalled(key) }), restore(deleted) else {
            throw .notFound("The deleted list")
        }
        return ["id": .string(deleted.list.id)]
    }
}
