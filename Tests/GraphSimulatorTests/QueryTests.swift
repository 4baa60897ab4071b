import Core
import GraphSimulator
import Testing

@Suite("Queries for items") struct QueryTests {
    private func filled(_ session: Session, _ count: Int) throws -> String {
        let list = try session.keyedList(columns: [["name": "Weight", "number": [:]], ["name": "Code", "text": [:]]])
        for number in 1...count {
            let text = JSON.string("k\(number)")
            let answer = session.createItem(
                list, ["Title": text, "SyncBridgeKey": text, "Weight": .number(number % 3), "Code": text])
            #expect(answer.status == 201)
        }
        return list
    }

    private func ids(_ answer: Answer) -> [String] { answer.value.compactMap { $0["id"]?.string } }

    private func filter(_ text: String) -> String { "$filter=\(text.replacing(" ", with: "%20"))" }

    @Test func fieldsComeOnlyWhenExpanded() throws {
        let session = try Session()
        let list = try filled(session, 1)
        #expect(session.get("\(list)/items").value[0]["fields"] == nil)
        let all = session.get("\(list)/items?$expand=fields").value[0]["fields"]
        #expect(all?["Title"] == "k1")
        #expect(all?["SyncBridgeKey"] == nil)
        for query in ["$expand=fields($select=Title,SyncBridgeKey)", "expand=fields(select=Title,SyncBridgeKey)"] {
            let fields = session.get("\(list)/items?\(query)").value[0]["fields"]
            #expect(fields?.members?.map(\.name) == ["@odata.etag", "Title", "SyncBridgeKey"])
        }
    }

    @Test func theIDIsCalledIDInsideFields() throws {
        let session = try Session()
        let list = try filled(session, 1)
        let answer = session.get("\(list)/items?$expand=fields($select=ID,Modified,_UIVersionString)")
        #expect(answer.value[0]["fields"]?["id"] == "1")
        #expect(session.get("\(list)/items?$expand=fields($select=id)").status == 400)
        #expect(session.get("\(list)/items?$expand=fields($select=Nothing)").status == 400)
    }

    @Test func propertiesCanBeSelected() throws {
        let session = try Session()
        let list = try filled(session, 1)
        let item = session.get("\(list)/items?$select=id,eTag,fields&$expand=fields($select=Title)").value[0]
        #expect(item.members?.map(\.name) == ["@odata.etag", "eTag", "id", "fields@odata.context", "fields"])
        #expect(session.get("\(list)/items?$select=id&$expand=fields").value[0]["fields"] == nil)
        #expect(session.get("\(list)/items?$select=colour").status == 400)
        let ids = session.get("\(list)/items/1?$select=id,sharepointIds")["sharepointIds"]
        #expect(ids?["listItemId"] == "1")
    }

