import Core
import GraphSimulator
import PostgreSQL
import Testing

/// Answers of the service that do not mean what they seem to mean (FACTS 13). Tables and items are compared; what the
/// program believes of itself proves nothing here.
@Suite("Answers that prove nothing", .serialized)
struct DoubtfulAnswerTests {
    private static let rows = 120
    private static let tables = """
        CREATE TABLE parts (id bigint PRIMARY KEY, name text NOT NULL, status text NOT NULL);
        INSERT INTO parts SELECT i, 'Part ' || i, 'Active' FROM generate_series(1, \(rows)) i;
        """

    private static let tree = """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: parts }
        spec:
          source: { table: public.parts }
          sharding:
            rules:
              - { when: { status: Active }, list: Active }
              - { default: Rest }
          mapping:
            fields:
              - { source: name, target: Title }
          deletes: PROPAGATE
          guards: { maxDeletes: 60 }
        """

    private static func applied(
        _ hint: String, _ body: @escaping @Sendable (World) async throws -> Void
    ) async throws {
        try await World.with(hint, tables: tables) { world in
            try world.write(tree)
            try await world.apply()
            try await body(world)
        }
    }

    /// One item for each row, in its list and with its name.
    private static func expectItems(_ world: World, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let wanted = try await world.session.query(
            "SELECT CASE status WHEN 'Active' THEN 'Active' ELSE 'Rest' END || ' ' || id || ' ' || name FROM parts"
        ).compactMap { $0.text(0) }.sorted()
        var found: [String] = []
        for list in ["Active", "Rest"] {
            for item in try world.items(list) {
                let id = item.fields["SyncBridgeKey"]?.string?.split(separator: "/").last ?? "?"
                found.append("\(list) \(id) \(item.fields["Title"]?.string ?? "")")
            }
        }
        #expect(found.sorted() == wanted, sourceLocation: sourceLocation)
    }

    private static func expectStanding(_ world: World, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await world.expectLastingly(sourceLocation: sourceLocation) {
            try await expectItems(world, sourceLocation: sourceLocation)
        }
    }

    /// The service answers 404 now and then for what exists: nothing is given up, and nobody is accused.
    @Test(arguments: ["patchItem", "deleteItem", "getItem"])
    func aNotFoundOfAnItemThatExists(operation: String) async throws {
        try await Self.applied("flap") { world in
            try await world.sql(
                """
                UPDATE parts SET name = name || '!' WHERE id <= 40;
                UPDATE parts SET status = 'Done' WHERE id BETWEEN 41 AND 60;
                DELETE FROM parts WHERE id BETWEEN 61 AND 80;
                """)
            try world.fault(.notVisible, [operation], probability: 0.3)
            _ = try await world.run("apply", "--auto-approve")
            try world.clearFaults()
            try await world.apply()
            try await Self.expectStanding(world)
        }
    }

    /// The site has no room for a while: nothing is refused for good, and all rows are there when there is room again.
    @Test(arguments: [0, 30]) func aFullSite(skip: Int) async throws {
        try await Self.applied("fullsite") { world in
            try await world.sql(
                """
                UPDATE parts SET name = name || '!' WHERE id <= 20;
                UPDATE parts SET status = 'Done' WHERE id BETWEEN 41 AND 60;
                INSERT INTO parts SELECT i, 'New ' || i, 'Active' FROM generate_series(501, 575) i;
                """)
            try world.fault(.full, skip: skip)
            try await world.expect(skip == 0 ? 16 : 17, "apply", "--auto-approve", says: ["507", "help: "])
            #expect(try await world.metaQuery("SELECT 1 FROM sync_ledger WHERE state = 'quarantined'").isEmpty)
            try world.clearFaults()
            try await world.apply()
            try await Self.expectStanding(world)
        }
    }

    /// A locked item is its row's matter: the others of its list are written, and new ones are made.
    @Test func aLockedItemStopsOnlyItself() async throws {
        try await Self.applied("lockeditem") { world in
            let locked = try world.item("Active", "parts/7").id
            let path = "\(try world.path("Active"))/items/\(locked)"
            for operation in ["patchItem", "deleteItem"] { try world.fault(.locked, [operation], pathPrefix: path) }
            try await world.sql(
                """
                UPDATE parts SET name = name || '!' WHERE id <= 10;
                INSERT INTO parts VALUES (500, 'New', 'Active');
                """)
            try await world.expect(17, "apply", "--auto-approve", says: ["ITEM_LOCKED"])
            try await world.expectEmptyPlan()
            #expect(try world.items("Active").contains { $0.fields["Title"] == "New" })
            #expect(try world.items("Active").count { $0.fields["Title"]?.string?.hasSuffix("!") == true } == 9)
            // Released, and tried again.
            try world.clearFaults()
            try await world.expect(0, "rows", "retry", "definition/parts")
            try await world.apply()
            try await Self.expectStanding(world)
        }
    }

