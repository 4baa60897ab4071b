import PostgreSQL
import TestSupport
import Testing

@Suite("Errors of a real server", .timeLimit(.minutes(15)))
struct ErrorsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var sql: String
        var kind: PostgreSQLError.Kind
        var state: String
        var testDescription: String { sql }
    }

    @Test(arguments: [
        Case(sql: "SELECT * FROM public.absent", kind: .missingObject, state: "42P01"),
        Case(sql: "SELECT absent FROM public.t", kind: .missingObject, state: "42703"),
        Case(sql: "CREATE TABLE absent.t ()", kind: .missingObject, state: "3F000"),
        Case(sql: "SELEKT", kind: .syntax, state: "42601"),
        Case(sql: "SELECT 1; SELECT 2", kind: .syntax, state: "42601"),
        Case(sql: "INSERT INTO public.t VALUES (1, 'geheim')", kind: .uniqueViolation, state: "23505"),
        Case(sql: "INSERT INTO public.t VALUES (2, NULL)", kind: .constraintViolation, state: "23502"),
        Case(sql: "INSERT INTO public.t VALUES (3, 'geheim-too-long')", kind: .invalidValue, state: "22001"),
        Case(sql: "SELECT 'geheim'::integer", kind: .invalidValue, state: "22P02"),
        Case(sql: "DO $$ BEGIN RAISE 'geheim'; END $$", kind: .other, state: "P0001"),
    ])
    func haveAMeaningAndNoValues(_ c: Case) async throws {
        try await TestDatabase.with("errors") { (_, session) async throws in
            try await session.script(
                "CREATE TABLE public.t (id int PRIMARY KEY, name varchar(8) NOT NULL); INSERT INTO public.t VALUES (1, 'a')"
            )
            let error = try #require(await #expect(throws: PostgreSQLError.self) { try await session.query(c.sql) })
            #expect(error.kind == c.kind)
            #expect(error.sqlState == c.state)
            var dumped = ""
            dump(error, to: &dumped)
            for text in ["\(error)", String(reflecting: error), dumped] { #expect(!text.contains("geheim")) }
            #expect(try await session.query("SELECT 1").first?.int(0) == 1)
        }
    }

    @Test func nameThePlace() async throws {
        try await TestDatabase.with("place") { (database, session) async throws in
            try await session.script(
                "CREATE TABLE public.t (id int PRIMARY KEY, name text NOT NULL); INSERT INTO public.t VALUES (1, 'a')")
            let twin = try #require(
                await #expect(throws: PostgreSQLError.self) {
                    try await session.query("INSERT INTO public.t VALUES (1, 'b')")
                })
            #expect(twin.constraint == "t_pkey" && twin.table == "t" && twin.schema == "public")
            #expect(twin.detailMasked?.reveal().contains("(id)=(1)") == true)
            #expect(twin.server?.database == database.name)
            let null = await #expect(throws: PostgreSQLError.self) {
                try await session.query("INSERT INTO public.t VALUES (2, NULL)")
            }
            #expect(null?.column == "name")
            let position = await #expect(throws: PostgreSQLError.self) { try await session.query("SELECT 'é', absent") }
            #expect(position?.position == 13)
        }
    }

    @Test func permission() async throws {
        try await TestDatabase.with("permission") { (database, session) async throws in
            let role = try SQLIdentifier("role_\(database.name)")
            try await session.script("CREATE TABLE public.t (); CREATE ROLE \(role.sql) LOGIN")
            let limited = try await Session.connect(
                try ConnectionParameters(dsn: database.dsn.replacing("postgres@", with: "\(role.name)@")))
            let error = await #expect(throws: PostgreSQLError.self) { try await limited.query("SELECT FROM public.t") }
            #expect(error?.kind == .permission && error?.sqlState == "42501")
            await limited.close()
            try await session.execute("DROP ROLE \(role.sql)")
        }
    }

    @Test func lockNotAvailable() async throws {
        try await TestDatabase.with("locks") { (database, session) async throws in
            try await session.execute("CREATE TABLE public.t ()")
            let other = try await Session.connect(database.parameters)
            try await session.begin()
            try await session.execute("LOCK TABLE public.t")
            let error = await #expect(throws: PostgreSQLError.self) {
                try await other.transaction { () async throws(PostgreSQLError) in
                    _ = try await other.execute("LOCK TABLE public.t NOWAIT")
                }
            }
            #expect(error?.kind == .lockNotAvailable)
            await session.rollback()
            await other.close()
        }
    }

    // MARK: Connecting

    private func connectError(_ parameters: ConnectionParameters) async -> PostgreSQLError? {
        do throws(PostgreSQLError) {
            await (try Session.connect(parameters)).close()
            return nil
        } catch { return error }
    }

    @Test func unknownDatabase() async throws {
        let server = try ConnectionParameters(dsn: TestServer.dsn.get())
        let error = await connectError(server.with(database: "no_such_database"))
        #expect(error?.kind == .missingObject && error?.sqlState == "3D000")
        #expect(error?.message.contains("no_such_database") == true)
        #expect(error?.message.contains("LOCATION") == false)
    }

    @Test func refusedLogins() async throws {
        try await TestDatabase.with("logins") { (database, session) async throws in
            let sleeper = try SQLIdentifier("nologin_\(database.name)")
            let keyed = try SQLIdentifier("keyed_\(database.name)")
            try await session.script(
                """
                CREATE ROLE \(sleeper.sql) NOLOGIN;
                DO $$ BEGIN CREATE ROLE by_password; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
                CREATE ROLE \(keyed.sql) LOGIN PASSWORD 'right' IN ROLE by_password;
                """)
            func parameters(_ user: String) throws -> ConnectionParameters {
                try ConnectionParameters(dsn: database.dsn.replacing("postgres@", with: "\(user)@"))
            }
            #expect(await connectError(try parameters(sleeper.name))?.sqlState == "28000")
            #expect(await connectError(try parameters("absent_\(database.name)"))?.kind == .authentication)
            let noPassword = await connectError(try parameters(keyed.name))
            #expect(noPassword?.kind == .authentication)
            let wrong = await connectError(try parameters("\(keyed.name):geheim"))
            #expect(wrong?.sqlState == "28P01" && wrong?.kind == .authentication)
            #expect(wrong.map { "\($0)".contains("geheim") } == false)
            #expect(await connectError(try parameters("\(keyed.name):right")) == nil)
            try await session.script("DROP ROLE \(sleeper.sql); DROP ROLE \(keyed.sql)")
        }
    }

    @Test(arguments: ["host=/nonexistent", "host=127.0.0.1 port=1", "host=no-such-host.invalid sslmode=disable"])
    func unreachable(dsn: String) async throws {
        let error = await connectError(try ConnectionParameters(dsn: dsn))
        #expect(error?.kind == .unreachable)
    }

    @Test func aPasswordDoesNotTravelUnprotected() async throws {
        let parameters = try ConnectionParameters(dsn: "postgresql://u:geheim@no-such-host.invalid/d?sslmode=disable")
        // Where libpq can be told which methods to refuse it is; elsewhere nothing is opened.
        let error = await connectError(parameters)
        #expect(error?.kind == .insecure || error?.kind == .unreachable)
        #expect(error.map { "\($0)".contains("geheim") } == false)
    }
}
