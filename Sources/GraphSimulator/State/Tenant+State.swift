internal import Core

/// The tenant as JSON: one document, or a line for each list and item, which a journal goes on with. Left out: counters,
/// items' previous versions, and writes that were still to come.
extension Tenant {
    static let stateVersion = 1

    /// Everything in one document.
    var state: JSON {
        let sites: [JSON] = self.sites.map { site in
            .object(
                (Self.state(site).members ?? []) + [
                    .init("lists", .array(site.lists.map(whole))),
                    .init("deletedLists", .array(deletedLists.filter { $0.path == site.path }.map { whole($0.list) })),
                ])
        }
        let members = (head.members ?? []).map { $0.name == "sites" ? JSON.Member("sites", .array(sites)) : $0 }
        return .object(members)
    }

    /// Everything but lists and items. It begins a state: what was there before is gone.
    private var head: JSON {
        .object(
            [.init("version", .number(Tenant.stateVersion))] + (clockState.members ?? [])
                + (tenantState.members ?? []) + (faultState.members ?? []) + (quotaState.members ?? []))
    }

    var clockState: JSON {
        ["now": .number(now), "random": .string(String(random.state)), "requests": .number(requestNumber)]
    }

    var faultState: JSON { ["faults": .array(faults.rules.map(\.json))] }

    /// Left out of the journal, because every call changes it.
    var quotaState: JSON {
        [
            "tenantQuota": Self.state(allApplications),
            "quota": .object(
                applications.values.sorted { $0.clientID < $1.clientID }.map {
                    .init($0.clientID, ["minute": Self.state($0.minute), "day": Self.state($0.day)])
                }),
        ]
    }

    /// What changes seldom.
    var tenantState: JSON {
        [
            "clockOffset": .number(clockOffset),
            "lastUserLookupID": .number(lastUserLookupID),
            "lastApplicationLookupID": .number(lastApplicationLookupID),
            "settings": settings.json,
            "people": .array(
                people.values.sorted { $0.lookupID < $1.lookupID }.map {
                    ["name": .string($0.name), "guid": .string($0.guid), "lookupID": .number($0.lookupID)]
                }),
            "applications": .array(applications.values.sorted { $0.clientID < $1.clientID }.map(Self.state)),
            "tokens": .object(
                tokens.sorted { $0.key < $1.key }.map {
                    .init($0.key, ["client": .string($0.value.clientID), "expires": .number($0.value.expires)])
                }),
            "sites": .array(sites.map(Self.state)),
        ]
    }

    private static func state(_ site: SimulatedSite) -> JSON {
        [
            "id": .string(site.id), "path": .string(site.path), "displayName": .string(site.displayName),
            "created": .number(site.created),
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
        ]
    }

    private static func state(_ window: QuotaWindow) -> JSON {
        .array(window.log.map { [.number($0.start), .number($0.units)] })
    }

    private static func name(_ identity: Identity) -> JSON {
        identity.application.map { ["application": .string($0.clientID)] } ?? .string(identity.name)
    }

    /// A list with its items.
    private func whole(_ list: SimulatedList) -> JSON {
        .object(
            (definition(list).members ?? []) + [
                .init("items", .array(list.slots.compactMap { $0.map(Self.state) })),
                .init("recycleBin", .array(list.recycled.map(Self.state))),
            ])
    }

    /// A list without its items.
    private func definition(_ list: SimulatedList) -> JSON {
        let restoresAt = deletedLists.first { $0.list === list }?.restoresAt
        let members: JSON = [
            "id": .string(list.id), "name": .string(list.name), "displayName": .string(list.displayName),
            "description": .string(list.description), "template": .string(list.template),
            "hidden": .bool(list.hidden), "isSystem": .bool(list.isSystem),
            "contentTypesEnabled": .bool(list.contentTypesEnabled), "folderID": .string(list.folderID),
            "contentTypeID": .string(list.contentTypeID), "created": .number(list.created),
            "modified": .number(list.modified), "createdBy": Self.name(list.createdBy),
            "modifiedBy": Self.name(list.modifiedBy), "version": .number(list.version),
            "unseenCalls": .number(list.unseenCalls), "lastItemID": .number(list.lastItemID),
            "nextSlot": .number(list.nextSlot), "feedEpoch": .number(list.feedEpoch),
            "columns": .array(list.columns.map(Self.state)),
        ]
        guard let restoresAt else { return members }
        return .object((members.members ?? []) + [.init("restoresAt", .number(restoresAt))])
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
        var members = bare(item).members ?? []
        if item.hasAttachments { members.append(.init("attachments", true)) }
        if let label = item.label { members.append(.init("label", .string(label))) }
        if let lock = item.lock { members.append(.init("lock", lock.json)) }
        return .object(members)
    }

    private static func bare(_ item: SimulatedItem) -> JSON {
        [
            "id": .number(item.id), "guid": .string(item.guid), "version": .number(item.version),
            "created": .number(item.created), "modified": .number(item.modified), "createdBy": name(item.createdBy),
            "modifiedBy": name(item.modifiedBy), "change": .number(item.change), "changed": .number(item.changed),
            "values": .object(
                item.values.enumerated().compactMap { slot, value in
                    value.map { .init(String(slot), $0.state) }
                }),
        ]
    }
}

// MARK: - Lines

extension Tenant {
    /// Everything, a line for the tenant, each list and each item.
    func writeState<Failure>(
        _ write: (borrowing [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var lines = StateLines()
        lines.add(head)
        for list in sites.flatMap(\.lists) + deletedLists.map(\.list) {
            lines.add(line(list))
            for case let item? in list.slots {
                lines.add(line(item, of: list))
                try lines.spill(write)
            }
            for item in list.recycled { lines.add(line(item, of: list)) }
        }
        try lines.spill(atLeast: 1, write)
    }

    func line(_ list: SimulatedList) -> JSON {
        let deleted = deletedLists.first { $0.list === list }
        return [
            "site": .string(deleted?.path ?? site(of: list).path), "deleted": .bool(deleted != nil),
            "list": definition(list),
        ]
    }

    func line(_ item: SimulatedItem, of list: SimulatedList) -> JSON {
        ["of": .string(list.id), "recycled": .bool(list.item(item.id) == nil), "item": Self.state(item)]
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

    init?(state json: JSON) {
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
