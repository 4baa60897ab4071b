import Core
import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite("Guards against large changes", .serialized)
struct GuardTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text, status text NOT NULL);
        INSERT INTO projects SELECT i, 'Project ' || i, (ARRAY['Active','Closed'])[1 + i % 2] FROM generate_series(1, 200) i;
        """

    private static func tree(_ name: String = "projects", prefix: String = "Projects", guards: String = "") -> String {
        """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: \(name) }
        spec:
          source: { table: public.projects }
          sharding:
            rules:
              - { when: { status: Active }, list: \(prefix)_Active }
              - { default: \(prefix)_Rest }
          mapping:
            fields: [ { source: name, target: Title } ]
          deletes: PROPAGATE\(guards)
        """
    }

    private static func project(_ spec: String) -> String {
        """
        apiVersion: syncbridge.arcore.io/v1
        kind: Project
        metadata: { name: default }
        spec:
          \(spec)
        """
    }

    /// A world in which the rows are in their lists already, and the counters are at zero.
    private static func applied(_ hint: String, _ body: @escaping @Sendable (World) async throws -> Void) async throws {
        try await World.with(hint, tables: tables) { world in
            try world.write(tree())
            try await world.apply()
            try world.resetCounters()
            try await body(world)
        }
    }

    /// Against what was applied last, wherever the limit is written, and once.
    @Test func aLooserLimitIsShownUntilItIsApplied() async throws {
        try await Self.applied("looser") { world in
            try world.write(Self.project("guards: { maxDeletes: 5 }"), to: "manifests/project.yaml")
            let stricter = try await world.run("plan")
            #expect(!stricter.output.contains("GUARD_LOOSENED"), "\(stricter.output)")
            try await world.apply()
            try world.write(Self.tree(guards: "\n  guards: { maxDeletes: 12 }"))
            try await world.expect(
                2, "plan", "--detailed-exitcode", says: ["GUARD_LOOSENED", "maxDeletes was 5 and is now 12"])
            try await world.apply()
            let after = try await world.run("plan")
            #expect(!after.output.contains("GUARD_LOOSENED"), "\(after.output)")
            // What the manifests have left is the project's limit again.
            try world.write(Self.tree())
            let back = try await world.run("plan")
            #expect(!back.output.contains("GUARD_LOOSENED"), "\(back.output)")
            #expect(world.writes() == 0)
        }
    }

    /// Refused: exit 12, this hazard, nothing written, and all items still there.
    private static func expectDenied(
        _ world: World, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let rows = try await world.metaQuery("SELECT count(*) FROM sync_ledger")
        let run = try await world.run("apply", "--auto-approve")
        #expect(run.status == 12, "\(run.output)\(run.errors)", sourceLocation: sourceLocation)
        for word in words {
            #expect(
                (run.output + run.errors).contains(word), "\(word)\n\(run.output)\(run.errors)",
                sourceLocation: sourceLocation)
        }
        #expect(world.writes() == 0, sourceLocation: sourceLocation)
        #expect(try await world.metaQuery("SELECT count(*) FROM sync_ledger") == rows, sourceLocation: sourceLocation)
        try await world.expect(3, "plan", "--detailed-exitcode", sourceLocation: sourceLocation)
    }

    private static func allowed(_ world: World, _ flag: String) async throws {
        try await world.expect(0, "apply", "--auto-approve", "--allow-hazards", flag)
        try await world.expectEmptyPlan()
    }

    @Test func aTruncatedTable() async throws {
        try await Self.applied("truncated") { world in
            try await world.sql("TRUNCATE projects")
            try await Self.expectDenied(world, "EMPTY_SOURCE", "ROW_DELETE_LIMIT", "200 rows")
            #expect(try world.items("Projects_Active").count == 100)
            #expect(try world.items("Projects_Rest").count == 100)
        }
    }

    @Test func massDeletesAndEachWayToAllowThem() async throws {
        try await Self.applied("deletes") { world in
            try await world.sql("DELETE FROM projects WHERE id <= 30")
            try await Self.expectDenied(
                world, "ROW_DELETE_LIMIT", "30 of 200 rows", "the limit is 20", "definition/projects")
            // Allowances that are over, too small, or for something else.
            for allow in [
                "until: 2020-01-31", "max: 29", "until: 2099-01-31, max: 10",
            ] {
                try world.write(
                    Self.project(
                        "allow: [ { hazard: ROW_DELETE_LIMIT, at: definition/projects, reason: test, \(allow) } ]"),
                    to: "manifests/project.yaml")
                try await Self.expectDenied(world, "ROW_DELETE_LIMIT")
            }
            try world.remove("manifests/project.yaml")
            let other = try await world.run(
                "apply", "--auto-approve", "--allow-hazards", "ROW_DELETE_LIMIT@definition/other")
            // A glob that matches nothing is a usage error.
            #expect(other.status == 10, "\(other.output)\(other.errors)")
            #expect(world.writes() == 0)
            try await Self.allowed(world, "ROW_DELETE_LIMIT@definition/projects")
            #expect(try world.items("Projects_Active").count + world.items("Projects_Rest").count == 170)

            try await world.sql("DELETE FROM projects WHERE id <= 60")
            try world.write(
                Self.project(
                    "allow: [ { hazard: ROW_DELETE_LIMIT, at: definition/*, reason: test, until: 2099-01-31, max: 30 } ]"
                ),
                to: "manifests/project.yaml")
            try await world.apply()
            #expect(try world.items("Projects_Active").count + world.items("Projects_Rest").count == 140)
        }
    }

    @Test func aLargeShareOfOneList() async throws {
        try await World.with("listshare", tables: Self.tables) { world in
            try world.write(Self.tree(guards: "\n  guards: { maxDeletes: 150, maxDeletePercent: 80 }"))
            try await world.apply()
            try world.resetCounters()
            try await world.sql("DELETE FROM projects WHERE status = 'Active' AND id <= 60")
            try await Self.expectDenied(
                world, "ROW_DELETE_LIMIT", "rows/projects/sharepoint/Projects_Active", "30 of the list's 100")
            try await Self.allowed(world, "ROW_DELETE_LIMIT@rows/projects/**")
        }
    }

    @Test func updatesOfNearlyEverything() async throws {
        try await Self.applied("updates") { world in
            try await world.sql("UPDATE projects SET name = name || '!' WHERE id <= 190")
            try await Self.expectDenied(world, "ROW_UPDATE_LIMIT", "190 of 200 rows")
            try await Self.allowed(world, "ROW_UPDATE_LIMIT@definition/projects")
            // A change of the mapping explains it.
            try world.write(
                Self.tree().replacingOccurrences(of: "target: Title }", with: "target: Title, transform: [UPPERCASE] }")
            )
            try await world.apply()
            #expect(
                try world.items("Projects_Rest").allSatisfy { $0.fields["Title"]?.string?.hasPrefix("PROJECT") == true }
            )
        }
    }

    @Test func createsOfAMultiple() async throws {
        try await Self.applied("creates") { world in
            try await world.sql("INSERT INTO projects SELECT i, 'More', 'Active' FROM generate_series(1001, 2001) i")
            try await Self.expectDenied(world, "ROW_CREATE_LIMIT", "1001 rows", "200 now")
        }
    }

    @Test func rejectsOfMoreThanAPercent() async throws {
        try await Self.applied("rejects") { world in
            try await world.sql("UPDATE projects SET name = repeat('x', 300) WHERE id <= 21")
            try await Self.expectDenied(world, "REJECT_LIMIT", "21 of 200 rows", "TOO_LONG")
            try await world.sql("UPDATE projects SET name = 'short' WHERE id = 1")
            // Few rejects stop nothing.
            try await world.apply()
        }
    }

    @Test func movesOfMoreThanAFifth() async throws {
        try await Self.applied("moves") { world in
            try await world.sql("UPDATE projects SET status = 'Closed' WHERE status = 'Active' AND id <= 90")
            try await Self.expectDenied(world, "ROW_MOVE_LIMIT", "45 of 200 rows")
            try await Self.allowed(world, "ROW_MOVE_LIMIT@**")
            #expect(try world.items("Projects_Rest").count == 145)
        }
    }

    @Test func anotherDatabase() async throws {
        try await Self.applied("changed") { world in
            let other = try await world.session.query("SELECT current_database()").first?.text(0) ?? ""
            // The same table with the same rows elsewhere.
            try await world.metaScript(
                """
                CREATE TABLE public.projects (id bigint PRIMARY KEY, name text, status text NOT NULL);
                INSERT INTO public.projects SELECT i, 'Project ' || i, (ARRAY['Active','Closed'])[1 + i % 2]
                FROM generate_series(1, 200) i;
                """)
            let changes = ["SOURCE_PG_DSN": world.meta.dsn]
            try await world.expect(
                12, "apply", "--auto-approve", changes: changes, says: ["SOURCE_CHANGED", other, world.meta.name])
            #expect(world.writes() == 0)
            try await world.expect(
                0, "apply", "--auto-approve", "--allow-hazards", "SOURCE_CHANGED@definition/projects", changes: changes)
            // The move is remembered: it is not asked about again, and the way back is.
            try await world.expect(0, "plan", "--detailed-exitcode", changes: changes)
            try await world.expect(12, "apply", "--auto-approve", says: ["SOURCE_CHANGED"])
        }
    }

    @Test func definitionsThatVanish() async throws {
        try await Self.applied("vanish") { world in
            try world.write(Self.tree("second", prefix: "Second"), to: "manifests/second.yaml")
            try await world.apply()
            try world.resetCounters()
            try world.remove("manifests/main.yaml")
            try world.remove("manifests/second.yaml")
            // A tree without any document stays 11.
            try await world.expect(11, "apply", "--auto-approve")
            try world.write(Self.project("retention: { runs: 90d }"), to: "manifests/project.yaml")
            try await Self.expectDenied(world, "DEFINITIONS_VANISHED", "2 of 2", "projects, second")
            #expect(
                try await world.metaQuery("SELECT count(*) FROM sync_definitions WHERE forgotten_at IS NULL") == [["2"]]
            )

            // One of two may go: it is forgotten, its lists stay.
            try world.write(Self.tree())
            try await world.apply()
            #expect(try world.items("Second_Active").count == 100)
            try world.remove("manifests/main.yaml")
            try await Self.allowed(world, "DEFINITIONS_VANISHED@**")
            #expect(try world.items("Projects_Active").count == 100)
        }
    }

    /// A guard of one definition leaves the others alone: they are applied, and the exit says that one was not.
    @Test func aGuardStopsItsDefinitionOnly() async throws {
        try await Self.applied("twodefs") { world in
            try world.write(
                Self.tree("second", prefix: "Second").replacingOccurrences(
                    of: "deletes: PROPAGATE",
                    with: "deletes: PROPAGATE\n  guards: { maxDeletes: 100, maxDeletePercent: 100 }"),
                to: "manifests/second.yaml")
            try await world.apply()
            try await world.sql("DELETE FROM projects WHERE id <= 22")
            try await world.expect(12, "apply", "--auto-approve", says: ["ROW_DELETE_LIMIT", "Denied: projects"])
            #expect(try world.items("Projects_Active").count == 100)
            #expect(try world.items("Second_Active").count == 89)
        }
    }

    @Test func whatIsSuspendedIsNotApplied() async throws {
        try await Self.applied("suspend") { world in
            try await world.sql("UPDATE projects SET name = 'New' WHERE id = 1")
            try world.write(Self.tree() + "\n  suspend: true\n")
            try await world.expect(12, "apply", "--auto-approve", says: ["Denied: projects"])
            #expect(world.writes() == 0)
        }
    }
}
