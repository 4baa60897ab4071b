import PostgreSQL
import TestSupport
import Testing

@Suite("Transactions", .timeLimit(.minutes(15)))
struct TransactionTests {
    private struct Failure: PostgreSQLErrorConvertible, Equatable {
        var cause: PostgreSQLError?
        init() {}
        init(_ error: PostgreSQLError) { cause = error }
    }

    @Test func commitsWhatReturns() async throws {
        try await TestDatabase.with("commit") { (_, session) async throws in
            try await session.execute("CREATE TABLE public.t (a int)")
            let number = try await session.transaction { () async throws(PostgreSQLError) in
                try await session.execute("INSERT INTO public.t VALUES (1)")
            }
            #expect(number == 1)
            #expect(try await session.query("SELECT FROM public.t").count == 1)
        }
    }

    @Test func rollsBackWhatThrowsAndThrowsIt() async throws {
        try await TestDatabase.with("rollback") { (_, session) async throws in
            try await session.execute("CREATE TABLE public.t (a int)")
            await #expect(throws: Failure()) {
                try await session.transaction { () async throws(Failure) in
                    do throws(PostgreSQLError) { try await session.execute("INSERT INTO public.t VALUES (1)") } catch {}
                    throw Failure()
                }
            }
            #expect(try await session.query("SELECT FROM public.t").isEmpty)
        }
    }

    @Test func aFailedRollbackHidesNothing() async throws {
        try await TestDatabase.with("hides") { (database, session) async throws in
            let other = try await Session.connect(database.parameters)
            let pid = try #require(try await other.query("SELECT pg_backend_pid()").first?.int(0))
            await #expect(throws: Failure()) {
                try await other.transaction { () async throws(Failure) in
                    _ = try? await session.query("SELECT pg_terminate_backend($1::int, 5000)", [.int(pid)])
                    throw Failure()
                }
            }
            #expect(await other.isUsable == false)
        }
    }

    @Test func aCommitThatTheServerTurnsIntoARollbackFails() async throws {
        try await TestDatabase.with("turned") { (_, session) async throws in
            let error = await #expect(throws: PostgreSQLError.self) {
                try await session.transaction { () async throws(PostgreSQLError) in
                    do throws(PostgreSQLError) { try await session.query("SELECT 1/0") } catch {}
                }
            }
            #expect(error?.kind == .other)
            #expect(try await session.query("SELECT 1").first?.int(0) == 1)
        }
    }

    @Test func snapshotsSeeOneMomentAndWriteNothing() async throws {
        try await TestDatabase.with("snapshot") { (database, session) async throws in
            try await session.execute("CREATE TABLE public.t (a int)")
            let other = try await Session.connect(database.parameters)
            try await other.transaction(.snapshot) { () async throws(PostgreSQLError) in
                #expect(try await other.query("SELECT FROM public.t").isEmpty)
                try await session.execute("INSERT INTO public.t VALUES (1)")
                #expect(try await other.query("SELECT FROM public.t").isEmpty)
            }
            #expect(try await other.query("SELECT FROM public.t").count == 1)
            let error = await #expect(throws: PostgreSQLError.self) {
                try await other.transaction(.snapshot) { () async throws(PostgreSQLError) in
                    _ = try await other.execute("INSERT INTO public.t VALUES (2)")
                }
            }
            #expect(error?.sqlState == "25006")
            await other.close()
        }
    }

    @Test func oneAtATime() async throws {
        try await TestDatabase.with("nested") { (_, session) async throws in
            try await session.begin()
            let error = await #expect(throws: PostgreSQLError.self) { try await session.begin() }
            #expect(error?.kind == .other)
            await session.rollback()
            await session.rollback()
        }
    }

    @Test func aCancelledTransactionIsRolledBack() async throws {
        try await TestDatabase.with("cancelled") { (database, session) async throws in
            try await session.execute("CREATE TABLE public.t (a int)")
            let other = try await Session.connect(database.parameters)
            let task = Task { () -> PostgreSQLError? in
                do throws(PostgreSQLError) {
                    try await other.transaction { () async throws(PostgreSQLError) in
                        try await other.execute("INSERT INTO public.t VALUES (1)")
                        try await other.query("SELECT pg_sleep(600)")
                    }
                } catch { return error }
                return nil
            }
            while try await session.query(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
            ).isEmpty {
                await Task.yield()
            }
            task.cancel()
            #expect(await task.value?.kind == .cancelled)
            #expect(try await other.query("SELECT FROM public.t").isEmpty)
            await other.close()
        }
    }
}
