import Core
import Testing

@testable import MicrosoftGraph

@Suite("The change feed") struct FeedTests {
    private static let options =
        "$select=id,eTag,createdDateTime,lastModifiedBy,lastModifiedDateTime,deleted,fields&$expand=fields($select=Title,SyncBridgeKey)"
        + "&$top=3000"
    private static let feed = "GET /sites/contoso,1,2/lists/L/items/delta?"
    private static let fields = ["Title", "SyncBridgeKey"]

    private static func link(_ path: String) -> JSON { .string(ScriptedGraph.root + "/v1.0" + path) }

    private static func page(_ elements: [JSON], more: String? = nil, done: String? = nil) -> JSON {
        var members = [JSON.Member("value", .array(elements))]
        if let more { members.append(JSON.Member("@odata.nextLink", link(more))) }
        if let done { members.append(JSON.Member("@odata.deltaLink", link(done))) }
        return .object(members)
    }

    private static func item(_ id: String, by: JSON = [:]) -> JSON {
        [
            "@odata.etag": "\"g,3\"", "id": .string(id), "eTag": "\"g,3\"",
            "createdDateTime": "2026-01-09T09:00:00Z", "lastModifiedDateTime": "2026-01-10T10:05:00Z",
            "lastModifiedBy": by, "fields": ["Title": "A"],
        ]
    }

    private static func observed(
        _ id: Int64, application: String? = nil, editor: String? = nil
    ) -> FeedEntry {
        .item(
            FeedItem(
                item: RemoteItem(id: id, etag: "\"g,3\"", fields: [JSON.Member("Title", "A")]),
                editingApplication: application, editor: editor,
                modifiedAt: Instant(isoText: "2026-01-10T10:05:00Z"),
                createdAt: Instant(isoText: "2026-01-09T09:00:00Z")))
    }

    @Test func readsFromTheBeginningPageByPage() async throws {
        let rest = "/x/delta?$top=3000&token=a%20b'"
        let world = try World(
            [
                .on(Self.feed + Self.options, 200, Self.page([Self.item("36")], more: rest)),
                .on("GET " + rest, 200, Self.page([], done: "/x/delta?token=end")),
            ], findsSite: true)
        let first = try await world.site.changes(of: "L", from: .beginning, select: Self.fields)
        let link = ScriptedGraph.root + "/v1.0" + rest
        #expect(first == FeedPage(entries: [Self.observed(36)], next: .more(link)))
        #expect(world.client.usage.resourceUnits == 1 + 2)
        let second = try await world.site.changes(of: "L", from: .link(link), select: Self.fields)
        #expect(second == FeedPage(entries: [], next: .done(ScriptedGraph.root + "/v1.0/x/delta?token=end")))
        #expect(world.client.usage.resourceUnits == 1 + 2 + 1)
        #expect(world.graph.isDone)
    }

    @Test func takesAPositionWithTheOptionsThatLiveOn() async throws {
        let world = try World(
            [.on(Self.feed + "token=latest&" + Self.options, 200, Self.page([], done: "/x/delta?token=now"))],
            findsSite: true)
        let page = try await world.site.changes(of: "L", from: .latest, select: Self.fields)
        #expect(page == FeedPage(entries: [], next: .done(ScriptedGraph.root + "/v1.0/x/delta?token=now")))
        #expect(world.client.usage.resourceUnits == 1 + 1)
    }

