import Core
import Foundation
import PostgreSQL
import TestSupport
import Testing

/// An administrator's transaction holds the table, such as a migration that was left open.
@Suite("Waiting for a lock end to end", .serialized)
struct LockWaitTests {
    private static let tables =
        "CREATE TABLE projects (id int PRIMARY KEY, name text); INSERT INTO projects VALUES (1, 'a');"

    @Test func aLockIsSaidWithItsHolderAndEndsTheRunInTime() async throws {
        try await World.with("locked", tables: Self.tables) { world in
            // The condition is looked at by the verbs that read no row, too.
            let source = "{ table: public.projects, where: \"id > 0\" }"
            try world.write(ExitCodeTests.smallest.replacing("{ table: public.projects }", with: source))
            try await world.apply()
            try await world.sql("BEGIN; ALTER TABLE projects ADD COLUMN more int")
            let process = await world.session.processID
            for arguments in [["plan"], ["apply", "--auto-approve"], ["drift"]] {
                let run = try await Self.run(world, arguments + ["--lock-wait", "1s"])
                #expect(run.status == 16, "\(arguments): \(run.errors)")
                #expect(run.errors.contains("waiting up to 1 s (--lock-wait): public.projects is locked by another"))
                #expect(run.errors.contains("(pid \(process), in a transaction since 20"), "\(run.errors)")
                #expect(run.errors.contains("did not let go within 1 s"), "\(run.errors)")
            }
            let deadline = try await Self.run(world, ["apply", "--auto-approve", "--deadline", "1s"])
            #expect(deadline.status == 22, "\(deadline.errors)")
            #expect(deadline.errors.contains("(pid \(process)"))
            let wrong = try await Self.run(world, ["plan", "--lock-wait", "soon"])
            #expect(wrong.status == 10)

            try await world.sql("COMMIT")
            try await world.apply()
            try await world.apply()
        }
    }

    @Test func aSignalEndsTheWait() async throws {
        try await World.with("lockstop", tables: Self.tables) { world in
            try world.write(ExitCodeTests.smallest)
            try await world.sql("BEGIN; LOCK TABLE projects IN ACCESS EXCLUSIVE MODE")
            let running = try Program.start(
                ["apply", "--auto-approve", "--quiet"], environment: world.environment, directory: world.folder)
            let watcher = try await Session.connect(world.source.parameters)
            let waiting = """
                SELECT 1 FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_database AS d ON d.oid = l.database
                WHERE NOT l.granted AND d.datname = pg_catalog.current_database()
                """
            while try await watcher.query(waiting).isEmpty {
                try #require(kill(running.id, 0) == 0)
            }
            kill(running.id, SIGTERM)
            #expect(await running.status.value == 143)
            await watcher.close()
            try await world.sql("ROLLBACK")
            try await world.apply()
            try await world.apply()
        }
    }

    private static func run(_ world: World, _ arguments: [String]) async throws -> ProgramRun {
        try await Program.run(arguments, environment: world.environment, directory: world.folder)
    }
}
