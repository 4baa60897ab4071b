import Testing

@testable import PostgreSQL

@Suite("Names, arrays and messages")
struct ValuesTests {
    @Test(arguments: [
        ("name", #""name""#), ("Say \"hi\"", #""Say ""hi""""#), ("\"; DROP TABLE x; --", #""""; DROP TABLE x; --""#),
        ("ключ", #""ключ""#), (" ", #"" ""#),
    ])
    func identifiersAreQuoted(name: String, sql: String) throws {
        #expect(try SQLIdentifier(name).sql == sql)
        #expect(try QualifiedName(schema: name, name: name).sql == "\(sql).\(sql)")
    }

    @Test(arguments: ["", "a\u{0}b", String(repeating: "a", count: 64), String(repeating: "é", count: 32)])
    func refusesWhatTheServerWouldChange(name: String) {
        #expect(throws: PostgreSQLError.self) { try SQLIdentifier(name) }
    }

    @Test(
        arguments: [
            [], ["a"], [nil], ["NULL", nil, ""], ["a,b", "{c}", "d\"e", "f\\g", " h "], ["é😀", "\n\t"],
        ] as [[String?]])
    func arraysAreReadAsWritten(elements: [String?]) {
        var bytes: [UInt8] = []
        ArrayLiteral.append(elements, to: &bytes)
        #expect(ArrayLiteral.parse(bytes) == elements)
    }

    @Test func readsArraysAsTheServerWritesThem() {
        #expect(ArrayLiteral.parse(#"{a,NULL,"b c","",null}"#) == ["a", nil, "b c", "", "null"])
    }

    @Test(arguments: [
        "", "{", "}", "{a", "{a,}", "{,a}", "{\"a}", "{a}}", "{{a},{b}}", "{\"a\"b}", "[2:3]={a,b}", "{a\\}",
    ])
    func refusesOtherTexts(text: String) {
        #expect(ArrayLiteral.parse(text) == nil)
    }

    @Test(arguments: [
        ("28P01", PostgreSQLError.Kind.authentication), ("28000", .authentication), ("3D000", .missingObject),
        ("42P01", .missingObject), ("42703", .missingObject), ("3F000", .missingObject), ("42501", .permission),
        ("53300", .resources), ("57014", .cancelled), ("40001", .serialization), ("40P01", .serialization),
        ("23505", .uniqueViolation), ("23502", .constraintViolation), ("42601", .syntax), ("22P02", .invalidValue),
        ("57P01", .connectionLost), ("57P03", .unreachable), ("08006", .connectionLost), ("XX000", .other),
        ("55P03", .lockNotAvailable), ("99999", .other), ("", .other),
    ])
    func statesHaveAMeaning(state: String, kind: PostgreSQLError.Kind) {
        #expect(PostgreSQLError.Kind(sqlState: state) == kind)
    }

    @Test(arguments: [
        ("invalid input syntax for type integer: \"4\"4\"", "22P02", "invalid input syntax for type integer: \"…\""),
        ("ungültige Eingabesyntax für Typ integer: »44«", "22P02", "ungültige Eingabesyntax für Typ integer: \"…\""),
        ("division by zero", "22012", "division by zero"),
        ("relation \"a\" does not exist", "42P01", "relation \"a\" does not exist"),
        ("order 17 of Ms Smith is closed", "P0001", "a function or trigger of the database raised an error"),
    ])
    func messagesHoldNoValues(message: String, state: String, expected: String) {
        #expect(PostgreSQLError.safeMessage(message, sqlState: state) == expected)
    }

    @Test func readsTheStateOfARefusedLogin() {
        let server = ServerAddress(host: "db", port: "5432", database: "d", user: "u")
        let error = PostgreSQLError(
            connectFailure: """
                connection to server at "db" (10.0.0.7), port 5432 failed: FATAL:  28P01: Passwort-Authentifizierung für »u« fehlgeschlagen
                LOCATION:  auth_failed, auth.c:338
                """, server: server
        ) { false }
        #expect(error.kind == .authentication && error.sqlState == "28P01")
        #expect(error.message == "Passwort-Authentifizierung für »u« fehlgeschlagen")
    }

    @Test func parametersPrintNoValue() {
        let values: [Parameter] = ["secret", .textArray(["secret"]), .bytes(Array("secret".utf8))]
        #expect(!"\(values)".contains("secret") && !String(reflecting: values).contains("secret"))
    }
}
