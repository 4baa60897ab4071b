import Core
import PostgreSQL
import TestSupport
import Testing

/// What administrators do to a source, and what the program says about it.
@Suite("Troubles of the source end to end", .serialized)
struct SourceTroubleTests {
    private static func manifest(_ source: String, _ rest: String = "") -> String {
        """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: t }
        spec:
          source: \(source)
          target: { list: T }
          deletes: PROPAGATE
        \(rest)
        """
    }

    /// A byte that is no text arrives in a database that does not check. It is said where it is and how to find it.
    @Test func bytesThatAreNoTextAreSaidWithTheTableAndAWayToFindThem() async throws {
        try await World.with("bytes", tables: "") { world in
            let name = "\(world.source.name)_ascii"
            try await world.sourceQuery(
                "CREATE DATABASE \(name) TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'")
            let session = try await Session.connect(world.source.parameters.with(database: name))
            try await session.script(
                """
                CREATE TABLE public.t (id int PRIMARY KEY, words text);
                INSERT INTO public.t VALUES (1, 'plain'), (2, 'secret' || E'\\xff');
                """)
            try world.write(Self.manifest("{ table: public.t }"))
            let dsn = world.source.dsn.replacing(world.source.name, with: name)
            let bad = try await world.run("apply", "--auto-approve", changes: ["SOURCE_PG_DSN": dsn])
            #expect(bad.status == 11, "\(bad.errors)")
            for words in ["table public.t", "could not convert a value", "22021", "SQL_ASCII", "SELECT \"id\" FROM"] {
                #expect(bad.errors.contains(words), "\(words) is not in:\n\(bad.errors)")
            }
            #expect(!bad.errors.contains("secret") && !bad.errors.contains("0xff"))
            #expect(try world.items("T").isEmpty)

            let found = try await session.query(
                #"SELECT t.id FROM public.t WHERE t::pg_catalog.text ~ '[^\x01-\x7f]'"#)
            #expect(found.map { $0.int(0) } == [2])
            try await session.script("UPDATE public.t SET words = 'mended' WHERE id = 2")
            for _ in 0..<2 {
                let run = try await world.run("apply", "--auto-approve", changes: ["SOURCE_PG_DSN": dsn])
                #expect(run.status == 0, "\(run.errors)")
            }
            let plan = try await world.run("plan", "--detailed-exitcode", changes: ["SOURCE_PG_DSN": dsn])
            #expect(plan.status == 0, "\(plan.output)")
            #expect(try world.items("T").count == 2)
            await session.close()
            try await world.sourceQuery("DROP DATABASE \(name) WITH (FORCE)")
        }
    }

    @Test func aViewThatWasNeverFilledIsNotEmpty() async throws {
        let tables = """
            CREATE TABLE base (id int PRIMARY KEY, v int); INSERT INTO base VALUES (1, 1), (2, 2);
            CREATE MATERIALIZED VIEW t AS SELECT * FROM base;
            """
        try await World.with("unfilled", tables: tables) { world in
            try world.write(Self.manifest("{ table: public.t, key: [id] }"))
            try await world.apply()
            try await world.sql("REFRESH MATERIALIZED VIEW t WITH NO DATA")
            let run = try await world.run("apply", "--auto-approve")
            #expect(run.status == 16, "\(run.errors)")
            #expect(run.errors.contains("REFRESH MATERIALIZED VIEW"))
            #expect(try world.items("T").count == 2)
            try await world.sql("REFRESH MATERIALIZED VIEW t")
            try await world.apply()
        }
    }

    @Test func aMissingRightNamesTheColumnAndAPolicyNamesTheWayRoundIt() async throws {
        let tables = "CREATE TABLE t (id int PRIMARY KEY, v int, salary int); INSERT INTO t VALUES (1, 1, 1);"
        try await World.with("rights", tables: tables) { world in
            let role = "\(world.source.name)_reader"
            try await world.sql(
                "CREATE ROLE \(role) LOGIN; GRANT USAGE ON SCHEMA public TO \(role); GRANT SELECT (id, v) ON t TO \(role)"
            )
            let dsn = world.source.dsn + (world.source.dsn.contains("://") ? "&user=\(role)" : " user=\(role)")
            let changes = ["SOURCE_PG_DSN": dsn]
            try world.write(Self.manifest("{ table: public.t }"))
            let denied = try await world.run("plan", changes: changes)
            #expect(denied.status == 15, "\(denied.errors)")
            #expect(denied.errors.contains("these columns: salary"), "\(denied.errors)")
            #expect(denied.errors.contains("skip: [salary]"))

            try world.write(Self.manifest("{ table: public.t }", "  mapping: { auto: { skip: [salary] } }"))
            for _ in 0..<2 {
                let run = try await world.run("apply", "--auto-approve", changes: changes)
                #expect(run.status == 0, "\(run.errors)")
            }
            #expect(try await world.run("plan", "--detailed-exitcode", changes: changes).status == 0)

            try await world.sql("ALTER TABLE t ENABLE ROW LEVEL SECURITY")
            let hidden = try await world.run("apply", "--auto-approve", changes: changes)
            #expect(hidden.status == 15, "\(hidden.errors)")
            #expect(hidden.errors.contains("BYPASSRLS") && hidden.errors.contains("view"), "\(hidden.errors)")
            #expect(try world.items("T").count == 1)
            try await world.sql("DROP OWNED BY \(role); DROP ROLE \(role)")
        }
    }

    @Test func whatServesAsAKeyIsNamed() async throws {
        let tables = "CREATE TABLE t (a int, b int NOT NULL, UNIQUE (a), UNIQUE (b)); INSERT INTO t VALUES (1, 1);"
        try await World.with("serving", tables: tables) { world in
            try world.write(Self.manifest("{ table: public.t }"))
            let run = try await world.run("plan")
            #expect(run.status == 11)
            #expect(
                run.errors.contains("a unique index would serve") && run.errors.contains("key: [b]"), "\(run.errors)")
            try world.write(Self.manifest("{ table: public.t, key: [b] }"))
            try await world.apply()
            try await world.apply()
        }
    }

    /// An error that a function of a view raises is the author's, and says none of its words: they may hold values.
    @Test func anErrorOfAFunctionIsNoErrorOfTheProgram() async throws {
        let tables = """
            CREATE TABLE base (id int PRIMARY KEY, v int); INSERT INTO base VALUES (1, 1);
            CREATE FUNCTION f(int) RETURNS int LANGUAGE plpgsql AS
                $$ BEGIN IF $1 > 1 THEN RAISE 'secret %', $1; END IF; RETURN $1; END $$;
            CREATE VIEW t AS SELECT id, f(v) AS v FROM base;
            """
        try await World.with("raises", tables: tables) { world in
            try world.write(Self.manifest("{ table: public.t, key: [id] }"))
            try await world.apply()
            try await world.sql("UPDATE base SET v = 2")
            let run = try await world.run("apply", "--auto-approve")
            #expect(run.status == 11, "\(run.errors)")
            #expect(run.errors.contains("view public.t") && !run.errors.contains("secret"), "\(run.errors)")
            try await world.sql("UPDATE base SET v = 0")
            try await world.apply()
        }
    }
}
