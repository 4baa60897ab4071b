import Core
import GraphSimulator
import Testing

extension Answer {
    var deltaLink: String? { json["@odata.deltaLink"]?.string }
    var ids: [String] { value.compactMap { $0["id"]?.string } }
}

extension Session {
    /// A whole round of a change feed.
    struct Round {
        var entries: [JSON] = []
        var pages: [Answer] = []
        var deltaLink = ""

        var ids: [String] { entries.compactMap { $0["id"]?.string } }
        var titles: [String?] { entries.map { $0["fields"]?["Title"]?.string } }
    }

    /// Follows a feed from `start` to its delta link.
    func round(_ start: String) throws -> Round {
        var round = Round()
        var link = start
        while round.deltaLink.isEmpty {
            try #require(round.pages.count < 100, "the feed does not end")
            let page = get(link)
            try #require(page.status == 200, "\(page.message)")
            #expect((page.nextLink == nil) != (page.deltaLink == nil), "exactly one link")
            round.pages.append(page)
            round.entries += page.value
            link = page.nextLink ?? ""
            round.deltaLink = page.deltaLink ?? ""
        }
        return round
    }
}

@Suite("The change feed") struct FeedTests {
    private static let fields = "$expand=fields($select=Title,SyncBridgeKey,Note)"

    private func listed(
        _ count: Int, _ change: (inout Settings) -> Void = { _ in }
    ) throws -> (session: Session, list: String) {
        let session = try Session(change)
        let list = try session.keyedList(columns: [["name": "Note", "text": [:]]])
        for number in 1...max(1, count) where count > 0 {
            let answer = session.createItem(
                list, ["Title": .string("T\(number)"), "SyncBridgeKey": .string("k\(number)")])
            #expect(answer.status == 201)
        }
        return (session, list)
    }

    private func rename(_ session: Session, _ list: String, _ id: Int, _ title: String) {
        #expect(session.patch("\(list)/items/\(id)/fields", ["Title": .string(title)]).status == 200)
    }

    // MARK: Rounds

    @Test func withoutATokenTheStateIsEnumeratedInTheOrderOfIDs() throws {
        let (session, list) = try listed(5)
        #expect(session.delete("\(list)/items/3").status == 204)
        let round = try session.round("\(list)/items/delta?$top=2")
        #expect(round.pages.map(\.ids) == [["1", "2"], ["4", "5"]], "removed items never show in an enumeration")
        #expect(try session.round(round.deltaLink).entries.isEmpty)
    }

    @Test func anEntryIsAnItemWithoutFieldsUnlessExpanded() throws {
        let (session, list) = try listed(1)
        let page = session.get("\(list)/items/delta")
        #expect(page["@odata.context"]?.string?.hasSuffix("/v1.0/$metadata#Collection(listItem)") == true)
        let entry = try #require(page.value.first)
        for name in [
            "id", "createdDateTime", "lastModifiedDateTime", "eTag", "webUrl", "createdBy", "lastModifiedBy",
            "parentReference", "contentType",
        ] {
            #expect(entry[name] != nil, "\(name)")
        }
        #expect(entry["fields"] == nil)
        #expect(entry["lastModifiedBy"]?["application"]?["id"]?.string == Session.clientID)
        #expect(entry["lastModifiedBy"]?["application"]?["displayName"]?.string != nil)
        #expect(entry["parentReference"]?["id"] != nil && entry["parentReference"]?["siteId"] != nil)
    }

    @Test func fieldsShowAsSelectedAndAbsentWhenNull() throws {
        let (session, list) = try listed(1)
        let selected = session.get("\(list)/items/delta?\(Self.fields)").value.first?["fields"]
        #expect(selected?["Title"] == "T1")
        #expect(selected?["SyncBridgeKey"] == "k1")
        #expect(selected?["Note"] == nil)
        let whole = session.get("\(list)/items/delta?$expand=fields").value.first?["fields"]
        #expect(whole?["Title"] == "T1")
        #expect(whole?["SyncBridgeKey"] == nil, "hidden columns only show when selected")
    }

