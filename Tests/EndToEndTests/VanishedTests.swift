import Core
import Foundation
import Testing

/// Definitions that are no longer in the manifests are forgotten like they were applied: alone, and not in spite of a hold.
@Suite("Definitions that are gone", .serialized)
struct VanishedTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL);
        INSERT INTO projects SELECT i, 'Project ' || i FROM generate_series(1, 100) i;
        CREATE TABLE tasks (id bigint PRIMARY KEY, name text NOT NULL);
        INSERT INTO tasks SELECT i, 'Task ' || i FROM generate_series(1, 3) i;
        """

    private static let tasks = ExitCodeTests.smallest.replacingOccurrences(of: "projects", with: "tasks")
        .replacingOccurrences(of: "Projects", with: "Tasks")

    private static func applied(_ hint: String, _ body: @escaping @Sendable (World) async throws -> Void) async throws {
        try await World.with(hint, tables: tables) { world in
            try world.write(ExitCodeTests.smallest)
            try world.write(tasks, to: "manifests/tasks.yaml")
            try await world.apply()
            try await body(world)
        }
    }

    private static func registered(_ world: World) async throws -> [[String?]] {
        try await world.metaQuery("SELECT name FROM sync_definitions WHERE forgotten_at IS NULL ORDER BY name")
    }

    @Test(arguments: [["projects"], []])
    func stayAsLongAsTheyAreHeld(_ held: [String]) async throws {
        try await Self.applied("heldgone\(held.count)") { world in
            let all = world.environment
            let hold = try await Program.run(
                ["lock", "hold"] + held + ["--reason", "the auditors are here"], environment: all,
                directory: world.folder)
            #expect(hold.status == 0, "\(hold.errors)")
            try world.remove("manifests/main.yaml")
            try await world.expect(12, "apply", "--auto-approve", says: ["the auditors are here", "projects"])
            #expect(try await Self.registered(world) == [["projects"], ["tasks"]])
            // One that is gone from the manifests, too, can be let go.
            let release = try await Program.run(
                ["lock", "release"] + held, environment: all, directory: world.folder)
            #expect(release.status == 0, "\(release.errors)")
            try await world.apply()
            #expect(try await Self.registered(world) == [["tasks"]])
            #expect(try world.items("Projects").count == 100)
        }
    }

    @Test func stayWhileAnotherProcessAppliesThem() async throws {
        try await Self.applied("busygone") { world in
            try await world.sql("UPDATE projects SET name = name || '!' WHERE id <= 60")
            try world.resetCounters()
            try world.holdBack("patchItem", from: 20)
            let running = try Program.start(
                ["apply", "--auto-approve", "--quiet"],
                environment: world.environment.merging(["SYNCBRIDGE_LEASE_MS": "600000"]) { $1 },
                directory: world.folder)
            await world.waitUntil(running, hasSent: 20, of: "patchItem")
            try world.remove("manifests/main.yaml")
            try await world.expect(14, "apply", "--auto-approve", says: ["definition/projects", "lock list"])
            #expect(try await Self.registered(world) == [["projects"], ["tasks"]])
            try world.clearFaults()
            #expect(await running.status.value == 0)
            try await world.apply()
            #expect(try await Self.registered(world) == [["tasks"]])
        }
    }

    @Test func nobodyLetsRowsGoOrErasesThemBesideAnApply() async throws {
        try await Self.applied("busyretry") { world in
            try await world.sql("UPDATE projects SET name = name || '!' WHERE id <= 60")
            try world.resetCounters()
            try world.holdBack("patchItem", from: 20)
            let running = try Program.start(
                ["apply", "--auto-approve", "--quiet"],
                environment: world.environment.merging(["SYNCBRIDGE_LEASE_MS": "600000"]) { $1 },
                directory: world.folder)
            await world.waitUntil(running, hasSent: 20, of: "patchItem")
            try await world.expect(14, "rows", "retry", "definition/projects", says: ["is applying the definition"])
            try await world.expect(14, "rows", "erase", "row/projects/1", says: ["is applying the definition"])
            try world.clearFaults()
            #expect(await running.status.value == 0)
            try await world.expect(0, "rows", "retry", "definition/projects", says: ["No row"])
            try await world.expect(0, "rows", "erase", "row/projects/1", says: ["0 stored copies"])
        }
    }
}
