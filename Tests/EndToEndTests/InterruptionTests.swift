import Core
import Foundation
import GraphSimulator
import Testing

@Suite("Interruption", .serialized)
struct InterruptionTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL);
        INSERT INTO projects SELECT i, 'Project ' || i FROM generate_series(1, 1000) i;
        """

    /// Starts an apply, sends the signal once the service has got `count` requests of this kind, and waits for the end.
    private static func interrupt(_ world: World, _ signal: Int32, after count: Int, of operation: String) async throws
        -> Int32
    {
        // A call that changes a list is not held itself: the next run's would meet it.
        let isOfItems = operation.hasSuffix("Item")
        try world.holdBack(isOfItems ? operation : "createItem", from: isOfItems ? count : 1)
        let running = try Program.start(
            ["apply", "--auto-approve", "--quiet"], environment: world.environment, directory: world.folder)
        await world.waitUntil(running, hasSent: count, of: operation)
        kill(running.id, signal)
        try world.clearFaults()
        return await running.status.value
    }

    @Test(arguments: [(SIGTERM, Int32(143)), (SIGINT, Int32(130))])
    func anOrderlyStopSaysSoAndTheNextRunFinishes(_ signal: Int32, _ status: Int32) async throws {
        try await World.with("stop", tables: Self.tables) { world in
            try world.write(ExitCodeTests.smallest)
            #expect(try await Self.interrupt(world, signal, after: 20, of: "createItem") == status)
            let before = try world.items("Projects").count
            #expect(before > 0 && before < 1000)
            // All that was written is recorded.
            #expect(try await world.metaQuery("SELECT count(*) FROM sync_ledger") == [[String(before)]])
            try await world.apply()
            #expect(try world.items("Projects").count == 1000)
            #expect(world.counters()["uniqueViolations"]?.integer == 0)
        }
    }

    /// A pause that the service asks for is no reason to keep an operator waiting.
    @Test func aStopDuringAPauseOfTheServiceIsPrompt() async throws {
        try await World.with("stoppause", tables: Self.tables) { world in
            try world.write(ExitCodeTests.smallest)
            try await world.apply("--quiet")
            try await world.sql("UPDATE projects SET name = name || '!' WHERE id < 100")
            try world.resetCounters()
            try world.fault(.throttled, ["patchItem"], retryAfter: "600")
            let start = ContinuousClock.now
            #expect(try await Self.interrupt(world, SIGTERM, after: 1, of: "patchItem") == 143)
            #expect(ContinuousClock.now - start < .seconds(30))
            try world.admin("POST", "/clock", ["advanceSeconds": 700])
            // The pause is the tenant's, whatever process asks: this clock is not the meta-store's.
            #expect(try await world.metaQuery("UPDATE quota SET blocked_until = 0 RETURNING 1") == [["1"]])
            try await world.apply()
        }
    }

    /// Each point in a world of its own: on a slow machine the signal comes later than its point, at the first item at
    /// the latest, and what is done by then is not asked for again.
    @Test(arguments: [
        ("createList", 1), ("createColumn", 1), ("patchColumn", 1), ("createItem", 1), ("createItem", 300),
    ])
    func killedAtAnyPointARunAfterItEndsAsIfNothingHadHappened(_ operation: String, _ count: Int) async throws {
        try await World.with("kill", tables: Self.tables) { world in
            try world.write(ExitCodeTests.smallest)
            // Else columns come with their list.
            if operation == "createColumn" { try world.setting("newListColumns", "first") }
            #expect(try await Self.interrupt(world, SIGKILL, after: count, of: operation) == 128 + SIGKILL)
            try await world.apply()
            let items = try world.items("Projects")
            #expect(items.count == 1000)
            #expect(Set(items.compactMap(\.key)).count == 1000)
            #expect(
                try world.admin("GET", "/lists")["lists"]?.array?.count {
                    $0["name"]?.string?.hasPrefix("Projects") == true
                } == 1)
        }
    }
}
