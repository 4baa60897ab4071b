import Core
import PostgreSQL
import Testing

/// What an error of a server means to whoever asked for the work.
@Suite("Failures of a server, for people")
struct FailureTests {
    @Test(arguments: [
        ("25006", Failure.Code.unavailable, "use the primary"), ("58030", .unavailable, "server's log"),
        ("72000", .unavailable, "server's log"), ("XX001", .unavailable, "server's log"), ("0A000", .unclassified, ""),
        ("23505", .unclassified, ""), ("42501", .auth, "Grant"), ("53100", .unavailable, "Free"),
        ("28P01", .auth, "password"),
    ])
    func everyStateHasItsCode(sqlState: String, expected: Failure.Code, help: String) {
        let error = PostgreSQLError(PostgreSQLError.Kind(sqlState: sqlState), "words", sqlState: sqlState)
        let failure = Failure(error, while: "testing")
        #expect(failure.code == expected)
        #expect(help.isEmpty ? failure.help == nil : failure.help?.contains(help) == true)
    }
}
