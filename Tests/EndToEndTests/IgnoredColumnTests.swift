import Core
import Testing

/// Columns that the manifests leave to people, whatever they make of them.
@Suite("Ignored columns", .serialized)
struct IgnoredColumnTests {
    private static func tree(_ ignored: String) -> String {
        """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: projects }
        spec:
          source: { table: public.projects }
          target: { list: Projects }
          mapping:
            fields: [ { source: name, target: Title }, { source: state, target: State } ]
          lists: { Projects: { ignoreColumns: [\(ignored)] } }
          deletes: PROPAGATE
        """
    }

    @Test func whatPeopleMakeOfThemIsNotReported() async throws {
        try await World.with(
            "ignored",
            tables: """
                CREATE TABLE projects (id bigint PRIMARY KEY, name text, state text);
                INSERT INTO projects SELECT i, 'Project ' || i, 'open' FROM generate_series(1, 5) i;
                """
        ) { world in
            try world.write(Self.tree(""))
            try await world.apply()
            try world.personAddsColumn("Projects", ["name": "Owner", "text": [:], "required": true])
            try world.personChanges("Projects", column: "State", ["displayName": "Kim's", "required": true])
            let seen = try await world.run("drift").output
            #expect(seen.contains("Owner") && seen.contains("Kim's"), "\(seen)")
            try world.write(Self.tree("owner, State"))
            try world.resetCounters()
            let run = try await world.run("drift", "--detailed-exitcode")
            #expect(run.status == 0, "\(run.output)")
            try await world.apply()
            // Nobody wrote to them, and rows still fill what is theirs.
            #expect(try world.column("Projects", "State")?["displayName"] == "Kim's")
            #expect(try world.column("Projects", "Owner")?["required"] == true)
            try await world.sql("UPDATE projects SET state = 'done' WHERE id = 2")
            try await world.apply()
            #expect(try world.item("Projects", "projects/2").fields["State"] == "done")
            // Whoever takes them off the list is told again.
            try world.write(Self.tree(""))
            let again = try await world.run("drift").output
            #expect(again.contains("Owner") && again.contains("Kim's"), "\(again)")
        }
    }
}
