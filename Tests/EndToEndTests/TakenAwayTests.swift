import Core
import Foundation
import GraphSimulator
import PostgreSQL
import Testing

/// What people and administrators take away of what is ours: columns, stamps, lists. Tables and items are compared.
@Suite("What people take away", .serialized)
struct TakenAwayTests {
    private static let tables = """
        CREATE TABLE parts (id bigint PRIMARY KEY, name text NOT NULL, status text NOT NULL, cost int);
        INSERT INTO parts SELECT i, 'Part ' || i, 'Active', CASE WHEN i % 5 > 0 THEN i END FROM generate_series(1, 40) i;
        """

    private static func tree(list: String = "Active") -> String {
        """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: parts }
        spec:
          source: { table: public.parts }
          sharding:
            rules:
              - { when: { status: Active }, list: \(list) }
              - { default: Rest }
          mapping:
            fields:
              - { source: name, target: Title }
              - { source: cost, target: Cost }
          deletes: PROPAGATE
        """
    }

    private static func applied(
        _ hint: String, _ body: @escaping @Sendable (World) async throws -> Void
    ) async throws {
        try await World.with(hint, tables: tables) { world in
            try world.write(tree())
            try await world.apply()
            try await body(world)
        }
    }

    private static func expectItems(
        _ world: World, in list: String = "Active", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let wanted = try await world.session.query(
            """
            SELECT CASE status WHEN 'Active' THEN '\(list)' ELSE 'Rest' END || ' parts/' || id || ' ' || name || ' '
                || coalesce(cost::text, '-') FROM parts
            """
        ).compactMap { $0.text(0) }.sorted()
        var found: [String] = []
        for name in [list, "Rest"] {
            for item in try world.items(name) {
                let cost = item.fields["Cost"]?.double.map { String(Int($0)) } ?? "-"
                found.append(
                    "\(name) \(item.fields["SyncBridgeKey"]?.string ?? "?") \(item.fields["Title"]?.string ?? "") \(cost)"
                )
            }
        }
        #expect(found.sorted() == wanted, sourceLocation: sourceLocation)
    }

    /// The items are right, and stay so.
    private static func expectStanding(
        _ world: World, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await world.expectLastingly(sourceLocation: sourceLocation) {
            try await expectItems(world, sourceLocation: sourceLocation)
        }
    }

    /// A mapped column is made again and filled from the rows; the plan shows both beforehand.
    @Test func aMappedColumn() async throws {
        try await Self.applied("delcolumn") { world in
            try world.personDeletesColumn("Active", "Cost")
            try await world.expect(
                2, "plan", "--detailed-exitcode",
                says: ["column/sharepoint/Active/Cost", "32 update", "somebody deleted"])
            try await world.expect(
                2, "drift", "--detailed-exitcode",
                says: ["column/sharepoint/Active/Cost", "somebody deleted the column"])
            try await world.apply()
            try await Self.expectStanding(world)
        }
    }

    /// The run that makes the column anew is stopped before it has filled it: the next one goes on.
    @Test func aMappedColumnWhoseRefillIsInterrupted() async throws {
        try await Self.applied("delcolumn2") { world in
            try world.personDeletesColumn("Active", "Cost")
            try world.fault(.locked, ["patchItem"])
            _ = try await world.run("apply", "--auto-approve")
            #expect(try world.column("Active", "Cost") != nil)
            try world.clearFaults()
            try await world.expect(0, "rows", "retry", "definition/parts")
            try await world.apply()
            try await Self.expectItems(world)
        }
    }

    /// The stamp is put back; nobody is told to delete the column that holds the keys.
    @Test func theStampOfAList() async throws {
        try await Self.applied("stamp") { world in
            let before = try #require(try world.column("Active", "SyncBridgeKey")?["description"]?.string)
            try world.personChanges("Active", column: "SyncBridgeKey", ["description": "do not touch"])
            try await world.expect(2, "plan", "--detailed-exitcode", says: ["its stamp again"])
            try await world.apply()
            #expect(try world.column("Active", "SyncBridgeKey")?["description"]?.string == before)
            try await Self.expectStanding(world)
        }
    }

    /// A list that is gone for good is made anew with its items, once somebody agreed.
    @Test func aList() async throws {
        try await Self.applied("dellist") { world in
            try world.personDeletesList("Active", forGood: true)
            try await world.expect(12, "apply", "--auto-approve", says: ["LIST_GONE", "gone for good", "allow"])
            try await world.expect(2, "drift", "--detailed-exitcode", says: ["somebody deleted the list"])
            try await world.expect(
                0, "plan", "--allow-hazards", "LIST_GONE@list/sharepoint/Active", says: ["40 create"])
            try await world.expect(
                0, "apply", "--auto-approve", "--allow-hazards", "LIST_GONE@list/sharepoint/Active")
            try await Self.expectStanding(world)
        }
    }

    /// The rules name another list, and the one that the rows would move from is gone: nothing is called a move from
    /// nowhere, and no row is left without its item in silence.
    @Test func aListThatTheRulesLeave() async throws {
        try await Self.applied("leftlist") { world in
            try world.personDeletesList("Active", forGood: true)
            try world.write(Self.tree(list: "Current"))
            try await world.expect(12, "apply", "--auto-approve", says: ["LIST_GONE", "list/sharepoint/Active"])
            try await world.expect(
                0, "apply", "--auto-approve", "--allow-hazards", "LIST_GONE@list/sharepoint/Active")
            try await Self.expectItems(world, in: "Current")
            try await world.expectEmptyPlan()
        }
    }

