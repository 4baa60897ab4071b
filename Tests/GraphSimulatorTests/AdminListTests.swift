import Core
import GraphSimulator
import Testing

@Suite("What people do to lists and columns") struct AdminListTests {
    private let session: Session
    private let list: String
    private let columns = "/lists/Orders/columns"

    init() throws {
        session = try Session()
        list = try session.keyedList(columns: [
            ["name": "Note", "text": [:]], ["name": "Weight", "number": [:]],
            ["name": "Status", "choice": ["choices": ["a", "b"]]],
        ])
        let fields: JSON = ["SyncBridgeKey": "k1", "Note": "n", "Weight": 2, "Status": "a"]
        #expect(session.createItem(list, fields).status == 201)
    }

    private func definition(_ name: String) -> JSON? {
        session.admin("GET", columns)["columns"]?.array?.first { $0["name"]?.string == name }
    }

    private var fields: JSON { session.get("\(list)/items/1/fields").json }

    // MARK: Columns

    @Test func aColumnIsDeletedWithItsValues() throws {
        let before = session.get("\(list)/items/1")["eTag"]
        let link = try session.round("\(list)/items/delta").deltaLink
        #expect(session.admin("DELETE", "\(columns)/Note", ["person": "Kim"]).status == 204)
        #expect(fields["Note"] == nil)
        #expect(session.get("\(list)/items/1")["eTag"] == before)
        #expect(try session.round(link).entries.isEmpty)
        #expect(session.get("\(list)/items?$expand=fields($select=Note)").status == 400)
        #expect(session.patch("\(list)/items/1/fields", ["Note": "x"]).status == 400)
        #expect(session.admin("POST", columns, ["name": "Note", "text": [:]]).status == 204)
        #expect(fields["Note"] == nil, "the column comes back, its values do not")
        #expect(session.admin("DELETE", "\(columns)/Title").status == 400)
        #expect(session.admin("DELETE", "\(columns)/None").status == 404)
    }

    @Test func theKeyColumnIsDeleted() {
        #expect(session.admin("DELETE", "\(columns)/SyncBridgeKey").status == 204, "whatever its index")
        #expect(session.createItem(list, ["SyncBridgeKey": "k2"]).status == 400)
        #expect(session.get("\(list)/items?$filter=fields/SyncBridgeKey%20eq%20'k1'").status == 400)
    }

    @Test func aColumnIsRenamedAndDescribed() throws {
        let change: JSON = ["person": "Kim", "displayName": "Remark", "description": "what we think"]
        #expect(session.admin("PATCH", "\(columns)/Note", change).status == 204)
        let note = try #require(definition("Note"))
        #expect(note["displayName"] == "Remark")
        #expect(note["description"] == "what we think")
        #expect(fields["Note"] == "n", "the internal name stays")
        #expect(session.get(list)["lastModifiedBy"]?["user"]?["displayName"] == "Kim")
        #expect(session.admin("PATCH", "\(columns)/SyncBridgeKey", ["description": ""]).status == 204)
        #expect(session.admin("PATCH", "\(columns)/Note", ["name": "Other"]).status == 400)
    }