    @Test func saysWhoWroteAnItem() async throws {
        let world = try World([
            .on(
                "GET /x?token=1", 200,
                Self.page(
                    [
                        Self.item(
                            "1",
                            by: [
                                "application": ["id": "11AA", "displayName": "Sync"],
                                "user": ["displayName": "SharePoint App"],
                            ]),
                        Self.item(
                            "2",
                            by: [
                                "application": ["id": "33cc", "displayName": "Excel"],
                                "user": ["id": "3f0c", "displayName": "Kim"],
                            ]),
                        Self.item("3", by: ["user": ["email": "kim@fabrikam.com", "displayName": "Kim"]]),
                        Self.item("4", by: ["user": ["displayName": "System Account"]]), Self.item("5", by: .null),
                    ], done: "/x?token=2"))
        ])
        let page = try await world.site.changes(
            of: "L", from: .link(ScriptedGraph.root + "/v1.0/x?token=1"), select: Self.fields)
        #expect(
            page.entries == [
                Self.observed(1, application: "11aa", editor: "Sync"), Self.observed(2, editor: "Kim"),
                Self.observed(3, editor: "Kim"), Self.observed(4, editor: "System Account"),
                Self.observed(5),
            ])
    }

    @Test func tellsRemovalsFromWhatItCannotRead() async throws {
        let world = try World([
            .on(
                "GET /x?token=1", 200,
                Self.page(
                    [
                        ["id": "7", "deleted": ["state": "deleted"], "contentType": ["id": "0x01"]],
                        ["id": 8, "deleted": ["state": "deleted"]],
                        graphError("InternalServerError", "Cannot write a deleted resource: Kim's"),
                        ["deleted": ["state": "deleted"]], ["id": "x", "eTag": "e", "fields": [:]],
                        ["id": "9", "eTag": "e"], ["id": "10", "fields": [:]], ["id": "0", "eTag": "e", "fields": [:]],
                        "text", .null, ["id": "11", "eTag": "e", "fields": [:], "deleted": .null],
                    ], done: "/x?token=2"))
        ])
        let page = try await world.site.changes(
            of: "L", from: .link(ScriptedGraph.root + "/v1.0/x?token=1"), select: Self.fields)
        #expect(
            page.entries == [
                .removed(7), .removed(8),
                .unreadable(reason: "an error stands in the place of an item (InternalServerError)"),
                .unreadable(reason: "an item has no id"), .unreadable(reason: "an item has no id"),
                .unreadable(reason: "item 9 has no fields"), .unreadable(reason: "item 10 has no tag"),
                .unreadable(reason: "an item has no id"), .unreadable(reason: "an element is no object"),
                .unreadable(reason: "an element is no object"),
                .item(FeedItem(item: RemoteItem(id: 11, etag: "e", fields: []))),
            ])
    }

    struct Expiry: CustomTestStringConvertible, Sendable {
        var status: Int
        var body: JSON?
        var testDescription: String { "\(status) \(body?.text() ?? "")" }
    }

    @Test(arguments: [
        Expiry(status: 410), Expiry(status: 410, body: graphError("itemNotFound")),
        Expiry(status: 410, body: graphError("resyncChangesApplyDifferences")),
        Expiry(status: 400, body: graphError("invalidRequest", inner: ["code": "SyncStateNotFound"])),
        Expiry(status: 404, body: graphError("ResyncRequired", inner: ["code": "resyncUploadDifferences"])),
        Expiry(
            status: 400,
            body: ["error": ["code": "x", "InnerError": ["innererror": [["details": [["Code": "SYNCSTATEINVALID"]]]]]]]),
    ])
    func aPositionEndsInAnySpelling(_ c: Expiry) async throws {
        let world = try World([.on("GET /x?token=1", c.status, c.body)])
        let failure = await siteFailure { () throws(SiteFailure) in
            try await world.site.changes(
                of: "L", from: .link(ScriptedGraph.root + "/v1.0/x?token=1"), select: Self.fields)
        }
        #expect(failure?.kind == .expired)
        #expect(failure?.outcome == .notDone)
    }

    @Test(arguments: [
        (404, graphError("itemNotFound"), SiteFailure.Kind.missing), (400, graphError("invalidRequest"), .refused),
        (403, graphError("resyncRequired"), .forbidden),
    ])
    func otherRefusalsAreThemselves(status: Int, body: JSON, kind: SiteFailure.Kind) async throws {
        let world = try World([.on("GET /x?token=1", status, body)])
        let failure = await siteFailure { () throws(SiteFailure) in
            try await world.site.changes(
                of: "L", from: .link(ScriptedGraph.root + "/v1.0/x?token=1"), select: Self.fields)
        }
        #expect(failure?.kind == kind)
    }

    @Test(
        arguments: [
            page([]), page([], more: "/x?p=2", done: "/x?token=2"), ["@odata.deltaLink": link("/x?token=2")],
            ["value": [], "@odata.deltaLink": ""], ["value": [], "@odata.nextLink": 7], ["value": [:]],
            ["value": [], "@odata.deltaLink": "https://evil.example/v1.0/x?token=2"],
        ] as [JSON])
    func refusesPagesThatMakeNoSense(page: JSON) async throws {
        let world = try World([.on("GET /x?token=1", 200, page)])
        let failure = await siteFailure { () throws(SiteFailure) in
            try await world.site.changes(
                of: "L", from: .link(ScriptedGraph.root + "/v1.0/x?token=1"), select: Self.fields)
        }
        #expect(failure?.kind == .malformed)
    }

    @Test func takesTheTokenToNoForeignLink() async throws {
        let world = try World([])
        let failure = await siteFailure { () throws(SiteFailure) in
            try await world.site.changes(of: "L", from: .link("https://evil.example/x?token=1"), select: Self.fields)
        }
        #expect(failure?.kind == .malformed)
        #expect(world.graph.requests.isEmpty && world.graph.tokens == 0)
    }
}
