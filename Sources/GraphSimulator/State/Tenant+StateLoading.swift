internal import Core

/// Reading what `Tenant+State` wrote.
extension Tenant {
    static let broken = GraphError.malformed("the state is not one that this simulator wrote")

    /// Replaces everything by a saved state.
    func load(_ json: JSON) throws(GraphError) {
        try begin(json)
        finishLoading()
        unsaved.everything = true
    }

    /// Takes in one line of a state file. ``finishLoading()`` must follow the last.
    func load(line json: JSON) throws(GraphError) {
        if json["version"] != nil {
            try begin(json)
        } else if let item = json["item"] {
            guard let list = json["of"]?.string.flatMap(knownList) else { throw Self.broken }
            let loaded = try self.item(item)
            list.place(loaded, isRecycled: json["recycled"]?.bool ?? false)
            list.modified = max(list.modified, loaded.changed)
        } else if let list = json["list"] {
            try loadList(list, site: json["site"]?.string ?? "", isDeleted: json["deleted"]?.bool ?? false)
        } else if let list = json["endedList"]?.string.flatMap(knownList) {
            deleteForGood(list)
        } else if json["sites"] != nil {
            try loadTenant(json)
        } else if json["quota"] != nil {
            loadQuota(json)
        } else if json["faults"] != nil {
            try loadFaults(json)
        } else {
            try loadClock(json)
        }
    }

    /// Indexes are built once, when all items are there.
    func finishLoading() {
        for list in sites.flatMap(\.lists) + deletedLists.map(\.list) {
            list.caseSensitive = settings.caseSensitiveText
            list.rebuildIndexes()
        }
    }

    private func knownList(_ id: String) -> SimulatedList? {
        for site in sites {
            if let list = site.lists.first(where: { $0.id == id }) { return list }
        }
        return deletedLists.first { $0.list.id == id }?.list
    }

    /// Forgets everything and loads the head of a state, or a whole one.
    private func begin(_ json: JSON) throws(GraphError) {
        guard json["version"]?.integer == Tenant.stateVersion, json["sites"]?.array != nil else { throw Self.broken }
        people = [:]
        applications = [:]
        sites = []
        deletedLists = []
        lateWrites = []
        schemaCallsUnderWay = []
        try loadClock(json)
        try loadTenant(json)
        try loadFaults(json)
        loadQuota(json)
        for site in json["sites"]?.array ?? [] {
            let path = site["path"]?.string ?? ""
            for list in site["lists"]?.array ?? [] { try loadList(list, site: path, isDeleted: false) }
            for list in site["deletedLists"]?.array ?? [] { try loadList(list, site: path, isDeleted: true) }
        }
    }

    private func loadClock(_ json: JSON) throws(GraphError) {
        guard let seed = json["random"]?.string.flatMap(UInt64.init), let now = json["now"]?.integer else {
            throw Self.broken
        }
        random = SeededRandom(seed: seed)
        self.now = Int64(now)
        requestNumber = json["requests"]?.integer ?? requestNumber
    }

    private func loadFaults(_ json: JSON) throws(GraphError) {
        faults.removeAll()
        for rule in json["faults"]?.array ?? [] { _ = try faults.add(rule) }
    }

    private func loadTenant(_ json: JSON) throws(GraphError) {
        guard let settings = json["settings"] else { throw Self.broken }
        clockOffset = Int64(json["clockOffset"]?.integer ?? 0)
        lastUserLookupID = json["lastUserLookupID"]?.integer ?? 10
        lastApplicationLookupID = json["lastApplicationLookupID"]?.integer ?? 20
        try change(settings: settings)
        try loadIdentities(json)
        for site in json["sites"]?.array ?? [] { try loadSite(site) }
    }

    private func loadIdentities(_ json: JSON) throws(GraphError) {
        for entry in json["people"]?.array ?? [] {
            guard let name = entry["name"]?.string, let guid = entry["guid"]?.string,
                let id = entry["lookupID"]?.integer
            else { throw Self.broken }
            if people[name] == nil { people[name] = Identity(name: name, guid: guid, lookupID: id) }
        }
        for entry in json["applications"]?.array ?? [] { try loadApplication(entry) }
        tokens = [:]
        for member in json["tokens"]?.members ?? [] {
            guard let client = member.value["client"]?.string, let expires = member.value["expires"]?.integer else {
                throw Self.broken
            }
            tokens[member.name] = IssuedToken(clientID: client, expires: Int64(expires))
        }
    }

    private func loadApplication(_ json: JSON) throws(GraphError) {
        guard let clientID = json["clientID"]?.string, let secret = json["secret"]?.string,
            let name = json["name"]?.string, let lookupID = json["lookupID"]?.integer,
            let rights = json["rights"]?.string.flatMap(Rights.init(rawValue:))
        else { throw Self.broken }
        let application =
            applications[clientID]
            ?? RegisteredApplication(
                clientID: clientID, secret: secret,
                identity: Identity(name: name, guid: clientID, lookupID: 1, application: (clientID, lookupID)),
                rights: rights)
        application.secret = secret
        application.rights = rights
        application.siteRights = [:]
        for member in json["siteRights"]?.members ?? [] {
            application.siteRights[member.name] = member.value.string.flatMap(Rights.init(rawValue:))
        }
        applications[clientID] = application
    }

