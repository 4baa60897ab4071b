import Core
import GraphSimulator
import Testing

@Suite("Batches") struct BatchTests {
    private let session: Session
    private let list: String

    init() throws {
        session = try Session()
        list = try session.keyedList()
    }

    private func part(_ id: String, _ method: String, _ path: String, _ body: JSON? = nil, after: [String] = []) -> JSON
    {
        var members: [JSON.Member] = [
            .init("id", .string(id)), .init("method", .string(method)), .init("url", .string(path)),
        ]
        if let body {
            members.append(.init("headers", ["Content-Type": "application/json"]))
            members.append(.init("body", body))
        }
        if !after.isEmpty { members.append(.init("dependsOn", .array(after.map { .string($0) }))) }
        return .object(members)
    }

    private func create(_ id: String, key: String? = nil, after: [String] = []) -> JSON {
        part(id, "POST", "\(list)/items", ["fields": ["SyncBridgeKey": .string(key ?? id)]], after: after)
    }

    private func send(_ parts: [JSON]) -> Answer { session.post("/$batch", ["requests": .array(parts)]) }

    private func responses(_ answer: Answer) -> [String: JSON] {
        var output: [String: JSON] = [:]
        for response in answer["responses"]?.array ?? [] { output[response["id"]?.string ?? ""] = response }
        return output
    }

    private func statuses(_ answer: Answer) -> [String: Int] {
        responses(answer).compactMapValues { $0["status"]?.integer }
    }

    @Test func everyPartHasItsOwnAnswer() {
        let answer = send([
            create("a"), part("b", "GET", String(list.dropFirst())), part("c", "DELETE", "\(list)/items/99"),
        ])
        #expect(answer.status == 200)
        #expect(statuses(answer) == ["a": 201, "b": 200, "c": 404])
        #expect(responses(answer)["a"]?["body"]?["fields"]?["id"] == "1")
        #expect(responses(answer)["a"]?["headers"]?["Content-Type"]?.string?.hasPrefix("application/json") == true)
        #expect(responses(answer)["c"]?["body"]?["error"]?["code"] == "itemNotFound")
        #expect(session.counter("requests", "batch") == 1)
        #expect(session.counter("batch", "parts") == 3)
        #expect(session.counter("batch", "sizes", "3") == 1)
    }

    @Test func aPartWithoutContentHasANullBody() {
        _ = session.createItem(list, [:])
        let response = responses(send([part("a", "DELETE", "\(list)/items/1")]))["a"]
        #expect(response?["status"] == 204)
        #expect(response?["body"] == .null)
    }

    @Test func responsesComeInAnyOrder() {
        let ids = (0..<20).map { "r\($0)" }
        let answer = send(ids.map { create($0) })
        let order = (answer["responses"]?.array ?? []).compactMap { $0["id"]?.string }
        #expect(order.sorted() == ids.sorted())
        #expect(order != ids)
    }

    @Test func conditionsAndPreferencesGoWithTheirPart() throws {
        _ = session.createItem(list, ["Title": "A"])
        let stale: JSON = [
            "id": "a", "method": "PATCH", "url": .string("\(list)/items/1/fields"),
            "headers": ["Content-Type": "application/json", "If-Match": "\"x,1\""], "body": ["Title": "B"],
        ]
        let query: JSON = [
            "id": "b", "method": "GET", "url": .string("\(list)/items?$filter=fields/Title%20eq%20'A'"),
            "headers": ["Prefer": "HonorNonIndexedQueriesWarningMayFailRandomly"],
        ]
        #expect(statuses(send([stale, query])) == ["a": 412, "b": 200])
    }

    @Test(
        arguments: [
            [:], ["requests": []], ["requests": [["id": "1", "method": "GET"]]],
            ["requests": [["method": "GET", "url": "/sites/root"]]],
            ["requests": [["id": 1, "method": "GET", "url": "/sites/root"]]],
            [
                "requests": [
                    ["id": "a", "method": "GET", "url": "/sites/root"],
                    ["id": "A", "method": "GET", "url": "/sites/root"],
                ]
            ],
            ["requests": [["id": "a", "method": "GET", "url": "/sites/root", "dependsOn": ["b"]]]],
            ["requests": [["id": "a", "method": "GET", "url": "/sites/root", "dependsOn": ["a"]]]],
        ] as [JSON])
    func malformedEnvelopesFailAsAWhole(_ body: JSON) {
        let answer = session.post("/$batch", body)
        #expect(answer.status == 400)
        #expect(answer.code == "BadRequest")
    }

    @Test func twentyIsTheMost() {
        #expect(send((0..<20).map { create("r\($0)") }).status == 200)
        #expect(send((0..<21).map { create("s\($0)") }).status == 400)
    }