    @Test func peoplesEditsNameTheUser() throws {
        let (session, list) = try listed(1)
        _ = session.patch("\(list)/items/1/fields", ["Title": "x"], ["X-Simulator-Person": "Kim"])
        let entry = session.get("\(list)/items/delta").value.first
        #expect(entry?["lastModifiedBy"]?["user"]?["displayName"] == "Kim")
        #expect(entry?["lastModifiedBy"]?["application"] == nil)
        #expect(entry?["createdBy"]?["application"] != nil)
    }

    @Test func latestBeginsNow() throws {
        let (session, list) = try listed(3)
        let latest = session.get("\(list)/items/delta?token=latest")
        #expect(latest.value.isEmpty)
        let link = try #require(latest.deltaLink)
        #expect(latest.nextLink == nil)
        #expect(try session.round(link).entries.isEmpty)
        rename(session, list, 2, "new")
        #expect(try session.round(link).ids == ["2"])
    }

    @Test func changesShowTheNewestStateOfEachItem() throws {
        let (session, list) = try listed(3)
        let link = try session.round("\(list)/items/delta?\(Self.fields)").deltaLink
        rename(session, list, 2, "a")
        rename(session, list, 1, "b")
        rename(session, list, 2, "c")
        _ = session.createItem(list, ["Title": "d"])
        let round = try session.round(link)
        #expect(round.ids == ["1", "2", "4"])
        #expect(round.titles == ["b", "c", "d"])
        #expect(try session.round(link).ids == ["1", "2", "4"], "a link can be used again")
        #expect(try session.round(round.deltaLink).entries.isEmpty)
    }