    /// The change feed of a list cannot be read, today and for ever: its items are looked at instead.
    @Test(arguments: [FaultKind.generalException, .truncatedPage, .oddPage, .circularPages, .endlessPages])
    func aFeedThatCannotBeRead(kind: FaultKind) async throws {
        try await Self.applied("nofeed") { world in
            try world.fault(kind, ["delta"])
            try world.personEdits("Active", try world.item("Active", "parts/3").id, ["Title": "Kim's"])
            try world.personDeletes("Active", try world.item("Active", "parts/4").id)
            try await world.sql("UPDATE parts SET name = name || '!' WHERE id <= 2")
            try await world.expect(0, "plan", says: ["what people did in list/sharepoint/Active"])
            try await world.apply()
            #expect(try world.items("Active").count { $0.fields["Title"]?.string?.hasSuffix("!") == true } == 2)
            try world.clearFaults()
            try await world.expect(2, "drift", "--detailed-exitcode", says: ["parts/3", "parts/4"])
        }
    }

    /// Somebody deletes a list under an apply, and it is restored, at once or after the apply: no row counts as deleted by a
    /// person, and none is made twice.
    @Test(arguments: [1, 4, 25, nil]) func aListThatIsDeletedUnderAnApplyAndRestored(after requests: Int?) async throws
    {
        try await Self.applied("listaway") { world in
            try await world.sql(
                """
                UPDATE parts SET name = name || '!' WHERE id <= 60;
                UPDATE parts SET status = 'Done' WHERE id BETWEEN 61 AND 80;
                DELETE FROM parts WHERE id BETWEEN 81 AND 100;
                INSERT INTO parts SELECT i, 'New ' || i, 'Active' FROM generate_series(501, 540) i;
                """)
            let list = try world.listID("Active")
            try world.fault(
                .listDeleted, ["patchItem"], skip: 30, pathPrefix: try world.path("Active"),
                restoreAfterRequests: requests)
            let run = try await world.run("apply", "--auto-approve")
            #expect([0, 12, 16, 17].contains(run.status), "\(run.output)\(run.errors)")
            try world.clearFaults()
            if requests == nil { #expect(try world.knownListID(list) == nil, "nobody deleted the list") }
            if try world.knownListID(list) == nil { try world.admin("POST", "/lists/\(list)/restore") }
            #expect(try await world.metaQuery("SELECT 1 FROM sync_ledger WHERE state = 'deletedByPerson'").isEmpty)
            try await world.apply()
            try await Self.expectStanding(world)
        }
    }

    /// Most of a list's items are missing at once: as likely a list that shows too little as people who deleted them.
    @Test func manyItemsThatAreMissingAtOnce() async throws {
        try await Self.applied("massdelete") { world in
            for id in 1...50 { try world.personDeletes("Active", try world.item("Active", "parts/\(id)").id) }
            try await world.sql("UPDATE parts SET name = name || '!' WHERE id = 100")
            try await world.expect(
                12, "apply", "--auto-approve", says: ["ROW_DELETE_LIMIT", "items of the list Active are missing"])
            #expect(try world.items("Active").count { $0.fields["Title"]?.string?.hasSuffix("!") == true } == 0)
            try await world.expect(
                0, "apply", "--auto-approve", "--allow-hazards", "ROW_DELETE_LIMIT@rows/parts/sharepoint/Active")
            #expect(try world.items("Active").count == Self.rows - 50)
            try await world.expectEmptyPlan()
        }
    }

    /// The outcome of a request cannot be found out, however long the service is asked: the run ends and says so, and the
    /// next one goes on when the service answers again.
    @Test func anOutcomeThatCannotBeFoundOut() async throws {
        try await Self.applied("overdue") { world in
            try await world.sql("UPDATE parts SET name = name || '!' WHERE id <= 3")
            try world.fault(.timeoutAfterWrite, ["patchItem"])
            try world.fault(.generalException, ["getItem"])
            let run = try await world.run("apply", "--auto-approve")
            #expect([16, 17].contains(run.status))
            try world.clearFaults()
            try world.fault(.generalException, ["getItem"])
            // Nothing else is to be done.
            try await world.sql("UPDATE parts SET name = replace(name, '!', '')")
            try await world.expect(
                16, "apply", "--auto-approve", says: ["what became of earlier requests", "3 rows", "help: "])
            try world.clearFaults()
            try await world.apply()
            try await Self.expectStanding(world)
        }
    }
}
