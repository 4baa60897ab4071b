internal import Core

extension Tenant {
    private static let templates: Set<String> = [
        "genericList", "documentLibrary", "tasks", "survey", "links", "announcements", "contacts",
    ]

    func listLists(_ call: Call, _ site: SimulatedSite) throws(GraphError) -> GraphAnswer {
        let options = try QueryOptions(call.query, allowed: [.select, .filter, .top, .skiptoken])
        let showsSystem = options.select?.contains("system") ?? false
        var lists = site.lists.filter { showsSystem || !$0.isSystem }.filter { $0.unseenCalls == 0 }
        if let filter = options.filter {
            let wanted = try displayName(ofFilter: filter)
            lists = lists.filter { $0.displayName.lowercased() == wanted.lowercased() }
        }
        for list in site.lists where list.unseenCalls > 0 { list.unseenCalls -= 1 }
        let elements = lists.map { selected(json($0, site), options.select) }
        let path = "/sites/\(PercentEncoding.encode(site.id))/lists"
        return try page(
            elements, options, size: settings.listsPageSize,
            context: "\(call.root)/$metadata#sites('\(PercentEncoding.encode(site.id))')/lists",
            url: call.root + path)
    }

    /// Lists can be filtered by `displayName eq '…'` and by nothing else.
    private func displayName(ofFilter filter: String) throws(GraphError) -> String {
        let prefix = "displayName eq '"
        guard filter.hasPrefix(prefix), filter.hasSuffix("'"), filter.count > prefix.count else {
            throw .malformed("Invalid filter clause")
        }
        return String(filter.dropFirst(prefix.count).dropLast()).replacing("''", with: "'")
    }

    func getList(_ call: Call, _ site: SimulatedSite, _ list: SimulatedList) throws(GraphError) -> GraphAnswer {
        let options = try QueryOptions(call.query, allowed: [.select, .expand])
        var body = selected(json(list, site, root: call.root), options.select)
        for expansion in options.expand {
            guard expansion.name == "columns", var members = body.members else {
                throw .invalid("Only columns can be expanded here", inner: "invalidQueryOption")
            }
            members.append(.init("columns", .array(visibleColumns(list, select: expansion.select))))
            body = .object(members)
        }
        return GraphAnswer(200, body)
    }

    func createList(_ call: Call, _ site: SimulatedSite) throws(GraphError) -> GraphAnswer {
        let body = try call.json()
        let draft = try ListDraft(body)
        guard let displayName = draft.displayName, !displayName.trimmingBlanks.isEmpty else {
            throw .invalid("A list needs a displayName")
        }
        guard displayName.utf16.count <= 255 else {
            throw .invalid("The displayName is too long", inner: "parameterIsTooLong")
        }
        guard Tenant.templates.contains(draft.template) else {
            throw .invalid("One of the provided arguments is not acceptable.")
        }
        guard site.list(named: displayName) == nil else {
            throw GraphError(409, "nameAlreadyExists", "A list with this name exists already")
        }
        guard site.lists.count < settings.listsMax else {
            throw .invalid("The site has too many lists", inner: "maxItemCountExceeded")
        }
        let list = makeList(
            name: freeName(displayName, site), displayName: displayName, description: draft.description ?? "",
            template: draft.template, hidden: draft.hidden, contentTypesEnabled: draft.contentTypesEnabled,
            by: call.caller.identity)
        for column in try columnsTaken(draft.columns) {
            let added = try addColumn(
                try ColumnDraft(column), to: list, site, honoursFlags: settings.honourColumnFlagsInNewList)
            added.unseenCalls = settings.hideNewColumnCalls
        }
        list.unseenCalls = settings.hideNewListCalls
        site.lists.append(list)
        unsaved.note(list)
        var answer = GraphAnswer(201, json(list, site, root: call.root))
        if settings.locationHeader {
            answer.headers.append(HTTPHeader("Location", "\(call.root)/sites/\(site.id)/lists/\(list.id)"))
        }
        return answer
    }

    /// Those of a new list's columns that come with it.
    private func columnsTaken(_ columns: [JSON]) throws(GraphError) -> [JSON] {
        switch settings.newListColumns {
        case "ignored": return []
        case "first": return Array(columns.prefix(1))
        case "refused" where columns.count > 1:
            throw .invalid("One of the provided arguments is not acceptable.")
        default: return columns
        }
    }

    /// The part of a new list's address: its title without what URLs do not take, made unique by a number.
    private func freeName(_ displayName: String, _ site: SimulatedSite) -> String {
        let refused = Set("~#%&*{}\\:<>?/+|\"")
        let kept = String(displayName.filter { !refused.contains($0) }).trimmingBlanks
        let base = kept.isEmpty ? "List" : kept
        let taken = Set(site.lists.map { $0.name.lowercased() })
        var name = base
        var number = 0
        while taken.contains(name.lowercased()) {
            number += 1
            name = "\(base)\(number)"
        }
        return name
    }

