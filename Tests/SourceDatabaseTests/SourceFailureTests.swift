import Core
import PostgreSQL
import Testing

@testable import SourceDatabase

@Suite("What a source's error means")
struct SourceFailureTests {
    private func bound() throws -> BoundDefinition {
        let relation = SourceRelation(
            schema: "public", name: "odd \"table", kind: .table,
            columns: [SourceColumn("Id", .bigint, isNullable: false), SourceColumn("name", .text)], primaryKey: ["Id"])
        let definition = SyncDefinition(
            name: "t", sourceProfile: "postgres", table: TableName(schema: "public", name: "t"),
            siteProfile: "sharepoint", sharding: ShardingPolicy(defaultList: Located("All")), deletes: .propagate)
        return try #require(Binder.bind(definition, to: relation, zone: .utc).bound)
    }

    private func failure(_ sqlState: String, _ known: SourceFailure.Circumstances = .init()) throws -> Failure {
        let error = PostgreSQLError(PostgreSQLError.Kind(sqlState: sqlState), "words", sqlState: sqlState)
        return SourceFailure.make(error, try bound(), known)
    }

    /// Whatever the server says, it is not an error without a name.
    @Test(arguments: [
        ("22021", Failure.Code.invalid), ("22P05", .invalid), ("55000", .unavailable), ("42501", .auth),
        ("P0001", .invalid), ("0A000", .invalid), ("54001", .invalid), ("58030", .unavailable), ("XX001", .unavailable),
        ("72000", .unavailable), ("53200", .unavailable), ("42P01", .invalid), ("23514", .invalid), ("23505", .invalid),
    ])
    func code(sqlState: String, expected: Failure.Code) throws {
        #expect(try failure(sqlState).code == expected)
    }

    @Test func theStatementThatFindsTheRowsQuotesItsNames() throws {
        let help = try #require(try failure("22021").help)
        #expect(help.contains(#"SELECT "Id" FROM "public"."odd ""table" t WHERE"#))
    }

    @Test func aMissingRightIsOfColumnsOrOfRows() throws {
        #expect(try failure("42501", .init(deniedColumns: ["a", "b"])).help?.contains("skip: [a, b]") == true)
        #expect(try failure("42501", .init(deniedColumns: [], hidesRows: true)).help?.contains("BYPASSRLS") == true)
        #expect(try failure("42501").help?.contains("Grant the role") == true)
    }

    @Test func onlyAnIndexThatIsNeverNullServesAsAKey() {
        var relation = SourceRelation(
            schema: "public", name: "t", kind: .table,
            columns: [
                SourceColumn("a", .integer), SourceColumn("b", .integer, isNullable: false),
                SourceColumn("c", .text, isNullable: false), SourceColumn("d", .double, isNullable: false),
            ],
            uniqueKeys: [["a"], ["d"], ["b", "c"], []])
        #expect(relation.servingKey == ["b", "c"])
        relation.uniqueKeys.append(["c"])
        #expect(relation.servingKey == ["c"])
    }
}
