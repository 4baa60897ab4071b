internal import Core

/// The tenant as one JSON document. Left out: counters, and writes that were still to come.
extension Tenant {
    private static let stateVersion = 1

    var state: JSON {
        [
            "version": .number(Tenant.stateVersion),
            "now": .number(now),
            "clockOffset": .number(clockOffset),
            "random": .string(String(random.state)),
            "lastUserLookupID": .number(lastUserLookupID),
            "lastApplicationLookupID": .number(lastApplicationLookupID),
            "settings": settings.json,
            "faults": .array(faults.rules.map(\.json)),
            "people": .array(
                people.values.sorted { $0.lookupID < $1.lookupID }.map {
                    ["name": .string($0.name), "guid": .string($0.guid), "lookupID": .number($0.lookupID)]
                }),
            "applications": .array(applications.values.sorted { $0.clientID < $1.clientID }.map(Self.state)),
            "tokens": .object(
                tokens.sorted { $0.key < $1.key }.map {
                    .init($0.key, ["client": .string($0.value.clientID), "expires": .number($0.value.expires)])
                }),
            "tenantQuota": Self.state(allApplications),
            "sites": .array(
                sites.map { site in
                    [
                        "id": .string(site.id), "path": .string(site.path), "displayName": .string(site.displayName),
                        "created": .number(site.created),
                        "lists": .array(site.lists.map(state)),
                        "deletedLists": .array(deletedLists.filter { $0.path == site.path }.map { state($0.list) }),
                    ]
                }),
        ]
    }

    private static func state(_ application: RegisteredApplication) -> JSON {
        [
            "clientID": .string(application.clientID), "secret": .string(application.secret),
            "name": .string(application.identity.name),
            "lookupID": .number(application.identity.application?.lookupID ?? 0),
            "rights": .string(application.rights.rawValue),
            "siteRights": .object(
                application.siteRights.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value.rawValue)) }),
            "minute": state(application.minute), "day": state(application.day),
        ]
    }

    private static func state(_ window: QuotaWindow) -> JSON {
        .array(window.log.map { [.number($0.start), .number($0.units)] })
    }

    private static func name(_ identity: Identity) -> JSON {
        identity.application.map { ["application": .string($0.clientID)] } ?? .string(identity.name)
    }

    private func state(_ list: SimulatedList) -> JSON {
        [
            "id": .string(list.id), "name": .string(list.name), "displayName": .string(list.displayName),
            "description": .string(list.description), "template": .string(list.template),
            "hidden": .bool(list.hidden), "isSystem": .bool(list.isSystem),
            "contentTypesEnabled": .bool(list.contentTypesEnabled), "folderID": .string(list.folderID),
            "contentTypeID": .string(list.contentTypeID), "created": .number(list.created),
            "modified": .number(list.modified), "createdBy": Self.name(list.createdBy),
            "modifiedBy": Self.name(list.modifiedBy), "version": .number(list.version),
            "unseenCalls": .number(list.unseenCalls), "lastItemID": .number(list.lastItemID),
            "nextSlot": .number(list.nextSlot),
            "columns": .array(list.columns.map(Self.state)),
            "items": .array(list.slots.compactMap { $0.map(Self.state) }),
            "recycleBin": .array(list.recycleBin.values.sorted { $0.id < $1.id }.map(Self.state)),
        ]
    }

    private static func state(_ column: SimulatedColumn) -> JSON {
        var members = column.json.members ?? []
        members.append(.init("slot", .number(column.slot)))
        members.append(.init("unseenCalls", .number(column.unseenCalls)))
        if let system = column.system { members.append(.init("system", .string(system.rawValue))) }
        if let validation = column.validation { members.append(.init("validation", validation)) }
        return .object(members)
    }

    private static func state(_ item: SimulatedItem) -> JSON {
        [
            "id": .number(item.id), "guid": .string(item.guid), "version": .number(item.version),
            "created": .number(item.created), "modified": .number(item.modified), "createdBy": name(item.createdBy),
            "modifiedBy": name(item.modifiedBy),
            "values": .object(
                item.values.enumerated().compactMap { slot, value in
                    value.map { .init(String(slot), $0.state) }
                }),
        ]
    }
}

// MARK: - Loading

extension Tenant {
    private static let broken = GraphError.malformed("the state is not one that this simulator wrote")

