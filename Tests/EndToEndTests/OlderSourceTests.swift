import Core
import Foundation
import Testing

/// A source that shows less than the last run saw of it: what it lacks is not taken for deleted.
@Suite("Older sources", .serialized)
struct OlderSourceTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL);
        INSERT INTO projects SELECT i, 'Project ' || i FROM generate_series(1, 20) i;
        """

    private static func applied(_ hint: String, _ body: @escaping @Sendable (World) async throws -> Void) async throws {
        try await World.with(hint, tables: tables) { world in
            try world.write(ExitCodeTests.smallest)
            try await world.apply()
            try await body(world)
        }
    }

    private static func snapshot(_ world: World) async throws -> String? {
        try await world.metaQuery("SELECT source_snapshot FROM sync_definitions").first?.first ?? nil
    }

    /// As if the last run had read a server that was further than this one is.
    private static func goBack(_ world: World) async throws {
        try await world.metaScript(
            "UPDATE sync_definitions SET source_snapshot = '9000000000:9000000000: primary FF/0'")
    }

    @Test func endWith16AndNothingIsWritten() async throws {
        try await Self.applied("oldersource") { world in
            let before = try #require(try await Self.snapshot(world))
            #expect(SourceSnapshot(text: before)?.isStandby == false)
            // A server that went on is no older one.
            try await world.sql("UPDATE projects SET name = 'x' WHERE id = 1")
            try await world.apply()
            #expect(try await Self.snapshot(world) != before)

            try await Self.goBack(world)
            try await world.sql("DELETE FROM projects WHERE id > 10")
            try world.resetCounters()
            let words = ["the source shows an older state", "SOURCE_CHANGED", "definition/projects"]
            try await world.expect(16, "plan", says: words)
            try await world.expect(16, "apply", "--auto-approve", says: words)
            try await world.expect(16, "recover", says: words)
            #expect(world.writes() == 0)
            #expect(try world.items("Projects").count == 20)
        }
    }

    /// Somebody restored the database and says so.
    @Test func areTakenWhereSomebodyAgrees() async throws {
        try await Self.applied("restoredsource") { world in
            try await Self.goBack(world)
            try await world.sql("DELETE FROM projects WHERE id = 20")
            let flag = "SOURCE_CHANGED@definition/projects"
            try await world.expect(0, "plan", "--allow-hazards", flag, says: ["SOURCE_CHANGED", "allowed by"])
            try await world.expect(0, "apply", "--auto-approve", "--allow-hazards", flag, says: [])
            // From then on its own transactions count.
            try await world.expectEmptyPlan()
            #expect(try world.items("Projects").count == 19)
        }
    }

    /// Transactions of one server say nothing about those of another.
    @Test func areNotToldOfAnotherSource() async throws {
        try await Self.applied("othersource") { world in
            try await Self.goBack(world)
            try await world.metaScript("UPDATE sync_definitions SET source_identity = 'another'")
            try await world.expect(
                3, "plan", "--detailed-exitcode", says: ["SOURCE_CHANGED", "its rows came from another"])
        }
    }
}
