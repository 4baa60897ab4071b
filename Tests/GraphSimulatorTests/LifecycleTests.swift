import Core
import GraphSimulator
import Testing

@Suite("What people do to items") struct LifecycleTests {
    private let session: Session
    private let list: String
    private let items = "/lists/Orders/items"

    init() throws {
        session = try Session()
        list = try session.keyedList()
        _ = session.createItem(list, ["Title": "A", "SyncBridgeKey": "k1"])
    }

    @Test func peopleCreateEditAndDelete() throws {
        let created = session.admin("POST", items, ["person": "Kim", "fields": ["Title": "B", "SyncBridgeKey": "k2"]])
        #expect(created["id"] == "2")
        let edited = session.admin("PATCH", "\(items)/1", ["person": "Kim", "fields": ["Title": "C"]])
        #expect(edited["eTag"]?.string?.hasSuffix(",2\"") == true)
        let first = session.get("\(list)/items/1")
        #expect(first["lastModifiedBy"]?["user"]?["displayName"] == "Kim")
        #expect(first["createdBy"]?["application"] != nil)
        #expect(session.admin("DELETE", "\(items)/2", ["person": "Kim"]).status == 204)
        #expect(session.admin("DELETE", "\(items)/2").status == 404)
        #expect(session.get("\(list)/items").value.count == 1)
        #expect(session.admin("POST", items, ["fields": ["SyncBridgeKey": "K1"]]).status == 400, "taken for people too")
        #expect(session.admin("POST", items, ["fields": ["Colour": "x"]]).status == 400)
    }

    @Test func aRestoredItemIsAChange() throws {
        _ = session.delete("\(list)/items/1")
        let link = try session.round("\(list)/items/delta?$expand=fields($select=Title,SyncBridgeKey)").deltaLink
        let restored = session.admin("POST", "\(items)/1/restore")
        #expect(restored["eTag"]?.string?.hasSuffix(",2\"") == true)
        let entry = try #require(try session.round(link).entries.first)
        #expect(entry["id"] == "1")
        #expect(entry["fields"]?["SyncBridgeKey"] == "k1")
        #expect(entry["eTag"] == restored["eTag"])
        #expect(entry["lastModifiedBy"]?["application"] != nil, "who wrote it last stays")
        _ = session.delete("\(list)/items/1")
        _ = session.admin("POST", "\(items)/1/restore", ["person": "Kim"])
        #expect(session.get("\(list)/items/1")["lastModifiedBy"]?["user"]?["displayName"] == "Kim")
    }

    @Test func aRestoredItemMayDoubleAUniqueValueBySwitch() throws {
        _ = session.delete("\(list)/items/1")
        _ = session.createItem(list, ["SyncBridgeKey": "K1"])
        #expect(session.admin("POST", "\(items)/1/restore").status == 409)
        #expect(session.admin("PUT", "/settings", ["restoreTakenValue": "allow"]).status == 200)
        #expect(session.admin("POST", "\(items)/1/restore").status == 200)
        #expect(session.get("\(list)/items?$filter=fields/SyncBridgeKey%20eq%20'k1'").ids == ["1", "2"])
        #expect(session.createItem(list, ["SyncBridgeKey": "k1"]).status == 400)
    }

    @Test func attachmentsShowWhenSelected() throws {
        let link = try session.round("\(list)/items/delta?$expand=fields($select=Attachments)").deltaLink
        #expect(session.admin("PUT", "\(items)/1/attachments", ["attachments": true, "person": "Kim"]).status == 200)
        let entry = try #require(try session.round(link).entries.first)
        #expect(entry["fields"]?["Attachments"] == true)
        #expect(entry["eTag"]?.string?.hasSuffix(",2\"") == true)
        #expect(session.get("\(list)/items/1?$expand=fields($select=Attachments)")["fields"]?["Attachments"] == true)
        #expect(session.admin("PUT", "\(items)/1/attachments", [:]).status == 400)
        #expect(session.admin("PUT", "\(items)/9/attachments", ["attachments": true]).status == 404)
    }

