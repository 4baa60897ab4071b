import Core
import Testing

@testable import MicrosoftGraph

@Suite("Batches") struct BatchTests {
    private static let fields: [JSON.Member] = [JSON.Member("Title", "A")]
    private static let create = ItemRequest.create(list: "L", fields: fields)
    private static let update = ItemRequest.update(list: "L", item: 7, etag: "\"g,1\"", fields: fields)
    private static let delete = ItemRequest.delete(list: "L", item: 8, etag: "\"g,2\"")
    private static let read = ItemRequest.read(list: "L", item: 9, select: ["Title"])

    private static func item(_ id: Int, _ version: Int = 1) -> JSON {
        ["id": .string(String(id)), "@odata.etag": .string("\"g,\(version)\""), "fields": ["Title": "A"]]
    }

    private static func fieldSet(_ version: Int) -> JSON {
        ["@odata.etag": .string("\"g,\(version)\""), "Title": "A"]
    }

    private func kinds(_ outcomes: [Result<ItemAnswer, SiteFailure>]) -> [SiteFailure.Kind?] {
        outcomes.map { if case .failure(let failure) = $0 { failure.kind } else { nil } }
    }

    private func outcomes(_ outcomes: [Result<ItemAnswer, SiteFailure>]) -> [SiteFailure.Outcome?] {
        outcomes.map { if case .failure(let failure) = $0 { failure.outcome } else { nil } }
    }

    private func methods(_ parts: [JSON]) -> [String] { parts.compactMap { $0["method"]?.string } }

