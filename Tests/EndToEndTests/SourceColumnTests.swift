import Core
import Testing

/// What administrators do to the columns of a source, and what becomes of the columns of the list.
@Suite("Changes of the source's columns end to end", .serialized)
struct SourceColumnTests {
    private static let manifest = ExitCodeTests.smallest

    /// Renaming a label changes every row of its value; nobody's filter on the old label breaks.
    @Test func aLabelThatWasRenamedOrDroppedStaysInTheColumn() async throws {
        let tables = """
            CREATE TYPE stage AS ENUM ('New', 'Done', 'Old');
            CREATE TABLE projects (id int PRIMARY KEY, name text, stage stage,
                kind text CONSTRAINT kinds CHECK (kind IN ('A', 'B')));
            INSERT INTO projects VALUES (1, 'a', 'New', 'A'), (2, 'b', 'Done', 'A');
            """
        try await World.with("labels", tables: tables) { world in
            try world.write(Self.manifest)
            try await world.apply()
            let list = try world.listID("Projects")
            try world.personChanges(
                list, column: "stage",
                ["choice": ["choices": ["New", "Done", "Old", "Kim's"], "displayAs": "dropDownMenu"]])
            try await world.sql(
                """
                ALTER TYPE stage RENAME VALUE 'Done' TO 'Finished';
                ALTER TABLE projects DROP CONSTRAINT kinds; ALTER TABLE projects ADD CHECK (kind IN ('A', 'C'));
                """)
            try await world.expect(
                2, "plan", "--detailed-exitcode",
                says: [
                    "column/sharepoint/Projects/stage", "+ \"Finished\"", "\"Done\" is no longer one of the source's",
                    "column/sharepoint/Projects/kind", "+ \"C\"", "\"B\" is no longer one of the source's",
                ])
            try await world.apply()
            #expect(
                try world.column("Projects", "stage")?["choice"]?["choices"]
                    == ["New", "Finished", "Old", "Done", "Kim's"])
            #expect(try world.column("Projects", "kind")?["choice"]?["choices"] == ["A", "C", "B"])
            #expect(try world.item("Projects", "projects/2").fields["stage"] == "Finished")
            try world.resetCounters()
            try await world.apply()
            #expect(world.writes() == 0)
            // What is a person's is said to be one's, and what was the source's is not.
            let plan = try await world.run("plan")
            #expect(plan.output.contains("choices added: \"Kim's\""), "\(plan.output)")
            #expect(!plan.output.contains("choices added: \"Done\""))
        }
    }
}
