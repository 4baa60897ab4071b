import PostgreSQL
import TestSupport
import Testing

@Suite("Session", .timeLimit(.minutes(15)))
struct SessionTests {
    @Test func valuesTravelBesideTheStatement() async throws {
        try await TestDatabase.with("values") { (_, session) async throws in
            let rows = try await session.query(
                "SELECT $1::text, $2::bigint, $3::boolean, $4::bytea, $5::text, $6::text[], $7::uuid[]::text",
                [
                    "Robert'); DROP TABLE students;--\n😀", -7, .bool(true), .bytes([0, 1, 255]), nil,
                    .textArray(["a,b", nil, "NULL", "\"\\"]), .textArray(["00000000-0000-0000-0000-00000000000a"]),
                ])
            let row = try #require(rows.first)
            #expect(row.text(0) == "Robert'); DROP TABLE students;--\n😀")
            #expect(row.int(1) == -7)
            #expect(row.bool(2) == true)
            #expect(row.bytes(3) == [0, 1, 255])
            #expect(row.isNull(4) && row.text(4) == nil)
            #expect(row.textArray(5) == ["a,b", nil, "NULL", "\"\\"])
            #expect(row.text(6) == "{00000000-0000-0000-0000-00000000000a}")
            #expect(rows.columns.first == ResultColumn(name: "text", typeOID: 25, typeModifier: -1))
        }
    }

    @Test func arraysInBinaryFormArriveWhole() async throws {
        try await TestDatabase.with("arrays") { (_, session) async throws in
            let rows = try await session.query(
                "SELECT * FROM unnest($1::bigint[], $2::bytea[]) AS t (n, b)",
                [.int64Array([1, nil, .min]), .bytesArray([[], [0, 9], nil])])
            #expect(rows.map { $0.int(0) } == [1, nil, .min])
            #expect(rows.map { $0.bytes(1) } == [[], [0, 9], nil])
            let empty = try await session.query("SELECT cardinality($1::bigint[])", [.int64Array([])])
            #expect(empty.first?.int(0) == 0)
            let texts = try await session.query(
                "SELECT t.s, t.j->>'a' FROM unnest($1::text[], $2::json[]) AS t (s, j)",
                [
                    .strings(["a,\"b\\", nil, "NULL"]),
                    .jsonArray([#"{"a":"ü \" x"}"#, "{}", #"{"a":null}"#].map { Array($0.utf8) }),
                ])
            #expect(texts.map { $0.text(0) } == ["a,\"b\\", nil, "NULL"])
            #expect(texts.map { $0.text(1) } == ["ü \" x", nil, nil])
        }
    }

    @Test func refusesNULBeforeSending() async throws {
        try await TestDatabase.with("nul") { (_, session) async throws in
            for values: [Parameter] in [["a\u{0}b"], [.textArray(["a\u{0}b"])]] {
                let error = await #expect(throws: PostgreSQLError.self) { try await session.query("SELECT $1", values) }
                #expect(error?.kind == .invalidValue)
            }
            // Of the binary form the server says so.
            let error = await #expect(throws: PostgreSQLError.self) {
                try await session.query("SELECT $1::text[]", [.strings(["a\u{0}b"])])
            }
            #expect(error?.kind == .invalidValue)
            await #expect(throws: PostgreSQLError.self) { try await session.query("SELECT 1\u{0}") }
            #expect(try await session.query("SELECT 1").first?.int(0) == 1)
        }
    }

    @Test func settingsArePinned() async throws {
        try await TestDatabase.with("pinned") { (database, session) async throws in
            try await session.script(
                """
                SET TimeZone = 'Asia/Tokyo';
                ALTER DATABASE \(try SQLIdentifier(database.name).sql) SET TimeZone = 'Asia/Tokyo';
                ALTER DATABASE \(try SQLIdentifier(database.name).sql) SET DateStyle = 'German';
                """)
            let fresh = try await Session.connect(database.parameters)
            let row = try await fresh.query(
                "SELECT '2013-01-01 05:00+00'::timestamptz, '1 day 2 h'::interval, 0.1::float8 + 0.2, '\\x0a'::bytea, current_setting('client_encoding')"
            ).first
            #expect(row?.text(0) == "2013-01-01 05:00:00+00")
            #expect(row?.text(1) == "P1DT2H")
            #expect(row?.text(2) == "0.30000000000000004")
            #expect(row?.text(3) == "\\x0a")
            #expect(row?.text(4) == "UTF8")
            #expect(await fresh.serverVersion >= 130_000)
            await fresh.close()
        }
    }

    @Test func affectedRowsAreCounted() async throws {
        try await TestDatabase.with("affected") { (_, session) async throws in
            #expect(try await session.execute("CREATE TABLE public.t (a int)") == 0)
            #expect(try await session.execute("INSERT INTO public.t SELECT generate_series(1, 5)") == 5)
            #expect(try await session.execute("UPDATE public.t SET a = 0 WHERE a > $1", [3]) == 2)
        }
    }

    @Test func describesWithoutRunning() async throws {
        try await TestDatabase.with("describe") { (_, session) async throws in
            try await session.script(
                "CREATE TABLE public.t (id bigint, price numeric(10,2), name varchar(40)); CREATE SEQUENCE public.s")
            let found = try await session.describe(
                "SELECT id, price, name, nextval('public.s') FROM public.t WHERE name = $1")
            #expect(found.columns.map(\.name) == ["id", "price", "name", "nextval"])
            #expect(found.columns.map(\.typeOID) == [20, 1700, 1043, 20])
            #expect(found.columns.map(\.typeModifier) == [-1, 10 << 16 | 2 + 4, 44, -1])
            #expect(found.parameterTypes == [25])
            let error = await #expect(throws: PostgreSQLError.self) {
                try await session.describe("SELECT 1; DROP TABLE public.t")
            }
            #expect(error?.kind == .syntax)
            #expect(try await session.query("SELECT nextval('public.s')").first?.int(0) == 1)
        }
    }

