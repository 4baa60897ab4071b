import Core
import Testing

@Suite("Changes of lists and columns", .serialized)
struct SchemaUpdateTests {
    private static let tables = """
        CREATE TYPE stage AS ENUM ('New', 'Done');
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL, stage stage NOT NULL, kind text NOT NULL
            CHECK (kind IN ('A', 'B')), code varchar(10) NOT NULL, cost int);
        INSERT INTO projects SELECT i, 'Project ' || i, 'New', 'A', 'C' || i, i FROM generate_series(1, 30) i;
        """

    private static func tree(
        _ fields: String..., settings: String = "displayName: Projects", rest: String = ""
    ) -> String {
        let all = fields.isEmpty ? ["source: code, target: Code, type: { text: { maxLength: 10 } }"] : fields
        return """
            apiVersion: syncbridge.arcore.io/v1
            kind: SyncDefinition
            metadata: { name: projects }
            spec:
              source: { table: public.projects }
              target: { list: Projects }
              mapping:
                fields:
                  - { source: name, target: Title }
            \(all.map { "      - { \($0) }" }.joined(separator: "\n"))
              deletes: PROPAGATE
              lists: { Projects: { \(settings) } }\(rest)
            """
    }

    private static func applied(
        _ hint: String, _ manifest: String = tree(), tables: String = tables,
        _ body: @escaping @Sendable (World) async throws -> Void
    ) async throws {
        try await World.with(hint, tables: tables) { world in
            try world.write(manifest)
            try await world.apply()
            try world.resetCounters()
            try await body(world)
        }
    }

    private static func itemWrites(_ world: World) -> Int {
        ["createItem", "patchItem", "deleteItem"].reduce(0) { $0 + world.writes($1) }
    }

    @Test func namesAndDescriptionsAreChangedInPlace() async throws {
        try await Self.applied("names") { world in
            try world.write(
                Self.tree(
                    "source: code, target: Code, displayName: Project code, description: From the ERP, type: { text: { maxLength: 10 } }",
                    settings: "displayName: \"Projects – all\", description: Kept by SyncBridge"))
            try await world.expect(2, "plan", "--detailed-exitcode", says: ["Projects – all"])
            try await world.apply()
            let column = try #require(try world.column("Projects – all", "Code"))
            #expect(column["displayName"] == "Project code")
            #expect(column["description"] == "From the ERP")
            #expect(Self.itemWrites(world) == 0)
        }
    }

    @Test func limitsAndChoicesAreWidened() async throws {
        let fields = ["source: stage, target: Stage", "source: kind, target: Kind"]
        try await Self.applied("widen", Self.tree(fields[0], fields[1])) { world in
            #expect(try world.column("Projects", "Stage")?["choice"]?["choices"] == ["New", "Done"])
            try await world.sql(
                """
                ALTER TYPE stage ADD VALUE 'Late';
                ALTER TABLE projects DROP CONSTRAINT projects_kind_check, ADD CHECK (kind IN ('A', 'B', 'C'));
                """)
            try await world.sql("UPDATE projects SET kind = 'C', stage = 'Late' WHERE id = 1")
            try await world.apply()
            #expect(try world.column("Projects", "Stage")?["choice"]?["choices"] == ["New", "Done", "Late"])
            #expect(try world.column("Projects", "Kind")?["choice"]?["choices"] == ["A", "B", "C"])
            #expect(try world.item("Projects", "projects/1").fields["Stage"] == "Late")
            #expect(Self.itemWrites(world) == 1)
        }
    }

    @Test func aLongerTextIsAllowedAndAShorterOneIsNot() async throws {
        try await Self.applied("length") { world in
            try world.write(Self.tree("source: code, target: Code, type: { text: { maxLength: 50 } }"))
            try await world.apply()
            #expect(try world.column("Projects", "Code")?["text"]?["maxLength"]?.integer == 50)
            try world.write(Self.tree("source: code, target: Code, type: { text: { maxLength: 20 } }"))
            try world.resetCounters()
            try await world.expect(
                12, "apply", "--auto-approve", says: ["COLUMN_NARROW", "column/sharepoint/Projects/Code"])
            #expect(world.writes() == 0)
        }
    }

    @Test func anEmptyListTakesEverySetting() async throws {
        let empty = Self.tables + "TRUNCATE projects;"
        try await Self.applied("emptylist", tables: empty) { world in
            try world.write(
                Self.tree("source: code, target: Code, required: true, unique: true, type: { text: { maxLength: 10 } }")
            )
            try await world.apply()
            let column = try #require(try world.column("Projects", "Code"))
            #expect(column["required"] == true)
            #expect(column["enforceUniqueValues"] == true)
            #expect(column["indexed"] == true)
        }
    }