    @Test func badPartsFailAlone() {
        let noType: JSON = ["id": "n", "method": "POST", "url": .string("\(list)/items"), "body": ["fields": [:]]]
        let answer = send([
            create("a"), part("x", "GET", "https://graph.microsoft.com/v1.0/sites/root"),
            part("b", "POST", "/$batch", ["requests": []]), noType,
        ])
        #expect(statuses(answer) == ["a": 201, "x": 400, "b": 400, "n": 400])
    }

    @Test func aChainStopsWhereItFails() {
        let answer = send([create("a"), create("b", key: "a", after: ["a"]), create("c", after: ["b"])])
        #expect(statuses(answer) == ["a": 201, "b": 400, "c": 424])
    }

    @Test func allMayWaitForTheSame() {
        let answer = send([create("a"), create("b", after: ["a"]), create("c", after: ["a"]), create("d")])
        #expect(statuses(answer) == ["a": 201, "b": 201, "c": 201, "d": 201])
    }

    @Test func otherPatternsAreRefused() {
        let two = [create("a"), create("b"), create("c", after: ["a", "b"])]
        #expect(send(two).status == 400)
        let forest = [create("a"), create("b", after: ["a"]), create("c"), create("d", after: ["c"])]
        #expect(send(forest).status == 400)
    }

    @Test func parallelWritesToOneItemCollide() {
        _ = session.createItem(list, [:])
        let parts = ["a", "b"].map { part($0, "PATCH", "\(list)/items/1/fields", ["Title": .string($0)]) }
        #expect(statuses(send(parts)).values.sorted() == [200, 409])
        session.graph.configure { $0.batchItemCollisions = false }
        #expect(statuses(send(parts)).values.sorted() == [200, 200])
    }

    @Test func parallelSchemaCallsOnOneListCollide() {
        let parts = ["Aa", "Bb"].map { part($0, "POST", "\(list)/columns", ["name": .string($0), "text": [:]]) }
        #expect(statuses(send(parts)).values.sorted() == [201, 409])
        #expect(session.counter("manners", "parallelSchemaCalls") == 1)
        let chain = [
            part("a", "POST", "\(list)/columns", ["name": "Cc", "text": [:]]),
            part("b", "POST", "\(list)/columns", ["name": "Dd", "text": [:]], after: ["a"]),
        ]
        #expect(statuses(send(chain)) == ["a": 201, "b": 201])
        #expect(session.post("\(list)/columns", ["name": "Ee", "text": [:]]).status == 201, "nothing stays occupied")
    }

    @Test func throttledPartsAreTheirOwn() {
        session.graph.addFault(["kind": "429", "operations": ["createItem"], "times": 1, "retryAfter": 17])
        let answer = send([create("a"), create("b")])
        #expect(answer.status == 200)
        #expect(statuses(answer).values.sorted() == [201, 429])
        let throttled = responses(answer).values.first { $0["status"] == 429 }
        #expect(throttled?["headers"]?["Retry-After"] == "17")
        session.graph.configure { $0.batchThrottledStatus = 424 }
        session.graph.addFault(["kind": "429", "operations": ["createItem"], "times": 1])
        #expect(send([create("c")]).status == 424)
    }

    @Test func costsAreThoseOfTheParts() {
        let before = session.counter("resourceUnits") ?? 0
        _ = send([create("a"), part("b", "GET", "\(list)/items/1"), part("c", "GET", "\(list)/items")])
        #expect(session.counter("resourceUnits") == before + 2 + 1 + 2)
    }

    @Test func aLostAnswerLeavesTheWritesDone() {
        session.graph.addFault(["kind": "resetAfterWrite", "operations": ["createItem"], "times": 1, "skip": 1])
        let exchange = session.graph.begin(
            session.request("POST", "/$batch", ["requests": [create("a"), create("b"), create("c")]]))
        session.graph.end(exchange)
        #expect(exchange.outcome == .dropped)
        #expect(session.get("\(list)/items").value.count == 3)
    }

    @Test func theEnvelopeCanFailAsAWhole() {
        session.graph.addFault(["kind": "502AfterWrite", "operations": ["batch"], "times": 1])
        session.graph.addFault(["kind": "503Empty", "operations": ["batch"], "times": 1, "retryAfter": "2.5"])
        #expect(send([create("a")]).status == 502)
        #expect(session.get("\(list)/items").value.count == 1)
        let unavailable = send([create("b")])
        #expect(unavailable.status == 503)
        #expect(unavailable.header("Retry-After") == "2.5")
        #expect(session.get("\(list)/items").value.count == 1)
    }
}
