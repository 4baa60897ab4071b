import Core
import Testing

@testable import MicrosoftGraph

@Suite("A site") struct GraphSiteTests {
    private static let lists = "/sites/contoso,1,2/lists"
    private static let list: JSON = [
        "id": "L", "name": "Parts", "displayName": "Spare parts", "webUrl": "https://contoso/Lists/Parts",
        "list": ["template": "genericList"],
    ]
    private static let column: JSON = ["id": "c", "name": "PartNo", "text": [:]]

    @Test func isLookedUpOnce() async throws {
        let world = try World([], findsSite: true)
        #expect(try await world.site.site().id == "contoso,1,2")
        #expect(try await world.site.site().displayName == "Ops")
    }

    @Test func theRootSiteHasNoPath() async throws {
        let world = try World([
            .on("GET /sites/contoso.sharepoint.com?$select=id,displayName,webUrl", 200, ["id": "contoso,0,0"])
        ])
        let root = GraphSite(client: world.client, hostname: "contoso.sharepoint.com", sitePath: "/")
        #expect(try await root.site().id == "contoso,0,0")
    }

    @Test func listsLeaveSystemListsOut() async throws {
        let next = JSON.string(ScriptedGraph.root + "/v1.0/p2")
        let world = try World(
            [
                .on(
                    "GET \(Self.lists)?$select=id,name,displayName,description,webUrl,list,system", 200,
                    ["value": [["id": "S", "system": [:]]], "@odata.nextLink": next]),
                .on("GET /p2", 200, ["value": [Self.list]]),
            ], findsSite: true)
        #expect(
            try await world.site.lists() == [
                RemoteList(
                    id: "L", name: "Parts", displayName: "Spare parts", webURL: "https://contoso/Lists/Parts")
            ])
    }

    @Test func createsAListWithItsColumns() async throws {
        let world = try World(
            [
                .on("POST \(Self.lists)", 201, Self.list),
                .on("GET \(Self.lists)/L/columns?$select=\(ColumnDefinitionCoding.selection)", 404),
                .on(
                    "GET \(Self.lists)/L/columns?$select=\(ColumnDefinitionCoding.selection)", 200,
                    ["value": [Self.column]]),
            ], findsSite: true)
        let key = ColumnCreation(name: "SyncBridgeKey", displayName: "SyncBridgeKey", type: .singleLineText)
        let list = try await world.site.createList(
            ListCreation(title: "Parts", description: "d", columns: [key]))
        #expect(list.id == "L")
        let body = try JSON.parse(world.graph.requests[1].body ?? [])
        #expect(body.members?.map(\.name) == ["displayName", "description", "list", "columns"])
        #expect(body["list"]?["template"] == "genericList")
        // The young list is not known at once.
        #expect(try await world.site.columns(of: "L").map(\.name) == ["PartNo"])
        #expect(world.clock.waits == [1.5])
    }

    @Test func youthEnds() async throws {
        let path = "GET \(Self.lists)/L/columns?$select=\(ColumnDefinitionCoding.selection)"
        let steps = [ScriptedGraph.Step.on("POST \(Self.lists)", 201, Self.list)]
        let world = try World(
            steps + Array(repeating: .on(path, 404, graphError("itemNotFound")), count: 6), findsSite: true)
        _ = try await world.site.createList(ListCreation(title: "Parts", description: "", columns: []))
        let failure = await siteFailure { () throws(SiteFailure) in try await world.site.columns(of: "L") }
        #expect(failure?.kind == .missing)
        #expect(failure?.code == "itemNotFound")
        #expect(world.clock.waits == [1.5, 3, 6, 12, 24])
        #expect(world.graph.isDone)
    }

    @Test func aYoungColumnIsWaitedForInItems() async throws {
        let unknown = graphError("invalidRequest", "Field 'PartNo' is not recognized")
        let world = try World(
            [
                .on("POST \(Self.lists)/L/columns", 201, Self.column),
                .batch { _ in
                    [
                        part("1", 400, unknown),
                        part("2", 400, graphError("invalidRequest", "Field 'Other' is not recognized")),
                    ]
                },
                .batch { parts in
                    #expect(parts.count == 1)
                    return [part("1", 201, ["id": "1", "@odata.etag": "\"g,1\"", "fields": [:]])]
                },
            ], findsSite: true)
        _ = try await world.site.createColumn(
            ColumnCreation(name: "PartNo", displayName: "Part", type: .singleLineText), in: "L")
        let create = ItemRequest.create(list: "L", fields: [JSON.Member("PartNo", "1")])
        let outcomes = await world.site.perform([create, create])
        #expect((try? outcomes[0].get()) != nil)
        guard case .failure(let failure) = outcomes[1] else {
            Issue.record("no failure")
            return
        }
        #expect(failure.kind == .refused)
    }

    @Test func sendsOnlyWhatChanges() async throws {
        let world = try World(
            [
                .on("PATCH \(Self.lists)/L", 200, Self.list),
                .on("PATCH \(Self.lists)/L/columns/c", 200, Self.column),
            ], findsSite: true)
        try await world.site.updateList("L", ListChange(displayName: "New"))
        try await world.site.updateColumn("c", ColumnChange(indexed: true), in: "L")
        try await world.site.updateList("L", ListChange())
        try await world.site.updateColumn("c", ColumnChange(), in: "L")
        let bodies = world.graph.requests.compactMap(\.body).map { String(decoding: $0, as: UTF8.self) }
        #expect(bodies == [#"{"displayName":"New"}"#, #"{"indexed":true}"#])
    }

    @Test func saveConflictsOfTheSchemaGoAgain() async throws {
        let world = try World(
            [
                .on("POST \(Self.lists)/L/columns", 409, graphError("resourceModified")),
                .on("POST \(Self.lists)/L/columns", 201, Self.column),
            ], findsSite: true)
        _ = try await world.site.createColumn(
            ColumnCreation(name: "PartNo", displayName: "Part", type: .boolean), in: "L")
        #expect(world.clock.waits == [1.5])
    }

    @Test func aNameThatExistsIsAConflict() async throws {
        let world = try World(
            [.on("POST \(Self.lists)", 409, graphError("nameAlreadyExists"))], findsSite: true)
        let failure = await siteFailure { () throws(SiteFailure) in
            try await world.site.createList(ListCreation(title: "Parts", description: "", columns: []))
        }
        #expect(failure?.kind == .conflict)
        #expect(failure?.reason == "creating list Parts: the name exists already (HTTP 409, nameAlreadyExists)")
    }

    @Test func aCreationWithoutAnIDIsUnknown() async throws {
        let world = try World([.on("POST \(Self.lists)", 201, [:])], findsSite: true)
        let failure = await siteFailure { () throws(SiteFailure) in
            try await world.site.createList(ListCreation(title: "Parts", description: "", columns: []))
        }
        #expect(failure?.kind == .malformed)
        #expect(failure?.outcome == .unknown)
    }
}
