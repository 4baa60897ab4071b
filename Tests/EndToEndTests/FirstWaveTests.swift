import Core
import GraphSimulator
import Testing

/// The first effects of a kind are looked at before the rest (SPEC §13).
@Suite("The first wave of each kind", .serialized)
struct FirstWaveTests {
    private static let tables = """
        CREATE TABLE parts (id bigint PRIMARY KEY, name text NOT NULL, place text NOT NULL, state text NOT NULL);
        INSERT INTO parts SELECT i, 'Part ' || i, 'Active', 'a' FROM generate_series(1, 160) i;
        """

    private static let tree = """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: parts }
        spec:
          source: { table: public.parts }
          sharding:
            rules:
              - { when: { place: Active }, list: Active }
              - { default: Rest }
          mapping:
            fields:
              - { source: name, target: Title }
              - { source: state, target: State, type: { choice: { choices: [a, b] } } }
          deletes: PROPAGATE
          guards: { maxDeletes: 100 }
        """

    private static func applied(
        _ hint: String, _ body: @escaping @Sendable (World) async throws -> Void
    ) async throws {
        try await World.with(hint, tables: tables) { world in
            try world.write(tree)
            try await world.apply()
            try world.resetCounters()
            try await body(world)
        }
    }

    /// Rows that change come before rows that move: that all of them go well says nothing of the moves.
    @Test func movesAreLookedAtBesideUpdates() async throws {
        try await Self.applied("firstmoves") { world in
            try world.admin(
                "PATCH", "/lists/\(try world.listID("Rest"))/columns/State", ["person": "Kim", "removeChoices": ["a"]])
            try await world.sql(
                """
                UPDATE parts SET name = name || '!' WHERE id <= 60;
                UPDATE parts SET place = 'Done' WHERE id > 60;
                """)
            try await world.expect(
                17, "apply", "--auto-approve", "--allow-hazards", "ROW_MOVE_LIMIT@**",
                says: ["SharePoint refused 25 of the last 25 rows", "move"])
            #expect(world.writes("createItem") == 25)
            #expect(try world.items("Active").count { $0.fields["Title"]?.string?.hasSuffix("!") == true } == 60)
            #expect(try world.items("Active").count == 160)

            try world.admin(
                "PATCH", "/lists/\(try world.listID("Rest"))/columns/State", ["person": "Kim", "addChoices": ["a"]])
            try await world.expect(0, "rows", "retry", "definition/parts")
            try await world.apply("--allow-hazards", "ROW_MOVE_LIMIT@**")
            #expect(try world.items("Active").count == 60)
            #expect(try world.items("Rest").count == 100)
        }
    }

    /// Items under a label that answers 400: most of the deletes are never tried.
    @Test func deletesThatAreRefusedStopTheirKind() async throws {
        try await Self.applied("firstdeletes") { world in
            try world.setting("retentionLabelStatus", 400)
            try world.setting("retentionLabelForbids", "deletes")
            let list = try world.listID("Active")
            for item in try world.items("Active") {
                try world.admin("PUT", "/lists/\(list)/items/\(item.id)/label", ["label": "Keep"])
            }
            try await world.sql("DELETE FROM parts WHERE id <= 80; UPDATE parts SET name = 'new' WHERE id = 81")
            try await world.expect(
                17, "apply", "--auto-approve", "--allow-hazards", "ROW_DELETE_LIMIT@**",
                says: ["SharePoint refused 25 of the last 25 rows", "delete"])
            #expect(world.writes("deleteItem") == 25)
            #expect(try world.item("Active", "parts/81").fields["Title"] == "new")

            for item in try world.items("Active") {
                try world.admin("PUT", "/lists/\(list)/items/\(item.id)/label", ["label": .null])
            }
            try await world.apply("--allow-hazards", "ROW_DELETE_LIMIT@**")
            #expect(try world.items("Active").count == 80)
        }
    }
}
