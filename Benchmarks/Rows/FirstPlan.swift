/// A plan with an empty meta-store and an empty site: every row is to be created.
struct FirstPlan: Benchmark {
    let name = "first-plan"
    let summary = "a first plan, in which every row is new, against COPY of the same rows"

    func run(_ bench: Workbench) async throws -> [Measurement] {
        Log.note("filling a table with \(bench.rows) rows")
        let world = try await ProjectsWorld.make(bench)
        try await world.insert(from: 1, to: bench.rows)
        try await world.vacuum()
        let environment = world.connected(to: try bench.startSimulator())
        var ratios: [Double] = []
        var plans: [Double] = []
        var peak = 0
        for round in 0...bench.rounds {
            let copy = try world.copy()
            let plan = try ChildProcess.expect(
                [bench.program, "plan", "-f", world.manifests, "--quiet", "--detailed-exitcode"], status: 2,
                environment: environment)
            peak = max(peak, plan.peakBytes)
            guard round > 0 else { continue }
            ratios.append(plan.seconds / copy.seconds)
            plans.append(plan.seconds)
        }
        return [
            Measurement("first plan / COPY", ratios.summary(2)),
            Measurement("its wall time", "\(fixed(plans.median, 2)) s"),
            Measurement("its peak memory", "\(fixed(Double(peak) / 1_048_576, 1)) MiB"),
        ]
    }
}
