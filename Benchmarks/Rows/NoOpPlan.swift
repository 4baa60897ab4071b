/// A plan that finds nothing to do, against the mere reading of the same rows.
struct NoOpPlan: Benchmark {
    let name = "plan"
    let summary = "a plan without changes, against COPY of the same rows"

    /// The ratio while every row has to be read, as after a change of the manifests: the second of two rounds.
    private func ratioOfUnmarked(_ world: ProjectsWorld, _ environment: [String: String]) throws -> Double {
        var ratio = 0.0
        for _ in 0..<2 {
            let copy = try world.copy()
            ratio = try world.plan(environment).seconds / copy.seconds
        }
        return ratio
    }

    func run(_ bench: Workbench) async throws -> [Measurement] {
        Log.note("filling a table and its ledger with \(bench.rows) rows")
        let world = try await ProjectsWorld.make(bench)
        let environment = world.connected(to: try bench.startSimulator())
        try await world.insert(from: 1, to: 20)
        try ChildProcess.expect(
            [bench.program, "apply", "-f", world.manifests, "--auto-approve", "--quiet"], environment: environment)
        try await world.insert(from: 21, to: bench.rows)
        try await world.vacuum()
        try await world.fillLedger(environment)
        let unmarked = try ratioOfUnmarked(world, environment)
        let applies = try await world.noteFingerprints(environment, rows: bench.rows)
        var ratios: [Double] = []
        var copies: [Double] = []
        var plans: [Double] = []
        var processor: [Double] = []
        var peak = 0
        // A first round for nothing: it brings both tables into the cache.
        for round in 0...bench.rounds {
            let copy = try world.copy()
            let plan = try world.plan(environment)
            peak = max(peak, plan.peakBytes)
            guard round > 0 else { continue }
            ratios.append(plan.seconds / copy.seconds)
            copies.append(copy.seconds)
            plans.append(plan.seconds)
            processor.append(plan.processor)
        }
        try await world.use()
        var used: [Double] = []
        for round in 0...bench.rounds {
            let copy = try world.copy()
            let plan = try world.plan(environment)
            peak = max(peak, plan.peakBytes)
            if round > 0 { used.append(plan.seconds / copy.seconds) }
        }
        // Of fewer rows it is the fixed costs that count.
        let reach = bench.rows >= 1_000_000 ? 1.0 : 1.2
        let perRow = plans.median / Double(bench.rows) * 1e6
        let mebibytes = Double(peak) / 1_048_576
        return [
            Measurement(
                "plan without changes / COPY", ratios.summary(2), reach: "≤ \(fixed(reach, 1))",
                isReached: ratios.median <= reach),
            Measurement(
                "the same of used tables: a tenth updated, tombstones, drift, refused rows, not vacuumed",
                used.summary(2)),
            Measurement(
                "the same before rows have fingerprints; applies until they have them",
                "\(fixed(unmarked, 2)); \(applies)"),
            Measurement(
                "its peak memory", "\(fixed(mebibytes, 1)) MiB", reach: "≤ 48 MiB", isReached: mebibytes <= 48),
            Measurement(
                "its wall time; COPY's",
                "\(fixed(plans.median, 2)) s, \(fixed(perRow, 2)) µs a row; "
                    + "\(fixed(copies.median, 2)) s"),
            Measurement("its own processor time", "\(fixed(processor.median, 2)) s"),
        ]
    }
}
