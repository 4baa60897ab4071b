import Core
import GraphSimulator
import Testing

@Suite("Faults of items and their lists") struct ItemFaultTests {
    private let session: Session
    private let list: String

    init() throws {
        session = try Session()
        list = try session.keyedList()
        for key in ["k1", "k2", "k3"] {
            #expect(session.createItem(list, ["SyncBridgeKey": .string(key)]).status == 201)
        }
    }

    private func add(_ rule: JSON) { #expect(session.admin("POST", "/faults", rule).status == 200) }

    private static let search = "?$filter=fields/SyncBridgeKey%20eq%20'k1'"

    // MARK: 404 of what is there

    @Test func anItemIsMissingForAWhile() {
        add([
            "kind": "404", "list": "Orders", "items": [1], "operations": ["getItem", "patchItem", "deleteItem"],
            "times": 3,
        ])
        let missing = session.get("\(list)/items/1")
        #expect(missing.status == 404)
        #expect(missing.code == "itemNotFound")
        #expect(session.get("\(list)/items/2").status == 200, "another item is not meant")
        #expect(session.get("\(list)/items").value.count == 3)
        #expect(session.patch("\(list)/items/1/fields", ["Title": "x"]).status == 404)
        #expect(session.delete("\(list)/items/1").status == 404)
        #expect(session.get("\(list)/items/1")["eTag"]?.string?.hasSuffix(",1\"") == true, "nothing was done to it")
    }

    @Test func itemsFlapByASeed() throws {
        func statuses(_ seed: Int) throws -> [Int] {
            let session = try Session()
            let list = try session.keyedList()
            _ = session.createItem(list, ["SyncBridgeKey": "k1"])
            let rule: JSON = [
                "kind": "404", "operations": ["getItem"], "probability": .number("0.5"), "seed": .number(seed),
            ]
            #expect(session.admin("POST", "/faults", rule).status == 200)
            return (0..<40).map { _ in session.get("\(list)/items/1").status }
        }
        let first = try statuses(7)
        #expect(Set(first) == [200, 404])
        #expect(try statuses(7) == first)
        #expect(try statuses(8) != first)
    }

    @Test func allItemsOfAListAreMissingWhileTheListIsThere() throws {
        let other = try session.list("Other")
        _ = session.createItem(other, [:])
        let operations: JSON = ["listItems", "getItem", "createItem", "patchItem", "deleteItem", "delta"]
        add(["kind": "404", "list": "Orders", "operations": operations, "times": 5])
        #expect(session.get("\(list)/items/1").status == 404)
        #expect(session.get("\(list)/items").status == 404)
        #expect(session.get("\(list)/items/delta").status == 404)
        #expect(session.createItem(list, ["SyncBridgeKey": "k9"]).status == 404)
        #expect(session.get(list).status == 200)
        #expect(session.get("\(list)/columns").status == 200)
        #expect(session.get("\(other)/items/1").status == 200)
        #expect(session.delete("\(list)/items/1").status == 404)
        #expect(session.get("\(list)/items").value.count == 3)
    }

    @Test func aRuleKnowsItsListByIdToo() throws {
        let id = try #require(session.get(list)["id"]?.string)
        add(["kind": "404", "list": .string(id), "operations": ["getItem"]])
        #expect(session.get("\(Session.site)/lists/Orders/items/1").status == 404)
    }

    // MARK: Answers that mislead

    @Test func aConflictMayHaveAnUnknownCode() {
        add(["kind": "409Unknown", "operations": ["createItem"], "times": 1])
        let refused = session.createItem(list, ["SyncBridgeKey": "k9"])
        #expect(refused.status == 409)
        #expect(!["conflict", "nameAlreadyExists", "resourceModified"].contains(refused.code ?? ""))
        #expect(session.get("\(list)/items").value.count == 3)
        #expect(session.createItem(list, ["SyncBridgeKey": "k9"]).status == 201)
    }

    @Test func aThrottledWriteMayHaveBeenDone() {
        add(["kind": "429AfterWrite", "operations": ["createItem"], "times": 1, "retryAfter": "2"])
        let refused = session.createItem(list, ["SyncBridgeKey": "k9"])
        #expect(refused.status == 429)
        #expect(refused.header("Retry-After") == "2")
        #expect(session.get("\(list)/items").value.count == 4)
        #expect(session.createItem(list, ["SyncBridgeKey": "k9"]).status == 400)
    }

    @Test func aSearchMayFindNothingForAWhile() {
        add(["kind": "noHits", "list": "Orders", "times": 2])
        #expect(session.get("\(list)/items").value.count == 3, "only searches are blind")
        for _ in 0..<2 {
            let blind = session.get("\(list)/items\(Self.search)")
            #expect(blind.status == 200)
            #expect(blind.value.isEmpty)
            #expect(blind.nextLink == nil)
        }
        #expect(session.get("\(list)/items\(Self.search)").ids == ["1"])
    }

    // MARK: A full site

    @Test func aFullSiteTakesNoWrites() {
        add(["kind": "507", "skip": 1, "times": 3])
        #expect(session.createItem(list, ["SyncBridgeKey": "k4"]).status == 201, "the first still fits")
        let refused = session.createItem(list, ["SyncBridgeKey": "k5"])
        #expect(refused.status == 507)
        #expect(refused.innerCode == "insufficientStorage")
        #expect(session.patch("\(list)/items/1/fields", ["Title": "x"]).status == 507)
        #expect(session.post("\(Session.site)/lists", ["displayName": "Other"]).status == 507)
        #expect(session.get("\(list)/items").value.count == 4, "reading goes on")
        #expect(session.createItem(list, ["SyncBridgeKey": "k5"]).status == 201)
    }

    @Test func anAdministratorMakesRoom() {
        add(["kind": "507"])
        #expect(session.createItem(list, ["SyncBridgeKey": "k4"]).status == 507)
        #expect(session.delete("\(list)/items/1").status == 204, "deleting works")
        #expect(session.admin("DELETE", "/faults/1").status == 204)
        #expect(session.createItem(list, ["SyncBridgeKey": "k4"]).status == 201)
    }
}
