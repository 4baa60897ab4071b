import Core
import GraphSimulator
import Testing

@Suite("Quota and manners") struct ThrottlingTests {
    private func limited(_ change: (inout Settings) -> Void = { _ in }) throws -> (session: Session, list: String) {
        let session = try Session(change)
        let list = try session.list()
        session.graph.advance(seconds: 120)
        session.graph.configure {
            $0.enforceQuota = true
            $0.quotaPerMinute = 10
        }
        return (session, list)
    }

    @Test func unitsAreCountedByOperation() throws {
        let session = try Session()
        let list = try session.list()
        func cost(_ call: () -> Answer) -> Int {
            let before = session.counter("resourceUnits") ?? 0
            _ = call()
            return (session.counter("resourceUnits") ?? 0) - before
        }
        #expect(cost { session.get("/sites/root") } == 1)
        #expect(cost { session.get(list) } == 1)
        #expect(cost { session.get("\(Session.site)/lists") } == 2)
        #expect(cost { session.get("\(list)/columns") } == 2)
        #expect(cost { session.createItem(list, [:]) } == 2)
        #expect(cost { session.get("\(list)/items/1") } == 1)
        #expect(cost { session.get("\(list)/items") } == 2)
        #expect(cost { session.patch("\(list)/items/1/fields", ["Title": "a"]) } == 2)
        #expect(cost { session.delete("\(list)/items/1") } == 2)
        #expect(cost { session.token() } == 0)
    }

    @Test func unitsAreCountedOfEachOperation() throws {
        let session = try Session()
        let list = try session.list()
        _ = session.createItem(list, [:])
        _ = session.createItem(list, [:])
        _ = session.get("\(list)/items/1")
        #expect(session.counter("resourceUnitsByOperation", "createItem") == 4)
        #expect(session.counter("resourceUnitsByOperation", "getItem") == 1)
    }