    @Test func choicesComeAndGo() {
        #expect(
            session.admin("PATCH", "\(columns)/Status", ["removeChoices": ["a"], "addChoices": ["c"]]).status == 204)
        #expect(definition("Status")?["choice"]?["choices"] == ["b", "c"])
        #expect(fields["Status"] == "a", "an item keeps what it has")
        #expect(session.patch("\(list)/items/1/fields", ["Status": "a"]).status == 400)
        #expect(session.patch("\(list)/items/1/fields", ["Status": "c"]).status == 200)
        #expect(session.admin("PATCH", "\(columns)/Note", ["addChoices": ["x"]]).status == 400)
        #expect(session.admin("PATCH", "\(columns)/Status", ["removeChoices": ["b", "c"]]).status == 400)
    }

    @Test func aColumnBecomesRequired() {
        #expect(session.admin("PATCH", "\(columns)/Note", ["required": true]).status == 204)
        #expect(definition("Note")?["required"] == true)
        let added: JSON = ["name": "Cause", "text": [:], "required": true]
        #expect(session.admin("POST", columns, added).status == 204)
        #expect(definition("Cause")?["required"] == true)
        #expect(session.createItem(list, ["SyncBridgeKey": "k2"]).status == 201, "Graph does not ask for it")
    }

    @Test func typeOptionsChange() {
        #expect(session.admin("PATCH", "\(columns)/Note", ["text": ["maxLength": 1]]).status == 204)
        #expect(session.patch("\(list)/items/1/fields", ["Note": "xy"]).status == 400)
        let several: JSON = ["text": ["allowMultipleLines": true, "textType": "plain"]]
        #expect(session.admin("PATCH", "\(columns)/Note", several).status == 204, "more than Graph allows")
        #expect(session.patch("\(list)/items/1/fields", ["Note": "x\ny"]).status == 200)
        #expect(session.admin("PATCH", "\(columns)/Note", ["text": ["allowMultipleLines": false]]).status == 204)
        #expect(definition("Note")?["text"]?["maxLength"] == 255)
        #expect(session.admin("PATCH", "\(columns)/Weight", ["number": ["decimalPlaces": "none"]]).status == 204)
        #expect(session.admin("PATCH", "\(columns)/Weight", ["number": ["decimalPlaces": "many"]]).status == 400)
    }

    @Test func aTypeChangesAndValuesFollowIfTheyCan() {
        #expect(session.admin("PATCH", "\(columns)/Weight", ["text": [:]]).status == 204)
        #expect(fields["Weight"] == "2")
        let boxes: JSON = ["choice": ["choices": ["a", "b"], "displayAs": "checkBoxes"]]
        #expect(session.admin("PATCH", "\(columns)/Status", boxes).status == 204)
        #expect(fields["Status"] == ["a"])
        #expect(session.admin("PATCH", "\(columns)/Note", ["number": [:]]).status == 204)
        #expect(fields["Note"] == nil)
        let key: JSON = ["text": ["allowMultipleLines": true]]
        #expect(session.admin("PATCH", "\(columns)/SyncBridgeKey", key).status == 400, "its index forbids that")
    }

    // MARK: Keys of items

    @Test func keysAreChangedAndCleared() {
        let item = "/lists/Orders/items/1"
        #expect(session.admin("PATCH", item, ["fields": ["SyncBridgeKey": "other"]]).status == 200)
        #expect(session.get("\(list)/items?$filter=fields/SyncBridgeKey%20eq%20'other'").ids == ["1"])
        #expect(session.admin("PATCH", item, ["fields": ["SyncBridgeKey": .null]]).status == 200)
        #expect(session.get("\(list)/items?$filter=fields/SyncBridgeKey%20eq%20'other'").ids.isEmpty)
    }

    @Test func anItemIsCopiedWithItsKeyIfThatIsNotUnique() {
        let copy = "/lists/Orders/items/1/copy"
        #expect(session.admin("POST", copy).status == 400)
        #expect(session.admin("PATCH", "\(columns)/SyncBridgeKey", ["enforceUniqueValues": false]).status == 204)
        #expect(session.admin("POST", copy, ["person": "Kim"])["id"] == "2")
        #expect(session.get("\(list)/items?$filter=fields/SyncBridgeKey%20eq%20'k1'").ids == ["1", "2"])
        #expect(session.get("\(list)/items/2/fields")["Weight"] == 2)
        #expect(session.get("\(list)/items/2")["createdBy"]?["user"]?["displayName"] == "Kim")
        let again = session.admin("PATCH", "\(columns)/SyncBridgeKey", ["enforceUniqueValues": true])
        #expect(again.status == 400, "there are duplicates now")
        #expect(session.admin("POST", "/lists/Orders/items/9/copy").status == 404)
    }

    // MARK: Lists

    @Test func aListIsRenamed() {
        #expect(
            session.admin("PATCH", "/lists/Orders", ["person": "Kim", "displayName": "Bestellungen"]).status == 204)
        #expect(session.get(list)["displayName"] == "Bestellungen")
        #expect(session.get("\(Session.site)/lists/Orders").status == 404)
        #expect(session.admin("PATCH", "/lists/Bestellungen", ["displayName": ""]).status == 400)
    }

    @Test func aListIsDeletedAndRestored() throws {
        #expect(session.admin("DELETE", "/lists/Orders").status == 204)
        #expect(session.get(list).status == 404)
        #expect(session.admin("POST", "/lists/Orders/restore").status == 200)
        #expect(session.get("\(list)/items").value.count == 1)
    }

    @Test func aListIsDeletedForGood() throws {
        let other = try session.list("Other")
        let id = try #require(session.get(other)["id"]?.string)
        #expect(session.admin("DELETE", "/lists/Orders", ["forGood": true]).status == 204)
        #expect(session.admin("POST", "/lists/Orders/restore").status == 404)
        #expect(session.admin("DELETE", "/lists/Other").status == 204)
        #expect(session.admin("DELETE", "/lists/\(id)", ["forGood": true]).status == 204, "out of the recycle bin")
        #expect(session.admin("POST", "/lists/\(id)/restore").status == 404)
        #expect(session.admin("DELETE", "/lists/None").status == 404)
    }
}
