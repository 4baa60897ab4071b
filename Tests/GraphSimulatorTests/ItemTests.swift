import Core
import GraphSimulator
import Testing

@Suite("Items") struct ItemTests {
    @Test func creationAnswersTheWholeItem() throws {
        let session = try Session()
        let list = try session.keyedList(columns: [["name": "Weight", "number": [:]]])
        let answer = session.createItem(list, ["Title": "Bearing", "Weight": .number("0.25"), "SyncBridgeKey": "k1"])
        #expect(answer.status == 201)
        #expect(answer["id"] == "1")
        let eTag = try #require(answer["eTag"]?.string)
        #expect(answer["@odata.etag"]?.string == eTag)
        #expect(eTag.hasPrefix("\"") && eTag.hasSuffix(",1\""))
        #expect(answer["createdBy"]?["application"]?["id"]?.string == Session.clientID)
        #expect(answer["webUrl"] == "https://contoso.sharepoint.com/sites/Operations/Lists/Orders/1_.000")
        let fields = try #require(answer["fields"])
        #expect(fields["@odata.etag"]?.string == eTag)
        #expect(fields["id"] == "1")
        #expect(fields["Weight"] == .number("0.25"))
        #expect(fields["LinkTitle"] == "Bearing")
        #expect(fields["_UIVersionString"] == "1.0")
        #expect(fields["Attachments"] == false)
        #expect(fields["ItemChildCount"] == "0")
        #expect(fields["AuthorLookupId"]?.string != nil)
        #expect(fields["AppAuthorLookupId"]?.string != nil)
        #expect(fields["SyncBridgeKey"] == nil, "hidden columns are never in a write's answer")
    }

    @Test func hiddenColumnsMayShowInAnswersBySwitch() throws {
        let session = try Session { $0.showHiddenInWriteAnswers = true }
        let list = try session.keyedList()
        #expect(session.createItem(list, ["SyncBridgeKey": "k"])["fields"]?["SyncBridgeKey"] == "k")
    }

    @Test func absentNullAndEmptyAreTheSame() throws {
        let session = try Session()
        let list = try session.list(columns: [["name": "Note", "text": [:]], ["name": "Weight", "number": [:]]])
        let created = session.createItem(list, ["Title": "", "Note": .null, "Weight": 1])
        #expect(created["fields"]?["Title"] == nil)
        #expect(created["fields"]?["LinkTitle"] == nil)
        #expect(created["fields"]?["Note"] == nil)
        let patched = session.patch("\(list)/items/1/fields", ["Weight": .null])
        #expect(patched["Weight"] == nil)
    }

    @Test func changeAnswersTheFieldSet() throws {
        let session = try Session()
        let list = try session.list(columns: [["name": "Weight", "number": [:]]])
        let created = session.createItem(list, ["Title": "A", "Weight": 1])
        let answer = session.patch("\(list)/items/1/fields", ["Weight": 2])
        #expect(answer.status == 200)
        #expect(answer["fields"] == nil)
        #expect(answer["Weight"] == 2)
        #expect(answer["Title"] == "A", "fields that are not named stay")
        #expect(answer["@odata.etag"]?.string?.hasSuffix(",2\"") == true)
        #expect(answer["_UIVersionString"] == "2.0")
        #expect(answer["@odata.etag"]?.string?.dropLast(3) == created["eTag"]?.string?.dropLast(3)[...])
        let whole = session.patch("\(list)/items/1", ["fields": ["Weight": 3]])
        #expect(whole["fields"]?["Weight"] == 3)
        #expect(session.patch("\(list)/items/1", ["Weight": 3]).status == 400)
    }

    @Test(arguments: [true, false])
    func aChangeOfNothingIsAVersionBySwitch(_ makesVersion: Bool) throws {
        let session = try Session { $0.unchangedPatchMakesVersion = makesVersion }
        let list = try session.list()
        _ = session.createItem(list, ["Title": "A"])
        let answer = session.patch("\(list)/items/1/fields", ["Title": "A"])
        #expect(answer["_UIVersionString"]?.string == (makesVersion ? "2.0" : "1.0"))
    }

