package import Core

/// Requests about items and their answers (FACTS 1.5, 5, 6).
package enum ItemCoding {
    static func encode(_ request: ItemRequest, site: String) -> GraphRequest {
        let items = "/sites/\(PercentEncoding.segment(site))/lists/\(PercentEncoding.segment(request.list))/items"
        let list = request.list
        switch request {
        case .create(_, let fields):
            return GraphRequest(
                "POST", .path(items), body: ["fields": .object(fields)],
                operation: GraphOperation(.create, .items, list: list, words: "creating an item in list \(list)"))
        case .update(_, let item, let etag, let fields):
            return GraphRequest(
                "PATCH", .path("\(items)/\(item)/fields"), headers: condition(etag), body: .object(fields),
                operation: GraphOperation(
                    .change, .item, list: list, isConditional: etag != nil,
                    words: "changing item \(item) of list \(list)"))
        case .delete(_, let item, let etag):
            return GraphRequest(
                "DELETE", .path("\(items)/\(item)"), headers: condition(etag),
                operation: GraphOperation(
                    .delete, .item, list: list, isConditional: etag != nil,
                    words: "deleting item \(item) of list \(list)"))
        case .read(_, let item, let select): return read(item: item, of: list, select, at: items)
        case .find(_, let key, let select):
            let quoted = key.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
            let filter = PercentEncoding.query("fields/SyncBridgeKey eq '\(quoted)'")
            let names = select.contains("SyncBridgeKey") ? select : ["SyncBridgeKey"] + select
            return GraphRequest(
                "GET", .path("\(items)?$filter=\(filter)&\(expansion(names))"),
                operation: GraphOperation(
                    .read, .items, list: list, words: "finding an item of list \(list) by its key"))
        case .probe:
            return GraphRequest(
                "GET", .path("\(items)?$top=1"),
                operation: GraphOperation(.read, .items, list: list, words: "asking whether list \(list) answers"))
        }
    }

    private static func read(item: Int64, of list: String, _ select: [String], at items: String) -> GraphRequest {
        GraphRequest(
            "GET", .path("\(items)/\(item)?\(expansion(select))"),
            operation: GraphOperation(.read, .item, list: list, words: "reading item \(item) of list \(list)"))
    }

    private static func condition(_ etag: String?) -> [HTTPHeader] { etag.map { [HTTPHeader("If-Match", $0)] } ?? [] }

    static func expansion(_ names: [String]) -> String {
        guard !names.isEmpty else { return "$expand=fields" }
        return "$expand=fields($select=\(names.map(PercentEncoding.query).joined(separator: ",")))"
    }

    /// - Returns: `nil` if the answer does not hold what the request asked for.
    package static func decode(_ answer: GraphAnswer, of request: ItemRequest) -> ItemAnswer? {
        switch request {
        case .create: item(answer.body).map(ItemAnswer.created)
        case .update(_, let id, _, _): updated(id, answer).map(ItemAnswer.updated)
        case .delete: .deleted
        case .read:
            item(answer.body).map { item in
                var item = item
                item.editingApplication = editingApplication(answer.body)
                return .item(item)
            }
        case .find, .probe: answer.body["value"]?.array.flatMap(items).map(ItemAnswer.found)
        }
    }

    static func items(_ elements: [JSON]) -> [RemoteItem]? {
        let items = elements.compactMap(item)
        return items.count == elements.count ? items : nil
    }

    /// A listItem with its fields.
    static func item(_ json: JSON) -> RemoteItem? {
        let fields = json["fields"]?.members ?? []
        guard let id = json["id"].flatMap(identifier),
            let etag = (json["@odata.etag"] ?? json["eTag"] ?? json["fields"]?["@odata.etag"])?.string, !etag.isEmpty
        else { return nil }
        return RemoteItem(id: id, etag: etag, fields: fields)
    }

    /// Who changed a listItem last, if that was an application that acted for itself. One that acts for a person is named beside
    /// them; one that acts for itself has a user without an identity (FACTS 2.4).
    static func editingApplication(_ json: JSON) -> String? {
        let by = json["lastModifiedBy"]
        let text = { (json: JSON?) in json?.string.flatMap { $0.isEmpty ? nil : $0 } }
        guard text(by?["user"]?["id"]) == nil, text(by?["user"]?["email"]) == nil else { return nil }
        return text(by?["application"]?["id"])?.lowercased()
    }

    /// A PATCH of `fields` answers with the field set, whose tag is the item's (FACTS 1.5).
    private static func updated(_ id: Int64, _ answer: GraphAnswer) -> RemoteItem? {
        if answer.body["fields"] != nil { return item(answer.body) }
        guard let etag = answer.body["@odata.etag"]?.string, !etag.isEmpty else { return nil }
        return RemoteItem(id: id, etag: etag, fields: answer.body.members ?? [])
    }

    /// Graph gives item ids as text (FACTS 10.2).
    static func identifier(_ json: JSON) -> Int64? {
        json.string.flatMap { Int64($0) } ?? json.integer.flatMap { Int64(exactly: $0) }
    }
}
