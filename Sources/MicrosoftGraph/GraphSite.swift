package import Core
internal import Synchronization

/// One SharePoint site through Microsoft Graph.
///
/// Calls that change one list or its columns go one after another: at the same time they fail with save conflicts (FACTS
/// 1.4). Those of several lists go side by side.
package final class GraphSite: SharePointSite {
    let client: GraphClient
    private let hostname: String
    private let sitePath: String
    private let known = Mutex<RemoteSite?>(nil)
    /// By list.
    private let schemaTurns = Mutex<[String: Slots]>([:])

    /// - Parameters:
    ///   - hostname: `contoso.sharepoint.com`
    ///   - sitePath: `/sites/Operations`; empty or `/` is the host's root site.
    package init(client: GraphClient, hostname: String, sitePath: String) {
        self.client = client
        self.hostname = hostname
        self.sitePath = sitePath
    }

    /// Asked once: an id stays when the site is renamed.
    package func site() async throws(SiteFailure) -> RemoteSite {
        if let site = known.withLock({ $0 }) { return site }
        let operation = GraphOperation(.read, .site, words: "looking up site \(sitePath) on \(hostname)")
        let segments = sitePath.split(separator: "/").map { PercentEncoding.segment(String($0)) }
        let host = PercentEncoding.segment(hostname)
        let path = "/sites/" + (segments.isEmpty ? host : "\(host):/\(segments.joined(separator: "/"))")
        let answer = try await client.call(
            GraphRequest("GET", .path("\(path)?$select=id,displayName,webUrl"), operation: operation))
        guard let id = answer.body["id"]?.string, !id.isEmpty else {
            throw client.malformed(operation, "a site without an id", answer)
        }
        let site = RemoteSite(
            id: id, displayName: answer.body["displayName"]?.string ?? "", webURL: answer.body["webUrl"]?.string ?? "")
        known.withLock { $0 = site }
        return site
    }

    package func lists() async throws(SiteFailure) -> [RemoteList] {
        let operation = GraphOperation(.read, .lists, words: "reading the lists of the site")
        let path = try await listsPath()
        // System lists come once `system` is named; naming it is the only way to be sure which they are.
        let elements = try await client.pages(
            GraphRequest(
                "GET", .path("\(path)?$select=id,name,displayName,description,webUrl,list,system"),
                operation: operation))
        var lists: [RemoteList] = []
        for element in elements where element["system"]?.members == nil {
            guard let list = GraphSite.list(element) else {
                throw client.malformed(operation, "a list without an id", nil)
            }
            lists.append(list)
        }
        return lists
    }

    package func columns(of list: String) async throws(SiteFailure) -> [RemoteColumn] {
        let operation = GraphOperation(.read, .columns, list: list, words: "reading the columns of list \(list)")
        let path = try await columnsPath(list)
        let elements = try await client.pages(
            GraphRequest("GET", .path("\(path)?$select=\(ColumnDefinitionCoding.selection)"), operation: operation))
        var columns: [RemoteColumn] = []
        for element in elements {
            guard let column = ColumnDefinitionCoding.decode(element) else {
                throw client.malformed(operation, "a column without an id or a name", nil)
            }
            columns.append(column)
        }
        return columns
    }

    package func createList(_ creation: ListCreation) async throws(SiteFailure) -> RemoteList {
        let operation = GraphOperation(.create, .lists, words: "creating list \(creation.title)")
        // Never `name`: the service makes it from the title and refuses another (FACTS 1.3).
        let body: JSON = [
            "displayName": .string(creation.title), "description": .string(creation.description),
            "list": ["template": "genericList"],
            "columns": .array(creation.columns.map(ColumnDefinitionCoding.encode)),
        ]
        let request = GraphRequest("POST", .path(try await listsPath()), body: body, operation: operation)
        let answer = try await client.call(request)
        guard let list = GraphSite.list(answer.body) else {
            throw client.malformed(operation, "a list without an id", answer)
        }
        let now = client.surroundings.clock.now()
        client.youth.recordList(list.id, now: now)
        return list
    }

    package func updateList(_ list: String, _ change: ListChange) async throws(SiteFailure) {
        guard !change.isEmpty else { return }
        var members: [JSON.Member] = []
        if let name = change.displayName { members.append(JSON.Member("displayName", .string(name))) }
        if let description = change.description { members.append(JSON.Member("description", .string(description))) }
        let path = "\(try await listsPath())/\(PercentEncoding.segment(list))"
        _ = try await changeSchema(
            of: list,
            GraphRequest(
                "PATCH", .path(path), body: .object(members),
                operation: GraphOperation(.change, .list, list: list, words: "changing list \(list)")))
    }

    package func createColumn(
        _ column: ColumnCreation, in list: String
    ) async throws(SiteFailure) -> RemoteColumn {
        let operation = GraphOperation(
            .create, .columns, list: list, words: "creating column \(column.name) in list \(list)")
        let answer = try await changeSchema(
            of: list,
            GraphRequest(
                "POST", .path(try await columnsPath(list)), body: ColumnDefinitionCoding.encode(column),
                operation: operation))
        guard let created = ColumnDefinitionCoding.decode(answer.body) else {
            throw client.malformed(operation, "a column without an id or a name", answer)
        }
        client.youth.recordColumn(created.name, in: list, now: client.surroundings.clock.now())
        return created
    }

    package func updateColumn(
        _ column: String, _ change: ColumnChange, in list: String
    ) async throws(SiteFailure) {
        guard !change.isEmpty else { return }
        let path = "\(try await columnsPath(list))/\(PercentEncoding.segment(column))"
        _ = try await changeSchema(
            of: list,
            GraphRequest(
                "PATCH", .path(path), body: ColumnDefinitionCoding.encode(change),
                operation: GraphOperation(
                    .change, .column, list: list, words: "changing column \(column) of list \(list)")))
    }

    private func changeSchema(
        of list: String, _ request: GraphRequest
    ) async throws(SiteFailure) -> GraphAnswer {
        let turn = schemaTurns.withLock { turns in
            let turn = turns[list] ?? Slots(limit: 1)
            turns[list] = turn
            return turn
        }
        guard await turn.enter() else {
            throw SiteFailure(.cancelled, reason: "\(request.operation.words): cancelled")
        }
        defer { turn.leave() }
        return try await client.call(request)
    }

    private func listsPath() async throws(SiteFailure) -> String {
        "/sites/\(PercentEncoding.segment(try await site().id))/lists"
    }

    private func columnsPath(_ list: String) async throws(SiteFailure) -> String {
        "\(try await listsPath())/\(PercentEncoding.segment(list))/columns"
    }

    private static func list(_ json: JSON) -> RemoteList? {
        guard let id = json["id"]?.string, !id.isEmpty else { return nil }
        let text = { (name: String) in json[name]?.string ?? "" }
        return RemoteList(
            id: id, name: text("name"), displayName: text("displayName"), description: text("description"),
            webURL: text("webUrl"), template: json["list"]?["template"]?.string ?? "")
    }
}
