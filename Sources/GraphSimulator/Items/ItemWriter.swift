internal import Core

/// Writes items as JSON.
struct ItemWriter {
    var list: SimulatedList
    var site: SimulatedSite
    var settings: Settings
    var root: String
    var people: [String: Identity]
    /// Set for the answer to a write.
    var answer: WriteAnswer?

    private var path: String { "sites('\(PercentEncoding.encode(site.id))')/lists('\(list.id)')/items" }

    /// A `listItem`.
    /// - Parameters:
    ///   - select: The item's properties; `nil` for all.
    ///   - fields: `nil` for an item without its fields.
    func item(_ item: SimulatedItem, select: [String]? = nil, fields: FieldSelection?, standsAlone: Bool) -> JSON {
        var members: [JSON.Member] = []
        if standsAlone { members.append(.init("@odata.context", .string("\(root)/$metadata#\(path)/$entity"))) }
        members.append(.init("@odata.etag", .string(item.eTag)))
        func add(_ name: String, _ value: @autoclosure () -> JSON) {
            if select?.contains(name) ?? true { members.append(.init(name, value())) }
        }
        add("createdDateTime", .string(Moment.text(item.created)))
        add("eTag", .string(item.eTag))
        add("id", .string(String(item.id)))
        add("lastModifiedDateTime", .string(Moment.text(item.modified)))
        add("webUrl", .string("\(site.webURL)/Lists/\(PercentEncoding.encode(list.name))/\(item.id)_.000"))
        add("createdBy", item.createdBy.json)
        add("lastModifiedBy", item.modifiedBy.json)
        add("parentReference", ["id": .string(list.folderID), "siteId": .string(site.id)])
        add("contentType", ["id": .string(list.contentTypeID), "name": "Item"])
        if select?.contains("sharepointIds") ?? false { add("sharepointIds", sharePointIDs(item)) }
        if let fields, select?.contains("fields") ?? true {
            members.append(
                .init(
                    "fields@odata.context",
                    .string("\(root)/$metadata#\(path)('\(item.id)')/fields/$entity")))
            members.append(.init("fields", .object(fieldMembers(item, fields))))
        }
        return .object(members)
    }

    /// A removed item as a change feed shows it: its id and little more.
    func removed(_ item: SimulatedItem, select: [String]?) -> JSON {
        var members: [JSON.Member] = [.init("id", .string(String(item.id)))]
        if select?.contains("parentReference") ?? true {
            members.append(.init("parentReference", ["siteId": .string(site.id)]))
        }
        if select?.contains("contentType") ?? true {
            members.append(.init("contentType", ["id": .string(list.contentTypeID), "name": "Item"]))
        }
        members.append(.init("deleted", ["state": "deleted"]))
        return .object(members)
    }

    /// A `fieldValueSet` that stands alone.
    func fieldSet(_ item: SimulatedItem, _ selection: FieldSelection) -> JSON {
        let context = JSON.Member("@odata.context", .string("\(root)/$metadata#\(path)('\(item.id)')/fields/$entity"))
        return .object([context] + fieldMembers(item, selection))
    }

    private func sharePointIDs(_ item: SimulatedItem) -> JSON {
        let parts = site.id.split(separator: ",")
        return [
            "listId": .string(list.id), "listItemId": .string(String(item.id)), "listItemUniqueId": .string(item.guid),
            "siteId": .string(parts.count > 1 ? String(parts[1]) : ""), "siteUrl": .string(site.webURL),
            "tenantId": "00000000-0000-0000-0000-000000000000",
            "webId": .string(parts.count > 2 ? String(parts[2]) : ""),
        ]
    }

    // MARK: Fields

    func fieldMembers(_ item: SimulatedItem, _ selection: FieldSelection) -> [JSON.Member] {
        var members: [JSON.Member] = [.init("@odata.etag", .string(item.eTag))]
        switch selection {
        case .named(let fields):
            for field in fields { append(field, of: item, to: &members) }
        case .visible, .all:
            members.append(.init("id", .string(String(item.id))))
            let showsHidden = if case .all = selection { true } else { false }
            for column in list.columns where column.system == nil && (showsHidden || !column.hidden) {
                appendValue(column, of: item, to: &members)
            }
            for column in list.columns {
                if let system = column.system, system != .id { append(system, of: item, to: &members) }
            }
        }
        return members
    }

