import Core
import PostgreSQL
import SourceDatabase
import TestSupport
import Testing

@Suite("Scanning changes", .timeLimit(.minutes(15)))
struct ChangesTests {
    private func bound(
        _ source: PostgreSQLRowSource, predicate: String? = nil
    ) async throws -> BoundDefinition {
        let table = TableName(schema: "public", name: "t")
        let definition = SyncDefinition(
            name: "d", sourceProfile: "p", table: table, predicate: predicate.map { Located($0) },
            capture: .watermark(Watermark(column: Located("c"))), siteProfile: "s",
            sharding: ShardingPolicy(defaultList: Located("A")), mapping: Mapping(auto: AutoMapping()),
            deletes: .propagate)
        let relation = try await source.relation(table, at: nil)
        let (bound, diagnostics) = Binder.bind(definition, to: relation, zone: .utc)
        return try #require(bound, "\(diagnostics.all.map(\.detail))")
    }

    /// The keys of a scan, and its mark.
    private func scan(
        _ source: PostgreSQLRowSource, _ bound: BoundDefinition, since: CaptureMark?
    ) async throws -> (keys: [String], mark: CaptureMark?) {
        let scan = try await source.scan(bound, since: since)
        var keys: [String] = []
        var row = CopyRow()
        while let chunk = try await scan.next() { chunk.forEachRow(&row) { keys.append($0.text(0) ?? "") } }
        let mark = await scan.mark
        await scan.finish()
        return (keys, mark)
    }

    @Test(arguments: [
        ("timestamptz", "'2020-01-01 00:00Z'", "'2020-01-02 00:00+01'", "'2020-01-03'"),
        ("timestamp", "'2020-01-01'", "'2020-01-02'", "'2020-01-03'"),
        ("date", "'2020-01-01'", "'2020-01-04'", "'2020-01-05'"), ("bigint", "1", "5000000000", "5000000001"),
        ("integer", "-5", "2000", "2001"), ("smallint", "1", "2000", "2001"),
    ])
    func readsWhatIsAtOrAfterTheMarkOrUnknown(type: String, old: String, new: String, newest: String) async throws {
        try await TestDatabase.with("changes") { database, session in
            try await session.script(
                """
                SET search_path = public; CREATE TABLE t (id int PRIMARY KEY, c \(type));
                INSERT INTO t VALUES (1, \(old)), (2, \(new)), (3, NULL), (4, \(newest)), (10, \(new))
                """)
            let source = PostgreSQLRowSource(database.parameters, profile: "p")
            let bound = try await bound(source)
            let all = try await scan(source, bound, since: nil)
            #expect(all.keys == ["1", "2", "3", "4", "10"])
            let mark = try #require(all.mark)
            // The newest row is the mark; one before it is the second newest.
            var second = mark
            second.value -= type.hasPrefix("timestamp") ? 86_400_000_000 : 1
            if type == "timestamptz" { second.value -= 3_600_000_000 }
            #expect(try await scan(source, bound, since: mark).keys == ["3", "4"])
            let changes = try await scan(source, bound, since: second)
            #expect(changes.keys == ["2", "3", "4", "10"])
            #expect(changes.mark == mark)
            await source.close()
        }
    }

    @Test func theMarkIsOfTheSnapshotAndNotOfTheFuture() async throws {
        try await TestDatabase.with("future") { database, session in
            try await session.script(
                """
                SET search_path = public; CREATE TABLE t (id int PRIMARY KEY, c timestamptz, kept boolean);
                INSERT INTO t VALUES (1, '2020-01-01 00:00Z', true), (2, '2021-01-01 00:00Z', false)
                """)
            let source = PostgreSQLRowSource(database.parameters, profile: "p")
            let bound = try await bound(source, predicate: "kept")
            // Rows that the condition leaves out count for the mark, and for nothing else.
            let (keys, mark) = try await scan(source, bound, since: nil)
            #expect(keys == ["1"])
            #expect(mark?.text == "2021-01-01T00:00:00Z")
            try await session.script("UPDATE public.t SET c = '9999-01-01' WHERE id = 1")
            let future = try await scan(source, bound, since: nil).mark
            let text = try #require(try await session.query("SELECT now()").first?.text(0))
            guard case .finite(let now) = PostgreSQLText.timestamp(text) else { return }
            #expect(try #require(future?.value) <= now && now - 600_000_000 < (try #require(future?.value)))
            try await session.script("DELETE FROM public.t")
            #expect(try await scan(source, bound, since: nil).mark == nil)
            await source.close()
        }
    }

    @Test func knowsIndexesThatBeginWithAColumn() async throws {
        try await TestDatabase.with("indexes") { database, session in
            try await session.script(
                """
                SET search_path = public; CREATE TABLE t (id int PRIMARY KEY, c int, d int, e int, f int);
                CREATE INDEX ON t (c, d); CREATE INDEX ON t (e) WHERE d > 1; CREATE INDEX ON t USING hash (d);
                CREATE INDEX ON t USING brin (f); CREATE INDEX ON t ((c + 1))
                """)
            let source = PostgreSQLRowSource(database.parameters, profile: "p")
            let relation = try await source.relation(TableName(schema: "public", name: "t"), at: nil)
            #expect(relation.indexedColumns == ["id", "c", "f"])
            await source.close()
        }
    }
}
