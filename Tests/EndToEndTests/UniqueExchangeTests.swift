import Core
import GraphSimulator
import PostgreSQL
import Testing

/// Values that one item of a list can have, and rows that stand in each other's way.
@Suite("Rows that exchange unique values", .serialized)
struct UniqueExchangeTests {
    private static let tables = """
        CREATE TABLE parts (id bigint PRIMARY KEY, code text NOT NULL, status text NOT NULL);
        INSERT INTO parts SELECT i, 'C' || i, (ARRAY['Active', 'Done'])[1 + i % 2] FROM generate_series(1, 10) i;
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
              - { source: code, target: Code, unique: true }
          deletes: PROPAGATE
        """

    /// Each changes lists, and wants there the value that the other has until it is gone.
    @Test(arguments: [
        "UPDATE parts SET status = 'Done', code = 'C1' WHERE id = 2; UPDATE parts SET status = 'Active', code = 'C2' WHERE id = 1",
        // Three of them, one within its list.
        """
        UPDATE parts SET status = 'Done', code = 'C1' WHERE id = 2; UPDATE parts SET code = 'C2' WHERE id = 4;
        UPDATE parts SET status = 'Active', code = 'C4' WHERE id = 1
        """,
    ])
    func acrossLists(_ change: String) async throws {
        try await World.with("exchange", tables: Self.tables) { world in
            try world.write(Self.tree)
            try await world.apply()
            try await world.sql(change)
            try await world.apply()
            let wanted = try await world.session.query(
                "SELECT CASE status WHEN 'Active' THEN 'Active' ELSE 'Rest' END || ' parts/' || id || ' ' || code FROM parts"
            ).compactMap { $0.text(0) }.sorted()
            let found = try ["Active", "Rest"].flatMap { list in
                try world.items(list).map {
                    "\(list) \($0.fields["SyncBridgeKey"]?.string ?? "") \($0.fields["Code"]?.string ?? "")"
                }
            }.sorted()
            #expect(found == wanted)
            try await world.expectEmptyPlan()
        }
    }
}
