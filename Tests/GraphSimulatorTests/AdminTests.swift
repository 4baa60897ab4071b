import Core
import GraphSimulator
import Testing

@Suite("Administration and state") struct AdminTests {
    @Test func settingsAreReadAndChanged() throws {
        let session = try Session()
        #expect(session.admin("GET", "/settings")["uniqueViolationStatus"] == 400)
        #expect(session.admin("PUT", "/settings", ["uniqueViolationStatus": 409])["uniqueViolationStatus"] == 409)
        #expect(session.graph.settings.uniqueViolationStatus == 409)
        for bad in [["uniqueViolationStatus": 418], ["surprise": 1], ["enforceQuota": 1], []] as [JSON] {
            #expect(session.admin("PUT", "/settings", bad).status == 400)
        }
    }

    @Test func everySettingSurvivesItsJSON() {
        var settings = Settings()
        #expect(settings.merge(Settings().json) == nil)
        #expect(settings == Settings())
        #expect(Mirror(reflecting: settings).children.count == settings.json.members?.count)
    }

    @Test func countersAreReset() throws {
        let session = try Session()
        let list = try session.list()
        _ = session.createItem(list, [:])
        _ = session.patch("\(list)/items/1/fields", ["Title": "x"])
        let counters = session.admin("GET", "/counters")
        #expect(counters["itemWrites"]?["Orders"] == 2)
        #expect(counters["itemWritesByOperation"]?["Orders"]?["patchItem"] == 1)
        #expect(counters["requests"]?["createItem"] == 1)
        #expect(counters["quota"]?[Session.clientID]?["minute"] == 6)
        #expect(session.admin("POST", "/counters/reset").status == 204)
        #expect(session.counter("httpRequests") == 0)
    }

    @Test func listsAndItemsAreSeenWhole() throws {
        let session = try Session()
        let list = try session.keyedList()
        _ = session.createItem(list, ["Title": "A", "SyncBridgeKey": "k1"])
        _ = session.createItem(list, ["Title": "B", "SyncBridgeKey": "k2"])
        _ = session.patch("\(list)/items/2/fields", ["Title": "C"], ["X-Simulator-Person": "Kim"])
        let lists = session.admin("GET", "/lists")["lists"]?.array ?? []
        let orders = try #require(lists.first { $0["name"] == "Orders" })
        #expect(orders["items"] == 2)
        #expect(orders["site"] == "/sites/Operations")
        let lines = String(
            decoding: session.admin("GET", "/lists/Orders/items").response.body, as: UTF8.self
        ).split(separator: "\n")
        #expect(lines.count == 2)
        let second = try JSON.parse(String(lines[1]))
        #expect(second["fields"] == ["Title": "C", "SyncBridgeKey": "k2"])
        #expect(second["modifiedBy"] == "Kim")
        #expect(second["version"] == 2)
        #expect(session.admin("GET", "/lists/None/items").status == 404)
    }

    @Test func theClockMovesOnCommand() throws {
        let session = try Session()
        #expect(session.admin("POST", "/clock", ["advanceSeconds": 90])["now"] == "2026-01-10T09:01:30Z")
        #expect(session.admin("POST", "/clock", ["advanceSeconds": -1]).status == 400)
        session.graph.follow(realMilliseconds: session.graph.now + 1000)
        #expect(session.graph.now == 1_768_035_600_000 + 90_000 + 1000 + 90_000, "real time keeps the lead")
        #expect(session.admin("POST", "/clock", ["frozen": true])["frozen"] == true)
        let now = session.graph.now
        session.graph.follow(realMilliseconds: now + 5000)
        #expect(session.graph.now == now)
    }

    @Test func sitesAreAdded() throws {
        let session = try Session()
        let id = session.admin("POST", "/sites", ["path": "/sites/Sales"])["id"]?.string
        #expect(session.get("/sites/contoso.sharepoint.com:/sites/Sales")["id"]?.string == id)
    }

    @Test func theWholeStateIsSavedAndReloaded() throws {
        let session = try Session(zone: berlin) { $0.caseSensitiveText = true }
        let list = try session.keyedList(columns: [
            ["name": "Weight", "number": [:]], ["name": "Due", "dateTime": ["format": "dateOnly"]],
            ["name": "Tags", "choice": ["choices": ["a", "b"], "displayAs": "checkBoxes"]],
            ["name": "Owner", "personOrGroup": [:]],
        ])
        _ = session.createItem(
            list,
            [
                "Title": "A", "SyncBridgeKey": "k1", "Weight": .number("0.1"), "Due": "2026-03-01",
                "Tags@odata.type": "Collection(Edm.String)", "Tags": ["a"], "OwnerLookupId": 12,
            ])
        _ = session.createItem(list, ["SyncBridgeKey": "k2"])
        _ = session.createItem(list, ["SyncBridgeKey": "k3"], )
        _ = session.delete("\(list)/items/3")
        let gone = try session.list("Gone")
        _ = session.delete(gone)
        session.graph.addFault(["kind": "500", "operations": ["getSite"]])

        let text = session.admin("GET", "/state").response.body
        let copy = try Session(zone: berlin)
        #expect(copy.admin("PUT", "/state", try JSON.parse(text)).status == 204)
        #expect(copy.graph.state == session.graph.state)
        var other = copy
        other.headers = session.headers
        #expect(other.get("\(list)/items/1?$expand=fields").json == session.get("\(list)/items/1?$expand=fields").json)
        #expect(other.createItem(list, ["SyncBridgeKey": "k2"]).status == 400, "indexes are rebuilt")
        #expect(other.createItem(list, ["SyncBridgeKey": "K2"])["id"] == "4", "ids are not used again")
        #expect(other.get("/sites/root").status == 500)
        #expect(copy.admin("PUT", "/state", ["version": 99]).status == 400)
    }

    @Test func equalRunsGiveEqualAnswers() throws {
        func run() throws -> JSON {
            let session = try Session()
            let list = try session.keyedList()
            for number in 0..<5 { _ = session.createItem(list, ["SyncBridgeKey": .string("k\(number)")]) }
            return session.graph.state
        }
        #expect(try run() == (try run()))
    }

    @Test func unknownAdministrationIsNotFound() throws {
        let session = try Session()
        for path in ["", "/nothing", "/lists/x/y/z"] { #expect(session.admin("GET", path).status == 404) }
    }
}
