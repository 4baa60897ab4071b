import Core
import Foundation
import GraphSimulator
import Testing

@Suite("Leases, holds and deadlines", .serialized)
struct LeaseTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL);
        INSERT INTO projects SELECT i, 'Project ' || i FROM generate_series(1, 400) i;
        """

    /// A run that stands still in the middle of its creates, until the signal to go on.
    private static func paused(_ world: World, leaseMilliseconds: Int) async throws -> Program.Running {
        try world.resetCounters()
        try world.holdBack("createItem", from: 25)
        let running = try Program.start(
            ["apply", "--auto-approve", "--quiet"],
            environment: world.environment.merging(["SYNCBRIDGE_LEASE_MS": String(leaseMilliseconds)]) { $1 },
            directory: world.folder)
        await world.waitUntil(running, hasSent: 25, of: "createItem")
        kill(running.id, SIGSTOP)
        try world.clearFaults()
        return running
    }

    @Test func oneOfTwoAppliesIsTurnedAwayWaitsOrSkips() async throws {
        try await World.with("twoapplies", tables: Self.tables) { world in
            try world.write(ExitCodeTests.smallest)
            let first = try await Self.paused(world, leaseMilliseconds: 600_000)
            try await world.expect(14, "apply", "--auto-approve", says: ["is applying it since", "lock list"])
            try await world.expect(0, "apply", "--auto-approve", "--if-locked", "skip", says: ["Skipped"])
            try await world.expect(0, "lock", "list", says: ["definition/projects  held"])
            let waiting = try Program.start(
                ["apply", "--auto-approve", "--quiet", "--lock-timeout", "10m"], environment: world.environment,
                directory: world.folder)
            kill(first.id, SIGCONT)
            #expect(await first.status.value == 0)
            #expect(await waiting.status.value == 0)
            try await world.expectEmptyPlan()
            #expect(try world.items("Projects").count == 400)
            #expect(world.counters()["uniqueViolations"]?.integer == 0)
        }
    }

    /// A holder that hangs for longer than its lease lasts, and wakes up when another has done the work.
    @Test func aHolderThatWokeUpTooLateWritesNothing() async throws {
        try await World.with("zombie", tables: Self.tables) { world in
            try world.write(ExitCodeTests.smallest)
            let zombie = try await Self.paused(world, leaseMilliseconds: 1500)
            // Once its time is over the next takes the lease, though the session of the first lives.
            var status: Int32 = 14
            while status == 14 { status = try await world.run("apply", "--auto-approve", "--quiet").status }
            #expect(status == 0)
            try await world.expectEmptyPlan()
            let ledger = try await world.metaQuery("SELECT key, version, etag FROM sync_ledger ORDER BY key")
            let versions = try world.items("Projects").map { $0.fields["_UIVersionString"] }
            try world.resetCounters()
            kill(zombie.id, SIGCONT)
            let end = await zombie.status.value
            #expect(end == 14 || end == 17, "\(end)")
            #expect(world.counters()["requests"]?.members?.isEmpty ?? true, "\(world.counters())")
            #expect(try await world.metaQuery("SELECT key, version, etag FROM sync_ledger ORDER BY key") == ledger)
            #expect(try world.items("Projects").map { $0.fields["_UIVersionString"] } == versions)
            try await world.expectEmptyPlan()
        }
    }

    @Test func aKilledHoldersLeaseIsTakenAtOnce() async throws {
        try await World.with("killedlease", tables: Self.tables) { world in
            try world.write(ExitCodeTests.smallest)
            let first = try await Self.paused(world, leaseMilliseconds: 600_000)
            kill(first.id, SIGKILL)
            _ = await first.status.value
            try await world.apply("--lock-timeout", "10s")
            #expect(try world.items("Projects").count == 400)
            #expect(try await world.metaQuery("SELECT count(*) FROM sync_intents") == [["0"]])
        }
    }

    @Test func aHoldAndABrokenLeaseStopAnApply() async throws {
        try await World.with("holds", tables: Self.tables) { world in
            try world.write(ExitCodeTests.smallest)
            try await world.apply()
            try await world.expect(0, "lock", "hold", "projects", "--reason", "the auditors are here")
            try await world.sql("UPDATE projects SET name = 'x' WHERE id = 1")
            try world.resetCounters()
            try await world.expect(12, "apply", "--auto-approve", says: ["the auditors are here", "lock release"])
            #expect(world.writes() == 0)
            try await world.expect(0, "lock", "list", says: ["on hold", "the auditors are here"])
            try await world.expect(0, "lock", "release", "projects")
            try await world.expect(10, "lock", "release", "projects", says: ["there is no such hold"])
            try await world.apply()
            try await world.expect(10, "lock", "break", "projects", says: ["nobody holds it"])
            try await world.expect(10, "lock", "hold", "project", "--reason", "x", says: ["did you mean projects?"])
            // The holder of a broken lease records nothing more, and says so.
            try await world.sql("UPDATE projects SET name = name || '!' WHERE id <= 300")
            try world.holdBack("patchItem", from: 20)
            // Stopped in the middle of a commit it would keep the lease's row for a third of the lease's time.
            let running = try Program.start(
                ["apply", "--auto-approve", "--quiet"],
                environment: world.environment.merging(["SYNCBRIDGE_LEASE_MS": "9000"]) { $1 },
                directory: world.folder)
            await world.waitUntil(running, hasSent: 20, of: "patchItem")
            kill(running.id, SIGSTOP)
            try world.clearFaults()
            try await world.expect(0, "lock", "break", "projects", says: ["Broken: definition/projects"])
            kill(running.id, SIGCONT)
            let end = await running.status.value
            #expect(end == 17 || end == 14, "\(end)")
            try await world.apply()
        }
    }

    /// A list whose feed shows two edits of people, a page each, and a table with twenty new rows. The program is started,
    /// and its first page held back; an apply then creates the new rows' items and waits for the answers, while the
    /// program reads on.
    private static func readsWhatAnApplyWrites(
        _ world: World, _ arguments: [String], beforeTheApply meanwhile: () async throws -> Void = {}
    ) async throws -> (program: Int32, apply: Int32, text: String) {
        let output = world.folder.appendingPathComponent("output.txt").path
        try world.write(ExitCodeTests.smallest)
        try await world.apply()
        for id in 1...2 {
            try world.personEdits("Projects", try world.item("Projects", "projects/\(id)").id, ["Title": "typed"])
        }
        try await world.sql("INSERT INTO projects SELECT i, 'Project ' || i FROM generate_series(401, 420) i")
        try world.setting("deltaPageSize", 1)
        try world.resetCounters()
        let page = try world.holdBack("delta", from: 1, times: 1)
        try world.holdBack("createItem", from: 1)
        let program = try Program.start(
            arguments, environment: world.environment.merging(["SYNCBRIDGE_LEASE_MS": "600000"]) { $1 },
            directory: world.folder, output: output, errors: output)
        await world.waitUntil(program, hasSent: 1, of: "delta")
        try await meanwhile()
        let writer = try Program.start(
            ["apply", "--auto-approve", "--quiet"], environment: world.environment, directory: world.folder)
        await world.waitUntil(writer, hasSent: 20, of: "createItem")
        try world.clearFault(page)
        let status = await program.status.value
        try world.clearFaults()
        return (status, await writer.status.value, try String(contentsOfFile: output, encoding: .utf8))
    }

    /// A plan that began before the apply intended anything, and reads what it writes.
    @Test func aPlanDoesNotTakeTheWritesOfAnApplyBesideItForALaterState() async throws {
        try await World.with("beside", tables: Self.tables) { world in
            let ends = try await Self.readsWhatAnApplyWrites(world, ["plan"])
            #expect(ends.program == 0 && ends.apply == 0, "\(ends)")
            #expect(!ends.text.contains("META_STORE_BEHIND"), "\(ends.text)")
            try await world.expectEmptyPlan()
        }
    }

    /// It reads what its successor writes before its heartbeat tells it.
    @Test func anApplyWhoseLeaseIsAnothersDoesNotTakeTheirWritesForALaterState() async throws {
        try await World.with("robbed", tables: Self.tables) { world in
            let ends = try await Self.readsWhatAnApplyWrites(
                world, ["apply", "--auto-approve", "--quiet"],
                beforeTheApply: { try await world.expect(0, "lock", "break", "projects", says: ["Broken"]) })
            #expect(ends.program == 14 && ends.apply == 0, "\(ends)")
            #expect(!ends.text.contains("META_STORE_BEHIND"), "\(ends.text)")
            try await world.expectEmptyPlan()
        }
    }

    @Test func aDeadlineEndsInProgressAndTheNextRunGoesOn() async throws {
        try await World.with("deadline", tables: Self.tables) { world in
            try world.write(ExitCodeTests.smallest)
            try await world.expect(22, "apply", "--auto-approve", "--deadline", "0s", says: ["Run again to go on"])
            #expect(world.writes("createItem") == 0)
            try await world.expect(10, "apply", "--deadline", "soon", says: ["it is not a duration"])
            try await world.apply("--deadline", "10m")
        }
    }
}
