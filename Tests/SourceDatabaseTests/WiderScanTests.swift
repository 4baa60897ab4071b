import Core
import PostgreSQL
import SourceDatabase
import TestSupport
import Testing

/// What PostgreSQL makes of a scan that reads for two specs; the port's suite has what every source does.
@Suite("Scanning for two specs", .timeLimit(.minutes(15)))
struct WiderScanTests {
    private static let table = TableName(schema: "public", name: "t")

    private func bound(
        _ source: PostgreSQLRowSource, _ relation: SourceRelation, _ expressions: [String], where predicate: String?,
        key: [String]? = nil
    ) async throws -> BoundDefinition {
        var types: [String: SourceType] = [:]
        for sql in expressions { types[sql] = try await source.type(of: sql, in: relation, at: nil) }
        let fields = expressions.enumerated().map { Field(origin: .expression($1), target: "F\($0)") }
        let definition = SyncDefinition(
            name: "d", sourceProfile: "p", table: Self.table, key: key, predicate: predicate.map { Located($0) },
            siteProfile: "s", sharding: ShardingPolicy(defaultList: Located("A")), mapping: Mapping(fields: fields),
            deletes: .propagate)
        let (bound, diagnostics) = Binder.bind(definition, to: relation, zone: .utc, expressionTypes: types)
        return try #require(bound, "\(diagnostics.all.map(\.detail))")
    }

    private func rows(_ source: PostgreSQLRowSource, _ bound: BoundDefinition) async throws -> [[String?]] {
        let scan = try await source.scan(bound)
        var rows: [[String?]] = []
        var row = CopyRow()
        while let chunk = try await scan.next() {
            chunk.forEachRow(&row) { (row: borrowing CopyRow) in
                var texts: [String?] = []
                for index in 0..<row.count { texts.append(row.text(index)) }
                rows.append(texts)
            }
        }
        await scan.finish()
        return rows
    }

    /// Each condition keeps its own expressions from failing; what both ask for, either must.
    @Test func anExpressionIsEvaluatedWhereItsConditionHolds() async throws {
        try await TestDatabase.with("wider") { database, session in
            try await session.script(
                """
                SET search_path = public; CREATE TABLE t (id int PRIMARY KEY, a int, b int);
                INSERT INTO t VALUES (1, 0, 2), (2, 4, 0), (3, 5, 5), (4, 0, 0), (5, NULL, 2)
                """)
            let source = PostgreSQLRowSource(database.parameters, profile: "p")
            let relation = try await source.relation(Self.table, at: nil)
            var now = try await bound(source, relation, ["100 / a", "id * 2"], where: "a <> 0 -- ours")
            let before = try await bound(source, relation, ["id * 2", "100 / b"], where: "b <> 0")
            now.wider = now.reading(beside: before).wider
            #expect(
                try await rows(source, now) == [
                    ["1", nil, "2", "50", "f", "t"], ["2", "25", "4", nil, "t", "f"], ["3", "20", "6", "20", "t", "t"],
                    ["5", nil, "10", "50", "f", "t"],
                ])
            await source.close()
        }
    }

    @Test func ofOneKeyTheOwnRowComesFirst() async throws {
        try await TestDatabase.with("wider") { database, session in
            try await session.script(
                """
                SET search_path = public; CREATE TABLE t (id int, v int, PRIMARY KEY (id, v));
                INSERT INTO t SELECT i, v FROM generate_series(1, 30) i, generate_series(1, 3) v ORDER BY random()
                """)
            let source = PostgreSQLRowSource(database.parameters, profile: "p")
            let relation = try await source.relation(Self.table, at: nil)
            var now = try await bound(source, relation, ["v"], where: "v = 2", key: ["id"])
            let before = try await bound(source, relation, ["v"], where: "v = 1", key: ["id"])
            now.wider = now.reading(beside: before).wider
            let found = try await rows(source, now)
            let expected = (1...30).flatMap { id -> [[String?]] in
                [["\(id)", "2", "t", "f"], ["\(id)", "1", "f", "t"]]
            }
            #expect(found == expected)
            await source.close()
        }
    }
}
