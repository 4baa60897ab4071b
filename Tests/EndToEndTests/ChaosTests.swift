import Core
import Foundation
import GraphSimulator
import Synchronization
import TestSupport
import Testing

/// Kills of the real program with SIGKILL, over real sockets. A few in every test run; `scripts/chaos` runs many.
@Suite("Kills of the real program", .serialized)
struct ChaosTests {
    private static func number(_ name: String, _ otherwise: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? otherwise
    }

    /// At random moments, with all faults.
    @Test func killsAtRandomMoments() async throws {
        let kills = Self.number("SYNCBRIDGE_CHAOS_KILLS", 8)
        let seed = UInt64(Self.number("SYNCBRIDGE_CHAOS_SEED", 1))
        try await World.with("chaos", tables: ChaosWorld.tables) { world in
            var chaos = try ChaosWorld(world, seed: seed)
            try chaos.chooseHabits()
            var killed = 0
            var number = 0
            while killed < kills {
                number += 1
                try await chaos.changeRows()
                try chaos.actAsPeople()
                try chaos.addFaults(percent: 5)
                let end = try chaos.addMoods()
                let limit = Int.random(in: 1...40, using: &chaos.random)
                if try await Self.kill(&chaos, afterRequests: limit, orElse: end) { killed += 1 }
                // Locks, and what is in the recycle bin, may outlast a run.
                if chaos.random.next() % 2 == 0 { try chaos.endMoods() } else { try world.clearFaults() }
                if killed.isMultiple(of: 10) || killed == kills {
                    try await chaos.settle("seed \(seed), kill \(killed)")
                }
            }
            print("chaos: \(killed) kills in \(number) runs, \(chaos.log.deeds) deeds of people, seed \(seed)")
        }
    }

    /// Runs apply and kills it once the service has got so many requests, or a few moments later. People act beside it.
    /// - Returns: Whether it was still running.
    private static func kill(
        _ chaos: inout ChaosWorld, afterRequests limit: Int, orElse end: ChaosEnd
    ) async throws -> Bool {
        let before = requests(chaos.world)
        let running = try chaos.start()
        await until(limit / 2, since: before, chaos.world, running)
        try chaos.actAsPeople()
        await until(limit, since: before, chaos.world, running)
        for _ in 0..<Int.random(in: 0...2000, using: &chaos.random) { await Task.yield() }
        Glibc.kill(running.id, SIGKILL)
        let status = await running.status.value
        #expect(ChaosEnd.killed.takes(status) || end.takes(status), "exit \(status)")
        return ChaosEnd.killed.takes(status)
    }

    /// Returns when the service has got so many requests, or the program has ended.
    private static func until(_ count: Int, since before: Int, _ world: World, _ running: Program.Running) async {
        while requests(world) - before < count, Glibc.kill(running.id, 0) == 0 { await Task.yield() }
    }

    private static func requests(_ world: World) -> Int {
        (world.counters()["requests"]?.members ?? []).reduce(0) { $0 + ($1.value.integer ?? 0) }
    }

    // MARK: Generated kill points

    /// Effects as the program itself lists them, in the order of their first occurrence.
    private struct Effects: Sendable {
        /// Of a run that provisions.
        var first: [String] = []
        /// Of runs that push changes.
        var later: [String] = []

        static func distinct(_ lines: [String]) -> [String] {
            var known: Set<String> = []
            return lines.filter { known.insert($0).inserted }
        }
    }

    /// A moment at which the program ends itself: `before`, `during` or `after` the nth effect of a kind.
    private struct Point: Hashable, Sendable {
        var phase: String
        var effect: String

        func text(_ number: Int) -> String { "\(phase)|\(number)|\(effect)" }
    }

    private static func points(_ effects: [String]) -> [Point] {
        effects.flatMap { effect in
            ["before", "during", "after"].map { Point(phase: $0, effect: effect) }
        }
    }

    /// At every kind of effect that a run has, before it, during it and after it. The list is what the program itself
    /// says it does.
    @Test func killsAtEveryEffect() async throws {
        let repeats = Self.number("SYNCBRIDGE_CHAOS_REPEATS", 0)
        let effects = try await Self.effects()
        #expect(effects.first.count > 15 && effects.later.count > 10, "\(effects)")
        let only = ProcessInfo.processInfo.environment["SYNCBRIDGE_CHAOS_ONLY"] ?? ""
        let later = Self.points(effects.later.filter { only.isEmpty || $0.contains(only) })
        let first = Self.points(
            effects.first.filter { !effects.later.contains($0) && (only.isEmpty || $0.contains(only)) })
        var random = SeededGenerator(seed: 7)
        guard repeats > 0 else {
            // Every run has some of them; a whole round belongs to scripts/chaos.
            let kills = try await Self.killLater(Array(later.shuffled(using: &random).prefix(8)), turns: 1)
            let firstKills = try await Self.killFirst(first, turns: 1, worldsMax: 1)
            #expect(kills.count + firstKills.count > 4)
            return
        }
        let kills = try await Self.killFirst(first, turns: repeats, worldsMax: 4 * repeats)
            .merging(try await Self.killLater(later, turns: repeats)) { $0 + $1 }
        let missed = (first + later).filter { kills[$0, default: 0] < repeats }
        #expect(missed.isEmpty, "\(missed.map { "\($0.text(1)): \(kills[$0, default: 0])" })")
        print(
            "chaos: \(Set(effects.first + effects.later).count) effects, \(first.count + later.count) points, "
                + "\(kills.values.reduce(0, +)) kills, at least \(repeats) at each but \(missed.count)")
    }

