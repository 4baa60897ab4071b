import Core
import Foundation
import Testing

/// A definition that gets another name keeps its rows, its items and its keys where the manifests say so, and nothing is
/// lost where they do not.
@Suite("Renamed definitions", .serialized)
struct RenamedDefinitionTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL);
        INSERT INTO projects SELECT i, 'Project ' || i FROM generate_series(1, 40) i;
        """

    private static func tree(_ metadata: String) -> String {
        ExitCodeTests.smallest.replacingOccurrences(
            of: "metadata: { name: projects }", with: "metadata: { \(metadata) }")
    }

    private static func applied(_ hint: String, _ body: @escaping @Sendable (World) async throws -> Void) async throws {
        try await World.with(hint, tables: tables) { world in
            try world.write(tree("name: projects"))
            try await world.apply()
            try world.resetCounters()
            try await body(world)
        }
    }

    private static func registered(_ world: World) async throws -> [[String?]] {
        try await world.metaQuery(
            "SELECT name, key_prefix, (SELECT count(*)::text FROM sync_ledger l WHERE l.sync_def_id = d.id) "
                + "FROM sync_definitions d WHERE forgotten_at IS NULL ORDER BY name")
    }

    @Test func keepRowsItemsAndKeys() async throws {
        try await Self.applied("renamed") { world in
            let before = try world.items("Projects").map(\.fields)
            try world.write(Self.tree("name: things, renamedFrom: projects"))
            try await world.expect(
                2, "plan", "--detailed-exitcode", says: ["definition/things", "renamed from \"projects\""])
            #expect(try await Self.registered(world) == [["projects", "projects", "40"]])
            try await world.apply()
            #expect(world.writes() == 0)
            #expect(try world.items("Projects").map(\.fields) == before)
            #expect(try await Self.registered(world) == [["things", "projects", "40"]])
            // And it goes on from there, with or without the earlier name.
            try world.write(Self.tree("name: things"))
            try await world.expectEmptyPlan()
            try await world.sql("UPDATE projects SET name = 'New' WHERE id = 1; INSERT INTO projects VALUES (41, 'x')")
            try await world.apply()
            #expect(try world.items("Projects").count == 41)
            #expect(try world.item("Projects", "projects/41").fields["Title"]?.string == "x")
            // A lost meta-store is rebuilt under the new name.
            try await world.metaScript("DROP SCHEMA syncbridge CASCADE")
            try await world.expect(0, "recover", says: ["definition/things", "41 rows have their item"])
            try world.resetCounters()
            try await world.apply()
            #expect(world.writes() == 0)
        }
    }

    @Test func areNotGuessed() async throws {
        try await Self.applied("unsaid") { world in
            try world.write(Self.tree("name: things"))
            let advice = "renamedFrom: projects"
            try await world.expect(3, "plan", "--detailed-exitcode", says: ["FOREIGN_OWNER", advice])
            try await world.expect(12, "recover", says: ["was made for the definition \"projects\"", advice])
            // A meta-store of before the renaming says the same.
            try await world.expect(
                12, "apply", "--auto-approve", "--allow-hazards", "DEFINITIONS_VANISHED@definition/*", says: [advice])
            #expect(world.writes() == 0)
            // The definition of before is forgotten by now, and comes back under the new name.
            #expect(try await Self.registered(world).isEmpty)
            try await world.expect(12, "recover", says: [advice])
            try world.write(Self.tree("name: things, renamedFrom: projects"))
            try await world.apply()
            #expect(world.writes() == 0)
            #expect(try await Self.registered(world) == [["things", "projects", "40"]])
        }
    }

    @Test func comeBackAfterTheyWereForgotten() async throws {
        try await Self.applied("again") { world in
            try world.write(Self.tree("name: others").replacingOccurrences(of: "Projects", with: "Others"))
            try await world.expect(
                0, "apply", "--auto-approve", "--allow-hazards", "DEFINITIONS_VANISHED@definition/*", says: [])
            #expect(try await Self.registered(world) == [["others", "others", "40"]])
            try world.write(Self.tree("name: projects"), to: "manifests/again.yaml")
            try world.resetCounters()
            try await world.expect(
                2, "plan", "--detailed-exitcode", says: ["definition/projects", "in the manifests again"])
            try await world.apply()
            #expect(world.writes() == 0)
            #expect(try world.items("Projects").count == 40)
        }
    }

    @Test func makeRoomForEachOther() async throws {
        try await Self.applied("room") { world in
            // The new name was another definition's once, which is forgotten.
            try world.write(
                Self.tree("name: things").replacingOccurrences(of: "Projects", with: "Others"), to: "manifests/b.yaml")
            try await world.apply()
            try world.remove("manifests/b.yaml")
            try await world.apply()
            try world.resetCounters()
            try world.write(Self.tree("name: things, renamedFrom: projects"))
            try await world.apply()
            #expect(world.writes() == 0)
            #expect(try await Self.registered(world) == [["things", "projects", "40"]])
        }
    }

    @Test func areHeldUnderBothNames() async throws {
        try await Self.applied("heldrename") { world in
            let hold = try await Program.run(
                ["lock", "hold", "projects", "--reason", "the auditors are here"], environment: world.environment,
                directory: world.folder)
            #expect(hold.status == 0, "\(hold.errors)")
            try world.write(Self.tree("name: things, renamedFrom: projects"))
            try await world.expect(12, "apply", "--auto-approve", says: ["the auditors are here"])
            #expect(try await Self.registered(world) == [["projects", "projects", "40"]])
        }
    }

    @Test func mistypedNamesAreSaid() async throws {
        try await Self.applied("mistyped") { world in
            try world.write(
                Self.tree("name: things, renamedFrom: project").replacingOccurrences(of: "Projects", with: "Things"),
                to: "manifests/things.yaml")
            try await world.expect(0, "plan", says: ["DANGLING_RENAME", "No definition \"project\" was ever applied"])
        }
    }
}