    func patchList(_ call: Call, _ site: SimulatedSite, _ list: SimulatedList) throws(GraphError) -> GraphAnswer {
        let body = try call.json()
        guard let members = body.members else { throw .malformed("A list is an object") }
        try requireMatch(call, list.eTag)
        var displayName: String?
        var description: String?
        for member in members where !member.name.hasPrefix("@odata.") {
            switch (member.name, member.value) {
            case ("displayName", .string(let text)): displayName = text
            case ("description", .string(let text)): description = text
            case ("name", _): throw ListDraft.nameRefused
            default: throw .invalid("'\(member.name)' of a list cannot be changed", inner: "propertyNotUpdateable")
            }
        }
        guard !list.isSystem else { throw .denied }
        if let displayName {
            guard !displayName.trimmingBlanks.isEmpty, displayName.utf16.count <= 255 else {
                throw .invalid("The displayName is not acceptable", inner: "invalidParameterFormat")
            }
            if let other = site.list(named: displayName), other !== list {
                throw GraphError(409, "nameAlreadyExists", "A list with this name exists already")
            }
            list.displayName = displayName
        }
        if let description { list.description = description }
        list.version += 1
        list.touch(now, call.caller.identity)
        unsaved.note(list)
        return GraphAnswer(200, json(list, site, root: call.root))
    }

    func deleteList(_ call: Call, _ site: SimulatedSite, _ list: SimulatedList) throws(GraphError) -> GraphAnswer {
        try requireMatch(call, list.eTag)
        guard !list.isSystem else { throw .denied }
        guard list.itemCount <= settings.deleteListItemsMax else { throw .threshold }
        recycle(list)
        return GraphAnswer(204)
    }

    func json(_ list: SimulatedList, _ site: SimulatedSite, root: String? = nil) -> JSON {
        var members: [JSON.Member] = []
        if let root {
            let id = PercentEncoding.encode(site.id)
            members.append(.init("@odata.context", .string("\(root)/$metadata#sites('\(id)')/lists/$entity")))
        }
        members += [
            .init("@odata.etag", .string(list.eTag)), .init("createdDateTime", .string(Moment.text(list.created))),
            .init("description", .string(list.description)), .init("eTag", .string(list.eTag)),
            .init("id", .string(list.id)), .init("lastModifiedDateTime", .string(Moment.text(list.modified))),
            .init("name", .string(list.name)), .init("webUrl", .string(webURL(list, site))),
            .init("displayName", .string(list.displayName)), .init("createdBy", list.createdBy.json),
            .init("lastModifiedBy", list.modifiedBy.json), .init("parentReference", ["siteId": .string(site.id)]),
            .init(
                "list",
                [
                    "contentTypesEnabled": .bool(list.contentTypesEnabled), "hidden": .bool(list.hidden),
                    "template": .string(list.template),
                ]),
        ]
        if list.isSystem { members.append(.init("system", [:])) }
        return .object(members)
    }

    func webURL(_ list: SimulatedList, _ site: SimulatedSite) -> String {
        let folder = list.template == "documentLibrary" ? "" : "Lists/"
        return "\(site.webURL)/\(folder)\(PercentEncoding.encode(list.name))"
    }

    /// Checks `If-Match`.
    func requireMatch(_ call: Call, _ eTag: String) throws(GraphError) {
        guard let wanted = call.header("If-Match"), wanted != "*" else { return }
        guard wanted.hasPrefix("\""), wanted.hasSuffix("\""), wanted.utf8.count > 2 else {
            throw .invalid("The entity tag is malformed", inner: "malformedEntityTag")
        }
        guard wanted == eTag else {
            throw GraphError(
                412, "resourceModified",
                "The resource has changed since the caller last read it; usually an eTag mismatch",
                innerCode: "entityTagDoesNotMatch")
        }
    }
}

/// The body of a POST of a list.
struct ListDraft {
    var displayName: String?
    var description: String?
    var template = "genericList"
    var hidden = false
    var contentTypesEnabled = false
    var columns: [JSON] = []

    static let nameRefused = GraphError.invalid(
        "Cannot define a 'name' for a list as it is assigned by the server. Instead, provide 'displayName'")

    init(_ json: JSON) throws(GraphError) {
        guard let members = json.members else { throw .malformed("A list is an object") }
        for member in members where !member.name.hasPrefix("@odata.") {
            switch (member.name, member.value) {
            case ("displayName", .string(let text)): displayName = text
            case ("description", .string(let text)): description = text
            case ("columns", .array(let elements)): columns = elements
            case ("list", .object(let options)): try read(options)
            case ("name", _): throw ListDraft.nameRefused
            default: throw .malformed("The property '\(member.name)' is not acceptable for a list")
            }
        }
    }

    private mutating func read(_ options: [JSON.Member]) throws(GraphError) {
        for option in options where !option.name.hasPrefix("@odata.") {
            switch (option.name, option.value) {
            case ("template", .string(let text)): template = text
            case ("hidden", .bool(let flag)): hidden = flag
            case ("contentTypesEnabled", .bool(let flag)): contentTypesEnabled = flag
            default: throw .malformed("The property '\(option.name)' is not acceptable for a list")
            }
        }
    }
}
