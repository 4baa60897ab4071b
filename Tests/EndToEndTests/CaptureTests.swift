import Core
import GraphSimulator
import PostgreSQL
import TestSupport
import Testing

/// What a watermark promises and what it does not (SPEC §8): times are given, so that nothing has to wait.
@Suite("Reading changes only", .serialized)
struct CaptureTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL, updated_at timestamptz);
        CREATE INDEX ON projects (updated_at);
        INSERT INTO projects SELECT i, 'Project ' || i, now() - interval '1 day' FROM generate_series(1, 30) i;
        """

    private static func manifest(_ watermark: String) -> String {
        """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: projects }
        spec:
          source: { table: public.projects, capture: { WATERMARK: { column: updated_at\(watermark) } } }
          target: { list: Projects }
          deletes: PROPAGATE
        """
    }

    private func names(_ world: World) throws -> [String: String] {
        Dictionary(
            try world.items("Projects").compactMap { item in
                item.key.map { ($0, item.fields["Title"]?.string ?? "") }
            }
        ) { first, _ in first }
    }

    private func isPartial(_ plan: JSON) -> Bool {
        (plan["assumptions"]?.array ?? []).contains { $0.string?.contains("only rows changed since") == true }
    }

    @Test func aLateCommitIsMissedByChangesAndHealedByTheNextWholeRead() async throws {
        try await World.with("late", tables: Self.tables) { world in
            try world.write(Self.manifest(""))
            #expect(!isPartial(try await world.plan()))
            try await world.apply()

            // Takes its time now and commits later: nobody sees it yet.
            let late = try await Session.connect(world.source.parameters)
            try await late.script(
                """
                SET search_path = public; BEGIN;
                UPDATE projects SET name = 'Late', updated_at = now() - interval '1 hour' WHERE id = 1
                """)
            try await world.sql(
                """
                UPDATE projects SET name = 'Changed', updated_at = now() WHERE id = 2;
                UPDATE projects SET name = 'Untimed', updated_at = NULL WHERE id = 3;
                INSERT INTO projects VALUES (31, 'New', now());
                DELETE FROM projects WHERE id = 4
                """)
            let plan = try await world.plan()
            #expect(isPartial(plan))
            let data = try #require(plan["summary"]?["data"])
            #expect(data["update"]?.integer == 2 && data["create"]?.integer == 1 && data["delete"]?.integer == 0)
            // The mark passes the late row's time by an hour, far beyond the overlap.
            try await world.apply()
            let changed = try names(world)
            #expect(changed["projects/2"] == "Changed" && changed["projects/3"] == "Untimed")
            #expect(changed["projects/31"] == "New" && changed["projects/4"] != nil)

            try await late.script("COMMIT")
            await late.close()
            #expect(isPartial(try await world.plan()))
            try await world.apply()
            #expect(try names(world)["projects/1"] == "Project 1", "a read of changes cannot see it")

            try world.write(Self.manifest(", snapshotEvery: 0s"))
            let whole = try await world.plan()
            #expect(!isPartial(whole))
            #expect(whole["summary"]?["data"]?["update"]?.integer == 1)
            #expect(whole["summary"]?["data"]?["delete"]?.integer == 1)
            try await world.apply()
            let healed = try names(world)
            #expect(healed["projects/1"] == "Late" && healed["projects/4"] == nil)
        }
    }

    @Test func aLateCommitWithinTheOverlapIsFound() async throws {
        try await World.with("overlap", tables: Self.tables) { world in
            try world.write(Self.manifest(", overlap: 2h"))
            try await world.apply()
            try await world.sql("UPDATE projects SET name = 'Changed', updated_at = now() WHERE id = 2")
            try await world.apply()
            try await world.sql(
                "UPDATE projects SET name = 'Late', updated_at = now() - interval '1 hour' WHERE id = 1")
            #expect(isPartial(try await world.plan()))
            try await world.apply()
            #expect(try names(world)["projects/1"] == "Late")
        }
    }

    @Test func whatIsNotOfTheSourceReadsTheWholeTable() async throws {
        try await World.with("whole", tables: Self.tables) { world in
            try world.write(Self.manifest(""))
            try await world.apply()
            #expect(isPartial(try await world.plan()))
            // A column that `auto` maps: rows that did not change have a new field.
            try await world.sql("ALTER TABLE projects ADD COLUMN note text DEFAULT 'all'")
            #expect(!isPartial(try await world.plan()))
            try await world.apply()
            #expect(try world.items("Projects").allSatisfy { $0.fields["note"]?.string == "all" })
            #expect(isPartial(try await world.plan()))
            // Another manifest.
            try world.write(
                Self.manifest("")
                    + "\n  mapping: { auto: {}, fields: [{ source: name, target: Title, transform: [UPPERCASE] }] }")
            #expect(!isPartial(try await world.plan()))
            try await world.apply()
            #expect(try names(world)["projects/7"] == "PROJECT 7")
        }
    }

    /// Most rows that a scan of changes meets have changed; what is many is a matter of the whole table.
    @Test func guardsCompareWithTheWholeTableWhereOnlyChangesAreRead() async throws {
        let tables = """
            CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL, done boolean, updated_at timestamptz);
            INSERT INTO projects SELECT i, 'Project ' || i, false, now() - interval '1 day' FROM generate_series(1, 180) i;
            """
        let sharding = "sharding: { rules: [{ when: { done: true }, list: Done }, { default: Projects }] }"
        try await World.with("share", tables: tables) { world in
            try world.write(Self.manifest("").replacing("target: { list: Projects }", with: sharding))
            try await world.apply()
            try await world.sql("UPDATE projects SET name = 'Changed', updated_at = now() WHERE id <= 120")
            let updates = try await world.plan()
            #expect(isPartial(updates) && updates["hazards"]?.array == [])
            try await world.apply()
            try await world.sql(
                "UPDATE projects SET done = true, updated_at = now() + interval '1 minute' WHERE id <= 25")
            let moves = try await world.plan()
            #expect(isPartial(moves) && moves["hazards"]?.array == [])
            #expect(moves["summary"]?["data"]?["move"]?.integer == 25)
            try await world.sql(
                "UPDATE projects SET done = true, updated_at = now() + interval '1 minute' WHERE id <= 37")
            let many = try await world.plan()
            #expect(isPartial(many))
            #expect(many["hazards"]?.array?.map { $0["code"]?.string } == ["ROW_MOVE_LIMIT"])
        }
    }

    @Test func aRunThatLeavesWorkDoesNotAdvanceTheMark() async throws {
        try await World.with("unfinished", tables: Self.tables) { world in
            try world.write(Self.manifest(""))
            try await world.apply()
            try await world.sql(
                "UPDATE projects SET name = 'Changed', updated_at = now() - interval '2 hours' WHERE id = 2")
            // Denied by a guard: the mark stays, and so does the row's chance.
            try await world.sql("INSERT INTO projects SELECT i, 'Many', now() FROM generate_series(100, 1300) i")
            let denied = try await world.run("apply", "--auto-approve")
            #expect(denied.status == 12, "\(denied.output)\(denied.errors)")
            try await world.sql("DELETE FROM projects WHERE id >= 100")
            try await world.apply()
            #expect(try names(world)["projects/2"] == "Changed")
        }
    }

    @Test func aColumnThatCannotBeAWatermarkIsInvalidAtItsPlace() async throws {
        try await World.with("badmark", tables: Self.tables) { world in
            try world.write(Self.manifest("").replacing("updated_at", with: "name"))
            let plan = try await world.run("plan")
            #expect(plan.status == 11, "\(plan.output)\(plan.errors)")
            #expect((plan.output + plan.errors).contains("BAD_WATERMARK"))
            #expect((plan.output + plan.errors).contains("main.yaml:5:"))
        }
    }
}
