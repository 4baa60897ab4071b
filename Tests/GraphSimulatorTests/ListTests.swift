import Core
import GraphSimulator
import Testing

@Suite("Sites and lists") struct ListTests {
    @Test(arguments: [
        "/sites/contoso.sharepoint.com:/sites/Operations", "/sites/contoso.sharepoint.com:/sites/Operations:",
        "/sites/CONTOSO.sharepoint.com:/SITES/operations",
        "/sites/contoso.sharepoint.com,x,y/getByPath(path='/sites/Operations')",
    ])
    func aSiteIsFoundByPath(_ path: String) throws {
        let answer = try Session().get(path)
        #expect(answer.status == 200)
        #expect(answer["webUrl"] == "https://contoso.sharepoint.com/sites/Operations")
        #expect(answer["siteCollection"]?["hostname"] == "contoso.sharepoint.com")
        #expect(answer["id"]?.string?.split(separator: ",").count == 3)
    }

    @Test func aSiteIsFoundByIDWithPlainOrEscapedCommas() throws {
        let session = try Session()
        let id = try #require(session.get(Session.site)["id"]?.string)
        #expect(session.get("/sites/\(id)")["id"]?.string == id)
        #expect(session.get("/sites/\(id.replacing(",", with: "%2C"))/lists").status == 200)
        #expect(session.get("/sites('\(id)')/lists").status == 200)
    }

    @Test func theRootSiteIsThere() throws {
        let session = try Session()
        #expect(session.get("/sites/root")["webUrl"] == "https://contoso.sharepoint.com")
        #expect(session.get("/sites/contoso.sharepoint.com")["webUrl"] == "https://contoso.sharepoint.com")
    }

    @Test(arguments: ["/sites/contoso.sharepoint.com:/sites/None", "/sites/fabrikam.sharepoint.com"])
    func anUnknownSiteIsNotFound(_ path: String) throws {
        let answer = try Session().get(path)
        #expect(answer.status == 404)
        #expect(answer.code == "itemNotFound")
        #expect(answer.message == "Requested site could not be found")
    }

    @Test func errorsCarryTheirIDs() throws {
        let answer = try Session().get("/sites/none", ["client-request-id": "abc"])
        let inner = answer["error"]?["innerError"]
        #expect(inner?["client-request-id"] == "abc")
        #expect(inner?["date"] == "2026-01-10T09:00:00")
        #expect(inner?["request-id"]?.string == answer.header("request-id"))
    }

    @Test func systemListsShowOnlyWhenSelected() throws {
        let session = try Session()
        let plain = session.get("\(Session.site)/lists").value
        #expect(plain.compactMap { $0["displayName"]?.string } == ["Documents"])
        let all = session.get("\(Session.site)/lists?$select=id,displayName,system").value
        #expect(all.count == 2)
        #expect(all.last?["system"] == [:])
        #expect(all.first?["webUrl"] == nil)
    }

    @Test func aListIsMadeWithAName() throws {
        let session = try Session()
        let body: JSON = ["displayName": "Spare/Parts 1", "description": "d", "list": ["template": "genericList"]]
        let answer = session.post("\(Session.site)/lists", body)
        #expect(answer.status == 201)
        #expect(answer["name"] == "SpareParts 1")
        #expect(answer["displayName"] == "Spare/Parts 1")
        #expect(answer["webUrl"] == "https://contoso.sharepoint.com/sites/Operations/Lists/SpareParts%201")
        #expect(answer["columns"] == nil)
        #expect(answer["list"]?["template"] == "genericList")
        #expect(answer["createdBy"]?["application"]?["id"]?.string == Session.clientID)
    }

    @Test func aNameIsRefused() throws {
        let answer = try Session().post("\(Session.site)/lists", ["displayName": "A", "name": "A"])
        #expect(answer.status == 400)
        #expect(answer.message.hasPrefix("Cannot define a 'name' for a list"))
    }

    @Test func aTitleIsTakenWithoutRegardToCase() throws {
        let session = try Session()
        _ = try session.list("Orders")
        let answer = session.post("\(Session.site)/lists", ["displayName": "ORDERS"])
        #expect(answer.status == 409)
        #expect(answer.code == "nameAlreadyExists")
    }

