import Core
import Testing

@Suite("Transforms end to end", .serialized)
struct TransformEndToEndTests {
    private struct Case: Sendable {
        var name: String
        var type: String
        var transform: String
        var facet: String
        var sql: String
        var shown: JSON?
        /// What a row of NULLs shows.
        var ofNull: JSON?

        init(
            _ name: String, _ type: String, _ transform: String, _ facet: String, _ sql: String, _ shown: JSON?,
            ofNull: JSON? = nil
        ) {
            (self.name, self.type, self.transform, self.facet) = (name, type, transform, facet)
            (self.sql, self.shown, self.ofNull) = (sql, shown, ofNull)
        }
    }

    private static let cases = [
        Case("to_string", "numeric", "CAST_TO_STRING", "text", "1.50", "1.5"),
        Case("to_number", "text", "CAST_TO_NUMBER", "number", "' 12.50 '", 12.5),
        Case("to_boolean", "text", "CAST_TO_BOOLEAN", "boolean", "'Yes'", true),
        Case(
            "iso", "timestamptz", "DATE_FORMAT_ISO", "text", "'2013-01-01 07:00:00.250+02'", "2013-01-01T05:00:00.25Z"),
        // The day that people in Berlin had.
        Case("day", "timestamptz", "DATE_ONLY", "dateTime", "'2013-07-01 22:30:00+00'", "2013-07-01T22:00:00Z"),
        Case("trimmed", "text", "TRIM", "text", "'  a b '", "a b"),
        Case("upper_", "text", "UPPERCASE", "text", "'straße'", "STRASSE"),
        Case("lower_", "text", "LOWERCASE", "text", "'ÄB'", "äb"),
        Case("json_", "text", "JSON_STRINGIFY", "text", #"'a"b'"#, #""a\"b""#),
        Case("guarded", "text", "GUARD_FORMULA", "text", "'=1+1'", "'=1+1"),
        Case("formatted", "date", "{ DATE_FORMAT: \"dd.MM.yyyy\" }", "text", "'2013-02-01'", "01.02.2013"),
        Case("cut", "text", "{ TRUNCATE: 4 }", "text", "'abc😀'", "abc"),
        Case("rounded", "double precision", "{ ROUND: 2 }", "number", "2.675", 2.68),
        Case("scaled", "int", "[{ SCALE: 0.01 }, { ROUND: 1 }]", "number", "-12345", -123.5),
        Case("replaced", "text", "{ REPLACE: [a, \"\"] }", "text", "'banana'", "bnn"),
        Case(
            "mapped", "text", "[{ MAP: { A: Active, C: Closed } }, { DEFAULT: Unknown }]", "text", "'A'", "Active",
            ofNull: "Unknown"),
        Case("nulled", "double precision", "{ NULL_IF: -1 }", "number", "-1", nil),
        Case("joined", "text[]", "{ JOIN: \"; \" }", "text", "'{a,NULL,b}'", "a; b"),
        Case(
            "chained", "text", "[TRIM, { NULL_IF: \"-\" }, { DEFAULT: none }, UPPERCASE]", "text", "' - '", "NONE",
            ofNull: "NONE"),
    ]

    @Test func everyTransformOnce() async throws {
        let declared = Self.cases.map { "\($0.name) \($0.type)" } + ["parts text"]
        let values = Self.cases.map(\.sql) + ["'b;a;;b'"]
        let tables = """
            CREATE TABLE t (id int PRIMARY KEY, \(declared.joined(separator: ", ")));
            INSERT INTO t VALUES (1, \(values.joined(separator: ", "))); INSERT INTO t (id) VALUES (2);
            """
        let fields = Self.cases.map {
            "      - { source: \($0.name), target: F_\($0.name), transform: \($0.transform) }"
        }
        try await World.with("transforms", tables: tables) { world in
            try world.write(
                """
                apiVersion: syncbridge.arcore.io/v1
                kind: SyncDefinition
                metadata: { name: t }
                spec:
                  source: { table: public.t }
                  target: { list: T }
                  mapping:
                    fields:
                      - { source: parts, target: Parts, transform: { SPLIT: ";" }, type: { multiChoice: { choices: [a, b] } } }

                """ + fields.joined(separator: "\n") + "\n  deletes: PROPAGATE\n")
            try await world.apply()
            let columns = try columns(world, list: "T")
            let items = try world.items("T")
            for c in Self.cases {
                #expect(columns["F_\(c.name)"]?[c.facet] != nil, "\(c.name)")
                for (key, shown) in [("t/1", c.shown), ("t/2", c.ofNull)] {
                    let found = try #require(items.first { $0.key == key }).fields["F_\(c.name)"]
                    let isSame = shown?.double.map { $0 == found?.double } ?? (found == shown)
                    #expect(isSame, "\(c.name) of \(key): \(found?.text() ?? "nothing")")
                }
            }
            #expect(items.first { $0.key == "t/1" }?.fields["Parts"] == ["a", "b"])
        }
    }
}
