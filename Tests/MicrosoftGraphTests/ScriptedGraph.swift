import Core
import Logging
import MicrosoftGraph
import Synchronization
import Testing

/// A clock that stands still until somebody waits on it.
final class ManualClock: GraphClock {
    private let state: Mutex<(now: Double, waits: [Double])>

    init(now: Double = 1_000_000) { state = Mutex((now, [])) }

    func now() -> Double { state.withLock { $0.now } }

    func wait(until moment: Double) async throws(CancellationError) {
        if Task.isCancelled { throw CancellationError() }
        state.withLock { state in
            guard moment > state.now else { return }
            state.waits.append(moment - state.now)
            state.now = moment
        }
    }

    func advance(by seconds: Double) { state.withLock { $0.now += seconds } }

    /// The lengths of all waits so far, in seconds.
    var waits: [Double] { state.withLock { $0.waits } }
}

/// Stands for Graph: a table of expected requests and their answers, in order.
final class ScriptedGraph: HTTPTransport {
    struct Step: Sendable {
        /// `GET /sites/root?x`, without the root.
        var expects: String
        var answer: @Sendable (HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse
    }

    static let root = "https://graph.example"
    private let state: Mutex<(steps: [Step], requests: [HTTPRequest], tokens: Int)>
    /// `nil`: tokens are given without being part of the script.
    private let tokenAnswers: Bool

    init(_ steps: [Step], scriptsTokens: Bool = false) {
        state = Mutex((steps, [], 0))
        tokenAnswers = scriptsTokens
    }

    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        if request.url.hasSuffix("/oauth2/v2.0/token"), !tokenAnswers {
            let number = state.withLock { state in
                state.tokens += 1
                return state.tokens
            }
            return .json(200, ["token_type": "Bearer", "expires_in": 3599, "access_token": .string("token\(number)")])
        }
        let step: Step? = state.withLock { state in
            state.requests.append(request)
            return state.steps.isEmpty ? nil : state.steps.removeFirst()
        }
        let path = request.url.replacing(ScriptedGraph.root + "/v1.0", with: "")
        guard let step else {
            Issue.record("not expected: \(request.method) \(path)")
            return HTTPResponse(status: 400)
        }
        #expect("\(request.method) \(path)" == step.expects)
        return try await step.answer(request)
    }

    /// Requests but those for unscripted tokens.
    var requests: [HTTPRequest] { state.withLock { $0.requests } }
    var tokens: Int { state.withLock { $0.tokens } }
    var isDone: Bool { state.withLock { $0.steps.isEmpty } }
}

extension ScriptedGraph.Step {
    static func on(
        _ expects: String, _ status: Int, _ body: JSON? = nil, headers: [HTTPHeader] = []
    ) -> Self {
        Self(expects: expects) { _ in
            HTTPResponse(status: status, headers: headers, body: body?.serialized() ?? [])
        }
    }

    static func on(_ expects: String, bytes: String, status: Int = 200) -> Self {
        Self(expects: expects) { _ in HTTPResponse(status: status, body: Array(bytes.utf8)) }
    }

    static func on(
        _ expects: String, fails kind: HTTPTransportError.Kind, _ certainty: HTTPTransportError.Certainty
    ) -> Self {
        Self(expects: expects) { _ throws(HTTPTransportError) in
            throw HTTPTransportError(kind: kind, certainty: certainty, host: "graph.example", reason: "broken")
        }
    }

    /// Answers a batch; the parts of the request are handed in.
    static func batch(_ answer: @escaping @Sendable ([JSON]) -> [JSON]) -> Self {
        Self(expects: "POST /$batch") { request in
            let parts = (try? JSON.parse(request.body ?? []))?["requests"]?.array ?? []
            return .json(200, ["responses": .array(answer(parts))])
        }
    }
}

extension HTTPResponse {
    static func json(_ status: Int, _ body: JSON) -> HTTPResponse {
        HTTPResponse(status: status, body: body.serialized())
    }
}

/// The JSON of a Graph error.
func graphError(_ code: String, _ message: String = "No words of the service.", inner: JSON = .object([])) -> JSON {
    ["error": ["code": .string(code), "message": .string(message), "innerError": inner]]
}

/// One answer of a batch.
func part(_ id: String, _ status: Int, _ body: JSON = .null, headers: JSON = .object([])) -> JSON {
    ["id": .string(id), "status": .number(status), "headers": headers, "body": body]
}

/// A client over a script, with a clock by hand and chance fixed at one half.
struct World {
    let graph: ScriptedGraph
    let clock = ManualClock()
    let events = EventLog()
    let client: GraphClient
    let site: GraphSite

    init(
        _ steps: [ScriptedGraph.Step], findsSite: Bool = false, retries: RetryMachine.Policy = .init(),
        pagesMax: Int = 100
    ) throws {
        let siteStep = ScriptedGraph.Step.on(
            "GET /sites/contoso.sharepoint.com:/sites/Ops%20A?$select=id,displayName,webUrl", 200,
            ["id": "contoso,1,2", "displayName": "Ops", "webUrl": "https://contoso/sites/Ops A"])
        graph = ScriptedGraph((findsSite ? [siteStep] : []) + steps)
        let events = events
        let surroundings = GraphSurroundings(
            clock: clock, randomness: GraphRandomness(unit: { 0.5 }, identifier: { "an-id" }),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            observe: { events.append($0) })
        let endpoints = try #require(
            GraphEndpoints(graph: ScriptedGraph.root, authority: "https://login.example"))
        let tokens = TokenCache(
            ClientCredentials(tenant: "contoso", clientID: "app", secret: "s3cr&t"), endpoints: endpoints,
            transport: graph, surroundings: surroundings)
        client = GraphClient(
            endpoints: endpoints, tokens: tokens, transport: graph,
            settings: GraphSettings(version: "0.1.0", retries: retries, pagesMax: pagesMax), surroundings: surroundings)
        site = GraphSite(client: client, hostname: "contoso.sharepoint.com", sitePath: "/sites/Ops A")
    }
}

final class EventLog: Sendable {
    private let events = Mutex<[GraphEvent]>([])
    func append(_ event: GraphEvent) { events.withLock { $0.append(event) } }
    var all: [GraphEvent] { events.withLock { $0 } }
}

/// The failure that `body` throws.
func siteFailure<Value>(
    of body: () async throws(SiteFailure) -> Value, sourceLocation: SourceLocation = #_sourceLocation
) async -> SiteFailure? {
    do {
        let value = try await body()
        Issue.record("no failure but \(value)", sourceLocation: sourceLocation)
        return nil
    } catch {
        return error
    }
}

extension GraphRequest {
    static let anyRead = GraphRequest(
        "GET", .path("/x"), operation: GraphOperation(.read, .lists, words: "reading the lists of the site"))
    static let anyCreate = GraphRequest(
        "POST", .path("/x"), body: ["a": 1],
        operation: GraphOperation(.create, .lists, words: "creating list A"))
}
