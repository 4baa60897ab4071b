import Core
import Logging
import Testing

@testable import MicrosoftGraph

@Suite("Tokens") struct TokenCacheTests {
    private static let url = "https://login.example/contoso/oauth2/v2.0/token"

    private func cache(_ steps: [ScriptedGraph.Step]) throws -> (TokenCache, ScriptedGraph, ManualClock) {
        let graph = ScriptedGraph(steps, scriptsTokens: true)
        let clock = ManualClock()
        let surroundings = GraphSurroundings(
            clock: clock, randomness: GraphRandomness(unit: { 0.5 }, identifier: { "an-id" }),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        let endpoints = try #require(GraphEndpoints(graph: ScriptedGraph.root, authority: "https://login.example"))
        let credentials = ClientCredentials(tenant: "contoso", clientID: "app", secret: "s3cr&t+é ")
        return (
            TokenCache(credentials, endpoints: endpoints, transport: graph, surroundings: surroundings), graph, clock
        )
    }

    private func grant(_ token: String, life: JSON = 3599) -> ScriptedGraph.Step {
        .on(
            "POST \(Self.url)", 200,
            ["token_type": "Bearer", "expires_in": life, "ext_expires_in": 3599, "access_token": .string(token)])
    }

    @Test func asksWithAFormAndKeepsTheAnswer() async throws {
        let (cache, graph, clock) = try cache([grant("a"), grant("b")])
        #expect(try await cache.token().authorization == "Bearer a")
        clock.advance(by: 3298)
        #expect(try await cache.token().authorization == "Bearer a")
        clock.advance(by: 2)
        #expect(try await cache.token().authorization == "Bearer b")
        #expect(
            graph.requests.first?.body.map { String(decoding: $0, as: UTF8.self) }
                == "client_id=app&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&client_secret=s3cr%26t%2B%C3%A9%20"
                + "&grant_type=client_credentials")
        #expect(cache.requestCount == 2)
    }

    @Test(arguments: [(100, 50), (600, 300), (3600, 3300)]) func refreshesEarly(life: Int, until: Int) async throws {
        let (cache, _, clock) = try cache([grant("a", life: .string(String(life))), grant("b")])
        _ = try await cache.token()
        clock.advance(by: Double(until) - 1)
        #expect(try await cache.token().authorization == "Bearer a")
        clock.advance(by: 1)
        #expect(try await cache.token().authorization == "Bearer b")
    }

    @Test func doesNotGiveARejectedTokenAgain() async throws {
        let (cache, _, _) = try cache([grant("a"), grant("b")])
        let first = try await cache.token()
        #expect(try await cache.token(insteadOf: first).authorization == "Bearer b")
        #expect(try await cache.token(insteadOf: first).authorization == "Bearer b")
    }

    @Test func concurrentCallersShareOneRequest() async throws {
        let isFetching = AsyncStream<Void>.makeStream()
        let release = AsyncStream<Void>.makeStream()
        let step = ScriptedGraph.Step(expects: "POST \(Self.url)") { _ in
            isFetching.continuation.finish()
            for await _ in release.stream {}
            return .json(200, ["expires_in": 3599, "access_token": "a"])
        }
        let (cache, graph, _) = try cache([step])
        let tasks = (0..<8).map { _ in Task { try await cache.token().authorization } }
        for await _ in isFetching.stream {}
        release.continuation.finish()
        for task in tasks { #expect(try await task.value == "Bearer a") }
        #expect(graph.requests.count == 1)
    }

    @Test(arguments: [
        (7_000_215, "the client secret is wrong"), (7_000_222, "has expired"),
        (700_016, "does not know the application"),
        (90_002, "no such tenant"), (123, "refused"),
    ])
    func explainsRefusals(number: Int, words: String) async throws {
        let (cache, graph, _) = try cache([
            .on(
                "POST \(Self.url)", 401,
                [
                    "error": "invalid_client", "error_codes": [.number(number)], "trace_id": "t-1",
                    "error_description": .string("AADSTS\(number): words with s3cr&t in them"),
                ])
        ])
        let failure = await siteFailure { () throws(SiteFailure) in try await cache.token() }
        #expect(failure?.kind == .unauthenticated)
        #expect(failure?.code == "AADSTS\(number)")
        #expect(failure?.reason.contains(words) == true)
        #expect(failure?.reason.contains("s3cr") == false)
        #expect(failure?.requestID == "t-1")
        #expect(graph.requests.count == 1)
    }

    @Test func readsTheNumberFromTheDescription() async throws {
        let (cache, _, _) = try cache([
            .on("POST \(Self.url)", 400, ["error": "x", "error_description": "AADSTS90002: Tenant not found."])
        ])
        let failure = await siteFailure { () throws(SiteFailure) in try await cache.token() }
        #expect(failure?.code == "AADSTS90002")
    }

    @Test func waitsOutABusyService() async throws {
        let (cache, _, clock) = try cache([
            .on("POST \(Self.url)", 429, headers: [HTTPHeader("Retry-After", "20")]),
            .on("POST \(Self.url)", 503), .on("POST \(Self.url)", fails: .interrupted, .unknown),
            .on("POST \(Self.url)", 400, ["error": "temporarily_unavailable", "error_codes": [90033]]), grant("a"),
        ])
        #expect(try await cache.token().authorization == "Bearer a")
        #expect(clock.waits == [20, 1.5, 3, 6])
    }

    @Test(arguments: ["", "{}", #"{"access_token":"a b","expires_in":9}"#, #"{"access_token":"a"}"#, "<html>"])
    func refusesAnswersWithoutAToken(body: String) async throws {
        let step = ScriptedGraph.Step.on("POST \(Self.url)", bytes: body)
        let (cache, _, _) = try cache([step, step, step, step])
        let failure = await siteFailure { () throws(SiteFailure) in try await cache.token() }
        #expect(failure?.kind == .malformed)
    }

    @Test func neverShowsSecrets() async throws {
        let credentials = ClientCredentials(tenant: "t", clientID: "c", secret: "hunter2")
        let token = AccessToken(authorization: "Bearer hunter2", refreshAt: 0)
        var dumped = ""
        dump((credentials, token), to: &dumped)
        for text in ["\(credentials) \(token)", String(reflecting: (credentials, token)), dumped] {
            #expect(!text.contains("hunter2"))
        }
    }
}
