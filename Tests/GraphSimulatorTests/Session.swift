import Core
import GraphSimulator
import Testing

/// An answer with its body read.
struct Answer {
    var response: HTTPResponse

    var status: Int { response.status }
    var json: JSON { (try? JSON.parse(response.body)) ?? .null }
    var code: String? { json["error"]?["code"]?.string }
    var message: String { json["error"]?["message"]?.string ?? "" }
    var innerCode: String? { json["error"]?["innerError"]?["code"]?.string }
    var value: [JSON] { json["value"]?.array ?? [] }
    var nextLink: String? { json["@odata.nextLink"]?.string }

    subscript(_ name: String) -> JSON? { json[name] }

    func header(_ name: String) -> String? { response.header(name) }
}

/// A client with a token, for tests.
struct Session {
    static let clientID = "11111111-1111-1111-1111-111111111111"
    static let origin = "http://simulator"

    let graph: SimulatedGraph
    var headers: [HTTPHeader] = [HTTPHeader("User-Agent", "NONISV|Arcore|Tests/1.0")]

    /// - Parameter change: Settings that differ from the strict ones.
    init(zone: SiteTimeZone = .utc, _ change: (inout Settings) -> Void = { _ in }) throws {
        var configuration = SimulatorConfiguration()
        configuration.timeZone = zone
        configuration.findZone = { name in name == "UTC" ? .utc : name == zone.name ? zone : nil }
        change(&configuration.settings)
        self.init(SimulatedGraph(configuration))
        try signIn()
    }

    init(_ graph: SimulatedGraph) { self.graph = graph }

    mutating func signIn() throws {
        let answer = token()
        let token = try #require(answer["access_token"]?.string)
        headers.removeAll { $0.name == "Authorization" }
        headers.append(HTTPHeader("Authorization", "Bearer \(token)"))
    }

    func token(
        tenant: String = "contoso.onmicrosoft.com", client: String = Session.clientID,
        secret: String = "simulator-secret", scope: String = "https%3A%2F%2Fgraph.microsoft.com%2F.default"
    ) -> Answer {
        let form = "client_id=\(client)&client_secret=\(secret)&scope=\(scope)&grant_type=client_credentials"
        return Answer(
            response: graph.handle(
                HTTPRequest(
                    "POST", "\(Session.origin)/\(tenant)/oauth2/v2.0/token",
                    headers: [HTTPHeader("Content-Type", "application/x-www-form-urlencoded")],
                    body: Array(form.utf8))))
    }

    // MARK: Graph

    static let site = "/sites/contoso.sharepoint.com:/sites/Operations:"

    func request(_ method: String, _ path: String, _ body: JSON? = nil, _ extra: [String: String] = [:]) -> HTTPRequest
    {
        var all = headers + extra.sorted { $0.key < $1.key }.map { HTTPHeader($0.key, $0.value) }
        if body != nil { all.append(HTTPHeader("Content-Type", "application/json")) }
        let url = path.hasPrefix("http") ? path : "\(Session.origin)/v1.0\(path)"
        return HTTPRequest(method, url, headers: all, body: body?.serialized())
    }

    func send(_ method: String, _ path: String, _ body: JSON? = nil, _ extra: [String: String] = [:]) -> Answer {
        Answer(response: graph.handle(request(method, path, body, extra)))
    }

    func get(_ path: String, _ extra: [String: String] = [:]) -> Answer { send("GET", path, nil, extra) }
    func post(_ path: String, _ body: JSON, _ extra: [String: String] = [:]) -> Answer {
        send("POST", path, body, extra)
    }
    func patch(_ path: String, _ body: JSON, _ extra: [String: String] = [:]) -> Answer {
        send("PATCH", path, body, extra)
    }
    func delete(_ path: String, _ extra: [String: String] = [:]) -> Answer { send("DELETE", path, nil, extra) }

    func admin(_ method: String, _ path: String, _ body: JSON? = nil) -> Answer {
        Answer(response: graph.handle(HTTPRequest(method, "\(Session.origin)/admin\(path)", body: body?.serialized())))
    }

    // MARK: Lists

    /// Makes a list and returns its path.
    func list(_ name: String = "Orders", columns: [JSON] = []) throws -> String {
        let answer = post("\(Session.site)/lists", ["displayName": .string(name), "columns": .array(columns)])
        let id = try #require(answer["id"]?.string, "\(answer.message)")
        return "\(Session.site)/lists/\(id)"
    }

    /// The path of a column.
    func column(_ name: String, of list: String) throws -> String {
        let columns = get("\(list)/columns?$select=id,name,hidden").value
        let id = try #require(columns.first { $0["name"]?.string == name }?["id"]?.string)
        return "\(list)/columns/\(id)"
    }

    /// A list whose column `SyncBridgeKey` is indexed, unique and hidden, as SyncBridge makes it.
    func keyedList(_ name: String = "Orders", columns: [JSON] = []) throws -> String {
        let list = try list(name, columns: [["name": "SyncBridgeKey", "text": [:]]] + columns)
        let key = try column("SyncBridgeKey", of: list)
        let answer = patch(key, ["indexed": true, "enforceUniqueValues": true, "hidden": true])
        #expect(answer.status == 200)
        return list
    }

    func createItem(_ list: String, _ fields: JSON) -> Answer { post("\(list)/items", ["fields": fields]) }

    func counter(_ path: String...) -> Int? {
        path.reduce(graph.counters as JSON?) { $0?[$1] }?.integer
    }
}