    @Test func preconditionsAreHonoured() throws {
        let session = try Session()
        let list = try session.list()
        let first = try #require(session.createItem(list, ["Title": "A"])["eTag"]?.string)
        let path = "\(list)/items/1/fields"
        let second = try #require(session.patch(path, ["Title": "B"], ["If-Match": first])["@odata.etag"]?.string)
        let stale = session.patch(path, ["Title": "C"], ["If-Match": first])
        #expect(stale.status == 412)
        #expect(stale.code == "resourceModified")
        #expect(stale.innerCode == "entityTagDoesNotMatch")
        #expect(session.get(path)["Title"] == "B")
        #expect(session.patch(path, ["Title": "C"], ["If-Match": "1"]).innerCode == "malformedEntityTag")
        #expect(session.patch(path, ["Title": "C"], ["If-Match": "*"]).status == 200)
        #expect(session.delete("\(list)/items/1", ["If-Match": second]).status == 412)
        #expect(session.delete("\(list)/items/1").status == 204)
        #expect(session.delete("\(list)/items/1", ["If-Match": "*"]).status == 404)
        #expect(session.patch(path, ["Title": "C"]).status == 404)
    }

    @Test func idsGrowAndAreNeverUsedAgain() throws {
        let session = try Session()
        let list = try session.list()
        for _ in 0..<2 { _ = session.createItem(list, [:]) }
        #expect(session.delete("\(list)/items/2").status == 204)
        #expect(session.createItem(list, [:])["id"] == "3")
    }

    @Test func aRestoredItemKeepsItsIDAndItsValues() throws {
        let session = try Session()
        let list = try session.keyedList()
        _ = session.createItem(list, ["Title": "A", "SyncBridgeKey": "k"])
        _ = session.delete("\(list)/items/1")
        #expect(session.admin("GET", "/lists/Orders/recycleBin")["items"] == ["1"])
        #expect(session.admin("POST", "/lists/Orders/items/1/restore").status == 200)
        #expect(session.admin("POST", "/lists/Orders/items/1/restore").status == 404)
        #expect(session.get("\(list)/items/1/fields")["Title"] == "A")
        #expect(session.createItem(list, ["SyncBridgeKey": "k"]).status == 400, "its key is taken again")
        _ = session.delete("\(list)/items/1")
        #expect(session.createItem(list, ["SyncBridgeKey": "k"]).status == 201)
        #expect(session.admin("POST", "/lists/Orders/items/1/restore").status == 409)
    }

    @Test(arguments: ["Colour", "id", "Modified", "AuthorLookupId", "_UIVersionString", "ContentType", "@odata.etag"])
    func fieldsThatCannotBeWritten(_ key: String) throws {
        let session = try Session()
        let list = try session.list()
        let answer = session.createItem(list, .object([.init(key, "x")]))
        #expect(answer.status == 400)
        #expect(answer.code == "invalidRequest")
        #expect(session.get("\(list)/items").value.isEmpty)
    }

    @Test func unknownFieldsAreNamed() throws {
        let session = try Session()
        let list = try session.list()
        #expect(session.createItem(list, ["Colour": "x"]).message == "Field 'Colour' is not recognized")
    }

    @Test func namesWithAnUnderscoreInFrontGetAPrefix() throws {
        let session = try Session()
        let list = try session.list()
        _ = session.post("\(list)/columns", ["displayName": "1Test", "text": [:]])
        #expect(session.createItem(list, ["_x0031_Test": "x"]).status == 400)
        #expect(session.createItem(list, ["OData__x0031_Test": "x"])["fields"]?["OData__x0031_Test"] == "x")
    }

    @Test(arguments: [["Title": "x"], ["fields": []], ["fields": ["Title": "a"], "id": "7"], []] as [JSON])
    func badBodies(_ body: JSON) throws {
        let session = try Session()
        #expect(session.post("\(try session.list())/items", body).status == 400)
    }

    @Test func timesInTheBodyAreIgnored() throws {
        let session = try Session()
        let body: JSON = ["fields": [:], "createdDateTime": "2020-01-01T00:00:00Z"]
        let answer = session.post("\(try session.list())/items", body)
        #expect(answer["createdDateTime"] == "2026-01-10T09:00:00Z")
    }

    @Test func requiredIsNotEnforced() throws {
        let session = try Session()
        let list = try session.list(columns: [["name": "Must", "text": [:], "required": true]])
        #expect(session.createItem(list, [:]).status == 201)
    }

    // MARK: Uniqueness