    @Test(
        arguments: [
            ["displayName": "A", "list": ["template": "spaceship"]], ["displayName": ""], ["description": "x"],
            ["displayName": "A", "surprise": 1],
            ["displayName": "A", "columns": [["name": "Title", "text": [:]]]],
            ["displayName": "A", "columns": [["name": "B"]]],
        ] as [JSON])
    func badLists(_ body: JSON) throws {
        let session = try Session()
        let status = session.post("\(Session.site)/lists", body).status
        #expect(status == 400 || status == 409)
        #expect(session.get("\(Session.site)/lists").value.count == 1, "nothing is left behind")
    }

    @Test func renamingKeepsTheName() throws {
        let session = try Session()
        let list = try session.list("Orders")
        let answer = session.patch(list, ["displayName": "Sales", "description": "new"])
        #expect(answer.status == 200)
        #expect(answer["name"] == "Orders")
        #expect(answer["displayName"] == "Sales")
        #expect(session.get("\(Session.site)/lists/Sales")["description"] == "new")
        #expect(session.patch(list, ["name": "x"]).status == 400)
        // The address is taken, so a new list of the old title gets another one.
        #expect(session.post("\(Session.site)/lists", ["displayName": "Orders"])["name"] == "Orders1")
        #expect(session.patch(list, ["displayName": "orders"]).status == 409)
    }

    @Test func deletingAListTakesItAway() throws {
        let session = try Session()
        let list = try session.list("Orders")
        #expect(session.delete(list).status == 204)
        #expect(session.get(list).status == 404)
        #expect(session.admin("POST", "/lists/Orders/restore").status == 200)
        #expect(session.get(list).status == 200)
    }

    @Test func aLargeListCannotBeDeletedInOneGo() throws {
        let session = try Session { $0.deleteListItemsMax = 1 }
        let list = try session.list()
        for _ in 0..<2 { _ = session.createItem(list, [:]) }
        #expect(session.delete(list).status == 400)
    }

    @Test func listsComeInPages() throws {
        let session = try Session { $0.listsPageSize = 2 }
        for name in ["A", "B", "C"] { _ = try session.list(name) }
        let first = session.get("\(Session.site)/lists")
        #expect(first.value.count == 2)
        let second = session.get(try #require(first.nextLink))
        #expect(second.value.compactMap { $0["displayName"]?.string } == ["B", "C"])
        #expect(second.nextLink == nil)
    }

    @Test func listsAreFilteredByTitle() throws {
        let session = try Session()
        _ = try session.list("It's")
        let answer = session.get("\(Session.site)/lists?$filter=displayName%20eq%20'It''s'")
        #expect(answer.value.count == 1)
    }

    @Test func aNewListCanBeInvisibleForAWhile() throws {
        let session = try Session { $0.hideNewListCalls = 2 }
        let list = try session.list()
        #expect(session.get(list).status == 404)
        #expect(session.get("\(Session.site)/lists").value.count == 1)
        #expect(session.get(list).status == 200)
    }

    @Test(arguments: ["/me", "/sites", "/sites/root/lists/x/nothing/here", "/users/1"])
    func unknownPathsAreNotFound(_ path: String) throws { #expect(try Session().get(path).status == 404) }

    @Test func whatIsNotBuiltSaysSo() throws {
        let session = try Session()
        let list = try session.list()
        #expect(session.get("/subscriptions").status == 501)
        #expect(session.get("\(list)/contentTypes").status == 501)
        #expect(session.send("PUT", list).status == 405)
    }

    @Test func bodiesNeedTheirContentType() throws {
        let session = try Session()
        var request = session.request("POST", "\(Session.site)/lists", ["displayName": "A"])
        request.headers.removeAll { $0.name == "Content-Type" }
        #expect(session.graph.handle(request).status == 415)
        request.headers.append(HTTPHeader("Content-Type", "application/json; charset=utf-8"))
        request.body = Array("{".utf8)
        #expect(session.graph.handle(request).status == 400)
    }

    @Test func answersHaveTheHeadersOfGraph() throws {
        let answer = try Session().get("/sites/root")
        #expect(
            answer.header("Content-Type")
                == "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
        #expect(answer.header("OData-Version") == "4.0")
        #expect(answer.header("Date") == "Sat, 10 Jan 2026 09:00:00 GMT")
    }
}
