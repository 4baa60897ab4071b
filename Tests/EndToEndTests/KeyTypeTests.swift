import Core
import Testing

@Suite("Keys of every type", .serialized)
struct KeyTypeTests {
    struct Case: Sendable {
        /// Name of the table, of the definition and, in capitals, of the list.
        var name: String
        /// Columns of the key as CREATE TABLE has them.
        var columns: String
        var key: String
        /// The key's literals of each row.
        var rows: [String]
        /// Canonical texts of the parts, in the order of `rows`.
        var parts: [[String]]

        init(_ name: String, _ columns: String, key: String = "id", _ rows: [(sql: String, parts: [String])]) {
            (self.name, self.columns, self.key) = (name, columns, key)
            (self.rows, self.parts) = (rows.map(\.sql), rows.map(\.parts))
        }

        var keys: [String] { parts.map { SyncKey(prefix: "k-\(name)", parts: $0).text } }
    }

    private static let long = String(repeating: "a", count: 300)

    static let cases = [
        Case(
            "bigint", "id bigint",
            [
                ("-9223372036854775808", ["-9223372036854775808"]), ("-1", ["-1"]), ("0", ["0"]), ("10", ["10"]),
                ("9", ["9"]), ("9223372036854775807", ["9223372036854775807"]),
            ]),
        Case(
            "text", "id text",
            [
                ("'A'", ["A"]), ("'a'", ["a"]), ("'~'", ["~"]), ("'/'", ["/"]), ("' '", [" "]), ("'  '", ["  "]),
                ("''", [""]),
                ("'a/b'", ["a/b"]), ("'é'", ["é"]), (#"E'e\u0301'"#, ["e\u{301}"]), ("'😀'", ["😀"]), ("'%41'", ["%41"]),
                (#"E'a\nb\x01'"#, ["a\nb\u{1}"]), (#"E'\\N'"#, [#"\N"#]), ("'#'", ["#"]), ("'null'", ["null"]),
                (#"E'\uFF21'"#, ["\u{FF21}"]), ("'O''Neill'", ["O'Neill"]),
                ("repeat('a', 300)", [long]), ("repeat('a', 299) || 'A'", [String(long.dropLast()) + "A"]),
                ("repeat('é', 200)", [String(repeating: "é", count: 200)]),
            ]),
        Case(
            "uuid", "id uuid",
            [
                ("'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
                ("'00000000-0000-0000-0000-000000000000'", ["00000000-0000-0000-0000-000000000000"]),
            ]),
        Case(
            "date", "id date",
            [
                ("'2013-01-01'", ["2013-01-01"]), ("'0044-03-15 BC'", ["0044-03-15 BC"]), ("'infinity'", ["infinity"]),
                ("'-infinity'", ["-infinity"]), ("'12345-06-07'", ["12345-06-07"]),
            ]),
        Case(
            "timestamp", "id timestamp",
            [
                ("'2013-01-01 05:00:00.250'", ["2013-01-01T05:00:00.25"]),
                ("'1969-12-31 23:59:59.999999'", ["1969-12-31T23:59:59.999999"]),
                ("'0044-03-15 12:00 BC'", ["0044-03-15T12:00:00 BC"]), ("'infinity'", ["infinity"]),
            ]),
        Case(
            "timestamptz", "id timestamptz",
            [
                ("'2013-01-01 07:00:00+02'", ["2013-01-01T05:00:00Z"]),
                ("'2013-01-01 05:00:00.1+00'", ["2013-01-01T05:00:00.1Z"]),
                ("'0044-03-15 12:00+00 BC'", ["0044-03-15T12:00:00Z BC"]), ("'-infinity'", ["-infinity"]),
            ]),
        Case(
            "numeric", "id numeric",
            [
                ("1.50", ["1.5"]), ("-2", ["-2"]), ("100", ["100"]), ("1e30", ["1000000000000000000000000000000"]),
                ("0.000", ["0"]), ("'NaN'", ["NaN"]), ("1e-10", ["0.0000000001"]),
            ]),
        Case("money", "id money", [("12.50::numeric::money", ["12.5"]), ("1000::numeric::money", ["1000"])]),
        Case(
            "pair", "b boolean, i int", key: "i, b",
            [("true, 1", ["1", "true"]), ("false, 1", ["1", "false"]), ("true, 2", ["2", "true"])]),
        Case(
            "texts", "a text, b text", key: "a, b",
            [
                ("'a', 'b/c'", ["a", "b/c"]), ("'a/b', 'c'", ["a/b", "c"]), ("'', 'x'", ["", "x"]),
                ("'x', ''", ["x", ""]),
            ]),
        Case("char", "id char(4)", [("'ab'", ["ab"]), ("'AB'", ["AB"]), ("'    '", [""])]),
        Case("enum", "id mood", [("'happy'", ["happy"]), ("'Sad'", ["Sad"]), ("'a b'", ["a b"])]),
        // Cast to text, an address always shows its mask.
        Case(
            "inet", "id inet",
            [("'10.0.0.1'", ["10.0.0.1/32"]), ("'10.0.0.0/8'", ["10.0.0.0/8"]), ("'::1'", ["::1/128"])]),
        Case("domain", "id code", [("'x'", ["x"]), ("'Y'", ["Y"])]),
        Case("domainint", "id positive", [("2", ["2"]), ("10", ["10"])]),
        Case("interval", "id interval", [("'1 day'", ["P1D"]), ("'24 hours 1 second'", ["PT24H1S"])]),
        Case("time", "id timetz", [("'10:00+02'", ["10:00:00+02"]), ("'09:00+01'", ["09:00:00+01"])]),
        Case("nocase", "id text COLLATE nocase", [("'A'", ["A"]), ("'b'", ["b"])]),
        Case("oid", "id oid", [("4294967295", ["4294967295"]), ("1", ["1"])]),
        Case("names", "id name", [("'größe'", ["größe"]), ("'b'", ["b"])]),
        Case("bits", "id varbit", [("B'10'", ["10"]), ("B'010'", ["010"])]),
    ]

    private static var tables: String {
        """
        CREATE TYPE mood AS ENUM ('happy', 'Sad', 'a b');
        CREATE DOMAIN code AS text CHECK (VALUE <> '');
        CREATE DOMAIN positive AS int CHECK (VALUE > 0);
        CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        """
            + cases.map { c in
                "CREATE TABLE k_\(c.name) (\(c.columns), v int, PRIMARY KEY (\(c.key)));"
                    + c.rows.map { "INSERT INTO k_\(c.name) VALUES (\($0), 1);" }.joined()
            }.joined()
    }

    private static var manifest: String {
        cases.map { c in
            """
            apiVersion: syncbridge.arcore.io/v1
            kind: SyncDefinition
            metadata: { name: k-\(c.name) }
            spec:
              source: { table: public.k_\(c.name) }
              target: { list: K\(c.name) }
              mapping: { fields: [{ source: v, target: V_ }] }
              deletes: PROPAGATE
            """
        }.joined(separator: "\n---\n")
    }

    @Test func everyRowArrivesChangesAndGoes() async throws {
        try await World.with("keys", tables: Self.tables) { world in
            try world.write(Self.manifest)
            try await world.apply()
            for c in Self.cases {
                let items = try world.items("K\(c.name)")
                #expect(Set(items.compactMap(\.key)) == Set(c.keys), "\(c.name)")
                #expect(items.count == c.rows.count, "\(c.name)")
                for item in items {
                    let title = try #require(item.fields["Title"]?.string ?? "")
                    #expect(title.utf16.count <= 255 && !title.contains("~" + "ez"), "\(c.name): \(title)")
                }
            }

            try await world.sql(Self.cases.map { "UPDATE k_\($0.name) SET v = v + 1;" }.joined())
            let updates = try await world.plan()["summary"]?["data"]?["update"]?.integer
            #expect(updates == Self.cases.map(\.rows.count).reduce(0, +))
            try await world.apply()
            for c in Self.cases {
                #expect(try world.items("K\(c.name)").allSatisfy { $0.fields["V_"]?.integer == 2 }, "\(c.name)")
            }

            // The first row of each goes, one at a time so that no guard trips; the others stay.
            try await world.sql(
                Self.cases.map { c in
                    let columns = c.key.split(separator: ",").count
                    let names =
                        columns == 1
                        ? "id"
                        : c.columns.split(separator: ",").map {
                            String($0.split(separator: " ")[0])
                        }.joined(separator: ", ")
                    return
                        "DELETE FROM k_\(c.name) WHERE ctid = (SELECT min(ctid) FROM k_\(c.name) WHERE (\(names)) = (\(c.rows[0])));"
                }.joined())
            let deletes = try await world.plan()["summary"]?["data"]?["delete"]?.integer
            #expect(deletes == Self.cases.count)
            try await world.apply()
            for c in Self.cases {
                #expect(Set(try world.items("K\(c.name)").compactMap(\.key)) == Set(c.keys.dropFirst()), "\(c.name)")
            }
        }
    }

    /// Where a collation takes `A` and `a` for one, the renamed key is still another key.
    @Test func aKeyThatChangesOnlyItsCaseIsDeletedAndCreated() async throws {
        let tables = """
            CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
            CREATE TABLE k (id text COLLATE nocase PRIMARY KEY, v int); INSERT INTO k VALUES ('A', 1), ('b', 1);
            """
        try await World.with("case", tables: tables) { world in
            try world.write(
                """
                apiVersion: syncbridge.arcore.io/v1
                kind: SyncDefinition
                metadata: { name: k }
                spec: { source: { table: public.k }, target: { list: K }, deletes: PROPAGATE }
                """)
            try await world.apply()
            try await world.sql("UPDATE k SET id = 'a' WHERE id = 'A'")
            try await world.apply()
            #expect(Set(try world.items("K").compactMap(\.key)) == ["k/a", "k/b"])
        }
    }

    @Test(arguments: [
        "real", "double precision", "json", "jsonb", "bytea", "int[]", "xml",
    ]) func typesWithoutOneTextAreRefused(type: String) async throws {
        try await World.with("badkey", tables: "CREATE TABLE k (n int, id \(type));") { world in
            try world.write(
                """
                apiVersion: syncbridge.arcore.io/v1
                kind: SyncDefinition
                metadata: { name: k }
                spec:
                  source: { table: public.k, key: [id] }
                  target: { list: K }
                  mapping: { fields: [{ source: n, target: N_ }] }
                  deletes: PROPAGATE
                """)
            let run = try await world.run("plan")
            #expect(run.status == 11)
            #expect(run.errors.contains("main.yaml:5:"), "\(run.errors)")
            #expect(try world.items("K").isEmpty)
        }
    }
}
