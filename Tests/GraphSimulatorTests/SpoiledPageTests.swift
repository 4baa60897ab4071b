import Core
import GraphSimulator
import Testing

@Suite("Pages that nobody can go on from") struct SpoiledPageTests {
    private let session: Session
    private let list: String
    private let feed: String

    init() throws {
        session = try Session { $0.deltaPageSize = 2 }
        list = try session.keyedList()
        feed = "\(list)/items/delta?$expand=fields($select=SyncBridgeKey)"
        for number in 1...5 { _ = session.createItem(list, ["SyncBridgeKey": .string("k\(number)")]) }
    }

    private func add(_ rule: JSON) { #expect(session.admin("POST", "/faults", rule).status == 200) }

    @Test func aPageIsCutShort() throws {
        add(["kind": "truncatedPage", "list": "Orders", "skip": 1, "times": 1])
        let link = try #require(session.get(feed).nextLink)
        let cut = session.get(link)
        #expect(cut.status == 200)
        #expect(cut.header("Content-Type")?.hasPrefix("application/json") == true)
        #expect(throws: (any Error).self) { try JSON.parse(cut.response.body) }
        #expect(session.get(link).value.count == 2, "the next try is whole")
    }

    @Test func aPageIsNone() {
        add(["kind": "oddPage", "times": 1])
        let odd = session.get(feed)
        #expect(odd.status == 200)
        #expect(odd["value"]?.array == nil)
        #expect(odd.nextLink == nil && odd.deltaLink == nil)
    }

    @Test func aFeedFailsFromADeletionOn() throws {
        let link = try session.round(feed).deltaLink
        add(["kind": "500", "operations": ["delta"], "list": "Orders", "afterDeletions": 1])
        #expect(session.get(link).status == 200)
        _ = session.delete("\(list)/items/2")
        for _ in 0..<3 { #expect(session.get(link).status == 500) }
        #expect(session.get(feed).status == 500, "a new feed fails too")
        #expect(session.get("\(list)/items").value.count == 4)
        #expect(session.admin("DELETE", "/faults/1").status == 204)
        #expect(try session.round(link).ids == ["2"])
    }

    @Test func aNewFeedMayBeSpared() throws {
        let link = try session.round(feed).deltaLink
        add(["kind": "truncatedPage", "list": "Orders", "afterDeletions": 2, "sparesNewFeeds": true])
        _ = session.admin("DELETE", "/lists/Orders/items/1")
        #expect(try session.round(link).ids == ["1"], "one deletion is not yet the second")
        _ = session.admin("DELETE", "/lists/Orders/items/2")
        #expect(session.get(link).json.isNull)
        let anew = try session.round(feed)
        #expect(anew.ids == ["3", "4", "5"])
        _ = session.patch("\(list)/items/3/fields", ["Title": "x"])
        #expect(try session.round(anew.deltaLink).ids == ["3"])
        #expect(try session.round("\(feed)&token=latest").entries.isEmpty)
        #expect(session.get(link).json.isNull)
    }

    @Test func theSleepOfARuleIsPartOfTheState() throws {
        let link = try session.round(feed).deltaLink
        add(["kind": "truncatedPage", "list": "Orders", "afterDeletions": 1, "sparesNewFeeds": true])
        _ = session.delete("\(list)/items/1")
        let copy = Session(SimulatedGraph())
        #expect(copy.graph.load(state: session.graph.state) == nil)
        #expect(copy.graph.state == session.graph.state)
        var other = copy
        other.headers = session.headers
        #expect(other.get(link).json.isNull)
        #expect(try other.round(feed).ids == ["2", "3", "4", "5"])
    }

    @Test(arguments: [1, 2]) func linksLeadInACircle(_ pages: Int) throws {
        add(["kind": "circularPages", "pages": .number(pages)])
        var links: [String] = []
        var link = feed
        for _ in 0..<6 {
            let page = session.get(link)
            #expect(page.value.count == 2)
            #expect(page.deltaLink == nil)
            link = try #require(page.nextLink)
            links.append(link)
        }
        #expect(Set(links).count == pages)
    }

    @Test(arguments: ["delta?$top=2", "?$top=2"]) func pagesHaveNoEnd(_ path: String) throws {
        add(["kind": "endlessPages", "operations": ["delta", "listItems"], "skip": 1])
        var link = "\(list)/items\(path.hasPrefix("?") ? path : "/" + path)"
        #expect(session.get(link).value.count == 2)
        link = try #require(session.get(link).nextLink)
        var links: Set<String> = []
        for _ in 0..<20 {
            let page = session.get(link)
            #expect(page.status == 200)
            #expect(page.value.isEmpty)
            link = try #require(page.nextLink)
            links.insert(link)
        }
        #expect(links.count == 20, "no link comes twice")
    }

    @Test func aPageOfABatchIsSpoiledToo() {
        add(["kind": "truncatedPage", "times": 1])
        let answer = session.post(
            "/$batch", ["requests": [["id": "a", "method": "GET", "url": .string(feed)]]])
        let part = answer["responses"]?.array?.first
        #expect(part?["status"] == 200)
        #expect(part?["body"]?.members == nil)
    }
}
