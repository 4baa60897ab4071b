import Core
import GraphSimulator
import Testing

@Suite("Rows that SharePoint does not take", .serialized)
struct RowsTests {
    private static let tables = """
        CREATE TABLE parts (id bigint PRIMARY KEY, code text NOT NULL, name text, shelf text NOT NULL DEFAULT 'A');
        INSERT INTO parts SELECT i, 'code-' || i, 'Part ' || i FROM generate_series(1, \(300 * Scale.factor)) i;
        """

    private static func tree(_ spec: String = "") -> String {
        """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: parts }
        spec:
          source: { table: public.parts }
          sharding:
            rules:
              - { when: { shelf: A }, list: A }
              - { default: B }
          mapping:
            fields:
              - { source: name, target: Title }
              - { source: code, target: Code, unique: true }
          deletes: PROPAGATE
          \(spec)
        """
    }

    @Test func theOneThatIsAlwaysRefusedStopsNoOther() async throws {
        let rows = 1000 * Scale.factor
        try await World.with("refused", tables: Self.tables) { world in
            try world.write(Self.tree())
            // A person's item holds the value that one row needs.
            try await world.apply()
            try world.personItem("A", ["Title": "by hand", "Code": "taken"])
            try await world.sql(
                """
                INSERT INTO parts SELECT i, 'code-' || i, 'Part ' || i FROM generate_series(\(300 * Scale.factor + 1), \(rows - 1)) i;
                INSERT INTO parts VALUES (\(rows), 'TAKEN', 'the one')
                """)
            try await world.expect(17, "apply", "--auto-approve", says: ["1 refused: UNIQUE_VALUE"])
            #expect(try world.items("A").count == rows)
            try await world.expect(0, "status", says: ["row/parts/\(rows)", "UNIQUE_VALUE", "request-id"])
            try await world.expect(
                0, "rows", "show", "row/parts/\(rows)", says: ["kept away", "UNIQUE_VALUE", "request-id", "rows retry"])
            // Until something changes it is only counted.
            try world.resetCounters()
            try await world.expect(0, "apply", "--auto-approve")
            #expect(world.writes() == 0)
            let plan = try await world.plan()
            #expect(plan["summary"]?["data"]?["reject"]?.integer == 1)
            try await world.expect(0, "rows", "retry", "row/parts/\(rows)", says: ["1 row will be tried again"])
            try await world.expect(17, "apply", "--auto-approve")
            try world.personDeletes("A", try #require(try world.items("A").first { $0.key == nil }).id)
            try await world.expect(0, "rows", "retry", "definition/parts", says: ["1 row"])
            try await world.apply()
            #expect(try world.item("A", "parts/\(rows)").fields["Code"] == "TAKEN")
            try await world.expect(0, "rows", "retry", "definition/parts", says: ["No row"])
            try await world.expect(10, "rows", "show", "row/part/1", says: ["did you mean row/parts/…?"])
        }
    }

    @Test func valuesThatStandInEachOthersWayAreExchanged() async throws {
        try await World.with("cycles", tables: Self.tables) { world in
            try world.write(Self.tree())
            try await world.apply()
            try await world.sql(
                """
                UPDATE parts SET code = CASE id WHEN 1 THEN 'code-2' WHEN 2 THEN 'code-1' WHEN 3 THEN 'code-4'
                    WHEN 4 THEN 'code-5' WHEN 5 THEN 'code-3' WHEN 6 THEN 'code-7' WHEN 7 THEN 'free' END
                WHERE id <= 7
                """)
            try await world.apply()
            for (id, code) in [(1, 2), (2, 1), (3, 4), (4, 5), (5, 3), (6, 7)] {
                #expect(try world.item("A", "parts/\(id)").fields["Code"]?.string == "code-\(code)")
            }
            #expect(try await world.metaQuery("SELECT count(*) FROM sync_conflicts") == [["0"]])
        }
    }

    @Test func anItemThatAMoveWouldRobIsHeldUntilThatIsAllowed() async throws {
        try await World.with("loses", tables: Self.tables) { world in
            try world.write(Self.tree())
            try await world.sql("UPDATE parts SET shelf = 'B' WHERE id > \(300 * Scale.factor - 50)")
            try await world.apply()
            try world.personAddsColumn("A", ["name": "OnlyHere", "text": [:]])
            try world.personEdits("A", try world.item("A", "parts/1").id, ["OnlyHere": "precious"])
            try await world.sql("UPDATE parts SET shelf = 'B' WHERE id <= 2")
            try await world.expect(17, "apply", "--auto-approve", says: ["1 refused: ITEM_LOSES"])
            #expect(try world.item("A", "parts/1").fields["OnlyHere"] == "precious")
            #expect(try world.items("B").count == 51)
            try await world.expectEmptyPlan()
            try await world.expect(
                0, "rows", "show", "row/parts/1",
                says: ["ITEM_LOSES", "OnlyHere", "--allow-hazards ITEM_LOSES@definition/parts"])
            try await world.expect(
                0, "apply", "--auto-approve", "--allow-hazards", "ITEM_LOSES@rows/parts/*/B")
            #expect(try world.items("B").count == 52)
            try await world.expectEmptyPlan()
        }
    }
}