    @Test func pagesFollowEachOther() throws {
        let session = try Session()
        let list = try filled(session, 7)
        _ = session.delete("\(list)/items/3")
        var found: [String] = []
        var url: String? = "\(list)/items?$top=2&$select=id&$expand=fields($select=Title)"
        var pages = 0
        while let next = url {
            let page = session.get(next)
            found += ids(page)
            url = page.nextLink
            pages += 1
            if let url { #expect(url.hasPrefix("\(Session.origin)/v1.0/sites/")) }
        }
        #expect(found == ["1", "2", "4", "5", "6", "7"])
        #expect(pages == 3)
    }

    @Test func pagesHave200ItemsAndAtMost5000() throws {
        let session = try Session {
            $0.itemsPageSize = 2
            $0.itemsPageSizeMax = 3
        }
        let list = try filled(session, 5)
        #expect(session.get("\(list)/items").value.count == 2)
        #expect(session.get("\(list)/items?$top=9999").value.count == 3)
        #expect(session.get("\(list)/items?$top=0").status == 400)
        #expect(Settings().itemsPageSize == 200)
        #expect(Settings().itemsPageSizeMax == 5000)
    }

    @Test func aPageMayBeEmpty() throws {
        let session = try Session()
        let list = try filled(session, 2)
        session.graph.configure { $0.leadingEmptyPage = true }
        let first = session.get("\(list)/items?$top=5")
        #expect(first.value.isEmpty)
        #expect(ids(session.get(try #require(first.nextLink))) == ["1", "2"])
        #expect(session.get("\(list)/columns").value.isEmpty)
    }

    @Test(arguments: ["$skip=2", "$search=x", "$count=true", "$skiptoken=abc", "$expand=versions", "$expand=fields("])
    func optionsThatAreRefused(_ query: String) throws {
        let session = try Session()
        let list = try filled(session, 1)
        #expect(session.get("\(list)/items?\(query)").status == 400)
    }

    @Test func ownOptionsAreIgnored() throws {
        let session = try Session()
        #expect(session.get("\(try filled(session, 1))/items?trace=1").status == 200)
    }

    @Test(
        arguments: [
            ("fields/SyncBridgeKey eq 'K2'", ["2"]), ("fields/SyncBridgeKey ne 'k2'", ["1", "3", "4"]),
            ("fields/SyncBridgeKey eq 'k1' or fields/SyncBridgeKey eq 'k4'", ["1", "4"]),
            ("fields/SyncBridgeKey eq 'k1' and fields/ID eq 2", []), ("fields/ID gt 2", ["3", "4"]),
            ("startswith(fields/SyncBridgeKey,'K')", ["1", "2", "3", "4"]),
            ("not (fields/ID le 2 or fields/ID ge 4)", ["3"]), ("fields/SyncBridgeKey eq null", []),
            ("fields/Modified ge '2026-01-01T00:00:00Z' and fields/ID lt 2", ["1"]),
        ] as [(String, [String])])
    func filters(_ text: String, _ expected: [String]) throws {
        let session = try Session()
        let list = try filled(session, 4)
        let answer = session.get("\(list)/items?\(filter(text))")
        #expect(ids(answer) == expected, "\(answer.message)")
    }

    @Test func quotesAreDoubled() throws {
        let session = try Session()
        let list = try session.keyedList()
        _ = session.createItem(list, ["SyncBridgeKey": "it's & 100%+"])
        let text = "fields/SyncBridgeKey%20eq%20'it''s%20%26%20100%25%2B'"
        #expect(session.get("\(list)/items?$filter=\(text)").value.count == 1)
    }

    @Test(arguments: [
        "Title eq 'x'", "fields/SyncBridgeKey", "fields/SyncBridgeKey eq k1", "fields/SyncBridgeKey is 'x'",
        "fields/SyncBridgeKey eq 'x", "fields/SyncBridgeKey eq 'x' and", "(fields/ID eq 1",
        "contains(fields/SyncBridgeKey,'x')", "fields/SyncBridgeKey eq 5",
    ])
    func badFilters(_ text: String) throws {
        let session = try Session()
        let answer = session.get("\(try filled(session, 1))/items?\(filter(text))")
        #expect(answer.status == 400)
        #expect(answer.code == "BadRequest")
    }

    @Test func columnsWithoutIndexNeedThePreference() throws {
        let session = try Session { $0.viewThreshold = 4 }
        let list = try filled(session, 4)
        let query = "\(list)/items?\(filter("fields/Code eq 'k2'"))"
        let refused = session.get(query)
        #expect(refused.code == "invalidRequest")
        #expect(refused.message.contains("cannot be referenced in filter or orderby as it is not indexed"))
        let prefer = ["Prefer": "HonorNonIndexedQueriesWarningMayFailRandomly"]
        #expect(ids(session.get(query, prefer)) == ["2"])
        _ = session.createItem(list, [:])
        #expect(session.get(query, prefer).message.contains("list view threshold"))
        #expect(session.get("\(list)/items?\(filter("fields/SyncBridgeKey eq 'k2'"))").status == 200)
    }

    @Test func anIndexThatIsNotSelectiveFailsBeyondTheThreshold() throws {
        let session = try Session { $0.viewThreshold = 2 }
        let list = try filled(session, 9)
        #expect(session.patch(try session.column("Weight", of: list), ["indexed": true]).status == 200)
        #expect(session.get("\(list)/items?\(filter("fields/Weight eq 1"))").status == 400)
        let both = filter("fields/SyncBridgeKey eq 'k4' and fields/Weight eq 1")
        #expect(ids(session.get("\(list)/items?\(both)")) == ["4"])
    }

    @Test func sortingIsByIndexedColumns() throws {
        let session = try Session()
        let list = try filled(session, 4)
        #expect(session.get("\(list)/items?$orderby=fields/Weight").status == 400)
        _ = session.patch(try session.column("Weight", of: list), ["indexed": true])
        let first = session.get("\(list)/items?$orderby=fields/Weight%20desc&$top=3")
        #expect(ids(first) == ["2", "1", "4"])
        #expect(ids(session.get(try #require(first.nextLink))) == ["3"])
        #expect(session.get("\(list)/items?$orderby=Weight").status == 400)
    }

    @Test func booleansCompareWithOneAndZero() throws {
        let session = try Session()
        let list = try session.list(columns: [["name": "Active", "boolean": [:]]])
        _ = session.patch(try session.column("Active", of: list), ["indexed": true])
        for value in [true, false] { _ = session.createItem(list, ["Active": .bool(value)]) }
        #expect(ids(session.get("\(list)/items?\(filter("fields/Active eq 1"))")) == ["1"])
        #expect(session.get("\(list)/items?\(filter("fields/Active eq true"))").status == 400)
    }

    @Test func collectionsMayLag() throws {
        let session = try Session { $0.collectionLagSeconds = 10 }
        let list = try session.keyedList()
        _ = session.createItem(list, ["SyncBridgeKey": "a"])
        let query = "\(list)/items?\(filter("fields/SyncBridgeKey eq 'a'"))"
        #expect(session.get(query).value.isEmpty)
        #expect(session.get("\(list)/items/1").status == 200)
        session.graph.advance(seconds: 10)
        #expect(session.get(query).value.count == 1)
    }

    @Test func tooManyLookupsFail() throws {
        let session = try Session()
        let columns: [JSON] = (0..<13).map { ["name": .string("Person_\($0)"), "personOrGroup": [:]] }
        let list = try session.list(columns: columns)
        let names = (0..<13).map { "Person_\($0)LookupId" }
        #expect(session.get("\(list)/items?$expand=fields($select=\(names.joined(separator: ",")))").status == 400)
        let few = names.dropLast().joined(separator: ",")
        #expect(session.get("\(list)/items?$expand=fields($select=\(few))").status == 200)
    }

    @Test func manyItemsAreFoundByKeyAtOnce() throws {
        let session = try Session()
        let list = try filled(session, 500)
        #expect(ids(session.get("\(list)/items?\(filter("fields/SyncBridgeKey eq 'k499'"))")) == ["499"])
        #expect(session.admin("GET", "/lists/Orders/items?format=json")["items"]?.array?.count == 500)
    }
}