    @Test(arguments: [
        ("unique: true, type: { text: { maxLength: 10 } }", "UNIQUE_ON_EXISTING"),
        ("required: true, type: { text: { maxLength: 10 } }", "REQUIRED_ON_EXISTING"),
        ("type: multilineText", "COLUMN_TYPE_REPLACE"), ("type: { choice: { choices: [C1] } }", "COLUMN_TYPE_REPLACE"),
    ])
    func whatTouchesDataIsAHazard(_ settings: String, _ hazard: String) async throws {
        try await Self.applied("hazards") { world in
            try world.write(Self.tree("source: code, target: Code, \(settings)"))
            try await world.expect(3, "plan", "--detailed-exitcode", says: [hazard, "column/sharepoint/Projects/Code"])
            try await world.expect(12, "apply", "--auto-approve", says: [hazard])
            #expect(world.writes() == 0)
        }
    }

    @Test func uniquenessOfExistingRowsIsMadeWhenAllowed() async throws {
        try await Self.applied("uniqueon") { world in
            try world.write(Self.tree("source: code, target: Code, unique: true, type: { text: { maxLength: 10 } }"))
            try await world.expect(
                0, "apply", "--auto-approve", "--allow-hazards", "UNIQUE_ON_EXISTING@column/sharepoint/Projects/Code")
            try await world.expectEmptyPlan()
            #expect(try world.column("Projects", "Code")?["enforceUniqueValues"] == true)
            // And off again: no.
            try world.write(Self.tree())
            try await world.expect(12, "apply", "--auto-approve", says: ["COLUMN_NARROW"])
        }
    }

    @Test func anIndexThatIsNoLongerWantedIsNotRemoved() async throws {
        try await Self.applied(
            "indexoff", Self.tree("source: code, target: Code, indexed: true, type: { text: { maxLength: 10 } }")
        ) { world in
            try world.write(Self.tree())
            try await world.expect(12, "apply", "--auto-approve", says: ["COLUMN_NARROW", "indexed"])
            #expect(try world.column("Projects", "Code")?["indexed"] == true)
        }
    }

    @Test func whatAPersonRenamedIsReportedAndNotUndone() async throws {
        try await Self.applied("drift") { world in
            let id = try world.listID("Projects")
            try world.personChanges(id, column: "Code", ["displayName": "Kim's code", "description": "typed"])
            try world.personChanges(id, ["displayName": "Kim's list"])
            let plan = try await world.plan()
            #expect(plan["summary"]?["empty"] == true)
            let drift = plan["drift"]?.array?.compactMap { $0["address"]?.string } ?? []
            #expect(drift.sorted() == ["column/sharepoint/Projects/Code", "list/sharepoint/Projects"])
            // What a person did, not what would undo it.
            try await world.expect(
                2, "drift", "--detailed-exitcode",
                says: ["→ \"Kim's code\"", "description changed", "renamed: \"Projects\" → \"Kim's list\""])
            try world.resetCounters()
            try await world.apply()
            #expect(world.writes() == 0)
            #expect(try world.column(id, "Code")?["displayName"] == "Kim's code")
        }
    }

    @Test func aColumnMappedLaterIsARebase() async throws {
        try await Self.applied("rebase") { world in
            try await world.sql("UPDATE projects SET cost = NULL WHERE id > 4")
            try world.write(
                Self.tree("source: code, target: Code, type: { text: { maxLength: 10 } }", "source: cost, target: Cost")
            )
            let plan = try await world.plan()
            // Only rows that have a value in the new column are written.
            #expect(plan["summary"]?["data"]?["update"]?.integer == 4)
            try await world.apply()
            #expect(Self.itemWrites(world) == 4)
            #expect(try world.item("Projects", "projects/4").fields["Cost"]?.double == 4)
            // A field that is no longer mapped keeps its column and its values.
            try world.resetCounters()
            try world.write(Self.tree())
            try await world.apply()
            #expect(Self.itemWrites(world) == 0)
            #expect(try world.item("Projects", "projects/4").fields["Cost"]?.double == 4)
            // Unchanged rows were compared under the mapping of their last write.
            try await world.sql("UPDATE projects SET name = 'X' WHERE id = 1")
            try await world.apply()
            #expect(Self.itemWrites(world) == 1)
        }
    }
}
