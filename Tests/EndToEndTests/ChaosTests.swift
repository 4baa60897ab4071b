import Core
import Foundation
import GraphSimulator
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
            let chaos = ChaosWorld(world: world)
            try world.write(ChaosWorld.tree)
            var random = SeededGenerator(seed: seed)
            var edits: [ChaosWorld.Edit] = []
            var killed = 0
            var number = 0
            while killed < kills {
                number += 1
                try await chaos.changeRows(&random)
                edits += try chaos.typeSomething(&random, number)
                try chaos.addFaults(percent: 5)
                let limit = Int.random(in: 1...40, using: &random)
                if try await Self.kill(chaos, afterRequests: limit, &random) { killed += 1 }
                try world.clearFaults()
                if killed.isMultiple(of: 10) || killed == kills {
                    try await chaos.settle(edits, "seed \(seed), kill \(killed)")
                }
            }
            print("chaos: \(killed) kills in \(number) runs, \(edits.count) edits of people, seed \(seed)")
        }
    }

    /// Runs apply and kills it once the service has got so many requests, or a few moments later.
    /// - Returns: Whether it was still running.
    private static func kill(
        _ chaos: ChaosWorld, afterRequests limit: Int, _ random: inout SeededGenerator
    ) async throws -> Bool {
        let before = requests(chaos.world)
        let running = try Program.start(
            ["apply", "--auto-approve", "--quiet"] + ChaosWorld.flags, environment: chaos.environment,
            directory: chaos.world.folder)
        while requests(chaos.world) - before < limit, Glibc.kill(running.id, 0) == 0 { await Task.yield() }
        for _ in 0..<Int.random(in: 0...2000, using: &random) { await Task.yield() }
        Glibc.kill(running.id, SIGKILL)
        return await running.status.value == 128 + SIGKILL
    }

    private static func requests(_ world: World) -> Int {
        (world.counters()["requests"]?.members ?? []).reduce(0) { $0 + ($1.value.integer ?? 0) }
    }

    /// At every kind of effect that a run has, before it, during it and after it. The list is what the program itself
    /// says it does.
    @Test func killsAtEveryEffect() async throws {
        let repeats = Self.number("SYNCBRIDGE_CHAOS_REPEATS", 0)
        try await World.with("points", tables: ChaosWorld.tables) { world in
            let chaos = ChaosWorld(world: world)
            try world.write(ChaosWorld.tree)
            var random = SeededGenerator(seed: 7)
            let effects = try await Self.effects(chaos, &random)
            #expect(effects.count > 15, "\(effects)")
            var edits: [ChaosWorld.Edit] = []
            var kills = 0
            var points = effects.flatMap { effect in ["before", "during", "after"].map { ($0, effect) } }
            // Every run has some of them; a whole round belongs to scripts/chaos.
            if repeats == 0 { points = Array(points.shuffled(using: &random).prefix(9)) }
            for turn in 0..<max(1, repeats) {
                for (phase, effect) in points {
                    try await chaos.changeRows(&random)
                    edits += try chaos.typeSomething(&random, kills)
                    let point = "\(phase)|\(1 + turn % 3)|\(effect)"
                    let run = try await Program.run(
                        ["apply", "--auto-approve", "--quiet"] + ChaosWorld.flags,
                        environment: chaos.environment.merging(["SYNCBRIDGE_CRASH_AT": point]) { $1 },
                        directory: world.folder)
                    kills += run.status == 128 + SIGKILL ? 1 : 0
                    // Some kill points are in the beginning only, some come once in a run: then nobody was killed.
                    #expect([0, 128 + SIGKILL].contains(run.status), "\(point)\n\(run.output)\(run.errors)")
                    if kills.isMultiple(of: 5) { try await chaos.settle(edits, point) }
                }
            }
            try await chaos.settle(edits, "all points")
            print(
                "chaos: \(effects.count) effects, \(points.count) points, \(kills) kills, \(edits.count) edits of people"
            )
        }
    }

    /// The kinds of effects that a first run and a run with changes have.
    private static func effects(_ chaos: ChaosWorld, _ random: inout SeededGenerator) async throws -> [String] {
        let log = chaos.world.folder.appendingPathComponent("effects")
        for _ in 0..<3 {
            _ = try await Program.run(
                ["apply", "--auto-approve", "--quiet"] + ChaosWorld.flags,
                environment: chaos.environment.merging(["SYNCBRIDGE_EFFECT_LOG": log.path]) { $1 },
                directory: chaos.world.folder)
            try await chaos.changeRows(&random)
        }
        let lines = String(decoding: try Data(contentsOf: log), as: UTF8.self).split(separator: "\n").map(String.init)
        return Set(lines).sorted()
    }
}
