internal import Core

/// Rebuilds a lost meta-store from the lists and the table.
struct Recovery: Benchmark {
    let name = "recover"
    let summary = "recover of 200,000 items (--rows) after the loss of the meta-store"

    func run(_ bench: Workbench) async throws -> [Measurement] {
        let rows = bench.size.rows ?? 200_000
        Log.note("filling a table and a site with \(rows) rows")
        let world = try await ProjectsWorld.make(bench)
        let tenant = try await world.filled(rows: rows)
        defer { tenant.kill() }
        try await bench.createDatabase(ProjectsWorld.meta)
        try await tenant.resetCounters()
        let simulated = tenant.processorSeconds
        let output = try Files.temporary("recover")
        let environment = world.connected(to: tenant.origin)
        let finished = try ChildProcess.expect(
            [bench.program, "recover", "-f", world.manifests, "--quiet", "--json"], environment: environment,
            output: output)
        let counters = try await tenant.counters()
        let simulatorSeconds = tenant.processorSeconds - simulated
        let report = try JSON.parse(try Files.read(output))["definitions"]?.array?.first
        guard report?["rows"]?.integer == rows, report?["unknownBase"]?.integer == 0 else {
            throw BenchmarkError("not every item was given its row: \(report?.text() ?? "")")
        }
        // The rebuilt ledger is the lost one if no row is to be touched; that the definition is registered anew is due.
        try ChildProcess.expect(
            [bench.program, "plan", "-f", world.manifests, "--quiet", "--json"], environment: environment,
            output: output)
        let data = try JSON.parse(try Files.read(output))["summary"]?["data"]
        guard data?["unchanged"]?.integer == rows else {
            throw BenchmarkError("the next plan would change rows: \(data?.text() ?? "")")
        }
        // Reading items costs by the page, whatever else is read by the list.
        let pages = counters.resourceUnits(of: "delta")
        let million = Double(counters.resourceUnits - pages) + Double(pages) * 1_000_000 / Double(rows)
        return [
            Measurement(
                "`recover` of \(rows) items; at that rate, of 1,000,000",
                "\(counters.resourceUnits) RU; \(fixed(million, 0)) RU", reach: "≤ 500 RU of 1,000,000",
                isReached: million <= 500),
            Measurement("its writes", "\(counters.writes)", reach: "0", isReached: counters.writes == 0),
            Measurement(
                "its wall time; processor time; the simulator's",
                "\(fixed(finished.seconds, 1)) s; \(fixed(finished.processor, 1)) s; \(fixed(simulatorSeconds, 1)) s"),
            Measurement("its peak memory", "\(fixed(Double(finished.peakBytes) / 1_048_576, 1)) MiB"),
        ]
    }
}
