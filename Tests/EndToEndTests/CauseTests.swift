import Core
import Testing

/// Each change counts again by what makes it, and the text says first what the change of manifests does.
@Suite("Causes of changes", .serialized)
struct CauseTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL, status text NOT NULL, at timestamptz NOT NULL,
            gone boolean NOT NULL DEFAULT false, amount text NOT NULL DEFAULT '5');
        INSERT INTO projects SELECT i, 'Project ' || i, (ARRAY['a', 'b', 'c'])[1 + i % 3], now() FROM generate_series(1, 30) i;
        """

    private static func tree(
        _ rules: String, where condition: String? = nil, transform: String = "", fields: String = ""
    ) -> String {
        """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: projects }
        spec:
          source: { table: public.projects\(condition.map { ", where: \"\($0)\"" } ?? "") }
          sharding:
            rules:
              - { when: { at: { olderThan: 3d } }, list: Old }
        \(rules)
          mapping:
            fields:
              - { source: name, target: Title\(transform) }\(fields)
          onDrift: REVERT
          deletes: PROPAGATE
        """
    }

    private static let before = "      - { when: { status: a }, list: A }\n      - { default: B }"
    private static let after =
        "      - { when: { status: a }, list: A }\n      - { when: { status: c }, list: C }\n      - { default: B }"

    /// `A: source update 1`, for each number of a plan that has a cause.
    private static func causes(_ plan: JSON) -> [String] {
        (plan["dataChanges"]?.array ?? []).flatMap { change in
            (change["cause"]?.members ?? []).flatMap { cause in
                (cause.value.members ?? []).filter { $0.value != 0 }.map {
                    "\(change["list"]?.string ?? "-"): \(cause.name) \($0.name) \($0.value.integer ?? 0)"
                }
            }
        }
    }

    /// Every number but those of rows that stay as they are is the sum of those of its causes.
    private static func expectSums(_ plan: JSON, sourceLocation: SourceLocation = #_sourceLocation) {
        for change in plan["dataChanges"]?.array ?? [] {
            for count in change["counts"]?.members ?? [] where count.name != "sourceRows" && count.name != "unchanged" {
                let sum = (change["cause"]?.members ?? []).reduce(0) { $0 + ($1.value[count.name]?.integer ?? 0) }
                #expect(sum == count.value.integer, "\(count.name)", sourceLocation: sourceLocation)
            }
        }
    }

    private static func assumptions(_ plan: JSON) -> [String] {
        (plan["assumptions"]?.array ?? []).compactMap(\.string)
    }

    @Test func allFourInOnePlan() async throws {
        try await World.with("causes", tables: Self.tables) { world in
            try world.write(Self.tree(Self.before))
            let first = try await world.plan()
            #expect(Self.causes(first) == ["A: manifest create 10", "B: manifest create 20"])
            try await world.apply()
            // A week passes: what is five days old now was not there then.
            try await world.metaScript("UPDATE sync_definitions SET applied_at = now() - interval '8 days'")
            try await world.sql(
                """
                UPDATE projects SET at = now() - interval '5 days' WHERE id = 3;
                UPDATE projects SET name = 'Changed' WHERE id = 6;
                DELETE FROM projects WHERE id = 7;
                INSERT INTO projects VALUES (31, 'New', 'b', now());
                """)
            try world.personEdits("A", world.item("A", "projects/9").id, ["Title": "Kim's"])
            try world.write(Self.tree(Self.after))
            let plan = try await world.plan()
            #expect(
                Self.causes(plan) == [
                    "Old: clock moveIn 1", "A: source update 1", "A: person update 1", "A: clock moveOut 1",
                    "C: manifest moveIn 10", "B: manifest moveOut 10", "B: source create 1", "B: source delete 1",
                ])
            Self.expectSums(plan)
            let remapped = (plan["hazards"]?.array ?? []).first { $0["code"] == "SHARD_RULE_REMAPS" }
            #expect(remapped?["evidence"]?["rows"] == 10)
            let text = try await world.run("plan").output
            let own = try #require(text.firstRange(of: "What this change of the manifests does"))
            let anyway = try #require(text.firstRange(of: "What the next run would do anyway"))
            let all = try #require(text.firstRange(of: "\nRows "))
            #expect(own.lowerBound < anyway.lowerBound && anyway.lowerBound < all.lowerBound)
            for line in [
                "  projects → Old  1 move in (clock)",
                "  projects → A    1 update (source), 1 update (person), 1 move out (clock)",
                "  projects → B    1 create, 1 delete (source)",
            ] {
                #expect(text.contains(line + "\n"), "\(text)")
            }
            try await world.apply()
            #expect(try world.item("A", "projects/9").fields["Title"] == "Project 9")
            #expect(try world.items("C").count == 10)
            // From now on this apply is what the clock is compared with.
            let row = try await world.metaQuery("SELECT applied_at > now() - interval '1 hour' FROM sync_definitions")
            #expect(row == [["t"]])
        }
    }

    /// Also an apply that finds nothing to do is one that later clocks are compared with.
    @Test func theClockBeginsAnewWithEachApply() async throws {
        try await World.with("causeclock", tables: Self.tables) { world in
            try world.write(Self.tree(Self.before))
            try await world.apply()
            try await world.metaScript("UPDATE sync_definitions SET applied_at = now() - interval '8 days'")
            try await world.apply("--expect-no-changes")
            try await world.sql("UPDATE projects SET at = now() - interval '5 days' WHERE id = 3")
            #expect(Self.causes(try await world.plan()) == ["Old: source moveIn 1", "A: source moveOut 1"])
            try await world.apply()
        }
    }

    @Test func rowsThatLeaveByWhereAreNotRowsThatWereDeleted() async throws {
        try await World.with("causewhere", tables: Self.tables) { world in
            try world.write(Self.tree(Self.before, where: "id <= 20"))
            try await world.apply()
            try await world.sql("DELETE FROM projects WHERE id IN (2, 5); UPDATE projects SET gone = true WHERE id = 8")
            try await world.sql("UPDATE projects SET name = 'Changed' WHERE id = 11")
            let changed = Self.tree(Self.before, where: "NOT gone AND id BETWEEN 4 AND 22")
            try world.write(changed)
            let plan = try await world.plan()
            // 1 and 3 leave by the condition, and 8; 2 and 5 are deleted; 21 and 22 enter.
            #expect(
                Self.causes(plan) == [
                    "A: manifest create 1", "A: manifest delete 1", "B: manifest create 1", "B: manifest delete 2",
                    "B: source update 1", "B: source delete 2",
                ])
            Self.expectSums(plan)
            #expect(Self.assumptions(plan) == [])
            try await world.apply()
            #expect(try world.items("A").count + world.items("B").count == 17)
        }
    }

    /// What was applied last cannot be asked any more: everything is of manifests, and that is said.
    @Test func whatCannotBeComparedIsOfManifests() async throws {
        try await World.with("causelost", tables: Self.tables) { world in
            try world.write(Self.tree(Self.before, where: "NOT gone"))
            try await world.apply()
            try await world.sql(
                "ALTER TABLE projects DROP COLUMN gone; UPDATE projects SET name = 'Changed' WHERE id = 6")
            try world.write(Self.tree(Self.before, transform: ", transform: [UPPERCASE]"))
            let plan = try await world.plan()
            #expect(Self.causes(plan) == ["A: manifest update 10", "B: manifest update 20"])
            #expect(Self.assumptions(plan).count == 1)
            #expect(Self.assumptions(plan).first?.contains("all its changes count as those of the manifests") == true)
            try await world.apply()
            #expect(Self.assumptions(try await world.plan()) == [])
        }
    }

    /// A condition is changed because an expression fails: what was applied last fails too, and stops nothing.
    @Test func anExpressionThatFailsNowStopsNothing() async throws {
        let amount = "\n      - { expression: \"amount::integer\", target: Amount }"
        try await World.with("causefail", tables: Self.tables) { world in
            try world.write(Self.tree(Self.before, fields: amount))
            try await world.apply()
            try await world.sql("UPDATE projects SET amount = 'much' WHERE id = 6")
            try await world.expect(11, "plan")
            try world.write(Self.tree(Self.before, where: "amount ~ '^[0-9]+$'", fields: amount))
            let plan = try await world.plan()
            #expect(Self.causes(plan) == ["A: manifest delete 1"])
            #expect(Self.assumptions(plan).count == 1 && !plan.text().contains("much"))
            try await world.apply()
            #expect(try world.items("A").count == 9)
        }
    }
}
