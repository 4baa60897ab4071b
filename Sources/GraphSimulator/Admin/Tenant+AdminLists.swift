internal import Core

/// Lists as people and an administrator change them in the browser.
extension Tenant {
    /// - Parameter segments: `lists`, a list's id or title, and what of it.
    func administerList(_ request: HTTPRequest, _ segments: [String]) throws(GraphError) -> JSON {
        let body: JSON = request.body == nil ? [:] : try Self.body(request)
        switch (request.method, segments.count, segments.count > 2 ? segments[2] : "") {
        case ("PATCH", 2, _):
            let list = try anyList(segments[1])
            _ = try patchList(call("PATCH", body), site(of: list), list)
        case ("DELETE", 2, _): try delete(segments[1], isForGood: body["forGood"]?.bool ?? false)
        case ("GET", 3, "columns"):
            return ["columns": .array(try anyList(segments[1]).columns.filter { $0.system == nil }.map(\.json))]
        case ("POST", 3, "columns"):
            let list = try anyList(segments[1])
            _ = try createColumn(call("POST", body), site(of: list), list)
        case ("PATCH", 4, "columns"):
            let list = try anyList(segments[1])
            try change(try peoplesColumn(segments[3], list), of: list, body)
        case ("DELETE", 4, "columns"):
            let list = try anyList(segments[1])
            let column = try peoplesColumn(segments[3], list)
            guard column.isCustom else { throw .invalid("Every list has this column") }
            list.remove(column)
            noteSchema(of: list, by: person(in: body))
        default: throw GraphError(404, "", "there is no \(request.method) /admin/\(segments.joined(separator: "/"))")
        }
        return .null
    }

    /// Who does it: the `person` of the body, or somebody.
    func person(in body: JSON) -> Identity { person(body["person"]?.string ?? "Somebody") }

    /// A person's call with what the body says beside the person.
    func call(_ method: String, _ body: JSON) -> Call {
        let headers = [HTTPHeader("Content-Type", "application/json"), HTTPHeader("Prefer", "apiversion=2.1")]
        var call = Call(
            method: method, path: "", query: "", headers: headers, root: "", caller: .person(person(in: body)))
        call.jsonBody = .object((body.members ?? []).filter { $0.name != "person" })
        return call
    }

    /// Into the recycle bin, or out of the world, from there too.
    private func delete(_ key: String, isForGood: Bool) throws(GraphError) {
        let recycled = isForGood ? deletedLists.last { $0.list.isCalled(key) }?.list : nil
        if let recycled, sites.allSatisfy({ $0.list(key) == nil }) { return deleteForGood(recycled) }
        let list = try anyList(key)
        guard !list.isSystem else { throw .denied }
        if isForGood { deleteForGood(list) } else { recycle(list) }
    }

    /// By internal name.
    private func peoplesColumn(_ name: String, _ list: SimulatedList) throws(GraphError) -> SimulatedColumn {
        guard let column = list.column(named: name), column.system == nil else { throw .notFound("The column") }
        return column
    }

    func noteSchema(of list: SimulatedList, by identity: Identity) {
        list.touch(now, identity)
        unsaved.note(list)
    }
}
