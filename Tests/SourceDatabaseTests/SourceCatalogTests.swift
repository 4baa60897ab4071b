import Core
import PostgreSQL
import SourceDatabase
import TestSupport
import Testing

@Suite("Source catalog", .timeLimit(.minutes(15)))
struct SourceCatalogTests {
    private func with<T>(_ hint: String, _ schema: String, _ body: (SourceCatalog, Session) async throws -> T)
        async throws -> T
    {
        try await TestDatabase.with(hint) { database, owner in
            try await owner.script("SET search_path = public; \(schema); SET search_path = pg_catalog")
            let session = try await Session.connect(database.parameters, settings: .source())
            let outcome = try await body(SourceCatalog(session), owner)
            await session.close()
            return outcome
        }
    }

    private func failure<T>(_ work: () async throws(Failure) -> T) async -> Failure? {
        do throws(Failure) { _ = try await work() } catch { return error }
        return nil
    }

    static let types: [(String, SourceType)] = [
        ("smallint", .smallint), ("integer", .integer), ("bigint", .bigint), ("oid", .oid),
        ("numeric", .numeric(precision: nil, scale: nil)), ("numeric(10,2)", .numeric(precision: 10, scale: 2)),
        ("numeric(5)", .numeric(precision: 5, scale: 0)), ("real", .real), ("double precision", .double),
        ("money", .money), ("boolean", .boolean), ("date", .date), ("timestamp", .timestamp),
        ("timestamp(3)", .timestamp), ("timestamptz", .timestamptz), ("time", .time), ("timetz", .timetz),
        ("interval", .interval), ("interval day to second(3)", .interval), ("varchar(40)", .varchar(length: 40)),
        ("varchar", .varchar(length: nil)), ("char(3)", .char(length: 3)), ("char", .char(length: 1)),
        ("bpchar", .varchar(length: nil)), ("text", .text), ("name", .name), ("uuid", .uuid), ("inet", .inet),
        ("cidr", .cidr), ("macaddr", .macaddr), ("macaddr8", .other("macaddr8")), ("bit(4)", .bit),
        ("bit varying(9)", .bit), ("json", .json), ("jsonb", .jsonb), ("xml", .xml), ("bytea", .bytea),
        ("mood", .enumeration(schema: "public", name: "mood", labels: ["sad", "ok", "a, \"b\""])),
        ("mood[]", .array(.enumeration(schema: "public", name: "mood", labels: ["sad", "ok", "a, \"b\""]))),
        ("text[]", .array(.text)), ("varchar(7)[]", .array(.varchar(length: 7))), ("integer[][]", .array(.integer)),
        ("numeric(4,1)[]", .array(.numeric(precision: 4, scale: 1))),
        ("pair", .composite(schema: "public", name: "pair")),
        ("pair[]", .array(.composite(schema: "public", name: "pair"))),
        ("int4range", .range(name: "int4range")), ("tstzrange", .range(name: "tstzrange")),
        ("positive", .integer), ("short", .varchar(length: 12)), ("shorter", .varchar(length: 12)),
        ("shorts", .array(.varchar(length: 12))), ("short[]", .array(.varchar(length: 12))), ("point", .other("point")),
        ("tsvector", .other("tsvector")), ("regclass", .other("regclass")), ("pg_lsn", .other("pg_lsn")),
    ]

    @Test func everyTypeIsResolved() async throws {
        let columns = Self.types.enumerated().map { "c\($0.offset) \($0.element.0)" }.joined(separator: ", ")
        let schema = """
            CREATE TYPE mood AS ENUM ('sad', 'a, "b"'); ALTER TYPE mood ADD VALUE 'ok' BEFORE 'a, "b"';
            CREATE TYPE pair AS (a int, b text);
            CREATE DOMAIN positive AS integer NOT NULL CHECK (VALUE > 0);
            CREATE DOMAIN short AS varchar(12); CREATE DOMAIN shorter AS short; CREATE DOMAIN shorts AS short[];
            CREATE TABLE t (\(columns))
            """
        try await with("types", schema) { (catalog, _) async throws in
            let relation = try await catalog.relation(TableName(schema: "public", name: "t"))
            #expect(relation.columns.count == Self.types.count)
            for (column, expected) in zip(relation.columns, Self.types) {
                #expect(column.type == expected.1, "\(expected.0)")
                #expect(column.isNullable == (expected.0 != "positive"), "\(expected.0)")
            }
            let domains = relation.columns.filter { $0.domain != nil }.map(\.domain)
            #expect(domains == ["public.positive", "public.short", "public.shorter", "public.shorts"])
            // The type of an expression is that of the column, its domain and all.
            for (column, expected) in zip(relation.columns, Self.types) {
                #expect(try await catalog.type(of: column.name, in: relation) == expected.1, "\(expected.0)")
            }
        }
    }