    private func loadQuota(_ json: JSON) {
        allApplications = QuotaWindow(seconds: 300)
        Self.load(json["tenantQuota"], into: &allApplications)
        for member in json["quota"]?.members ?? [] {
            guard let application = applications[member.name] else { continue }
            application.minute = QuotaWindow(seconds: 60)
            application.day = QuotaWindow(seconds: 86_400)
            Self.load(member.value["minute"], into: &application.minute)
            Self.load(member.value["day"], into: &application.day)
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

    private func loadSite(_ json: JSON) throws(GraphError) {
        guard let id = json["id"]?.string, let path = json["path"]?.string, let title = json["displayName"]?.string
        else { throw Self.broken }
        if sites.contains(where: { $0.id == id }) { return }
        sites.append(
            SimulatedSite(
                id: id, host: String(id.prefix { $0 != "," }), path: path, displayName: title,
                created: Int64(json["created"]?.integer ?? 0)))
    }

    /// Adds a list, or changes the one that is there, and puts it where it belongs.
    private func loadList(_ json: JSON, site path: String, isDeleted: Bool) throws(GraphError) {
        var found = json["id"]?.string.flatMap(knownList)
        if found == nil { found = try newList(json) }
        guard let list = found else { throw Self.broken }
        try define(list, json)
        let isInPlace =
            isDeleted
            ? deletedLists.contains { $0.list === list }
            : sites.contains { site in site.lists.contains { $0 === list } }
        if isDeleted, let index = deletedLists.firstIndex(where: { $0.list === list }) {
            deletedLists[index].restoresAt = json["restoresAt"]?.integer
        }
        guard !isInPlace else { return }
        for site in sites { site.lists.removeAll { $0 === list } }
        deletedLists.removeAll { $0.list === list }
        if isDeleted {
            deletedLists.append(DeletedList(path: path, list: list, restoresAt: json["restoresAt"]?.integer))
        } else {
            guard let site = sites.first(where: { $0.path == path }) else { throw Self.broken }
            site.lists.append(list)
        }
    }

    private func newList(_ json: JSON) throws(GraphError) -> SimulatedList {
        guard let id = json["id"]?.string, let name = json["name"]?.string,
            let displayName = json["displayName"]?.string, let template = json["template"]?.string,
            let folder = json["folderID"]?.string, let contentType = json["contentTypeID"]?.string
        else { throw Self.broken }
        return SimulatedList(
            id: id, name: name, displayName: displayName, template: template, hidden: json["hidden"]?.bool ?? false,
            isSystem: json["isSystem"]?.bool ?? false,
            contentTypesEnabled: json["contentTypesEnabled"]?.bool ?? false, folderID: folder,
            contentTypeID: contentType, created: Int64(json["created"]?.integer ?? 0),
            createdBy: try identity(json["createdBy"]))
    }

    /// What may change of a list, and the items that stand with it.
    private func define(_ list: SimulatedList, _ json: JSON) throws(GraphError) {
        list.displayName = json["displayName"]?.string ?? list.displayName
        list.description = json["description"]?.string ?? ""
        list.modified = Int64(json["modified"]?.integer ?? 0)
        list.modifiedBy = try identity(json["modifiedBy"])
        list.version = json["version"]?.integer ?? 1
        list.unseenCalls = json["unseenCalls"]?.integer ?? 0
        list.feedEpoch = json["feedEpoch"]?.integer ?? 0
        var columns: [SimulatedColumn] = []
        for column in json["columns"]?.array ?? [] { columns.append(try self.column(column)) }
        list.replaceColumns(by: columns)
        list.nextSlot = json["nextSlot"]?.integer ?? list.nextSlot
        for entry in json["items"]?.array ?? [] { list.place(try item(entry), isRecycled: false) }
        for entry in json["recycleBin"]?.array ?? [] { list.place(try item(entry), isRecycled: true) }
        list.reserveIDs(upTo: json["lastItemID"]?.integer ?? 0)
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
        item.hasAttachments = json["attachments"]?.bool ?? false
        item.label = json["label"]?.string
        item.lock = json["lock"].flatMap(ItemLock.init(json:))
        item.change = json["change"]?.integer ?? 0
        item.changed = Int64(json["changed"]?.integer ?? 0)
        for member in json["values"]?.members ?? [] {
            guard let slot = Int(member.name), slot >= 0, slot < 10_000, let value = FieldValue(state: member.value)
            else { throw Self.broken }
            item[slot] = value
        }
        return item
    }
}