    @Test(arguments: [(423, "notAllowed"), (403, "accessDenied"), (400, "invalidRequest")])
    func aRetentionLabelForbidsWrites(_ status: Int, _ code: String) throws {
        session.graph.configure { $0.retentionLabelStatus = status }
        #expect(session.admin("PUT", "\(items)/1/label", ["label": "Keep"]).status == 200)
        let fields = "\(list)/items/1?$expand=fields($select=_ComplianceTag)"
        #expect(session.get(fields)["fields"]?["_ComplianceTag"] == "Keep")
        let refused = session.patch("\(list)/items/1/fields", ["Title": "x"])
        #expect(refused.status == status)
        #expect(refused.code == code)
        #expect(session.delete("\(list)/items/1").status == status)
        #expect(session.admin("DELETE", "\(items)/1").status == status)
        #expect(session.delete("\(list)/items/1", ["If-Match": "\"x,1\""]).status == 412, "conditions come first")
        #expect(session.admin("PUT", "\(items)/1/label", ["label": .null]).status == 200)
        #expect(session.delete("\(list)/items/1").status == 204)
    }

    @Test func aRetentionLabelMayForbidDeletesOnly() {
        session.graph.configure { $0.retentionLabelForbids = "deletes" }
        _ = session.admin("PUT", "\(items)/1/label", ["label": "Keep"])
        #expect(session.patch("\(list)/items/1/fields", ["Title": "x"]).status == 200)
        #expect(session.delete("\(list)/items/1").status == 423)
    }

    @Test func aLabelIsAChange() throws {
        let link = try session.round("\(list)/items/delta?$expand=fields($select=_ComplianceTag)").deltaLink
        _ = session.admin("PUT", "\(items)/1/label", ["label": "Keep"])
        #expect(try session.round(link).entries.first?["fields"]?["_ComplianceTag"] == "Keep")
    }

    @Test(arguments: [(423, "notAllowed"), (403, "accessDenied")])
    func aSingleItemIsLocked(_ status: Int, _ code: String) throws {
        _ = session.createItem(list, ["Title": "B", "SyncBridgeKey": "k2"])
        let before = session.get("\(list)/items/1").json
        #expect(session.admin("PUT", "\(items)/1/lock", ["status": .number(status)]).status == 204)
        #expect(session.get("\(list)/items/1").json == before, "reading shows nothing of it")
        let refused = session.patch("\(list)/items/1/fields", ["Title": "x"])
        #expect(refused.status == status)
        #expect(refused.code == code)
        #expect(refused.innerCode == (status == 423 ? "resourceLocked" : nil))
        #expect(session.delete("\(list)/items/1").status == status)
        #expect(session.admin("PATCH", "\(items)/1", ["person": "Kim", "fields": ["Title": "x"]]).status == status)
        #expect(session.patch("\(list)/items/1/fields", ["Title": "x"], ["If-Match": "\"x,1\""]).status == 412)
        #expect(session.patch("\(list)/items/2/fields", ["Title": "x"]).status == 200, "other items are not locked")
        #expect(session.createItem(list, ["SyncBridgeKey": "k3"]).status == 201)
        #expect(session.admin("DELETE", "\(items)/1/lock").status == 204)
        #expect(session.patch("\(list)/items/1/fields", ["Title": "x"]).status == 200)
        #expect(session.admin("PUT", "\(items)/1/lock", ["status": 500]).status == 400)
        #expect(session.admin("PUT", "\(items)/9/lock", ["status": 423]).status == 404)
    }

    @Test func whoHasCheckedAnItemOutMayWriteIt() {
        _ = session.admin("PUT", "\(items)/1/lock", ["status": 423, "holder": "Kim"])
        #expect(session.admin("PATCH", "\(items)/1", ["person": "Lee", "fields": ["Title": "x"]]).status == 423)
        #expect(session.admin("PATCH", "\(items)/1", ["person": "Kim", "fields": ["Title": "x"]]).status == 200)
        #expect(session.patch("\(list)/items/1/fields", ["Title": "y"]).status == 423)
    }

    @Test func writesAreCountedByKey() {
        _ = session.createItem(list, ["SyncBridgeKey": "k2"])
        _ = session.patch("\(list)/items/1/fields", ["Title": "x"])
        _ = session.patch("\(list)/items/1/fields", ["Title": "y"], ["X-Simulator-Person": "Kim"])
        _ = session.delete("\(list)/items/2")
        let writes = session.admin("GET", "/lists/Orders/writes")
        #expect(writes["writes"] == ["k1": 2, "k2": 2], "people's are not counted")
        #expect(writes["most"] == 2)
        _ = session.admin("POST", "/counters/reset")
        #expect(session.admin("GET", "/lists/Orders/writes")["writes"] == [:])
    }
}
