import Core
import Testing

@testable import MicrosoftGraph

@Suite("One call") struct CallTests {
    @Test func carriesItsHeaders() async throws {
        let world = try World([.on("POST /x", 201, ["id": "1"])])
        let answer = try await world.client.call(.anyCreate)
        #expect(answer.body["id"] == "1")
        let request = try #require(world.graph.requests.first)
        let headers = Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name, $0.value) })
        #expect(headers["User-Agent"] == "NONISV|Arcore|SyncBridge/0.1.0")
        #expect(headers["Authorization"] == "Bearer token1")
        #expect(headers["client-request-id"] == "an-id")
        #expect(headers["Content-Type"] == "application/json")
        #expect(request.body == Array(#"{"a":1}"#.utf8))
        #expect(world.client.usage.requests == 1)
        #expect(world.client.usage.resourceUnits == 2)
        #expect(world.client.usage.tokenRequests == 1)
    }

    @Test func waitsAsLongAsItIsAsked() async throws {
        let world = try World([
            .on("GET /x", 429, graphError("activityLimitReached"), headers: [HTTPHeader("Retry-After", "2.128")]),
            .on("GET /x", 503),
            .on("GET /x", 503, headers: [HTTPHeader("retry-after", "40")]),
            .on("GET /x", 200, ["value": []]),
        ])
        _ = try await world.client.call(.anyRead)
        // The second says nothing: the second throttling backs off between 2 s and 4 s.
        #expect(world.clock.waits == [3, 3, 40])
        #expect(world.events.all.prefix(1) == [.throttled(seconds: 3, until: 1_000_003)])
        let usage = world.client.usage
        #expect(usage.throttled == 3 && usage.requests == 4 && usage.pausedSeconds == 46)
    }

    @Test func throttlingEndsAtTheDeadline() async throws {
        let step = ScriptedGraph.Step.on(
            "POST /x", 429, graphError("tooManyRequests"), headers: [HTTPHeader("Retry-After", "50")])
        let world = try World([step, step, step], retries: RetryMachine.Policy(throttledMax: 100))
        let failure = await siteFailure { () throws(SiteFailure) in try await world.client.call(.anyCreate) }
        #expect(failure?.kind == .throttled)
        #expect(failure?.outcome == .notDone)
        #expect(failure?.code == "tooManyRequests")
        #expect(world.clock.waits == [50, 50])
    }

    @Test func repeatsReads() async throws {
        let world = try World([
            .on("GET /x", bytes: "<html>Bad Gateway</html>", status: 502),
            .on("GET /x", fails: .interrupted, .unknown),
            .on("GET /x", bytes: #"{"value":[{"id""#),
            .on("GET /x", 200, ["value": []]),
        ])
        _ = try await world.client.call(.anyRead)
        #expect(world.clock.waits == [1.5, 3, 6])
        #expect(world.client.usage.retries == 3)
        #expect(world.events.all.count == 3)
    }

    @Test func givesUpReadsAfterAFewAttempts() async throws {
        let step = ScriptedGraph.Step.on("GET /x", 500, graphError("generalException"))
        let world = try World([step, step, step, step])
        let failure = await siteFailure { () throws(SiteFailure) in try await world.client.call(.anyRead) }
        #expect(failure?.kind == .transient)
        #expect(failure?.outcome == .notDone)
        #expect(world.graph.isDone)
    }

    struct Unknown: CustomTestStringConvertible, Sendable {
        var name: String
        var step: ScriptedGraph.Step
        var testDescription: String { name }
    }

    @Test(arguments: [
        Unknown(name: "reset", step: .on("POST /x", fails: .interrupted, .unknown)),
        Unknown(name: "timeout", step: .on("POST /x", fails: .timedOut, .unknown)),
        Unknown(name: "cancelled", step: .on("POST /x", fails: .cancelled, .unknown)),
        Unknown(name: "too large", step: .on("POST /x", fails: .tooLarge, .unknown)),
        Unknown(name: "cut body", step: .on("POST /x", bytes: #"{"id":"#, status: 201)),
        Unknown(name: "500", step: .on("POST /x", 500, graphError("generalException"))),
        Unknown(name: "502", step: .on("POST /x", bytes: "<html>", status: 502)),
        Unknown(name: "504", step: .on("POST /x", 504)),
    ])
    func neverRepeatsACreationThatMayHaveHappened(_ c: Unknown) async throws {
        let world = try World([c.step])
        let failure = await siteFailure { () throws(SiteFailure) in try await world.client.call(.anyCreate) }
        #expect(failure?.outcome == .unknown)
        #expect(world.graph.requests.count == 1)
        #expect(world.clock.waits.isEmpty)
    }

    @Test func repeatsACreationThatDidNotLeave() async throws {
        let world = try World([
            .on("POST /x", fails: .notConnected, .notSent), .on("POST /x", 503), .on("POST /x", 201, ["id": "1"]),
        ])
        _ = try await world.client.call(.anyCreate)
        #expect(world.graph.isDone)
    }

    @Test func nobodyThere() async throws {
        let step = ScriptedGraph.Step.on("POST /x", fails: .unknownHost, .notSent)
        let world = try World([step, step, step, step])
        let failure = await siteFailure { () throws(SiteFailure) in try await world.client.call(.anyCreate) }
        #expect(failure?.kind == .unreachable)
        #expect(failure?.outcome == .notDone)
    }

    @Test func asksForOneNewToken() async throws {
        let world = try World([
            .on("GET /x", 401, graphError("InvalidAuthenticationToken")), .on("GET /x", 200, ["value": []]),
            .on("GET /x", 401), .on("GET /x", 401),
        ])
        _ = try await world.client.call(.anyRead)
        #expect(world.graph.requests.map { $0.headers.last?.value } == ["Bearer token1", "Bearer token2"])
        let failure = await siteFailure { () throws(SiteFailure) in try await world.client.call(.anyRead) }
        #expect(failure?.kind == .unauthenticated)
        #expect(world.graph.tokens == 3)
    }

    @Test func namesThePermissionThatIsMissing() async throws {
        let world = try World([.on("POST /x", 403, graphError("accessDenied"))])
        let failure = await siteFailure { () throws(SiteFailure) in try await world.client.call(.anyCreate) }
        #expect(failure?.kind == .forbidden)
        #expect(failure?.reason.contains("Sites.Manage.All") == true)
        #expect(failure?.reason.hasPrefix("creating list A: ") == true)
    }

    @Test func keepsTheServicesWordsToItself() async throws {
        let world = try World([
            .on(
                "POST /x", 400, graphError("invalidRequest", "Jane Doe's salary is wrong"),
                headers: [HTTPHeader("request-id", "r-1")])
        ])
        let failure = await siteFailure { () throws(SiteFailure) in try await world.client.call(.anyCreate) }
        #expect(failure?.kind == .refused)
        #expect(failure?.requestID == "r-1")
        #expect(failure?.reason.contains("Jane") == false)
        #expect(failure?.reason.contains("invalidRequest") == true)
    }

    @Test func aPauseStopsEverybody() async throws {
        let world = try World([
            .on("GET /x", 429, headers: [HTTPHeader("Retry-After", "17")]), .on("GET /x", 200, ["value": []]),
        ])
        world.client.governor.stopAll(seconds: 30)
        _ = try await world.client.call(.anyRead)
        #expect(world.clock.waits == [30, 17])
        #expect(world.client.usage.pausedSeconds == 47)
    }

    @Test func cancelledWhileWaiting() async throws {
        let world = try World([])
        let client = world.client
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await siteFailure { () throws(SiteFailure) in try await client.call(.anyRead) }
        }
        let failure = await task.value
        #expect(failure?.kind == .cancelled)
        #expect(failure?.outcome == .notDone)
    }
}

@Suite("Places in line") struct SlotsTests {
    @Test func letsInAsManyAsItHasPlacesFor() async {
        let slots = Slots(limit: 2)
        #expect(await slots.enter())
        #expect(await slots.enter())
        let third = Task { await slots.enter() }
        slots.leave()
        #expect(await third.value)
        let fourth = Task { await slots.enter() }
        slots.setLimit(3)
        #expect(await fourth.value)
    }

    @Test func cancellationEndsTheWait() async {
        let slots = Slots(limit: 1)
        #expect(await slots.enter())
        let second = Task { await slots.enter() }
        second.cancel()
        #expect(await second.value == false)
        slots.leave()
        #expect(await slots.enter())
    }
}

@Suite("Paging") struct PagingTests {
    private func link(_ path: String) -> JSON { .string(ScriptedGraph.root + "/v1.0" + path) }

    @Test func followsLinksAsTheyAre() async throws {
        let world = try World([
            .on("GET /x", 200, ["value": [1], "@odata.nextLink": link("/x?$skiptoken=a%20b'")]),
            .on("GET /x?$skiptoken=a%20b'", 200, ["value": [], "@odata.nextLink": link("/x?p=3")]),
            .on("GET /x?p=3", 200, ["value": [2, 3]]),
        ])
        #expect(try await world.client.pages(.anyRead) == [1, 2, 3])
    }

    @Test(arguments: [
        "https://evil.example/v1.0/x", "http://graph.example/v1.0/x", "https://graph.example:8443/v1.0/x",
        "https://graph.example@evil.example/", "/v1.0/x",
    ])
    func takesTheTokenNowhereElse(foreign: String) async throws {
        let world = try World([.on("GET /x", 200, ["value": [], "@odata.nextLink": .string(foreign)])])
        let failure = await siteFailure { () throws(SiteFailure) in try await world.client.pages(.anyRead) }
        #expect(failure?.kind == .malformed)
        #expect(failure?.reason.contains("not this profile's Graph") == true)
        #expect(world.graph.requests.count == 1)
    }

    @Test func noticesCirclesAndTooManyPages() async throws {
        let again = ScriptedGraph.Step.on("GET /x?p=2", 200, ["value": [], "@odata.nextLink": link("/x?p=2")])
        let world = try World([
            .on("GET /x", 200, ["value": [], "@odata.nextLink": link("/x?p=2")]), again,
        ])
        let circle = await siteFailure { () throws(SiteFailure) in try await world.client.pages(.anyRead) }
        #expect(circle?.reason.contains("circle") == true)

        let long = try World(
            [
                .on("GET /x", 200, ["value": [], "@odata.nextLink": link("/x?p=2")]),
                .on("GET /x?p=2", 200, ["value": [], "@odata.nextLink": link("/x?p=3")]),
            ], pagesMax: 2)
        let tooMany = await siteFailure { () throws(SiteFailure) in try await long.client.pages(.anyRead) }
        #expect(tooMany?.reason.contains("more than 2 pages") == true)
    }

    @Test(arguments: [["value": 1], [], ["value": [], "@odata.nextLink": 7]] as [JSON])
    func refusesPagesThatMakeNoSense(page: JSON) async throws {
        let world = try World([.on("GET /x", 200, page)])
        let failure = await siteFailure { () throws(SiteFailure) in try await world.client.pages(.anyRead) }
        #expect(failure?.kind == .malformed)
    }
}
