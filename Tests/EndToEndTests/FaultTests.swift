import Core
import GraphSimulator
import PostgreSQL
import Testing

@Suite("Faults of the service in the middle of an apply", .serialized)
struct FaultTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL, status text NOT NULL, code text NOT NULL);
        INSERT INTO projects SELECT i, 'Project ' || i, (ARRAY['Active','Closed'])[1 + i % 2], 'C' || i
        FROM generate_series(1, 60) i;
        """

    private static let sharded = """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: projects }
        spec:
          source: { table: public.projects }
          sharding:
            rules:
              - { when: { status: Active }, list: Projects_Active }
              - { default: Projects_Rest }
          mapping:
            fields:
              - { source: name, target: Title }
              - { source: status, target: Status, type: text }
              - { source: code, target: Code, unique: true }
          deletes: PROPAGATE
          guards: { maxDeletes: 50 }
        """

    private static let burst = """
        UPDATE projects SET name = name || '!' WHERE id % 3 = 0;
        UPDATE projects SET status = 'Closed' WHERE id IN (1, 3, 5, 7, 9);
        UPDATE projects SET status = 'Active' WHERE id IN (2, 4, 6);
        DELETE FROM projects WHERE id > 50;
        INSERT INTO projects SELECT i, 'Later ' || i, 'Active', 'L' || i FROM generate_series(100, 110) i;
        """

    /// Exactly one item for each row, in its list, with its values.
    static func expectRows(_ world: World, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let rows = try await world.session.query(
            """
            SELECT CASE status WHEN 'Active' THEN 'Projects_Active' ELSE 'Projects_Rest' END || '|projects/' || id || '|' ||
                name || '|' || status || '|' || code FROM public.projects
            """)
        let wanted = rows.compactMap { $0.text(0) }.sorted()
        let found = try ["Projects_Active", "Projects_Rest"].flatMap { list in
            try world.items(list).map { item in
                ([list, item.key ?? "?"] + ["Title", "Status", "Code"].map { item.fields[$0]?.string ?? "?" })
                    .joined(separator: "|")
            }
        }.sorted()
        #expect(found == wanted, sourceLocation: sourceLocation)
    }

    private static func stir(_ kind: FaultKind, _ world: World) throws {
        let operations = [
            "createList", "createColumn", "patchColumn", "patchList", "getColumns", "listLists", "createItem",
            "patchItem", "deleteItem", "getItem", "listItems",
        ]
        let retryAfter = kind == .throttled || kind == .emptyUnavailable ? "0.1" : nil
        // What was under way when the first answer asked for a pause is no bad manners.
        try world.setting("retryAfterGraceMilliseconds", 60)
        // A token that is refused twice in a row is no passing fault.
        for operation in operations {
            try world.fault(kind, [operation], times: kind == .unauthorized ? 1 : 2, skip: 1, retryAfter: retryAfter)
        }
        for operation in ["createItem", "patchItem", "deleteItem"] where kind != .unauthorized {
            try world.fault(kind, [operation], times: 6, skip: 5, probability: 0.3, retryAfter: retryAfter)
        }
        // Nor is an envelope that is refused once and then one of its parts.
        if kind != .unauthorized { try world.fault(kind, ["batch"], times: 1, skip: 2, retryAfter: retryAfter) }
        if kind != .unauthorized { try world.fault(kind, ["token"], times: 1, retryAfter: retryAfter) }
    }

    @Test(arguments: [
        FaultKind.generalException, .badGatewayBeforeWrite, .badGatewayAfterWrite, .timeoutAfterWrite,
        .emptyUnavailable, .throttled, .resourceModified, .unauthorized, .resetBeforeWrite, .resetAfterWrite, .cutBody,
    ])
    func converges(in kind: FaultKind) async throws {
        try await World.with("fault", tables: Self.tables) { world in
            try world.write(Self.sharded)
            try Self.stir(kind, world)
            try await world.expect(0, "apply", "--auto-approve", "--quiet")
            try world.clearFaults()
            try await world.expectEmptyPlan()
            try await Self.expectRows(world)

            try await world.sql(Self.burst)
            try Self.stir(kind, world)
            try await world.expect(0, "apply", "--auto-approve", "--quiet")
            try world.clearFaults()
            try await world.expectEmptyPlan()
            try await Self.expectRows(world)
            #expect((world.counters()["faults"]?.integer ?? 0) >= 8)
            world.expectManners()
        }
    }

    @Test(arguments: [400, 409], [true, false])
    func adoptsWhatWasCreatedBeforeTheAnswerWasLost(status: Int, caseSensitive: Bool) async throws {
        try await World.with("twin", tables: Self.tables) { world in
            try world.setting("uniqueViolationStatus", .number(status))
            try world.setting("caseSensitiveText", .bool(caseSensitive))
            try world.write(Self.sharded)
            try world.fault(.badGatewayAfterWrite, ["createItem"], times: 10)
            try world.fault(.resetAfterWrite, ["createItem"], times: 2, skip: 20)
            try await world.expect(0, "apply", "--auto-approve")
            try world.clearFaults()
            try await world.expectEmptyPlan()
            try await Self.expectRows(world)
        }
    }

    /// The write of a lost create arrives after its row was created again: the service refuses the twin.
    @Test(arguments: [400, 409])
    func aLateTwinIsRefused(status: Int) async throws {
        try await World.with("late", tables: Self.tables) { world in
            try world.setting("uniqueViolationStatus", .number(status))
            try world.write(Self.sharded)
            try world.fault(.timeoutThenWrite, ["createItem"], times: 8)
            try await world.expect(0, "apply", "--auto-approve")
            try world.admin("POST", "/clock", ["advanceSeconds": 60])
            try await world.expectEmptyPlan()
            try await Self.expectRows(world)
        }
    }

    @Test func aServiceThatStaysDownIs16AndOneThatGoesDownIs17() async throws {
        try await World.with("down", tables: Self.tables) { world in
            try world.write(Self.sharded)
            try world.fault(.generalException)
            try await world.expect(16, "plan", says: ["help: "])
            try await world.expect(16, "apply", "--auto-approve", says: ["help: "])
            try world.clearFaults()
            try await world.apply()
            try await world.sql("UPDATE projects SET name = name || '?'")
            try world.fault(.badGatewayBeforeWrite, ["patchItem"])
            // SPEC §4 wants 16, for nothing was written; after a 502 the program says that something may have been.
            try await world.expect(
                17, "apply", "--auto-approve", says: ["rows/projects/sharepoint/Projects_", "help: "])
            try world.clearFaults()
            try world.fault(.badGatewayBeforeWrite, ["patchItem"], skip: 10)
            try await world.expect(
                17, "apply", "--auto-approve", says: ["rows/projects/sharepoint/Projects_", "help: "])
            try world.clearFaults()
            try await world.apply()
            try await Self.expectRows(world)
        }
    }

    @Test func throttlingIsWaitedOutAndNeverFails() async throws {
        try await World.with("quota", tables: Self.tables) { world in
            try world.write(Self.sharded)
            try world.fault(.throttled, ["createItem"], probability: 0.1, retryAfter: "0.1")
            try world.fault(.throttled, ["batch"], times: 4, retryAfter: "0.1")
            try world.setting("batchThrottledStatus", 424)
            try world.setting("retryAfterGraceMilliseconds", 60)
            try await world.expect(0, "apply", "--auto-approve")
            try world.clearFaults()
            try await world.expectEmptyPlan()
            try await Self.expectRows(world)
            world.expectManners()
        }
    }

    /// New lists and columns are not known everywhere at once.
    @Test func waitsUntilNewListsAndColumnsAreSeen() async throws {
        try await World.with("young", tables: Self.tables) { world in
            try world.write(Self.sharded)
            try world.setting("hideNewListCalls", 2)
            try world.setting("hideNewColumnCalls", 2)
            try await world.expect(0, "apply", "--auto-approve")
            try await world.expectEmptyPlan()
            try await Self.expectRows(world)
        }
    }

    /// What the service leaves out of a new list is made afterwards.
    @Test(arguments: ["taken", "first", "ignored", "refused"], [0, 2])
    func aNewListHasItsColumnsHoweverMuchItIsMadeWith(_ manner: String, _ hidden: Int) async throws {
        try await World.with("newcolumns", tables: Self.tables) { world in
            try world.write(Self.sharded)
            try world.setting("newListColumns", .string(manner))
            try world.setting("hideNewColumnCalls", .number(hidden))
            try await world.expect(0, "apply", "--auto-approve")
            if manner == "taken", hidden == 0 { #expect(world.writes("createColumn") == 0) }
            try await world.expectEmptyPlan()
            try await Self.expectRows(world)
            world.expectManners()
        }
    }

    @Test func aBrokenListDoesNotStopTheOthers() async throws {
        try await World.with("broken", tables: Self.tables) { world in
            try world.write(Self.sharded)
            try world.write(
                """
                apiVersion: syncbridge.arcore.io/v1
                kind: SyncDefinition
                metadata: { name: all }
                spec:
                  source: { table: public.projects }
                  target: { list: Everything }
                  deletes: PROPAGATE
                """, to: "manifests/all.yaml")
            try await world.apply()
            try await world.sql("UPDATE projects SET name = name || '.' WHERE id <= 40")
            let broken = try world.path("Projects_Active")
            for operation in ["patchItem", "getItem"] { try world.fault(.locked, [operation], pathPrefix: broken) }
            try await world.expect(
                17, "apply", "--auto-approve", says: ["rows/projects/sharepoint/Projects_Active", "locked"])
            // Both the other definition and the other list of this one are done.
            func changed(_ list: String, _ field: String) throws -> Int {
                try world.items(list).count { $0.fields[field]?.string?.hasSuffix(".") == true }
            }
            #expect(try changed("Everything", "name") + changed("Everything", "Title") == 40)
            #expect(try changed("Projects_Rest", "Title") == 20)
            #expect(try changed("Projects_Active", "Title") == 0)
            try world.clearFaults()
            try await world.apply()
            try await Self.expectRows(world)
        }
    }
}
