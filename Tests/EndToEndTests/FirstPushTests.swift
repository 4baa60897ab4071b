import Core
import Foundation
import Testing

/// How many times as many rows as every test run has: `SYNCBRIDGE_TEST_SCALE`, for long runs by hand.
enum Scale {
    static let factor = ProcessInfo.processInfo.environment["SYNCBRIDGE_TEST_SCALE"].flatMap { Int($0) } ?? 1
}

@Suite("A first push of many rows, while the table changes")
struct FirstPushTests {
    /// What is deleted before its turn is never created, and what is changed arrives as it is now: rows are read again when
    /// their wave begins, and a round follows until the plan is empty.
    @Test func whatChangesMeanwhileArrivesInTheSameRun() async throws {
        let rows = 2000 * Scale.factor
        let part = rows / 100
        let tables = """
            CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL);
            INSERT INTO projects SELECT i, 'Project ' || i FROM generate_series(1, \(rows)) i;
            """
        try await World.with("firstpush", tables: tables) { world in
            try world.write(ExitCodeTests.smallest)
            try world.holdBack("createItem", from: rows / 20)
            let running = try Program.start(
                ["apply", "--auto-approve", "--quiet"], environment: world.environment, directory: world.folder)
            await world.waitUntil(running, hasSent: rows / 20, of: "createItem")
            kill(running.id, SIGSTOP)
            try world.clearFaults()
            let created = world.writes("createItem")
            #expect(created >= rows / 20 && created < rows / 4, "\(created) of \(rows)")
            // Half of the changed rows have their item already; the deleted ones are beyond what is under way.
            try await world.sql(
                """
                DELETE FROM projects WHERE id > \(rows * 3 / 4) AND id % 25 = 0;
                UPDATE projects SET name = name || ' anew' WHERE id <= \(part / 2);
                UPDATE projects SET name = name || ' anew' WHERE id > \(rows * 3 / 4) AND id % 50 = 1;
                """)
            kill(running.id, SIGCONT)
            #expect(await running.status.value == 0)
            #expect(world.writes("createItem") == rows - part)
            #expect(world.writes("deleteItem") == 0)
            let expected = try await world.sourceQuery("SELECT 'projects/' || id, name FROM projects ORDER BY id")
            let items = try world.items("Projects")
            #expect(items.count == rows - part && items.count == expected.count)
            let shown = Dictionary(items.map { ($0.key ?? "", $0.fields["Title"]?.string) }) { first, _ in first }
            let wrong = expected.filter { row in shown[row[0] ?? ""].flatMap { $0 } != row[1] }
            #expect(wrong.isEmpty, "\(wrong.prefix(5))")
            #expect(expected.count { $0[1]?.hasSuffix("anew") == true } == part)
            try await world.expectEmptyPlan()
        }
    }
}
