import Core
import Foundation
import GraphSimulator
import Testing

@Suite("The quota, end to end", .serialized)
struct QuotaTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL);
        INSERT INTO projects SELECT i, 'Project ' || i FROM generate_series(1, 300) i;
        """

    @Test func allProcessesBookWhatTheServiceCounts() async throws {
        try await World.with("quota", tables: Self.tables) { world in
            try world.write(ExitCodeTests.smallest)
            // The first requests leave before there is a meta-store to book in; they are told afterwards.
            #expect(try await world.run("apply", "--auto-approve").status == 0)
            try await world.sql("UPDATE projects SET name = name || '!' WHERE id <= 50")
            #expect(try await world.run("apply", "--auto-approve").status == 0)
            let counted = try #require(world.counters()["resourceUnits"]?.integer)
            #expect(try await world.metaQuery("SELECT day_units FROM quota") == [[String(counted)]])
            #expect(try await world.metaQuery("SELECT count(*) FROM quota_bookings WHERE is_open") == [["0"]])
        }
    }

    @Test func saysThatItWaitsAndStopsPromptly() async throws {
        try await World.with("quotawait", tables: Self.tables) { world in
            try world.write(ExitCodeTests.smallest)
            let errors = world.folder.appendingPathComponent("errors").path
            let environment = world.environment.merging(["SYNCBRIDGE_QUOTA_PER_MINUTE": "125"]) { $1 }
            let running = try Program.start(
                ["apply", "--auto-approve"], environment: environment, directory: world.folder, errors: errors)
            let text = { (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "" }
            while !text().contains("waiting"), kill(running.id, 0) == 0 { await Task.yield() }
            let start = ContinuousClock.now
            kill(running.id, SIGTERM)
            #expect(await running.status.value == 143)
            #expect(ContinuousClock.now - start < .seconds(20))
            let waits = text().split(separator: "\n").filter { $0.hasPrefix("waiting") }
            #expect(waits.count == 1)
            #expect(waits.first?.hasSuffix(" s for SharePoint's quota (our share of the minute is spent)") == true)
            let counted = try #require(world.counters()["resourceUnits"]?.integer)
            #expect(counted <= 100)
            // Somebody else with more to spend goes on.
            try await world.apply()
            #expect(try world.items("Projects").count == 300)
        }
    }
}
