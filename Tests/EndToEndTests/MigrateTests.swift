import Core
import Foundation
import Testing

/// The program beside a meta-store of another version: what only reads goes on with the version before, what writes asks
/// for a migration, and that waits for an approval.
@Suite("Migrating the meta-store", .serialized)
struct MigrateTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL);
        INSERT INTO projects SELECT i, 'Project ' || i FROM generate_series(1, 30) i;
        """

    /// An applied world whose meta-store is as the version before left it, with one row that has changed since.
    private static func before(_ hint: String, _ body: @escaping @Sendable (World) async throws -> Void) async throws {
        try await World.with(hint, tables: tables) { world in
            try world.write(ExitCodeTests.smallest)
            try await world.apply()
            // Takes the last migration back.
            try await world.metaScript(
                """
                ALTER TABLE sync_definitions DROP COLUMN applied_guards, DROP COLUMN source_snapshot;
                DELETE FROM schema_migrations WHERE version = (SELECT max(version) FROM schema_migrations);
                """)
            try await world.sql("UPDATE projects SET name = 'Other' WHERE id = 1")
            try world.resetCounters()
            try await body(world)
        }
    }

    private static func newest(_ world: World) async throws -> [[String?]] {
        try await world.metaQuery("SELECT max(version) FROM schema_migrations")
    }

    @Test func whatReadsGoesOnAndWhatWritesAsks() async throws {
        try await Self.before("beforeread") { world in
            let version = try await Self.newest(world)
            try await world.expect(0, "plan", says: ["has version \(version[0][0] ?? "")", "--migrate", "1 update"])
            try await world.expect(0, "status", says: ["Projects"])
            try await world.expect(0, "drift", says: ["No drift"])
            try await world.expect(0, "lock", "list", says: ["Nobody is applying"])
            try await world.expect(0, "rows", "show", "row/projects/1", says: ["updates"])
            try await world.expect(2, "migrate", "--check")
            try await world.expect(12, "apply", "--auto-approve", says: ["needs", "syncbridge migrate"])
            try await world.expect(12, "rows", "retry", "definition/projects", says: ["syncbridge migrate"])
            try await world.expect(12, "recover", says: ["syncbridge migrate"])
            #expect(world.writes() == 0)
            #expect(try await Self.newest(world) == version)
        }
    }

    @Test func migratingWaitsForTheApproval() async throws {
        try await Self.before("beforeapply") { world in
            let version = try await Self.newest(world)
            // There is no terminal to ask on.
            try await world.expect(20, "apply", "--migrate", says: ["1 update", "Declined"])
            try await world.expect(19, "apply", "--migrate", "--expect-no-changes")
            #expect(try await Self.newest(world) == version)
            #expect(world.writes() == 0)
            try await world.apply("--migrate")
            #expect(try await Self.newest(world) != version)
            #expect(try world.item("Projects", "projects/1").fields["Title"] == "Other")
            try await world.expect(0, "migrate", "--check")
        }
    }

    @Test func whatIsOlderIsNotRead() async throws {
        try await Self.before("older") { world in
            try await world.metaScript(
                "DELETE FROM schema_migrations WHERE version = (SELECT max(version) FROM schema_migrations)")
            let version = try await Self.newest(world)
            for verb in [["plan"], ["status"], ["drift"], ["apply", "--migrate", "--auto-approve"]] {
                let run = try await Program.run(verb, environment: world.environment, directory: world.folder)
                #expect(run.status == 12 && run.errors.contains("syncbridge migrate"), "\(verb): \(run.errors)")
            }
            #expect(try await Self.newest(world) == version)
        }
    }
}
