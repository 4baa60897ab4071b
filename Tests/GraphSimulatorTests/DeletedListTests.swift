import Core
import GraphSimulator
import Testing

@Suite("Lists that go and come back") struct DeletedListTests {
    private let session: Session
    private let list: String
    private let id: String

    init() throws {
        session = try Session()
        list = try session.keyedList()
        id = try #require(session.get(list)["id"]?.string)
        for key in ["k1", "k2", "k3"] { _ = session.createItem(list, ["SyncBridgeKey": .string(key)]) }
    }

    private func add(_ rule: JSON) { #expect(session.admin("POST", "/faults", rule).status == 200) }

    @Test func aListGoesWhileItIsWorkedOnAndComesBack() {
        add(["kind": "listDeleted", "list": "Orders", "skip": 2, "restoreAfterRequests": 4])
        #expect(session.get("\(list)/items/1").status == 200)
        #expect(session.get("\(list)/columns").status == 200, "counts as no item request")
        #expect(session.patch("\(list)/items/1/fields", ["Title": "x"]).status == 200)
        #expect(session.createItem(list, ["SyncBridgeKey": "k4"]).status == 404, "the third")
        #expect(session.get(list).status == 404)
        #expect(session.get("\(list)/items/delta").status == 404)
        #expect(session.get("\(list)/columns").status == 404)
        let names = session.get("\(Session.site)/lists").value.compactMap { $0["displayName"]?.string }
        #expect(!names.contains("Orders"))
        #expect(session.get("\(list)/items").value.count == 3, "four requests later it is there again")
        #expect(session.get("\(list)/items/1/fields")["Title"] == "x")
        #expect(session.createItem(list, ["SyncBridgeKey": "k1"]).status == 400, "its indexes are there")
    }

    @Test func aListGoesForGood() {
        add(["kind": "listDeleted", "list": .string(id), "operations": ["patchItem"], "forGood": true])
        #expect(session.patch("\(list)/items/1/fields", ["Title": "x"]).status == 404)
        for _ in 0..<5 { #expect(session.get(list).status == 404) }
        #expect(session.admin("POST", "/lists/\(id)/restore").status == 404)
        #expect(session.post("\(Session.site)/lists", ["displayName": "Orders"]).status == 201)
    }

    @Test func theListGoesInTheMiddleOfABatch() {
        session.graph.configure { $0.shuffleBatch = false }
        add(["kind": "listDeleted", "list": "Orders", "skip": 1])
        let parts: [JSON] = ["1", "2", "3"].map {
            ["id": .string($0), "method": "GET", "url": .string("\(list)/items/\($0)")]
        }
        let answer = session.post("/$batch", ["requests": .array(parts)])
        let statuses = (answer["responses"]?.array ?? []).compactMap { $0["status"]?.integer }
        #expect(statuses == [200, 404, 404])
    }

    @Test func aListWhoseTitleIsTakenStaysInTheBin() {
        add(["kind": "listDeleted", "list": "Orders", "restoreAfterRequests": 1])
        #expect(session.get("\(list)/items").status == 404)
        #expect(session.post("\(Session.site)/lists", ["displayName": "Orders"]).status == 201)
        #expect(session.get("\(list)/items").status == 404)
        #expect(session.admin("POST", "/lists/\(id)/restore").status == 404)
    }

    @Test func itsReturnIsPartOfTheState() {
        add(["kind": "listDeleted", "list": "Orders", "restoreAfterRequests": 2])
        _ = session.get("\(list)/items")
        let copy = Session(SimulatedGraph())
        #expect(copy.graph.load(state: session.graph.state) == nil)
        #expect(copy.graph.state == session.graph.state)
        var other = copy
        other.headers = session.headers
        #expect((0..<3).map { _ in other.get(list).status } == [404, 404, 200])
    }
}
