import Core
import GraphSimulator
import Testing

@Suite("Faults") struct FaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var kind: FaultKind
        /// 0 for no answer.
        var status: Int
        var isWritten: Bool

        var testDescription: String { kind.rawValue }
    }

    @Test(arguments: [
        Case(kind: .generalException, status: 500, isWritten: false),
        Case(kind: .badGatewayBeforeWrite, status: 502, isWritten: false),
        Case(kind: .badGatewayAfterWrite, status: 502, isWritten: true),
        Case(kind: .timeoutBeforeWrite, status: 504, isWritten: false),
        Case(kind: .timeoutAfterWrite, status: 504, isWritten: true),
        Case(kind: .timeoutThenWrite, status: 504, isWritten: false),
        Case(kind: .emptyUnavailable, status: 503, isWritten: false),
        Case(kind: .unavailable, status: 503, isWritten: false),
        Case(kind: .throttled, status: 429, isWritten: false),
        Case(kind: .notVisible, status: 404, isWritten: false),
        Case(kind: .resourceModified, status: 409, isWritten: false),
        Case(kind: .locked, status: 423, isWritten: false),
        Case(kind: .unauthorized, status: 401, isWritten: false),
        Case(kind: .resetBeforeWrite, status: 0, isWritten: false),
        Case(kind: .resetAfterWrite, status: 0, isWritten: true),
        Case(kind: .resetThenWrite, status: 0, isWritten: false),
        Case(kind: .cutBody, status: 201, isWritten: true), Case(kind: .slow, status: 201, isWritten: true),
        Case(kind: .unknownConflict, status: 409, isWritten: false),
        Case(kind: .throttledAfterWrite, status: 429, isWritten: true),
        Case(kind: .full, status: 507, isWritten: false),
    ])
    func kinds(_ fault: Case) throws {
        let session = try Session()
        let list = try session.list()
        #expect(session.graph.addFault(["kind": .string(fault.kind.rawValue), "times": 1]) == nil)
        #expect(session.createItem(list, [:]).status == fault.status)
        #expect(session.get("\(list)/items").value.count == (fault.isWritten ? 1 : 0))
        #expect(session.counter("faults") == 1)
        #expect(session.counter("faultsByKind", fault.kind.rawValue) == 1)
    }

    @Test(arguments: FaultKind.allCases.filter { !$0.isOfPages && $0 != .listDeleted })
    func everyKindStrikesAPartOfABatch(_ kind: FaultKind) throws {
        let session = try Session()
        let list = try session.list()
        session.graph.addFault(["kind": .string(kind.rawValue), "operations": ["createItem"], "times": 1])
        func part(_ id: String) -> JSON {
            [
                "id": .string(id), "method": "POST", "url": .string("\(list)/items"),
                "headers": ["Content-Type": "application/json"], "body": ["fields": [:]],
            ]
        }
        let answer = session.post("/$batch", ["requests": [part("a"), part("b"), part("c")]])
        session.graph.advance(seconds: 60)
        let isDone = [.resetAfterWrite, .resetThenWrite, .cutBody, .slow].contains(kind)
        let comesLate = [.timeoutThenWrite, .badGatewayAfterWrite, .timeoutAfterWrite, .throttledAfterWrite]
            .contains(kind)
        #expect(session.get("\(list)/items").value.count == (isDone || comesLate ? 3 : 2), "the others are done")
        switch kind {
        case .resetBeforeWrite, .resetAfterWrite, .resetThenWrite: #expect(answer.status == 0)
        default:
            let statuses = (answer["responses"]?.array ?? []).compactMap { $0["status"]?.integer }
            #expect(statuses.count == 3)
            #expect(statuses.count { $0 == 201 } == (isDone ? 3 : 2))
        }
    }

    @Test func theTransportSeesBrokenConnections() async throws {
        let session = try Session()
        let transport = SimulatedTransport(session.graph)
        for kind in ["resetBeforeWrite", "cutBody"] {
            session.graph.addFault(["kind": .string(kind), "times": 1])
            do {
                _ = try await transport.send(session.request("GET", "/sites/root"))
                Issue.record("an answer arrived")
            } catch {
                #expect(error.kind == .interrupted)
                #expect(error.certainty == .unknown)
                #expect(error.host == "simulator")
            }
        }
        #expect(try await transport.send(session.request("GET", "/sites/root")).status == 200)
    }

    @Test func slownessAddsToTheLatency() throws {
        let session = try Session { $0.latencyMilliseconds = 5 }
        session.graph.addFault(["kind": "slow", "latencyMilliseconds": 200, "times": 1])
        let slow = session.graph.begin(session.request("GET", "/sites/root"))
        #expect(slow.latencyMilliseconds == 5 && slow.hold?.milliseconds == 200)
        let usual = session.graph.begin(session.request("GET", "/sites/root"))
        #expect(usual.latencyMilliseconds == 5 && usual.hold == nil)
        // What is held goes on when the rule is gone.
        let hold = try #require(slow.hold)
        #expect(session.graph.holds(hold))
        _ = session.graph.begin(HTTPRequest("DELETE", "http://simulator/admin/faults"))
        #expect(!session.graph.holds(hold))
    }

    @Test func aLateWriteArrivesByTheClock() throws {
        let session = try Session()
        let list = try session.list()
        session.graph.addFault(["kind": "504WriteLater", "operations": ["createItem"], "times": 1, "delaySeconds": 60])
        #expect(session.createItem(list, ["Title": "late"]).status == 504)
        session.graph.advance(seconds: 59)
        #expect(session.get("\(list)/items").value.isEmpty)
        session.graph.advance(seconds: 1)
        #expect(session.get("\(list)/items").value.count == 1)
    }

    @Test func aLateWriteArrivesByRequests() throws {
        let session = try Session()
        let list = try session.list()
        session.graph.addFault([
            "kind": "resetWriteLater", "operations": ["createItem"], "times": 1, "delayRequests": 2,
        ])
        #expect(session.createItem(list, ["Title": "late"]).status == 0)
        session.graph.advance(seconds: 600)
        #expect(session.get("\(list)/items").value.isEmpty)
        #expect(session.get("\(list)/items").value.isEmpty)
        #expect(session.counter("lateWrites") == 0)
        #expect(session.get("\(list)/items").value.count == 1)
        #expect(session.counter("lateWrites") == 1)
    }

    @Test func aLateWriteKeepsItsCondition() throws {
        let session = try Session()
        let list = try session.list()
        let eTag = try #require(session.createItem(list, ["Title": "a"])["eTag"]?.string)
        session.graph.addFault(["kind": "504WriteLater", "operations": ["patchItem"], "times": 1])
        let path = "\(list)/items/1/fields"
        #expect(session.patch(path, ["Title": "late"], ["If-Match": eTag]).status == 504)
        #expect(session.patch(path, ["Title": "again"], ["If-Match": eTag]).status == 200)
        session.graph.advance(seconds: 60)
        #expect(session.get(path)["Title"] == "again")
    }

    @Test func oneRuleCanBeEveryFault() throws {
        func run(_ seed: Int) throws -> (statuses: [Int], kinds: Set<String>) {
            let session = try Session()
            let list = try session.list()
            let rule: JSON = [
                "kind": "any", "probability": .number("0.3"), "seed": .number(seed),
                "operations": ["createItem", "patchItem", "deleteItem"], "retryAfter": ["1", "2.5", .null],
            ]
            #expect(session.admin("POST", "/faults", rule).status == 200)
            let statuses = (0..<400).map { _ in session.createItem(list, [:]).status }
            let kinds = session.graph.counters["faultsByKind"]?.members?.map(\.name) ?? []
            #expect(session.get("/sites/root").status == 200)
            return (statuses, Set(kinds))
        }
        let first = try run(7)
        #expect(first.kinds == Set(FaultKind.any.map(\.rawValue)))
        #expect(try run(7).statuses == first.statuses)
        #expect(try run(8).statuses != first.statuses)
    }

    @Test func aRuleDrawsFromItsKindsAndWaits() throws {
        let session = try Session()
        session.graph.addFault(["kinds": ["429", "503Empty"], "retryAfter": ["1", "2.5", .null], "seed": 3])
        var seen: Set<String> = []
        for _ in 0..<60 {
            let answer = session.get("/sites/root")
            seen.insert("\(answer.status) \(answer.header("Retry-After") ?? "none")")
        }
        #expect(seen == ["429 1", "429 2.5", "429 none", "503 1", "503 2.5", "503 none"])
        #expect(session.admin("POST", "/faults", ["kinds": ["429", "fly"]]).status == 400)
        #expect(session.admin("POST", "/faults", ["kinds": []]).status == 400)
    }

    @Test func rulesSkipAndEnd() throws {
        let session = try Session()
        session.graph.addFault(["kind": "500", "operations": ["getSite"], "skip": 1, "times": 2])
        #expect((0..<5).map { _ in session.get("/sites/root").status } == [200, 500, 500, 200, 200])
    }

    @Test func rulesMatchMethodsAndPaths() throws {
        let session = try Session()
        let list = try session.list()
        session.graph.addFault(["kind": "423", "method": "POST", "pathPrefix": .string(list)])
        #expect(session.get(list).status == 200)
        #expect(session.createItem(list, [:]).status == 423)
        #expect(session.post("\(Session.site)/lists", ["displayName": "Other"]).status == 201)
    }

    @Test func chanceComesFromTheSeed() throws {
        func run() throws -> [Int] {
            let session = try Session()
            session.graph.addFault(["kind": "500", "probability": .number("0.5")])
            return (0..<40).map { _ in session.get("/sites/root").status }
        }
        let first = try run()
        #expect(try run() == first)
        #expect(Set(first) == [200, 500])
    }

    @Test func rulesAreListedAndRemoved() throws {
        let session = try Session()
        let added = session.admin(
            "POST", "/faults", ["faults": [["kind": "500"], ["kind": "429", "retryAfter": "1.5"]]])
        #expect(added["faults"]?.array?.count == 2)
        #expect(session.admin("DELETE", "/faults/1").status == 204)
        #expect(session.admin("GET", "/faults")["faults"]?.array?.first?["retryAfter"] == "1.5")
        #expect(session.get("/sites/root").header("Retry-After") == "1.5")
        #expect(session.admin("DELETE", "/faults").status == 204)
        #expect(session.get("/sites/root").status == 200)
        #expect(session.admin("POST", "/faults", ["kind": "whatever"]).status == 400)
        #expect(session.admin("POST", "/faults", ["kind": "500", "operations": ["fly"]]).status == 400)
    }

    @Test func peopleAreSpared() throws {
        let session = try Session()
        session.graph.addFault(["kind": "500"])
        #expect(session.get("/sites/root", ["X-Simulator-Person": "Kim"]).status == 200)
        #expect(session.token().status == 200, "tokens fail only when named")
        session.graph.addFault(["kind": "500", "operations": ["token"]])
        #expect(session.token()["error"] == "temporarily_unavailable")
    }
}