    @Test func writesPartsAsTheServiceWantsThem() async throws {
        let world = try World(
            [
                .batch { parts in
                    #expect(
                        JSON.array(parts).text()
                            == #"[{"id":"1","method":"POST","url":"/sites/contoso,1,2/lists/L/items","#
                            + #""headers":{"Content-Type":"application/json"},"body":{"fields":{"Title":"A"}}},"#
                            + #"{"id":"2","method":"PATCH","url":"/sites/contoso,1,2/lists/L/items/7/fields","#
                            + #""headers":{"Content-Type":"application/json","If-Match":"\"g,1\""},"body":{"Title":"A"}},"#
                            + #"{"id":"3","method":"DELETE","url":"/sites/contoso,1,2/lists/L/items/8","#
                            + #""headers":{"If-Match":"\"g,2\""}},"#
                            + #"{"id":"4","method":"GET","#
                            + #""url":"/sites/contoso,1,2/lists/L/items/9?$expand=fields($select=Title)"},"#
                            + #"{"id":"5","method":"GET","url":"/sites/contoso,1,2/lists/L/items?"#
                            + #"$filter=fields/SyncBridgeKey%20eq%20%27p/a%27%27b%252f%27&"#
                            + #"$expand=fields($select=SyncBridgeKey,Title)"}]"#)
                    // In any order.
                    return [
                        part("4", 200, Self.item(9)), part("3", 204), part("1", 201, Self.item(31)),
                        part("5", 200, ["value": [Self.item(12, 4)]]), part("2", 200, Self.fieldSet(2)),
                    ]
                }
            ], findsSite: true)
        let outcomes = await world.site.perform([
            Self.create, Self.update, Self.delete, Self.read,
            .find(list: "L", key: "p/a'b%2f", select: ["Title"]),
        ])
        let values = try outcomes.map { try $0.get() }
        let fields = Self.fields
        #expect(
            values == [
                .created(RemoteItem(id: 31, etag: "\"g,1\"", fields: fields)),
                .updated(
                    RemoteItem(id: 7, etag: "\"g,2\"", fields: [JSON.Member("@odata.etag", "\"g,2\"")] + fields)),
                .deleted, .item(RemoteItem(id: 9, etag: "\"g,1\"", fields: fields)),
                .found([RemoteItem(id: 12, etag: "\"g,4\"", fields: fields)]),
            ])
        let usage = world.client.usage
        #expect(usage.requests == 2 && usage.batches == 1 && usage.batchParts == 5)
        #expect(usage.resourceUnits == 1 + 2 + 2 + 2 + 1 + 2)
    }

    @Test func throttledPartsGoAgainAloneAfterTheLongestWait() async throws {
        let world = try World(
            [
                .batch { _ in
                    [
                        part("3", 429, graphError("activityLimitReached"), headers: ["Retry-After": "5"]),
                        part("2", 429, graphError("TooManyRequests"), headers: ["retry-after": "17.2"]),
                        part("1", 201, Self.item(1)),
                    ]
                },
                .batch { parts in
                    #expect(parts.compactMap { $0["method"]?.string } == ["PATCH", "DELETE"])
                    return [part("2", 204), part("1", 200, Self.fieldSet(2))]
                },
            ], findsSite: true)
        let outcomes = await world.site.perform([Self.create, Self.update, Self.delete])
        #expect(kinds(outcomes) == [nil, nil, nil])
        #expect(world.clock.waits == [18])
        #expect(world.client.usage.throttled == 2)
        #expect(world.client.usage.resourceUnits == 1 + 6 + 4)
    }

    @Test func anEmpty503IsNoFailure() async throws {
        let world = try World(
            [
                .on("POST /$batch", 503),
                .batch { parts in
                    #expect(parts.count == 2)
                    return [part("1", 201, Self.item(1)), part("2", 204)]
                },
            ], findsSite: true)
        let outcomes = await world.site.perform([Self.create, Self.delete])
        #expect(kinds(outcomes) == [nil, nil])
    }

    @Test func aNewTokenForThePartsThatNeedIt() async throws {
        let world = try World(
            [
                .batch { _ in
                    [
                        part("1", 201, Self.item(1)), part("2", 401, graphError("InvalidAuthenticationToken")),
                        part("3", 401),
                    ]
                },
                .batch { parts in
                    #expect(parts.count == 2)
                    return [part("1", 200, Self.fieldSet(2)), part("2", 401)]
                },
            ], findsSite: true)
        let outcomes = await world.site.perform([Self.create, Self.update, Self.delete])
        #expect(kinds(outcomes) == [nil, nil, .unauthenticated])
        #expect(world.graph.tokens == 2)
    }

    @Test func missingPartsAreUnknown() async throws {
        let world = try World(
            [
                .batch { _ in [part("9", 204), part("x", 204), ["id": "2"]] },
                .batch { parts in
                    // The creation is left alone.
                    #expect(parts.compactMap { $0["method"]?.string } == ["PATCH", "GET"])
                    return [part("1", 412, graphError("resourceModified")), part("2", 404)]
                },
            ], findsSite: true)
        let outcomes = await world.site.perform([Self.create, Self.update, Self.read])
        #expect(kinds(outcomes) == [.transient, .stale, .gone])
        // The 412 may be the answer to our own change.
        #expect(self.outcomes(outcomes) == [.unknown, .unknown, .notDone])
    }

    @Test(arguments: [
        ScriptedGraph.Step.on("POST /$batch", fails: .interrupted, .unknown),
        .on("POST /$batch", bytes: #"{"responses":[{"id":"1","status":201,"#),
        .on("POST /$batch", bytes: "<html>", status: 504),
        .on("POST /$batch", 500, graphError("generalException")),
    ])
    func aLostAnswerLeavesCreationsUnknown(_ step: ScriptedGraph.Step) async throws {
        let world = try World(
            [
                step,
                .batch { parts in
                    #expect(parts.compactMap { $0["method"]?.string } == ["DELETE"])
                    return [part("1", 204)]
                },
            ], findsSite: true)
        let unconditional = ItemRequest.update(list: "L", item: 7, etag: nil, fields: Self.fields)
        let outcomes = await world.site.perform([Self.create, Self.delete, unconditional])
        #expect(kinds(outcomes) == [.transient, nil, .transient])
        #expect(self.outcomes(outcomes) == [.unknown, nil, .unknown])
    }

    @Test func nothingLeftTheMachine() async throws {
        let step = ScriptedGraph.Step.on("POST /$batch", fails: .notConnected, .notSent)
        let world = try World([step, step, step, step], findsSite: true)
        let outcomes = await world.site.perform([Self.create, Self.update])
        #expect(kinds(outcomes) == [.unreachable, .unreachable])
        #expect(self.outcomes(outcomes) == [.notDone, .notDone])
    }

    @Test func failuresByTheirClass() async throws {
        let world = try World(
            [
                .batch { _ in
                    [
                        part("1", 409, graphError("nameAlreadyExists")), part("2", 409, graphError("resourceModified")),
                        part("3", 423, graphError("resourceLocked")), part("4", 404, graphError("itemNotFound")),
                        part(
                            "5", 400,
                            graphError("invalidRequest", "Field 'Colour' is not recognized. Value was 'Jane Doe'")),
                        part("6", 404), part("7", 200, "a text"),
                    ]
                }
            ], findsSite: true, retries: RetryMachine.Policy(attemptsMax: 1))
        let outcomes = await world.site.perform([
            Self.create, Self.update, Self.delete, Self.read, Self.create, Self.create, Self.create,
        ])
        #expect(kinds(outcomes) == [.conflict, .stale, .itemLocked, .gone, .refused, .missing, .transient])
        guard case .failure(let refused) = outcomes[4] else { return }
        #expect(
            refused.reason
                == "creating an item in list L: the list has no such column (HTTP 400, invalidRequest, column Colour)")
        #expect(self.outcomes(outcomes).last == .unknown)
    }

    @Test func failedDependenciesGoAgain() async throws {
        let world = try World(
            [
                // An older service: the whole says 424 because one part was throttled.
                .on(
                    "POST /$batch", 424,
                    ["responses": [part("1", 424), part("2", 429, headers: ["Retry-After": "3"])]]),
                .batch { _ in [part("1", 201, Self.item(1)), part("2", 204)] },
            ], findsSite: true)
        let outcomes = await world.site.perform([Self.create, Self.delete])
        #expect(kinds(outcomes) == [nil, nil])
        #expect(world.clock.waits == [1.5, 1.5])
    }

    @Test func aMalformedEnvelopeIsRefused() async throws {
        let world = try World([.on("POST /$batch", 400, graphError("BadRequest"))], findsSite: true)
        let outcomes = await world.site.perform([Self.create, Self.read])
        #expect(kinds(outcomes) == [.refused, .refused])
        #expect(self.outcomes(outcomes) == [.notDone, .notDone])
    }

    @Test func asksForTheTagAfterAnEmptyAnswer() async throws {
        let world = try World(
            [
                .batch { _ in [part("1", 204)] },
                .on(
                    "GET /sites/contoso,1,2/lists/L/items/7?$expand=fields($select=Title)", 200, Self.item(7, 2)),
            ], findsSite: true)
        let outcomes = await world.site.perform([Self.update])
        #expect(outcomes == [.success(.updated(RemoteItem(id: 7, etag: "\"g,2\"", fields: Self.fields)))])
    }

    @Test func followsTheLinkOfAnEmptyFirstPage() async throws {
        let next = ScriptedGraph.root + "/v1.0/next"
        let world = try World(
            [
                .batch { _ in [part("1", 200, ["value": [], "@odata.nextLink": .string(next)])] },
                .on("GET /next", 200, ["value": [Self.item(4)]]),
            ], findsSite: true)
        let outcomes = await world.site.perform([.find(list: "L", key: "k", select: [])])
        #expect(outcomes == [.success(.found([RemoteItem(id: 4, etag: "\"g,1\"", fields: Self.fields)]))])
    }

    @Test func aSiteThatIsMissingFailsAll() async throws {
        let world = try World([
            .on("GET /sites/contoso.sharepoint.com:/sites/Ops%20A?$select=id,displayName,webUrl", 404)
        ])
        let outcomes = await world.site.perform([Self.create, Self.read])
        #expect(kinds(outcomes) == [.missing, .missing])
    }
}
