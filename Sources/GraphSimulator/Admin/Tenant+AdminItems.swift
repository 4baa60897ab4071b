internal import Core

/// Items as people and an administrator change them.
extension Tenant {
    func administerItems(
        _ request: HTTPRequest, _ segments: [String], _ list: SimulatedList
    ) throws(GraphError) -> JSON {
        let body: JSON = request.body == nil ? [:] : try Self.body(request)
        let id = segments.count > 3 ? segments[3] : ""
        switch (request.method, segments.count, segments.last) {
        case ("GET", 3, "writes"): return writesByKey(list)
        case ("POST", 3, "items"): return try write("POST", id, body, list)
        case ("PATCH", 4, _), ("DELETE", 4, _): return try write(request.method, id, body, list)
        case ("POST", 5, "restore"): return try restore(id, body, list)
        case ("PUT", 5, "attachments"):
            guard let flag = body["attachments"]?.bool else { throw .malformed("attachments is true or false") }
            return try change(id, body, list) { $0.hasAttachments = flag }
        case ("PUT", 5, "label"):
            guard let label = body["label"], label.isNull || label.string != nil else {
                throw .malformed("label is a text or null")
            }
            return try change(id, body, list) { $0.label = label.string }
        case ("PUT", 5, "lock"), ("DELETE", 5, "lock"): return try lock(id, request.method == "PUT" ? body : nil, list)
        case ("POST", 5, "copy"): return try copy(id, body, list)
        default: throw GraphError(404, "", "there is no \(request.method) /admin/\(segments.joined(separator: "/"))")
        }
    }

    /// Locks an item, or lifts its lock. It makes no version: nobody sees it who does not write.
    private func lock(_ id: String, _ json: JSON?, _ list: SimulatedList) throws(GraphError) -> JSON {
        guard let item = Int(id).flatMap(list.item) else { throw .notFound("The item") }
        let lock = json.flatMap(ItemLock.init(json:))
        guard json == nil || lock != nil else { throw .malformed("a lock has the status 423 or 403") }
        item.lock = lock
        unsaved.note(item, in: list)
        return .null
    }

    /// A person's copy of an item with all its values, those of hidden columns too, by the rules of every write.
    private func copy(_ id: String, _ body: JSON, _ list: SimulatedList) throws(GraphError) -> JSON {
        guard let item = Int(id).flatMap(list.item) else { throw .notFound("The item") }
        let copy = try self.copy(item, in: list, by: .person(person(in: body)))
        return ["id": .string(String(copy.id)), "eTag": .string(copy.eTag)]
    }

    func site(of list: SimulatedList) -> SimulatedSite {
        sites.first { $0.lists.contains { $0 === list } } ?? sites[0]
    }

    /// A person's write of an item, by the same rules as any other.
    private func write(_ method: String, _ id: String, _ body: JSON, _ list: SimulatedList) throws(GraphError) -> JSON {
        var call = call(method, body)
        let site = site(of: list)
        let fields = body["fields"] ?? [:]
        switch method {
        case "POST":
            call.jsonBody = ["fields": fields]
            let answer = try createItem(call, site, list)
            return ["id": answer.body?["id"] ?? .null, "eTag": answer.body?["eTag"] ?? .null]
        case "PATCH":
            call.jsonBody = fields
            let answer = try patchItem(call, site, list, id, fieldsOnly: true)
            return ["id": .string(id), "eTag": answer.body?["@odata.etag"] ?? .null]
        default:
            _ = try deleteItem(call, list, id)
            return .null
        }
    }

    /// Changes what is no field. It makes a version, as in the service.
    private func change(
        _ id: String, _ body: JSON, _ list: SimulatedList, _ change: (SimulatedItem) -> Void
    ) throws(GraphError) -> JSON {
        guard let item = Int(id).flatMap(list.item) else { throw .notFound("The item") }
        item.beginVersion(at: now, by: person(in: body))
        change(item)
        list.touch(now, item.modifiedBy)
        changed(item, in: list)
        return ["id": .string(id), "eTag": .string(item.eTag)]
    }

    /// Takes an item out of the recycle bin, under its old id and with its values. Who wrote it last stays.
    private func restore(_ id: String, _ body: JSON, _ list: SimulatedList) throws(GraphError) -> JSON {
        guard let number = Int(id), let item = list.recycleBin[number] else { throw .notFound("The item") }
        for column in list.columns where column.enforceUniqueValues && settings.restoreTakenValue == "refuse" {
            if let key = list.key(item[column.slot]), list.isTaken(key, column, otherThan: number) {
                throw GraphError(409, "", "another item has its value of \(column.name)")
            }
        }
        list.removeFromBin(number)
        item.beginVersion(at: now, by: body["person"] == nil ? nil : person(in: body))
        list.insert(item)
        changed(item, in: list)
        return ["id": .string(id), "eTag": .string(item.eTag)]
    }

    /// Writes by applications since the counters were reset, by the value of the first unique column, else by id.
    private func writesByKey(_ list: SimulatedList) -> JSON {
        let column = list.columns.first(where: \.enforceUniqueValues)
        var counts: [String: Int] = [:]
        for item in list.slots.compactMap({ $0 }) + list.recycleBin.values where item.writes > 0 {
            var key = "#\(item.id)"
            if let column, case .text(let text)? = item[column.slot] { key = text }
            counts[key, default: 0] += item.writes
        }
        return [
            "most": .number(counts.values.max() ?? 0),
            "writes": .object(counts.sorted { $0.key < $1.key }.map { .init($0.key, .number($0.value)) }),
        ]
    }

    /// Every item with all its fields, hidden ones too, one JSON object a line; `?format=json` for one document.
    func itemDump(_ list: SimulatedList, query: String) -> HTTPResponse {
        let site = site(of: list)
        let writer = ItemWriter(list: list, site: site, settings: settings, root: "", people: people)
        let isDocument = query.split(separator: "&").contains("format=json")
        var body: [UInt8] = isDocument ? Array("{\"items\":[".utf8) : []
        var isFirst = true
        for case let item? in list.slots {
            if isDocument, !isFirst { body.append(UInt8(ascii: ",")) }
            isFirst = false
            body += writer.dump(item).serialized()
            if !isDocument { body.append(0x0A) }
        }
        if isDocument { body += Array("]}".utf8) }
        return HTTPResponse(
            status: 200,
            headers: [HTTPHeader("Content-Type", isDocument ? "application/json" : "application/x-ndjson")], body: body)
    }
}

extension ItemWriter {
    /// The item for an independent look: its own columns with the hidden ones, and who wrote it.
    func dump(_ item: SimulatedItem) -> JSON {
        var fields: [JSON.Member] = []
        for column in list.columns where column.system == nil { appendValue(column, of: item, to: &fields) }
        return [
            "id": .string(String(item.id)), "eTag": .string(item.eTag), "version": .number(item.version),
            "created": .string(Moment.text(item.created)), "modified": .string(Moment.text(item.modified)),
            "createdBy": .string(item.createdBy.name), "modifiedBy": .string(item.modifiedBy.name),
            "attachments": .bool(item.hasAttachments), "label": item.label.map { .string($0) } ?? .null,
            "fields": .object(fields),
        ]
    }
}
