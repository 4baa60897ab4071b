import Core
import Testing

/// A column of the source that is renamed or dropped, and what becomes of the list's column that it filled.
@Suite("Renamed and dropped columns end to end", .serialized)
struct RenamedColumnTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL, project_cost int NOT NULL, state text);
        INSERT INTO projects SELECT i, 'Project ' || i, i * 100, 'open' FROM generate_series(1, 5) i;
        """

    private static func applied(_ hint: String, _ body: @escaping @Sendable (World) async throws -> Void) async throws {
        try await World.with(hint, tables: tables) { world in
            try world.write(ExitCodeTests.smallest)
            try await world.apply()
            try world.resetCounters()
            try await body(world)
        }
    }

    private static func columns(_ world: World) throws -> Set<String> {
        let all = try JSON.parse(world.person("GET", "\(try world.path("Projects"))/columns?$top=500").body)["value"]
        return Set((all?.array ?? []).compactMap { $0["name"]?.string })
    }

    @Test func aRenameIsAskedAboutAndTheAdvisedFieldKeepsTheColumn() async throws {
        try await Self.applied("renamed") { world in
            try await world.sql("ALTER TABLE projects RENAME COLUMN project_cost TO budget")
            let advice = "{ source: budget, target: project_cost, displayName: Project cost }"
            let words = [
                "PROBABLE_RENAME", "definition/projects",
                "the source of \"project_cost\" is gone, and \"budget\" is new with the same type",
                "mapping: { auto: {}, fields: [\(advice)] }",
                "its source column \"project_cost\" is gone: the column is no longer written and keeps what it holds",
            ]
            try await world.expect(0, "plan", says: words)
            try await world.expect(3, "plan", "--detailed-exitcode")
            try await world.expect(12, "apply", "--auto-approve", says: words)
            #expect(world.writes() == 0)
            #expect(try !Self.columns(world).contains("budget"))

            try world.write(ExitCodeTests.smallest + "\n  mapping: { auto: {}, fields: [\(advice)] }")
            try await world.apply()
            #expect(world.writes() == 0, "nothing changed, so nothing is written")
            #expect(try !Self.columns(world).contains("budget"))
            #expect(try !(await world.run("plan")).output.contains("Kept"))
            // The column lives on.
            try await world.sql("UPDATE projects SET budget = 7 WHERE id = 1")
            try await world.apply()
            #expect(try world.item("Projects", "projects/1").fields["project_cost"]?.integer == 7)
            #expect(world.writes() == 1)
        }
    }

    @Test func anAllowedRenameIsNotAskedAboutAgain() async throws {
        try await Self.applied("allowed") { world in
            try await world.sql("ALTER TABLE projects RENAME COLUMN project_cost TO budget")
            try await world.apply("--allow-hazards", "PROBABLE_RENAME@definition/projects")
            let item = try world.item("Projects", "projects/2")
            #expect(item.fields["budget"]?.integer == 200)
            #expect(item.fields["project_cost"]?.integer == 200, "the old column keeps what it holds")
            let plan = try await world.run("plan")
            #expect(!plan.output.contains("PROBABLE_RENAME"), "\(plan.output)")
            #expect(plan.output.contains("column/sharepoint/Projects/project_cost"), "\(plan.output)")
            try await world.sql("UPDATE projects SET budget = 7 WHERE id = 2")
            try await world.apply()
            let later = try world.item("Projects", "projects/2")
            #expect(later.fields["budget"]?.integer == 7 && later.fields["project_cost"]?.integer == 200)
        }
    }

    @Test func aDroppedColumnIsSaidAndIsNoDifference() async throws {
        try await Self.applied("dropped") { world in
            try await world.sql("ALTER TABLE projects DROP COLUMN project_cost")
            let note = "column/sharepoint/Projects/project_cost  its source column \"project_cost\" is gone"
            try await world.expect(0, "plan", "--detailed-exitcode", says: [note, "No changes."])
            try await world.apply()
            #expect(world.writes() == 0)
            try await world.expect(0, "plan", "--detailed-exitcode", says: [note])
            try await world.expect(0, "drift", "--detailed-exitcode", says: ["No drift.", note])
            let json = try await world.plan()
            #expect(
                json["notes"]?.array?.compactMap { $0["address"]?.string } == [
                    "column/sharepoint/Projects/project_cost"
                ])
            let drift = try JSON.parse(try await world.run("drift", "--json").output)
            #expect(drift["notes"]?.array?.count == 1 && drift["drift"]?.array?.isEmpty == true)

            // A new column of that type, later, is no rename.
            try await world.sql("ALTER TABLE projects ADD COLUMN budget int")
            try await world.apply()

            // Who deletes the column hears no more of it.
            try world.personDeletesColumn("Projects", "project_cost")
            try await world.apply()
            #expect(try !(await world.run("plan")).output.contains("Kept"))
        }
    }

    @Test func aRenamedTitleIsAskedAboutToo() async throws {
        try await Self.applied("title") { world in
            try await world.sql("ALTER TABLE projects RENAME COLUMN name TO full_name")
            let advice = "{ source: full_name, target: Title, displayName: Name }"
            try await world.expect(12, "apply", "--auto-approve", says: ["PROBABLE_RENAME", "\"Title\"", advice])
            #expect(world.writes() == 0)
            try world.write(ExitCodeTests.smallest + "\n  mapping: { auto: {}, fields: [\(advice)] }")
            try await world.apply()
            #expect(world.writes() == 0)
        }
    }
}