    @Test func noticesAreCollected() async throws {
        try await TestDatabase.with("notices") { (_, session) async throws in
            try await session.execute("DROP TABLE IF EXISTS public.nothing")
            let notices = await session.takeNotices()
            #expect(notices.map(\.severity) == ["NOTICE"])
            #expect(await session.takeNotices() == [])
        }
    }

    @Test func aClosedSessionSaysSo() async throws {
        try await TestDatabase.with("closed") { (_, session) async throws in
            await session.close()
            await session.close()
            #expect(await session.isUsable == false)
            let error = await #expect(throws: PostgreSQLError.self) { try await session.query("SELECT 1") }
            #expect(error?.kind == .connectionLost)
        }
    }

    @Test func aBrokenConnectionIsUnknownOutcome() async throws {
        try await TestDatabase.with("broken") { (database, session) async throws in
            let other = try await Session.connect(database.parameters)
            let pid = try #require(try await other.query("SELECT pg_backend_pid()").first?.int(0))
            try await session.query("SELECT pg_terminate_backend($1::int, 5000)", [.int(pid)])
            let error = await #expect(throws: PostgreSQLError.self) { try await other.query("SELECT 1") }
            #expect(error?.kind == .connectionLost)
            #expect(await other.isUsable == false)
            let next = await #expect(throws: PostgreSQLError.self) { try await other.query("SELECT 1") }
            #expect(next?.kind == .connectionLost)
        }
    }

    @Test func theEndOfTheTaskStopsTheStatement() async throws {
        try await TestDatabase.with("cancel") { (database, session) async throws in
            try await session.script("SELECT pg_catalog.set_config('application_name', 'watcher', false)")
            let sleeper = try await Session.connect(database.parameters)
            let task = Task { () -> PostgreSQLError? in
                do throws(PostgreSQLError) { try await sleeper.query("SELECT pg_sleep(600)") } catch { return error }
                return nil
            }
            // Not by time: the server says that the statement is running.
            while try await session.query(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
            ).isEmpty {
                await Task.yield()
            }
            task.cancel()
            #expect(await task.value?.kind == .cancelled)
            #expect(try await sleeper.query("SELECT 1").first?.int(0) == 1)
            await sleeper.close()
        }
    }

    @Test func aTaskThatHasEndedSendsNothing() async throws {
        try await TestDatabase.with("ended") { (_, session) async throws in
            try await session.execute("CREATE TABLE public.t (a int)")
            let task = Task { () -> PostgreSQLError? in
                while !Task.isCancelled { await Task.yield() }
                do throws(PostgreSQLError) { try await session.execute("INSERT INTO public.t VALUES (1)") } catch {
                    return error
                }
                return nil
            }
            task.cancel()
            #expect(await task.value?.kind == .cancelled)
            #expect(try await session.query("SELECT FROM public.t").isEmpty)
        }
    }

    @Test func blockedSessionsDoNotStopTheProgram() async throws {
        try await TestDatabase.with("blocked") { (database, session) async throws in
            // More than any machine's shared pool has threads would be slow; twice as many as this one has is enough here.
            let sleepers = try await (0..<8).asyncMap { _ in try await Session.connect(database.parameters) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for sleeper in sleepers { group.addTask { _ = try await sleeper.query("SELECT pg_sleep(600)") } }
                let sleeping =
                    "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
                while try await session.query(sleeping).count < sleepers.count { await Task.yield() }
                group.cancelAll()
                while let result = await group.nextResult() {
                    #expect(throws: PostgreSQLError.self) { try result.get() }
                }
            }
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<T>(_ transform: (Element) async throws -> T) async throws -> [T] {
        var result: [T] = []
        for element in self { result.append(try await transform(element)) }
        return result
    }
}