    @Test func keysCommentsAndReferences() async throws {
        let schema = """
            CREATE TABLE parent (b int, a int, PRIMARY KEY (b, a)) PARTITION BY HASH (b);
            CREATE TABLE parent_0 PARTITION OF parent FOR VALUES WITH (MODULUS 2, REMAINDER 0);
            CREATE TABLE parent_1 PARTITION OF parent FOR VALUES WITH (MODULUS 2, REMAINDER 1);
            CREATE TABLE child (
                gone int, "Odd ""Name" text NOT NULL, z int, y int, x int GENERATED ALWAYS AS (y + 1) STORED,
                code text UNIQUE, PRIMARY KEY (z, y) INCLUDE (code), FOREIGN KEY (y, z) REFERENCES parent (a, b));
            ALTER TABLE child DROP COLUMN gone;
            CREATE UNIQUE INDEX child_u1 ON child (y, code) INCLUDE (x); CREATE UNIQUE INDEX child_u2 ON child (lower(code));
            CREATE UNIQUE INDEX child_u3 ON child (y) WHERE z > 0; CREATE INDEX child_plain ON child (y);
            COMMENT ON TABLE child IS 'Children'; COMMENT ON COLUMN child.y IS 'Why'
            """
        try await with("keys", schema) { (catalog, _) async throws in
            let child = try await catalog.relation(TableName(schema: nil, name: "child"))
            #expect(child.kind == .table && child.schema == "public" && child.comment == "Children" && child.oid > 0)
            #expect(child.columns.map(\.name) == ["Odd \"Name", "z", "y", "x", "code"])
            #expect(child.columns.map(\.isNullable) == [false, false, false, true, true])
            #expect(child.columns.map(\.isGenerated) == [false, false, false, true, false])
            #expect(child.column("y")?.comment == "Why")
            #expect(child.primaryKey == ["z", "y"])
            #expect(child.uniqueKeys == [["code"], ["y", "code"]])
            #expect(
                child.foreignKeys == [
                    SourceRelation.ForeignKey(
                        columns: ["y", "z"], referencedSchema: "public", referencedTable: "parent",
                        referencedColumns: ["a", "b"])
                ])
            let parent = try await catalog.relation(TableName(schema: "public", name: "parent"))
            #expect(parent.kind == .partitionedTable && parent.primaryKey == ["b", "a"])
        }
    }

    @Test func choicesComeFromValidatedChecks() async throws {
        let schema = """
            CREATE DOMAIN size AS text CHECK (VALUE IN ('S', 'M', 'L'));
            CREATE TABLE t (
                a text CHECK (a IN ('one', 'it''s', 'back\\slash')), b varchar(9) CHECK (b IN ('x', 'y')),
                c char(4) CHECK (c IN ('p', 'q')), d text CHECK (d = 'only'), e text[] CHECK (e <@ ARRAY['u', 'v']),
                f varchar(5)[] CHECK (f <@ ARRAY['u', 'v']::varchar[]), g text CHECK (g IS NULL OR g IN ('k')),
                h size, i size CHECK (i IN ('L', 'S', 'XL')), j text CHECK (j <> 'no'), k int CHECK (k IN (1, 2)),
                l text, m text, CHECK (l IN ('a') OR m IN ('b')), n text, o text[] CHECK (o <@ '{r,"s t"}'));
            ALTER TABLE t ADD CONSTRAINT n_check CHECK (n IN ('a', 'b')) NOT VALID
            """
        try await with("choices", schema) { (catalog, _) async throws in
            let relation = try await catalog.relation(TableName(schema: "public", name: "t"))
            let expected: [String: [String]] = [
                "a": ["one", "it's", "back\\slash"], "b": ["x", "y"], "c": ["p", "q"], "d": ["only"], "e": ["u", "v"],
                "f": ["u", "v"], "g": ["k"], "h": ["S", "M", "L"], "i": ["S", "L"], "o": ["r", "s t"],
            ]
            for column in relation.columns { #expect(column.allowedValues == expected[column.name], "\(column.name)") }
        }
    }

    @Test func viewsAreRead() async throws {
        let schema = """
            CREATE TABLE t (id int PRIMARY KEY, name varchar(5)); CREATE VIEW v AS SELECT id, name, now() AS at FROM t;
            CREATE MATERIALIZED VIEW m AS SELECT id FROM t; CREATE UNIQUE INDEX ON m (id); CREATE SEQUENCE s
            """
        try await with("views", schema) { (catalog, _) async throws in
            let view = try await catalog.relation(TableName(schema: "public", name: "v"))
            #expect(view.kind == .view && view.primaryKey.isEmpty)
            #expect(view.columns.map(\.type) == [.integer, .varchar(length: 5), .timestamptz])
            let materialized = try await catalog.relation(TableName(schema: "public", name: "m"))
            #expect(materialized.kind == .materializedView && materialized.uniqueKeys == [["id"]])
            let sequence = await failure { () async throws(Failure) in
                try await catalog.relation(TableName(schema: "public", name: "s"))
            }
            #expect(sequence?.code == .invalid)
        }
    }

    @Test func whatIsAbsentIsSuggested() async throws {
        let schema = "CREATE SCHEMA sales; CREATE TABLE sales.orders (); CREATE TABLE \"Orders\" ()"
        try await with("absent", schema) { (catalog, _) async throws in
            let place = SourceRange(file: "a.yaml", line: 3, column: 5)
            let found = await failure { () async throws(Failure) in
                try await catalog.relation(TableName(schema: nil, name: "orders"), at: place)
            }
            #expect(found?.code == .invalid && found?.source == place)
            #expect(found?.help == "Did you mean public.Orders or sales.orders? Write the name with its schema.")
            let injected = await failure { () async throws(Failure) in
                try await catalog.relation(TableName(schema: "public", name: "x'; DROP SCHEMA sales; --"))
            }
            #expect(injected?.code == .invalid && injected?.help == nil)
        }
    }

    @Test func rightsAreTold() async throws {
        let role = "reader_\(UInt32.random(in: 0...UInt32.max))"
        let schema = """
            CREATE TABLE closed (a int); CREATE TABLE partly (a int, b int); CREATE ROLE \(role) LOGIN;
            GRANT USAGE ON SCHEMA public TO \(role); GRANT SELECT (a) ON partly TO \(role)
            """
        try await TestDatabase.with("rights") { database, owner in
            try await owner.script("SET search_path = public; \(schema)")
            let reader = try await Session.connect(
                try ConnectionParameters(dsn: database.dsn.replacing("postgres@", with: "\(role)@")),
                settings: .source())
            let catalog = SourceCatalog(reader)
            #expect(try await catalog.relation(TableName(schema: "public", name: "closed")).isReadable == false)
            #expect(try await catalog.relation(TableName(schema: "public", name: "partly")).isReadable == true)
            let denied = await failure { () async throws(Failure) in
                try await catalog.check(
                    predicate: Located("b > 0"),
                    in: try await catalog.relation(TableName(schema: "public", name: "partly")))
            }
            #expect(denied?.code == .auth && denied?.facts["SQLSTATE"] == "42501")
            #expect(try await catalog.identity().role == role)
            await reader.close()
            try await owner.script("DROP OWNED BY \(role); DROP ROLE \(role)")
        }
    }

    @Test func identityNamesTheDatabase() async throws {
        try await with("identity", "SELECT 1") { (catalog, owner) async throws in
            let identity = try await catalog.identity()
            #expect(identity.systemIdentifier?.isEmpty == false)
            #expect(
                identity.database == owner.server.database && identity.role == "postgres" && identity.databaseOid > 0)
            #expect(identity.serverVersion >= 130_000 && !identity.isInRecovery)
        }
    }

    @Test func authorsSQLIsCheckedByTheServer() async throws {
        try await with("authors", "CREATE TABLE t (id int, name varchar(5), at timestamptz)") {
            (catalog, _) async throws in
            let t = try await catalog.relation(TableName(schema: "public", name: "t"))
            #expect(try await catalog.type(of: "name || id", in: t) == .text)
            #expect(try await catalog.type(of: "id::numeric(7,2)", in: t) == .numeric(precision: 7, scale: 2))
            try await catalog.check(predicate: Located("at > now() - interval '1 day' AND name IN ('(', ')')"), in: t)
            for (text, state) in [
                ("absent", "42703"), ("count(*)", "42803"), ("generate_series(1, 2)", "0A000"), ("1 / 0", "22012"),
                ("row_number() OVER ()", "42P20"), ("id id", "42601"), ("'x'::int", "22P02"),
            ] {
                let found = await failure { () async throws(Failure) in try await catalog.type(of: text, in: t) }
                #expect(found?.facts["SQLSTATE"] == state, "\(text)")
            }
            let absent = await failure { () async throws(Failure) in try await catalog.type(of: "'é' || absent", in: t)
            }
            #expect(absent?.code == .invalid && absent?.facts["position"] == "8")
            let number = await failure { () async throws(Failure) in
                try await catalog.check(predicate: Located("id"), in: t)
            }
            #expect(number?.facts["SQLSTATE"] == "42804" && number?.facts["position"] == "1")
            let escape = await failure { () async throws(Failure) in
                try await catalog.check(predicate: Located("true) OR (true"), in: t)
            }
            #expect(escape?.code == .invalid && escape?.facts["SQLSTATE"] == nil)
        }
    }
}