    private func append(_ field: SelectedField, of item: SimulatedItem, to members: inout [JSON.Member]) {
        switch field {
        case .value(let column), .lookupID(let column):
            if let system = column.system {
                append(system, of: item, to: &members)
            } else {
                appendValue(column, of: item, to: &members)
            }
        case .lookupText(let column):
            guard case .reference(let id)? = item[column.slot], let text = text(id, column) else { return }
            members.append(.init(column.key, .string(text)))
        }
    }

    func appendValue(_ column: SimulatedColumn, of item: SimulatedItem, to members: inout [JSON.Member]) {
        guard let stored = item[column.slot] else { return }
        switch answer?.shown(stored) ?? stored {
        case .text(let text): members.append(.init(column.key, .string(text)))
        case .number(let number): members.append(.init(column.key, json(number)))
        case .bool(let flag): members.append(.init(column.key, .bool(flag)))
        case .instant(let instant): members.append(.init(column.key, .string(instant.isoText)))
        case .texts(let texts):
            members.append(.init(column.key + "@odata.type", "#Collection(Edm.String)"))
            members.append(.init(column.key, .array(texts.map { .string($0) })))
        case .reference(let id): members.append(.init(column.lookupKey, .string(String(id))))
        case .references(let ids):
            members.append(.init(column.key, .array(ids.map { entry($0, column) })))
        case .link(let url, let description):
            members.append(.init(column.key, ["Description": .string(description), "Url": .string(url)]))
        }
    }

    private func json(_ number: Double) -> JSON {
        let json = JSON.number(number)
        guard settings.wholeNumbersWithFraction, case .number(let text) = json, Int(text) != nil else { return json }
        return .number(text + ".0")
    }

    private func entry(_ id: Int, _ column: SimulatedColumn) -> JSON {
        var members: [JSON.Member] = [
            .init("LookupId", .number(id)), .init("LookupValue", .string(text(id, column) ?? "")),
        ]
        if case .persons = column.valueType { members.append(.init("Email", "")) }
        return .object(members)
    }

    /// What a lookup shows: the named column of its target, or a person's name.
    private func text(_ id: Int, _ column: SimulatedColumn) -> String? {
        switch column.valueType {
        case .person, .persons: return people.values.first { $0.lookupID == id }?.name
        case .lookup(let target), .lookups(let target):
            guard let list = site.lists.first(where: { $0.id == target.lowercased() }), let item = list.item(id),
                let shown = list.column(named: column.facet?["columnName"]?.string ?? "Title"),
                case .text(let text)? = item[shown.slot]
            else { return nil }
            return text
        default: return nil
        }
    }

    /// The fields that the server makes.
    private func append(_ column: SystemColumn, of item: SimulatedItem, to members: inout [JSON.Member]) {
        func add(_ name: String, _ value: JSON) { members.append(.init(name, value)) }
        switch column {
        case .id: add("id", .string(String(item.id)))
        case .contentType: add("ContentType", "Item")
        case .modified: add("Modified", .string(Moment.text(item.modified)))
        case .created: add("Created", .string(Moment.text(item.created)))
        case .author: add("AuthorLookupId", .string(String(item.createdBy.lookupID)))
        case .editor: add("EditorLookupId", .string(String(item.modifiedBy.lookupID)))
        case .version: add("_UIVersionString", .string("\(item.version).0"))
        case .attachments: add("Attachments", .bool(item.hasAttachments))
        case .edit: add("Edit", "")
        case .linkTitleNoMenu, .linkTitle:
            if let title = list.columns.first, title.name == "Title", case .text(let text)? = item[title.slot] {
                add(column.rawValue, .string(text))
            }
        case .itemChildCount, .folderChildCount: add(column.rawValue, "0")
        case .complianceTag: add(column.rawValue, .string(item.label ?? ""))
        case .complianceFlags, .complianceTagWrittenTime, .complianceTagUserID: add(column.rawValue, "")
        case .appAuthor:
            if let application = item.createdBy.application {
                add("AppAuthorLookupId", .string(String(application.lookupID)))
            }
        case .appEditor:
            if let application = item.modifiedBy.application {
                add("AppEditorLookupId", .string(String(application.lookupID)))
            }
        case .docIcon, .isRecord, .complianceAssetID, .colorTag: break
        }
    }
}