    @Test func theBusiestMinuteIsKnown() throws {
        let session = try Session()
        let list = try session.list()
        func write(_ count: Int) {
            for _ in 0..<count { #expect(session.createItem(list, [:]).status == 201) }
        }
        session.graph.advance(seconds: 60)
        #expect(session.admin("POST", "/counters/reset").status == 204)
        #expect(session.counter("resourceUnitsMinuteMax") == 0, "what was before does not count")
        write(3)
        session.graph.advance(seconds: 40)
        write(4)
        #expect(session.counter("resourceUnitsMinuteMax") == 14)
        session.graph.advance(seconds: 20)
        write(2)
        #expect(session.counter("resourceUnitsMinuteMax") == 14, "the first three have left the minute")
        write(2)
        #expect(session.counter("resourceUnitsMinuteMax") == 16)
        session.graph.advance(seconds: 600)
        write(1)
        #expect(session.counter("resourceUnitsMinuteMax") == 16)
    }

    @Test func withoutEnforcingNothingIsRefused() throws {
        let session = try Session { $0.quotaPerMinute = 2 }
        for _ in 0..<5 {
            let answer = session.get("/sites/root")
            #expect(answer.status == 200)
            #expect(answer.header("RateLimit-Limit") == nil)
        }
    }

    @Test func headersBeginAtFourFifths() throws {
        let (session, list) = try limited()
        for _ in 0..<3 { #expect(session.get("\(list)/items").header("RateLimit-Limit") == nil) }
        let answer = session.get("\(list)/items")
        #expect(answer.status == 200)
        #expect(answer.header("RateLimit-Limit") == "10")
        #expect(answer.header("RateLimit-Remaining") == "2")
        #expect(answer.header("RateLimit-Reset") == "60")
    }

    @Test func beyondTheQuotaCallsAreRefusedUntilTheWindowMoves() throws {
        let (session, list) = try limited()
        for _ in 0..<5 { #expect(session.get("\(list)/items").status == 200) }
        session.graph.advance(seconds: 20)
        let refused = session.get("\(list)/items")
        #expect(refused.status == 429)
        #expect(refused.code == "activityLimitReached")
        #expect(refused.header("Retry-After") == "40")
        #expect(refused.header("RateLimit-Remaining") == "0")
        #expect(refused.header("RateLimit-Reset") == "40")
        session.graph.advance(seconds: 40)
        #expect(session.get("\(list)/items").status == 200)
        #expect(session.counter("throttled") == 1)
    }

    @Test func refusedCallsCountToo() throws {
        let (session, list) = try limited()
        for _ in 0..<5 { _ = session.get("\(list)/items") }
        session.graph.advance(seconds: 59)
        for _ in 0..<5 { #expect(session.get("\(list)/items").status == 429) }
        session.graph.advance(seconds: 1)
        #expect(session.get("\(list)/items").status == 429)
    }

    @Test func aFixedWindowEmptiesAtTheMinute() throws {
        let (session, list) = try limited { $0.quotaWindow = "fixed" }
        session.graph.advance(seconds: 50)
        for _ in 0..<5 { _ = session.get("\(list)/items") }
        #expect(session.get("\(list)/items").header("Retry-After") == "10")
        session.graph.advance(seconds: 10)
        #expect(session.get("\(list)/items").status == 200)
    }

    @Test(
        arguments: [
            ("whole", "60"), ("fractional", "60.000"), ("missing", nil), ("date", "Sat, 10 Jan 2026 09:03:00 GMT"),
        ] as [(String, String?)])
    func theWaitIsToldInManyWays(_ style: String, _ expected: String?) throws {
        let (session, list) = try limited {
            $0.retryAfterStyle = style
            $0.throttleStatus = 503
        }
        for _ in 0..<5 { _ = session.get("\(list)/items") }
        let refused = session.get("\(list)/items")
        #expect(refused.status == 503)
        #expect(refused.code == "serviceNotAvailable")
        #expect(refused.header("Retry-After") == expected)
    }

    @Test func theDayAndTheTenantHaveLimitsWithoutRateHeaders() throws {
        for setting in ["quotaPerDay", "quotaPerTenantFiveMinutes"] {
            let session = try Session()
            let change: JSON = .object([.init(setting, 3), .init("enforceQuota", true)])
            #expect(session.admin("PUT", "/settings", change).status == 200)
            for _ in 0..<3 { #expect(session.get("/sites/root").status == 200) }
            let refused = session.get("/sites/root")
            #expect(refused.status == 429)
            #expect(refused.header("Retry-After") != nil)
            #expect(refused.header("RateLimit-Limit") == nil)
        }
    }

    @Test func peopleAreNeverThrottled() throws {
        let (session, list) = try limited()
        for _ in 0..<9 { #expect(session.get("\(list)/items", ["X-Simulator-Person": "Kim"]).status == 200) }
        #expect(session.get("\(list)/items").status == 200)
    }

    @Test func callsInsideTheWaitAreBadManners() throws {
        let session = try Session()
        session.graph.addFault(["kind": "429", "times": 1, "retryAfter": 10])
        #expect(session.get("/sites/root").status == 429)
        #expect(session.counter("manners", "insideRetryAfter") == 0)
        session.graph.advance(seconds: 9)
        _ = session.get("/sites/root")
        #expect(session.counter("manners", "insideRetryAfter") == 1)
        session.graph.advance(seconds: 1)
        _ = session.get("/sites/root")
        #expect(session.counter("manners", "insideRetryAfter") == 1)
    }

    @Test func callsOnTheWireAreNoBadManners() throws {
        let session = try Session { $0.retryAfterGraceMilliseconds = 500 }
        session.graph.addFault(["kind": "429", "times": 1, "retryAfter": 10])
        let throttled = session.graph.begin(session.request("GET", "/sites/root"))
        _ = session.get("/sites/root")
        session.graph.end(throttled)
        _ = session.get("/sites/root")
        #expect(session.counter("manners", "insideRetryAfter") == 0)
        session.graph.advance(seconds: 1)
        _ = session.get("/sites/root")
        #expect(session.counter("manners", "insideRetryAfter") == 1)
    }

    @Test(arguments: [nil, "curl/8", "NONISV|Arcore"])
    func undecoratedAgentsAreCounted(_ agent: String?) throws {
        var session = try Session()
        session.headers.removeAll { $0.name == "User-Agent" }
        _ = session.get("/sites/root", agent.map { ["User-Agent": $0] } ?? [:])
        #expect(session.counter("manners", "undecoratedUserAgent") == 1)
        _ = session.get("/sites/root", ["User-Agent": "ISV|Arcore|SyncBridge/1.0"])
        #expect(session.counter("manners", "undecoratedUserAgent") == 1)
    }
}
