import Core
import Testing

@Suite("Relations, predicates and rules end to end", .serialized)
struct RelationTests {
    private static func manifest(_ name: String, _ source: String, _ rest: String) -> String {
        """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: \(name) }
        spec:
          source: \(source)
          deletes: PROPAGATE
        \(rest)
        """
    }

    @Test func everyKindOfRelationIsRead() async throws {
        let tables = """
            CREATE TABLE base (id int PRIMARY KEY, v int); INSERT INTO base VALUES (1, 10), (2, 20), (3, NULL);
            CREATE VIEW seen AS SELECT id, v * 2 AS doubled FROM base WHERE v IS NOT NULL;
            CREATE MATERIALIZED VIEW kept AS SELECT id, v FROM base;
            CREATE TABLE parted (id int, region text, v int, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
            CREATE TABLE parted_eu PARTITION OF parted FOR VALUES IN ('eu');
            CREATE TABLE parted_us PARTITION OF parted FOR VALUES IN ('us');
            INSERT INTO parted VALUES (1, 'eu', 1), (1, 'us', 2), (2, 'eu', 3);
            """
        try await World.with("relations", tables: tables) { world in
            try world.write(
                [
                    Self.manifest("seen", "{ table: public.seen, key: [id] }", "  target: { list: Seen }"),
                    Self.manifest("kept", "{ table: public.kept, key: [id] }", "  target: { list: Kept }"),
                    Self.manifest("parted", "{ table: public.parted }", "  target: { list: Parted }"),
                ].joined(separator: "\n---\n"))
            try await world.apply()
            #expect(Set(try world.items("Seen").map(\.key)) == ["seen/1", "seen/2"])
            #expect(try world.items("Kept").count == 3)
            #expect(Set(try world.items("Parted").map(\.key)) == ["parted/eu/1", "parted/us/1", "parted/eu/2"])

            try await world.sql(
                """
                UPDATE base SET v = NULL WHERE id = 1; UPDATE base SET v = 30 WHERE id = 3;
                UPDATE parted SET region = 'us' WHERE id = 2;
                """)
            try await world.apply()
            #expect(Set(try world.items("Seen").map(\.key)) == ["seen/2", "seen/3"])
            // A materialised view says what it said until it is refreshed.
            #expect(try world.items("Kept").first { $0.key == "kept/1" }?.fields["v"]?.integer == 10)
            #expect(Set(try world.items("Parted").map(\.key)) == ["parted/eu/1", "parted/us/1", "parted/us/2"])
            try await world.sql("REFRESH MATERIALIZED VIEW kept")
            try await world.apply()
            #expect(try world.items("Kept").first { $0.key == "kept/1" }?.fields["v"] == nil)
        }
    }

    @Test func aRowThatLeavesThePredicateIsDeletedAndComesBack() async throws {
        let tables = """
            CREATE TABLE t (id int PRIMARY KEY, a text, b text, gone_at timestamptz);
            INSERT INTO t VALUES (1, 'x', 'y', NULL), (2, NULL, 'z', NULL), (3, 'q', NULL, now());
            """
        try await World.with("where", tables: tables) { world in
            try world.write(
                Self.manifest(
                    "t", "{ table: public.t, where: \"gone_at IS NULL\" }",
                    """
                      target: { list: T }
                      mapping:
                        fields:
                          - { expression: "coalesce(a, '?') || '-' || b", target: Both, type: text }
                          - { expression: "length(b) * 1.5", target: Size }
                          - { expression: "gone_at IS NULL", target: Live }
                          - { expression: "id::bigint", target: Number_ }
                    """))
            try await world.apply()
            let items = try world.items("T").sorted { ($0.key ?? "") < ($1.key ?? "") }
            #expect(items.map(\.key) == ["t/1", "t/2"])
            #expect(items.map { $0.fields["Both"]?.string } == ["x-y", "?-z"])
            #expect(items.map { $0.fields["Size"]?.double } == [1.5, 1.5])
            #expect(items.map { $0.fields["Live"]?.bool } == [true, true])
            #expect(items.map { $0.fields["Number_"]?.integer } == [1, 2])
            try await world.sql("UPDATE t SET gone_at = now() WHERE id = 1; UPDATE t SET gone_at = NULL WHERE id = 3")
            let data = try await world.plan()["summary"]?["data"]
            #expect(data?["delete"]?.integer == 1 && data?["create"]?.integer == 1)
            try await world.apply()
            #expect(Set(try world.items("T").map(\.key)) == ["t/2", "t/3"])
            try await world.sql("UPDATE t SET gone_at = NULL")
            try await world.apply()
            #expect(try world.items("T").count == 3)
        }
    }

