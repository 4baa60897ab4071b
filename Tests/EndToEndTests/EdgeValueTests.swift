import Core
import Testing

@Suite("Values at the edge of what a list holds", .serialized)
struct EdgeValueTests {
    /// East of Greenwich the first day begins in 1899, and what XML cannot hold must not be left to the service.
    @Test func theFirstDayArrivesAndNoncharactersAreRejectedByThePlan() async throws {
        let table = """
            CREATE TABLE t (id int PRIMARY KEY, day date, words text);
            INSERT INTO t VALUES (1, '1900-01-01', 'a'), (2, '8900-12-31', 'b'), (3, NULL, 'x' || chr(65534)),
                (4, NULL, 'some longer words ' || chr(65535) || ' around it');
            """
        try await World.with("edges", tables: table) { world in
            try world.write(
                """
                apiVersion: syncbridge.arcore.io/v1
                kind: SyncDefinition
                metadata: { name: t }
                spec:
                  source: { table: public.t }
                  target: { list: T }
                  mapping: { auto: {}, fields: [{ source: day, target: Day, type: dateOnly }] }
                  deletes: PROPAGATE
                """)
            let rejects = try await world.plan()["dataChanges"]?.array?.first?["rejects"]?.array ?? []
            #expect(rejects.compactMap { $0["code"]?.string } == ["CONTROL_CHARACTER"])
            #expect(rejects.first?["count"]?.integer == 2)
            try await world.apply()
            #expect(Set(try world.items("T").map(\.key)) == ["t/1", "t/2"])
            try await world.sql("UPDATE t SET words = 'c' WHERE id > 2")
            try await world.apply()
            #expect(try world.items("T").count == 4)
            try await world.expectEmptyPlan()
        }
    }
}