    @Test func changesDuringAnEnumerationCome() throws {
        let (session, list) = try listed(4)
        let first = session.get("\(list)/items/delta?$top=2&\(Self.fields)")
        rename(session, list, 1, "x")
        _ = session.delete("\(list)/items/2")
        _ = session.createItem(list, ["Title": "y"])
        let rest = try session.round(try #require(first.nextLink))
        #expect(rest.ids == ["3", "4", "5"])
        #expect(try session.round(rest.deltaLink).ids.sorted() == ["1", "2", "5"])
    }

    @Test func aRemovedItemIsHardlyMoreThanItsID() throws {
        let (session, list) = try listed(2)
        let link = try session.round("\(list)/items/delta?\(Self.fields)").deltaLink
        _ = session.delete("\(list)/items/1")
        let entry = try #require(try session.round(link).entries.first)
        #expect(Set((entry.members ?? []).map(\.name)) == ["id", "parentReference", "contentType", "deleted"])
        #expect(entry["deleted"] == ["state": "deleted"])
        #expect(entry["parentReference"]?.members?.map(\.name) == ["siteId"])
    }

    @Test func anItemThatCameAndWentIsRemoved() throws {
        let (session, list) = try listed(1)
        let link = try #require(session.get("\(list)/items/delta?token=latest").deltaLink)
        _ = session.createItem(list, [:])
        _ = session.delete("\(list)/items/2")
        let entries = try session.round(link).entries
        #expect(entries.count == 1 && entries[0]["deleted"] != nil)
    }

    // MARK: Options and links

    @Test func optionsGoOnInTheLinks() throws {
        let (session, list) = try listed(5)
        let round = try session.round("\(list)/items/delta?$top=2&$select=id,fields&\(Self.fields)")
        #expect(round.pages.count == 3)
        for entry in round.entries {
            #expect(entry["fields"]?["SyncBridgeKey"] != nil)
            #expect(entry["webUrl"] == nil)
        }
        for number in 1...5 { rename(session, list, number, "n\(number)") }
        let second = try session.round(round.deltaLink)
        #expect(second.pages.count == 3)
        #expect(second.titles == ["n1", "n2", "n3", "n4", "n5"])
    }

    @Test func linksAreAbsoluteAndOpaqueOrShowTheirOptions() throws {
        let (session, list) = try listed(1)
        let opaque = try #require(session.get("\(list)/items/delta?\(Self.fields)").deltaLink)
        #expect(opaque.hasPrefix("\(Session.origin)/v1.0/sites/"))
        #expect(opaque.contains("/items/delta?token="))
        #expect(!opaque.contains("$") && !opaque.contains("select"))
        session.graph.configure { $0.deltaOptionsInLinks = true }
        let clear = try #require(session.get("\(list)/items/delta?\(Self.fields)").deltaLink)
        #expect(clear.contains("/items/delta?$expand=fields"))
        #expect(try session.round(clear).entries.isEmpty)
    }

    @Test func optionsCannotBeChangedLater() throws {
        let (session, list) = try listed(1)
        let link = try #require(session.get("\(list)/items/delta?\(Self.fields)").deltaLink)
        let answer = session.get(link + "&$top=1")
        #expect(answer.status == 400)
        #expect(answer.innerCode == "invalidQueryOption")
        #expect(session.get("\(list)/items/delta?$filter=fields/Title%20eq%20'a'").status == 400)
        #expect(session.get("\(list)/items/delta?$select=colour").status == 400)
        #expect(session.get("\(list)/items/delta?$expand=fields($select=Colour)").status == 400)
    }

    @Test func pagesHaveADefaultSizeAndAMost() throws {
        let (session, list) = try listed(7) {
            $0.deltaPageSize = 3
            $0.deltaPageSizeMax = 5
        }
        #expect(try session.round("\(list)/items/delta").pages.map(\.value.count) == [3, 3, 1])
        #expect(try session.round("\(list)/items/delta?$top=2").pages.map(\.value.count) == [2, 2, 2, 1])
        #expect(try session.round("\(list)/items/delta?$top=5000").pages.map(\.value.count) == [5, 2])
        #expect(Settings().deltaPageSize == 200 && Settings().deltaPageSizeMax == 5000)
    }

    @Test func aPartOfABatchCanBegin() throws {
        let (session, list) = try listed(3)
        let batch = session.post(
            "/$batch",
            ["requests": [["id": "a", "method": "GET", "url": .string("\(list)/items/delta?$top=2")]]])
        let body = try #require(batch["responses"]?.array?.first?["body"])
        #expect(body["value"]?.array?.count == 2)
        let next = try #require(body["@odata.nextLink"]?.string)
        #expect(next.hasPrefix("\(Session.origin)/v1.0/sites/"))
        #expect(try session.round(next).ids == ["3"])
    }

    @Test func unitsDependOnTheToken() throws {
        let (session, list) = try listed(3)
        func cost(_ call: () -> Answer) -> (Int, Answer) {
            let before = session.counter("resourceUnits") ?? 0
            let answer = call()
            return ((session.counter("resourceUnits") ?? 0) - before, answer)
        }
        let (begin, first) = cost { session.get("\(list)/items/delta?$top=2") }
        #expect(begin == 2)
        let next = try #require(first.nextLink)
        let (goOn, second) = cost { session.get(next) }
        #expect(goOn == 1)
        let link = try #require(second.deltaLink)
        #expect(cost { session.get(link) }.0 == 1)
        #expect(cost { session.get("\(list)/items/delta?token=latest") }.0 == 1)
        #expect(session.counter("resourceUnitsByOperation", "delta") == 5)
    }

    @Test func aDeletedListsLinkIsGoneUntilTheListIsRestored() throws {
        let (session, list) = try listed(1)
        let link = try session.round("\(list)/items/delta").deltaLink
        #expect(session.delete(list).status == 204)
        #expect(session.get(link).status == 404)
        #expect(session.admin("POST", "/lists/Orders/restore").status == 200)
        #expect(try session.round(link).entries.isEmpty)
    }

    @Test func onlyReadingIsThere() throws {
        let (session, list) = try listed(0)
        #expect(session.post("\(list)/items/delta", [:]).status == 405)
        #expect(session.get("\(list)/items/delta()").status == 200)
        #expect(session.get("\(list)/items/delta(token='latest')").status == 501)
    }

    // MARK: Expiry

    @Test(
        arguments: [
            ("resyncChangesApplyDifferences", ["resyncChangesApplyDifferences", nil, nil]),
            ("resyncChangesUploadDifferences", ["resyncChangesUploadDifferences", nil, nil]),
            ("resyncApplyDifferences", ["resyncRequired", "resyncApplyDifferences", nil]),
            ("resyncUploadDifferences", ["resyncRequired", "resyncUploadDifferences", nil]),
            ("syncStateNotFound", ["syncStateNotFound", nil, nil]),
            ("SyncStateInvalid", ["SyncStateInvalid", nil, nil]),
            ("nested", ["generalException", "resyncRequired", "resyncChangesApplyDifferences"]),
        ] as [(String, [String?])])
    func allTokensExpireOnCommand(_ word: String, _ codes: [String?]) throws {
        let (session, list) = try listed(3)
        let link = try session.round("\(list)/items/delta?$top=2&\(Self.fields)").deltaLink
        #expect(session.admin("POST", "/delta/expire", ["code": .string(word)]).status == 204)
        let gone = session.get(link)
        #expect(gone.status == 410)
        #expect([gone.code, gone.innerCode, gone["error"]?["innerError"]?["innerError"]?["code"]?.string] == codes)
        let anew = try session.round(try #require(gone.header("Location")))
        #expect(anew.pages.count == 2, "with the options of the first request")
        #expect(anew.titles == ["T1", "T2", "T3"])
        #expect(try session.round(anew.deltaLink).entries.isEmpty)
        #expect(session.counter("expiredFeedTokens") == 1)
    }

    @Test func tokensOfOneListExpire() throws {
        let (session, list) = try listed(1)
        let other = try session.list("Other")
        let links = try [list, other].map { try session.round("\($0)/items/delta").deltaLink }
        #expect(session.admin("POST", "/delta/expire", ["list": "Other"]).status == 204)
        #expect(links.map { session.get($0).status } == [200, 410])
        #expect(session.admin("POST", "/delta/expire", ["code": "whatever"]).status == 400)
        #expect(session.admin("POST", "/delta/expire").status == 204)
        #expect(session.get(links[0]).status == 410)
    }

    @Test func tokensHaveALife() throws {
        let (session, list) = try listed(1) { $0.deltaTokenLifeSeconds = 60 }
        let link = try session.round("\(list)/items/delta").deltaLink
        session.graph.advance(seconds: 59)
        let second = try session.round(link).deltaLink
        session.graph.advance(seconds: 1)
        #expect(session.get(link).status == 410)
        #expect(session.get(second).status == 200)
    }

    @Test(arguments: ["x", "bGF0ZXN0", "%20", ""])
    func unknownTokensAreGoneToo(_ token: String) throws {
        let (session, list) = try listed(1)
        let answer = session.get("\(list)/items/delta?token=\(token)")
        #expect(answer.status == 410)
        #expect(answer.header("Location")?.contains("/items/delta?token=") == true)
    }

    @Test func aTokenBelongsToItsList() throws {
        let (session, list) = try listed(1)
        let other = try session.list("Other")
        let link = try session.round("\(list)/items/delta").deltaLink
        let token = try #require(link.split(separator: "?").last)
        #expect(session.get("\(other)/items/delta?\(token)").status == 410)
        #expect(session.get("\(list)/items/delta?\(token.dropLast())").status == 410)
    }

    // MARK: Switches

    @Test func anErrorElementMayTakeTheRemovedItemsPlace() throws {
        let (session, list) = try listed(3)
        let link = try session.round("\(list)/items/delta").deltaLink
        _ = session.delete("\(list)/items/1")
        rename(session, list, 2, "x")
        session.graph.configure { $0.deltaErrorElementPercent = 100 }
        let page = session.get(link)
        #expect(page.status == 200 && page.deltaLink != nil)
        #expect(page.value.count == 2)
        let error = try #require(page.value.first { $0["error"] != nil })
        #expect(error["error"]?["code"] == "InternalServerError")
        #expect(error["id"] == nil)
    }

    @Test func changesLagBehindByRequests() throws {
        let (session, list) = try listed(1)
        let link = try session.round("\(list)/items/delta").deltaLink
        session.graph.configure { $0.deltaLagRequests = 2 }
        rename(session, list, 1, "x")
        _ = session.createItem(list, [:])
        #expect(try session.round(link).entries.isEmpty)
        #expect(try session.round("\(list)/items/delta").ids == ["1"])
        #expect(try session.round(link).ids == ["1", "2"])
    }

    @Test func changesLagBehindByTheClock() throws {
        let (session, list) = try listed(1)
        session.graph.advance(seconds: 30)
        session.graph.configure { $0.deltaLagSeconds = 30 }
        let latest = try #require(session.get("\(list)/items/delta?token=latest").deltaLink)
        rename(session, list, 1, "x")
        _ = session.createItem(list, [:])
        let whole = try session.round("\(list)/items/delta")
        #expect(whole.ids == ["1"])
        session.graph.advance(seconds: 29)
        #expect(try session.round(latest).entries.isEmpty)
        session.graph.advance(seconds: 1)
        #expect(try session.round(latest).ids == ["1", "2"])
        #expect(try session.round(whole.deltaLink).ids == ["1", "2"], "nothing is lost that did not show in time")
    }

    @Test func deliveredEntriesComeAgain() throws {
        let (session, list) = try listed(5)
        let link = try session.round("\(list)/items/delta?\(Self.fields)").deltaLink
        session.graph.configure { $0.deltaReplayPercent = 100 }
        let replayed = try session.round(link).entries
        #expect(replayed.count == 1, "an empty page brings one")
        rename(session, list, 1, "x")
        rename(session, list, 2, "y")
        let round = try session.round(link)
        #expect(round.ids.prefix(2) == ["1", "2"])
        #expect(round.ids.dropFirst(2).allSatisfy { ["3", "4", "5"].contains($0) })
    }

    @Test func anOlderVersionMayComeAgain() throws {
        let (session, list) = try listed(1)
        rename(session, list, 1, "new")
        let first = try session.round("\(list)/items/delta?\(Self.fields)")
        session.graph.configure {
            $0.deltaReplayPercent = 100
            $0.deltaOldVersionPercent = 100
        }
        let old = try #require(try session.round(first.deltaLink).entries.first)
        #expect(old["fields"]?["Title"] == "T1")
        #expect(old["eTag"]?.string?.hasSuffix(",1\"") == true)
        #expect(old["eTag"]?.string?.dropLast(2) == first.entries[0]["eTag"]?.string?.dropLast(2)[...])
        _ = session.delete("\(list)/items/1")
        let gone = try session.round(first.deltaLink).deltaLink
        let ghost = try #require(try session.round(gone).entries.first)
        #expect(ghost["fields"]?["Title"] == "new", "a removed item as it was last")
        #expect(ghost["deleted"] == nil)
    }

    @Test func entriesMayComeTwiceOnAPage() throws {
        let (session, list) = try listed(3) { $0.deltaDuplicatePercent = 100 }
        rename(session, list, 2, "x")
        #expect(session.get("\(list)/items/delta").ids == ["1", "1", "2", "2", "3", "3"])
        session.graph.configure { $0.deltaOldVersionPercent = 100 }
        let titles = try session.round("\(list)/items/delta?\(Self.fields)").titles
        #expect(titles == ["T1", "T1", "T2", "x", "T3", "T3"], "the last occurrence wins")
    }

    @Test func entriesMayBeInNoOrder() throws {
        let (session, list) = try listed(20) { $0.deltaDisorder = true }
        let ids = session.get("\(list)/items/delta").ids
        #expect(ids != (1...20).map(String.init))
        #expect(Set(ids) == Set((1...20).map(String.init)))
    }

    @Test func emptyPagesMayHaveANextLink() throws {
        let (session, list) = try listed(4) { $0.deltaEmptyPagePercent = 100 }
        let round = try session.round("\(list)/items/delta?$top=2")
        #expect(round.pages.map(\.value.count) == [0, 2, 0, 2])
        #expect(try session.round(round.deltaLink).pages.map(\.value.count) == [0, 0])
        session.graph.configure {
            $0.deltaEmptyPagePercent = 0
            $0.leadingEmptyPage = true
        }
        #expect(try session.round("\(list)/items/delta?$top=2").pages.map(\.value.count) == [0, 2, 2])
    }

    @Test func chanceComesFromTheSeed() throws {
        func run() throws -> [[String]] {
            let (session, list) = try listed(30) {
                $0.deltaReplayPercent = 30
                $0.deltaOldVersionPercent = 50
                $0.deltaDuplicatePercent = 30
                $0.deltaDisorder = true
                $0.deltaEmptyPagePercent = 30
            }
            let first = try session.round("\(list)/items/delta?$top=7")
            for number in 1...20 { rename(session, list, number, "x") }
            return (first.pages + (try session.round(first.deltaLink)).pages).map(\.ids)
        }
        #expect(try run() == (try run()))
    }
}