    /// Replaces everything by a saved state.
    func load(_ json: JSON) throws(GraphError) {
        guard json["version"]?.integer == Tenant.stateVersion, let seed = json["random"]?.string.flatMap(UInt64.init),
            let now = json["now"]?.integer, let settings = json["settings"]
        else { throw Self.broken }
        random = SeededRandom(seed: seed)
        self.now = Int64(now)
        clockOffset = Int64(json["clockOffset"]?.integer ?? 0)
        lastUserLookupID = json["lastUserLookupID"]?.integer ?? 10
        lastApplicationLookupID = json["lastApplicationLookupID"]?.integer ?? 20
        try change(settings: settings)
        faults.removeAll()
        for rule in json["faults"]?.array ?? [] { _ = try faults.add(rule) }
        lateWrites = []
        schemaCallsUnderWay = []
        try loadIdentities(json)
        sites = []
        deletedLists = []
        for site in json["sites"]?.array ?? [] { sites.append(try self.site(site)) }
    }

    private func loadIdentities(_ json: JSON) throws(GraphError) {
        people = [:]
        for entry in json["people"]?.array ?? [] {
            guard let name = entry["name"]?.string, let guid = entry["guid"]?.string,
                let id = entry["lookupID"]?.integer
            else { throw Self.broken }
            people[name] = Identity(name: name, guid: guid, lookupID: id)
        }
        applications = [:]
        for entry in json["applications"]?.array ?? [] {
            guard let clientID = entry["clientID"]?.string, let secret = entry["secret"]?.string,
                let name = entry["name"]?.string, let lookupID = entry["lookupID"]?.integer,
                let rights = entry["rights"]?.string.flatMap(Rights.init(rawValue:))
            else { throw Self.broken }
            let identity = Identity(name: name, guid: clientID, lookupID: 1, application: (clientID, lookupID))
            let application = RegisteredApplication(
                clientID: clientID, secret: secret, identity: identity, rights: rights)
            for member in entry["siteRights"]?.members ?? [] {
                application.siteRights[member.name] = member.value.string.flatMap(Rights.init(rawValue:))
            }
            Self.load(entry["minute"], into: &application.minute)
            Self.load(entry["day"], into: &application.day)
            applications[clientID] = application
        }
        allApplications = QuotaWindow(seconds: 300)
        Self.load(json["tenantQuota"], into: &allApplications)
        tokens = [:]
        for member in json["tokens"]?.members ?? [] {
            guard let client = member.value["client"]?.string, let expires = member.value["expires"]?.integer else {
                throw Self.broken
            }
            tokens[member.name] = IssuedToken(clientID: client, expires: Int64(expires))
        }
    }

    private static func load(_ log: JSON?, into window: inout QuotaWindow) {
        for entry in log?.array ?? [] {
            guard let pair = entry.array, pair.count == 2, let start = pair[0].integer, let units = pair[1].integer
            else { continue }
            window.add(units, at: Int64(start))
        }
    }

    private func identity(_ json: JSON?) throws(GraphError) -> Identity {
        if let name = json?.string { return person(name) }
        guard let identity = json?["application"]?.string.flatMap({ applications[$0]?.identity }) else {
            throw Self.broken
        }
        return identity
    }

    private func site(_ json: JSON) throws(GraphError) -> SimulatedSite {
        guard let id = json["id"]?.string, let path = json["path"]?.string, let title = json["displayName"]?.string
        else { throw Self.broken }
        let site = SimulatedSite(
            id: id, host: String(id.prefix { $0 != "," }), path: path, displayName: title,
            created: Int64(json["created"]?.integer ?? 0))
        for list in json["lists"]?.array ?? [] { site.lists.append(try self.list(list)) }
        for list in json["deletedLists"]?.array ?? [] { deletedLists.append((path, try self.list(list))) }
        return site
    }