    /// In one world, whose rows change before each kill.
    private static func killLater(_ points: [Point], turns: Int) async throws -> [Point: Int] {
        let kills = Mutex<[Point: Int]>([:])
        try await World.with("points", tables: ChaosWorld.tables) { world in
            var chaos = try ChaosWorld(world, seed: 7)
            try await chaos.settle("first run")
            var runs = 0
            // What comes by chance only, such as a batch of deletes alone, has some more turns.
            for turn in 0..<(turns == 1 ? 1 : 6 * turns) {
                for point in points where turn < turns || kills.withLock({ $0[point, default: 0] }) < turns {
                    // The second or third effect of a kind may not come: then the first.
                    for number in Set([1 + turn % 3, 1]).sorted(by: >)
                    where kills.withLock({ $0[point, default: 0] }) <= turn {
                        try await chaos.changeRows()
                        try chaos.actAsPeople()
                        runs += 1
                        try await kill(&chaos, point, number, kills)
                        if runs.isMultiple(of: 5) { try await chaos.settle(point.text(number)) }
                    }
                }
            }
            try await chaos.settle("all points")
        }
        return kills.withLock { $0 }
    }

    /// In new worlds, in which everything has to be made first: one run after the other is killed, each a little further
    /// on, until one gets through.
    private static func killFirst(_ points: [Point], turns: Int, worldsMax: Int) async throws -> [Point: Int] {
        let kills = Mutex<[Point: Int]>([:])
        var worlds = 0
        while worlds < worldsMax {
            let left = points.filter { point in kills.withLock { $0[point, default: 0] } < turns }
            if left.isEmpty { break }
            worlds += 1
            try await World.with("first", tables: ChaosWorld.tables) { world in
                var chaos = try ChaosWorld(world, seed: 7)
                for point in left {
                    guard try await kill(&chaos, point, 1, kills) else { break }
                }
                try await chaos.settle("\(left.count) points left")
            }
        }
        return kills.withLock { $0 }
    }

    /// - Returns: Whether the point was reached.
    @discardableResult
    private static func kill(
        _ chaos: inout ChaosWorld, _ point: Point, _ number: Int, _ kills: borrowing Mutex<[Point: Int]>
    ) async throws -> Bool {
        let run = try await chaos.run(crashingAt: point.text(number))
        let isKilled = ChaosEnd.killed.takes(run.status)
        if isKilled { kills.withLock { $0[point, default: 0] += 1 } }
        // The service is well: after a kill, too, the next run is right or is killed itself.
        #expect(isKilled || ChaosEnd.quiet.takes(run.status), "\(point)\n\(run.output)\(run.errors)")
        return isKilled
    }

    private static func effects() async throws -> Effects {
        let effects = Mutex(Effects())
        try await World.with("effects", tables: ChaosWorld.tables) { world in
            var chaos = try ChaosWorld(world, seed: 7)
            for round in 0..<5 {
                let log = world.folder.appendingPathComponent("effects-\(round)")
                let run = try await chaos.run(changes: ["SYNCBRIDGE_EFFECT_LOG": log.path])
                #expect(ChaosEnd.quiet.takes(run.status), "\(run.output)\(run.errors)")
                let lines = String(decoding: try Data(contentsOf: log), as: UTF8.self).split(separator: "\n").map(
                    String.init)
                effects.withLock { effects in
                    if round == 0 { effects.first = Effects.distinct(lines) }
                    if round > 0 { effects.later = Effects.distinct(effects.later + lines) }
                }
                try await chaos.changeRows()
                try chaos.actAsPeople()
            }
        }
        return effects.withLock { $0 }
    }

    // MARK: Servers that end

    /// PostgreSQL, with the table and the meta-store, ends and starts again while an apply is at work; so does the
    /// service, which goes on with what it had answered.
    @Test func serversStartAgainUnderLoad() async throws {
        let restarts = Self.number("SYNCBRIDGE_CHAOS_RESTARTS", 4)
        // What was committed outlives a crash of the server.
        let server = try RestartableServer.start(["synchronous_commit=on"]).get()
        defer { server.stop() }
        try await World.withProcess("restarts", tables: ChaosWorld.tables, server: server.dsn) { world, simulator in
            var chaos = try ChaosWorld(world, seed: UInt64(Self.number("SYNCBRIDGE_CHAOS_SEED", 1)))
            var underLoad = 0
            for number in 0..<restarts {
                if number > 0 {
                    try await chaos.changeRows()
                    try chaos.actAsPeople()
                }
                let running = try chaos.start()
                let limit = Int.random(in: 1...30, using: &chaos.random)
                await Self.until(limit, since: Self.requests(world), world, running)
                underLoad += Glibc.kill(running.id, 0) == 0 ? 1 : 0
                switch number % 4 {
                case 0, 2: try await simulator.crash()
                case 1: try server.restart(inOrder: false)
                default: try server.restart(inOrder: true)
                }
                let status = await running.status.value
                #expect(ChaosEnd.endedServer.takes(status), "exit \(status)")
                try await chaos.settle("restart \(number)")
            }
            print("chaos: \(restarts) restarts, \(underLoad) of them under load, \(chaos.log.deeds) deeds of people")
            #expect(underLoad > 0)
        }
    }
}
