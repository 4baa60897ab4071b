import Conformance
import PostgreSQL
import SourceDatabase
import TestSupport
import Testing

@Suite("PostgreSQL as a source of rows", .timeLimit(.minutes(15)))
struct RowSourceConformanceTests {
    @Test(arguments: RowSourceConformance.Case.allCases)
    func conforms(_ what: RowSourceConformance.Case) async throws {
        try await TestDatabase.with(what.rawValue) { database, owner in
            try await owner.script(RowSourceConformance.schema)
            let source = PostgreSQLRowSource(database.parameters, profile: "postgres")
            try await RowSourceConformance(source, empty: { try await owner.script("DELETE FROM public.things") })
                .check(what)
            await source.close()
        }
    }
}
