/// Memory at the size of a large table.
struct PeakMemory: Benchmark {
    let name = "memory"
    let summary = "peak memory at 1,000,000 rows: a first plan, an apply of 10,000 changes, a plan without any"

    func run(_ bench: Workbench) async throws -> [Measurement] {
        let rows = bench.rows
        let changes = min(bench.size.changes, rows)
        Log.note("filling a table and its ledger with \(rows) rows")
        let world = try await ProjectsWorld.make(bench)
        // Only rows that change need an item.
        let every = rows / changes
        let tenant = try await world.filled(rows: rows, every: every)
        defer { tenant.kill() }
        let environment = world.connected(to: tenant.origin)
        let nothing = try world.plan(environment)
        try await bench.script(
            ProjectsWorld.source, "UPDATE public.projects SET name = name || ' II' WHERE id % \(every) = 0")
        let apply = try world.apply(environment)
        try await bench.createDatabase(ProjectsWorld.meta)
        let first = try ChildProcess.expect(
            [bench.program, "plan", "-f", world.manifests, "--quiet", "--detailed-exitcode"], status: 2,
            environment: world.connected(to: try bench.startSimulator()))
        return [
            measurement("a plan of \(rows) rows without changes", nothing),
            measurement("an apply of \(rows / every) updates in \(rows) rows", apply),
            measurement("a first plan of \(rows) rows", first),
        ]
    }

    private func measurement(_ what: String, _ finished: Finished) -> Measurement {
        let mebibytes = Double(finished.peakBytes) / 1_048_576
        return Measurement(
            "peak memory of \(what)", "\(fixed(mebibytes, 1)) MiB, in \(fixed(finished.seconds, 1)) s",
            reach: "≤ 48 MiB", isReached: mebibytes <= 48)
    }
}