    private func list(_ json: JSON) throws(GraphError) -> SimulatedList {
        guard let id = json["id"]?.string, let name = json["name"]?.string,
            let displayName = json["displayName"]?.string, let template = json["template"]?.string,
            let folder = json["folderID"]?.string, let contentType = json["contentTypeID"]?.string
        else { throw Self.broken }
        let list = SimulatedList(
            id: id, name: name, displayName: displayName, description: json["description"]?.string ?? "",
            template: template, hidden: json["hidden"]?.bool ?? false, isSystem: json["isSystem"]?.bool ?? false,
            contentTypesEnabled: json["contentTypesEnabled"]?.bool ?? false, folderID: folder,
            contentTypeID: contentType, created: Int64(json["created"]?.integer ?? 0),
            createdBy: try identity(json["createdBy"]))
        list.modified = Int64(json["modified"]?.integer ?? 0)
        list.modifiedBy = try identity(json["modifiedBy"])
        list.version = json["version"]?.integer ?? 1
        list.unseenCalls = json["unseenCalls"]?.integer ?? 0
        list.caseSensitive = settings.caseSensitiveText
        for column in json["columns"]?.array ?? [] { list.add(try self.column(column)) }
        list.nextSlot = json["nextSlot"]?.integer ?? list.nextSlot
        for entry in json["items"]?.array ?? [] { list.insert(try item(entry)) }
        for entry in json["recycleBin"]?.array ?? [] { list.keepInBin(try item(entry)) }
        list.reserveIDs(upTo: json["lastItemID"]?.integer ?? 0)
        return list
    }

    private func column(_ json: JSON) throws(GraphError) -> SimulatedColumn {
        guard let id = json["id"]?.string, let slot = json["slot"]?.integer, let name = json["name"]?.string,
            let displayName = json["displayName"]?.string
        else { throw Self.broken }
        let kind = Facet.Kind.allCases.first { json[$0.rawValue] != nil }
        let facet = kind.map { Facet(kind: $0, options: json[$0.rawValue]?.members ?? []) }
        let column = SimulatedColumn(
            id: id, slot: slot, name: name, displayName: displayName, facet: facet,
            system: json["system"]?.string.flatMap(SystemColumn.init(rawValue:)))
        column.description = json["description"]?.string ?? ""
        column.columnGroup = json["columnGroup"]?.string ?? ""
        column.required = json["required"]?.bool ?? false
        column.hidden = json["hidden"]?.bool ?? false
        column.readOnly = json["readOnly"]?.bool ?? false
        column.indexed = json["indexed"]?.bool ?? false
        column.enforceUniqueValues = json["enforceUniqueValues"]?.bool ?? false
        column.defaultValue = json["defaultValue"]
        column.validation = json["validation"]
        column.unseenCalls = json["unseenCalls"]?.integer ?? 0
        return column
    }

    private func item(_ json: JSON) throws(GraphError) -> SimulatedItem {
        guard let id = json["id"]?.integer, id > 0, let guid = json["guid"]?.string,
            let version = json["version"]?.integer
        else { throw Self.broken }
        let item = SimulatedItem(
            id: id, guid: guid, version: version, created: Int64(json["created"]?.integer ?? 0),
            modified: Int64(json["modified"]?.integer ?? 0), createdBy: try identity(json["createdBy"]),
            modifiedBy: try identity(json["modifiedBy"]))
        for member in json["values"]?.members ?? [] {
            guard let slot = Int(member.name), slot >= 0, slot < 10_000, let value = FieldValue(state: member.value)
            else { throw Self.broken }
            item[slot] = value
        }
        return item
    }
}

extension FieldValue {
    /// The value as the state file has it: plain where JSON has the type, else an object that names it.
    fileprivate var state: JSON {
        switch self {
        case .text(let text): .string(text)
        case .number(let number): .number(number)
        case .bool(let flag): .bool(flag)
        case .instant(let instant): ["at": .number(instant.seconds)]
        case .texts(let texts): .array(texts.map { .string($0) })
        case .reference(let id): ["id": .number(id)]
        case .references(let ids): ["ids": .array(ids.map { .number($0) })]
        case .link(let url, let description): ["url": .string(url), "description": .string(description)]
        }
    }

    fileprivate init?(state json: JSON) {
        switch json {
        case .string(let text): self = .text(text)
        case .number: self = .number(json.double ?? 0)
        case .bool(let flag): self = .bool(flag)
        case .array(let elements): self = .texts(elements.compactMap(\.string))
        case .object:
            if let seconds = json["at"]?.integer {
                self = .instant(Instant(seconds: Int64(seconds)))
            } else if let id = json["id"]?.integer {
                self = .reference(id)
            } else if let ids = json["ids"]?.array {
                self = .references(ids.compactMap(\.integer))
            } else if let url = json["url"]?.string, let description = json["description"]?.string {
                self = .link(url: url, description: description)
            } else {
                return nil
            }
        case .null: return nil
        }
    }
}
