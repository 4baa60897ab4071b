import Core
import GraphSimulator
import Testing

@Suite("Pushing a table to its lists", .serialized)
struct PushTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL, status text NOT NULL, cost numeric(12,2));
        INSERT INTO projects SELECT i, 'Project ' || i, (ARRAY['Active','Closed','Planned'])[1 + i % 3], i * 1.25
        FROM generate_series(1, 100) i;
        """

    private static let sharded = """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: projects }
        spec:
          source: { table: public.projects }
          sharding:
            rules:
              - { when: { status: Active }, list: Projects_Active }
              - { when: { status: Closed }, list: Projects_Closed }
              - { default: Projects_Rest }
          deletes: PROPAGATE
          guards: { maxDeletes: 50 }
        """

    @Test func sendsEachRowToTheListItsValuesChoose() async throws {
        try await World.with("push", tables: Self.tables) { world in
            try world.write(Self.sharded)
            try await world.apply()
            let active = try world.items("Projects_Active")
            #expect(active.count == 33)
            #expect(active.allSatisfy { $0.fields["status"] == "Active" })
            #expect(try world.items("Projects_Closed").count == 34)
            #expect(try world.items("Projects_Rest").count == 33)
            let first = try #require(active.first { $0.key == "projects/3" })
            #expect(first.fields["Title"] == "Project 3")
            #expect(first.fields["cost"]?.double == 3.75)
        }
    }

    /// Also where rows take a second round: the look of a moment ago serves that, too.
    @Test(arguments: [false, true]) func anApplyLooksAtEachListOnce(writesRows: Bool) async throws {
        try await World.with("look", tables: Self.tables) { world in
            try world.write(Self.sharded)
            try await world.apply()
            if writesRows { try await world.sql("UPDATE projects SET cost = cost + 1 WHERE id <= 10") }
            try world.resetCounters()
            try await world.expect(0, "apply", "--auto-approve", "--quiet")
            #expect(world.writes("listLists") == 1)
            #expect(world.writes("getColumns") == 3)
            #expect(world.writes("delta") == (writesRows ? 6 : 3))
            #expect(world.writes("patchItem") == (writesRows ? 10 : 0))
        }
    }

    @Test func planCountsExactlyWhatApplyDoes() async throws {
        try await World.with("burst", tables: Self.tables) { world in
            try world.write(Self.sharded)
            try await world.apply()
            try await world.sql(
                """
                UPDATE projects SET cost = cost + 1 WHERE id <= 10;
                UPDATE projects SET status = 'Closed' WHERE id IN (3, 6, 9, 12);
                DELETE FROM projects WHERE id > 95;
                INSERT INTO projects VALUES (1000, 'New', 'Active', NULL), (1001, 'Newer', 'Odd', 0);
                """)
            let data = try #require(try await world.plan()["summary"]?["data"])
            #expect(data["create"]?.integer == 2)
            // 3, 6 and 9 move and change: a row that does both is one move.
            #expect(data["update"]?.integer == 7)
            #expect(data["move"]?.integer == 4)
            #expect(data["delete"]?.integer == 5)
            #expect(data["unchanged"]?.integer == 84)
            try await world.apply()
            let closed = try world.items("Projects_Closed")
            #expect(closed.contains { $0.key == "projects/12" })
            #expect(!(try world.items("Projects_Active")).contains { $0.key == "projects/12" })
            let all = try ["Projects_Active", "Projects_Closed", "Projects_Rest"].flatMap { try world.items($0) }
            #expect(all.count == 97)
            #expect(Set(all.compactMap(\.key)).count == 97)
        }
    }

    @Test func applyTwiceWritesNothingTheSecondTime() async throws {
        try await World.with("twice", tables: Self.tables) { world in
            try world.write(Self.sharded)
            try await world.apply()
            _ = world.graph.handle(HTTPRequest("POST", "\(world.origin)/admin/counters/reset"))
            try await world.apply()
            let requests = try #require(world.counters()["requests"]?.members)
            let writes = requests.filter { request in
                ["create", "patch", "delete"].contains { request.name.hasPrefix($0) }
            }
            #expect(writes.allSatisfy { $0.value.integer == 0 }, "\(writes)")
        }
    }
}