    /// Each row fits the rule of its own name; a change moves one of them.
    @Test func rulesAreAskedInTheirOrder() async throws {
        let tables = """
            CREATE TYPE state AS ENUM ('open', 'shut');
            CREATE TABLE t (id int PRIMARY KEY, u uuid, n numeric, s text, e state, c char(5), d timestamptz, fits text);
            INSERT INTO t VALUES
                (1, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', NULL, NULL, NULL, NULL, NULL, 'U'),
                (2, NULL, 1.50, NULL, NULL, NULL, NULL, 'N'), (3, NULL, 2, NULL, NULL, NULL, NULL, 'M'),
                (4, NULL, NULL, 'pre-x', NULL, NULL, NULL, 'P'), (5, NULL, NULL, 'x-suf', NULL, NULL, NULL, 'S'),
                (6, NULL, NULL, 'has É in', NULL, NULL, NULL, 'C'), (7, NULL, NULL, 'has é in', NULL, NULL, NULL, 'Rest'),
                (8, NULL, NULL, NULL, 'open', NULL, NULL, 'E'), (9, NULL, NULL, NULL, NULL, 'ab', NULL, 'H'),
                (10, NULL, NULL, NULL, NULL, NULL, now() - interval '100 days', 'Old'),
                (11, NULL, NULL, NULL, NULL, NULL, now() - interval '1 day', 'New'),
                (12, NULL, NULL, NULL, NULL, NULL, now() - interval '50 days', 'Rest'),
                (13, NULL, NULL, NULL, NULL, NULL, 'infinity', 'New'), (14, NULL, NULL, NULL, 'shut', NULL, NULL, 'Null');
            """
        try await World.with("rules", tables: tables) { world in
            try world.write(
                Self.manifest(
                    "t", "{ table: public.t }",
                    """
                      sharding:
                        rules:
                          - { when: { u: A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11 }, list: R_U }
                          - { when: { n: 1.5 }, list: R_N }
                          - { when: { n: { gt: 1.5, lte: 2 } }, list: R_M }
                          - { when: { s: { prefix: pre } }, list: R_P }
                          - { when: { s: { suffix: suf } }, list: R_S }
                          - { when: { s: { contains: É } }, list: R_C }
                          - { when: { e: [open] }, list: R_E }
                          - { when: { c: "ab   " }, list: R_H }
                          - { when: { d: { olderThan: 90d } }, list: R_Old }
                          - { when: { d: { newerThan: 2w } }, list: R_New }
                          - { when: { all: [{ not: { e: { ne: shut } } }, { d: null }] }, list: R_Null }
                          - { default: R_Rest }
                      guards: { maxDeletes: 50 }
                    """))
            try await world.apply()
            for list in ["U", "N", "M", "P", "S", "C", "E", "H", "Old", "New", "Null", "Rest"] {
                let items = try world.items("R_\(list)")
                #expect(!items.isEmpty, "\(list)")
                #expect(items.allSatisfy { $0.fields["fits"]?.string == list }, "\(list): \(items.map(\.key))")
            }
            try await world.sql("UPDATE t SET d = now() - interval '91 days' WHERE id = 11")
            let plan = try await world.plan()
            #expect(plan["summary"]?["data"]?["move"]?.integer == 1)
            try await world.apply()
            #expect(Set(try world.items("R_Old").map(\.key)) == ["t/10", "t/11"])
        }
    }
}