    @Test(arguments: [400, 409])
    func aTakenValueIsRefused(_ status: Int) throws {
        let session = try Session { $0.uniqueViolationStatus = status }
        let list = try session.keyedList()
        #expect(session.createItem(list, ["SyncBridgeKey": "ab"]).status == 201)
        let answer = session.createItem(list, ["SyncBridgeKey": "AB"])
        #expect(answer.status == status)
        #expect(answer.code == (status == 400 ? "invalidRequest" : "conflict"))
        #expect(answer.message.contains("duplicate values were found in the following field(s) in the list: ["))
        #expect(session.createItem(list, ["SyncBridgeKey": "á"]).status == 201)
        #expect(session.createItem(list, ["SyncBridgeKey": "a"]).status == 201, "accents count")
        #expect(session.patch("\(list)/items/1/fields", ["SyncBridgeKey": "Ab"]).status == 200, "its own value")
        #expect(session.patch("\(list)/items/1/fields", ["SyncBridgeKey": "A"]).status == status)
        #expect(session.get("\(list)/items").value.count == 3)
    }

    @Test func caseCountsBySwitch() throws {
        let session = try Session { $0.caseSensitiveText = true }
        let list = try session.keyedList()
        #expect(session.createItem(list, ["SyncBridgeKey": "ab"]).status == 201)
        #expect(session.createItem(list, ["SyncBridgeKey": "AB"]).status == 201)
        #expect(session.createItem(list, ["SyncBridgeKey": "AB"]).status == 400)
        #expect(session.get("\(list)/items?$filter=fields/SyncBridgeKey%20eq%20'AB'").value.count == 1)
    }

    @Test(arguments: [false, true])
    func blanksAreExemptBySwitch(_ collide: Bool) throws {
        let session = try Session { $0.blanksBreakUniqueness = collide }
        let list = try session.keyedList()
        #expect(session.createItem(list, [:]).status == 201)
        #expect(session.createItem(list, [:]).status == (collide ? 400 : 201))
    }

    @Test func aFreedValueCanBeUsedAgain() throws {
        let session = try Session()
        let list = try session.keyedList()
        _ = session.createItem(list, ["SyncBridgeKey": "a"])
        _ = session.delete("\(list)/items/1")
        #expect(session.createItem(list, ["SyncBridgeKey": "a"]).status == 201)
        #expect(session.patch("\(list)/items/2/fields", ["SyncBridgeKey": "b"]).status == 200)
        #expect(session.createItem(list, ["SyncBridgeKey": "a"]).status == 201)
    }

    // MARK: Defaults and people

    @Test(arguments: [true, false])
    func defaultsFillWhatIsAbsent(_ nullWins: Bool) throws {
        let session = try Session { $0.nullOverridesDefault = nullWins }
        let list = try session.list(columns: [
            ["name": "Stock", "number": [:], "defaultValue": ["value": "5"]],
            ["name": "Since", "dateTime": ["format": "dateOnly"], "defaultValue": ["formula": "=[today]"]],
        ])
        let filled = session.createItem(list, [:])["fields"]
        #expect(filled?["Stock"] == 5)
        #expect(filled?["Since"] == "2026-01-10T00:00:00Z")
        #expect(session.createItem(list, ["Stock": 7])["fields"]?["Stock"] == 7)
        #expect(session.createItem(list, ["Stock": .null])["fields"]?["Stock"] == (nullWins ? nil : 5))
    }

    @Test func aPersonNeedsNoTokenAndIsRecorded() throws {
        var session = try Session()
        let list = try session.list()
        _ = session.createItem(list, ["Title": "A"])
        session.headers = []
        let before = session.counter("resourceUnits")
        let answer = session.patch("\(list)/items/1", ["fields": ["Title": "B"]], ["X-Simulator-Person": "Kim"])
        #expect(answer["lastModifiedBy"]?["user"]?["displayName"] == "Kim")
        #expect(answer["lastModifiedBy"]?["application"] == nil)
        #expect(answer["createdBy"]?["application"] != nil)
        #expect(answer["fields"]?["AppEditorLookupId"] == nil)
        #expect(session.counter("resourceUnits") == before)
        #expect(session.counter("requestsByPeople") == 1)
        #expect(session.counter("manners", "undecoratedUserAgent") == 0)
    }
}
