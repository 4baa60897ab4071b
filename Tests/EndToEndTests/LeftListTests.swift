import Core
import GraphSimulator
import Testing

/// Items leave a list that the rules do not name any more, or that cannot be brought up now: what people have in columns of
/// their own goes along, or keeps the item where it is.
@Suite("Moves out of lists that are not written to", .serialized)
struct LeftListTests {
    private static let tables = """
        CREATE TABLE parts (id bigint PRIMARY KEY, name text, status text);
        INSERT INTO parts SELECT i, 'Part ' || i, CASE WHEN i <= 3 THEN 'Active' ELSE 'Done' END
            FROM generate_series(1, 6) i;
        """

    private static func tree(_ rules: String) -> String {
        """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: parts }
        spec:
          source: { table: public.parts }
          sharding:
            rules:
        \(rules)
          mapping: { fields: [{ source: name, target: Title }] }
          deletes: PROPAGATE
        """
    }

    private static let both = "      - { when: { status: Active }, list: Active }\n      - { default: Rest }"
    private static let one = "      - { default: Rest }"

    private func notes(_ world: World, _ key: String) throws -> String? {
        try world.item("Rest", key).fields["Notes"]?.string
    }

    @Test func whatPeopleAddedGoesAlong() async throws {
        try await World.with("leftlist", tables: Self.tables) { world in
            try world.write(Self.tree(Self.both))
            try await world.apply()
            for list in ["Active", "Rest"] { try world.personAddsColumn(list, ["name": "Notes", "text": [:]]) }
            try world.personEdits("Active", try world.item("Active", "parts/2").id, ["Notes": "Kim's"])
            try world.write(Self.tree(Self.one))
            try await world.apply()
            #expect(try world.items("Active").isEmpty)
            #expect(try notes(world, "parts/2") == "Kim's")
        }
    }

    @Test func whatTheOtherListLacksKeepsTheItem() async throws {
        try await World.with("leftheld", tables: Self.tables) { world in
            try world.write(Self.tree(Self.both))
            try await world.apply()
            try world.personAddsColumn("Active", ["name": "Notes", "text": [:]])
            try world.personEdits("Active", try world.item("Active", "parts/2").id, ["Notes": "Kim's"])
            try world.write(Self.tree(Self.one))
            try await world.expect(17, "apply", "--auto-approve", says: ["ITEM_LOSES"])
            #expect(try world.items("Active").map(\.key) == ["parts/2"])
            #expect(try world.item("Active", "parts/2").fields["Notes"]?.string == "Kim's")
        }
    }
}