    /// The keys are in the ledger: once somebody agreed, the column is made again and filled from there.
    @Test func theKeyColumn() async throws {
        try await Self.applied("delkeys") { world in
            try world.personDeletesColumn("Active", "SyncBridgeKey")
            try await world.expect(
                12, "apply", "--auto-approve", says: ["KEYS_LOST", "40 items of the list have no key"])
            try await world.expect(2, "drift", "--detailed-exitcode", says: ["SyncBridgeKey", "somebody deleted"])
            // A run that is stopped between the column and its keys leaves the next one to go on.
            try world.fault(.locked, ["patchItem"])
            try await world.expect(
                17, "apply", "--auto-approve", "--allow-hazards", "KEYS_LOST@list/sharepoint/Active")
            try world.clearFaults()
            try await world.expect(12, "apply", "--auto-approve", says: ["KEYS_LOST"])
            try await world.expect(
                0, "apply", "--auto-approve", "--allow-hazards", "KEYS_LOST@list/sharepoint/Active")
            try await Self.expectItems(world)
            let column = try #require(try world.column("Active", "SyncBridgeKey"))
            #expect(column["hidden"]?.bool == true)
            try await Self.expectStanding(world)
        }
    }

    /// Keys that a person, a flow or a copied item changed or cleared are put back, and a row whose key stands in another
    /// row's item gets an item of its own.
    @Test func keysOfItems() async throws {
        try await Self.applied("keys") { world in
            let (first, second) = (
                try world.item("Active", "parts/1").id, try world.item("Active", "parts/2").id
            )
            try world.personEdits("Active", first, ["SyncBridgeKey": "parts/900"])
            try world.personEdits("Active", second, ["SyncBridgeKey": .null])
            try await world.sql("INSERT INTO parts VALUES (900, 'New', 'Active', 9)")
            try await world.expect(
                2, "drift", "--detailed-exitcode", says: ["row/parts/1", "row/parts/2", "the next apply writes it"])
            try await world.apply()
            try await Self.expectItems(world)
            #expect(try world.item("Active", "parts/1").id == first)
            #expect(try world.item("Active", "parts/2").id == second)
            try await Self.expectStanding(world)
        }
    }

    /// A copy of the item carries the key that a person took away from the item itself: the row's item gets it back, and the
    /// copy is the person's own from then on.
    @Test func aKeyThatACopyHas() async throws {
        try await Self.applied("copiedkey") { world in
            let mine = try world.item("Active", "parts/2")
            try world.personEdits("Active", mine.id, ["SyncBridgeKey": .null])
            let copy = try world.personItem("Active", ["SyncBridgeKey": "parts/2", "Title": "Kim's copy"])
            try await world.expect(2, "drift", "--detailed-exitcode", says: ["row/parts/2"])
            try await world.apply()
            #expect(try world.item("Active", "parts/2").id == mine.id)
            let kept = try world.items("Active").first { $0.id == copy }
            #expect(kept?.key == nil && kept?.fields["Title"]?.string == "Kim's copy")
            try await world.expect(0, "drift", "--detailed-exitcode")
        }
    }

    /// Writing the keys makes this program the last who changed the items: what a person typed just before stays a person's.
    @Test func theKeyColumnAfterAnEdit() async throws {
        try await Self.applied("editedkeys") { world in
            let mine = try world.item("Active", "parts/2")
            try world.personDeletesColumn("Active", "SyncBridgeKey")
            try world.personEdits("Active", mine.id, ["Title": "Kim's"])
            let flag = "KEYS_LOST@list/sharepoint/Active"
            try await world.expect(0, "apply", "--auto-approve", "--allow-hazards", flag)
            try await world.expectEmptyPlan()
            try await world.expect(2, "drift", "--detailed-exitcode", says: ["row/parts/2", "people changed Title"])
            #expect(try world.item("Active", "parts/2").fields["Title"]?.string == "Kim's")
        }
    }

    /// Another row's key is typed into an item while an apply is at work, after its look at the feed: the item is not taken
    /// over, and the next run puts everything right.
    @Test func aKeyOfAnotherRowsItemIsNeverTakenOver() async throws {
        try await Self.applied("foreignkey") { world in
            let first = try world.item("Active", "parts/1").id
            try await world.sql("INSERT INTO parts VALUES (900, 'New', 'Active', 9)")
            try world.holdBack("createItem", from: 1, times: 1)
            let running = try Program.start(
                ["apply", "--auto-approve", "--quiet"], environment: world.environment, directory: world.folder)
            await world.waitUntil(running, hasSent: 1, of: "createItem")
            for made in try world.items("Active") where made.fields["SyncBridgeKey"] == "parts/900" {
                try world.personDeletes("Active", made.id)
            }
            try world.personEdits("Active", first, ["SyncBridgeKey": "parts/900"])
            kill(running.id, SIGKILL)
            try world.clearFaults()
            _ = await running.status.value
            try await world.apply()
            try await world.apply()
            try await Self.expectItems(world)
            #expect(try world.item("Active", "parts/1").id == first)
        }
    }
}
