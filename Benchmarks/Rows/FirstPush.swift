internal import Core

/// A first push to a slow service, against plain clients that create the same items.
struct FirstPush: Benchmark {
    let name = "push"
    let summary = "a first push at 100 ms service latency, against plain clients in Python"

    /// What the slow peer sends: its rate is the same from the first item on.
    private static let sequentialRows = 100

    func run(_ bench: Workbench) async throws -> [Measurement] {
        let rows = bench.size.rows ?? 12_000
        let world = try await ProjectsWorld.make(bench)
        let state = try Files.temporary("state")
        let port = try await world.emptyTenant(state: state).port
        try await world.insert(from: 1, to: rows)
        try await world.vacuum()
        let creates = try Files.temporary("creates")
        try world.writeCreates(to: creates)
        let template = "bench_meta_empty"
        try await bench.createDatabase(template, like: ProjectsWorld.meta)

        var runs: [Run] = []
        for round in 1...bench.rounds {
            Log.note("pushing \(rows) rows, round \(round)")
            try await bench.createDatabase(ProjectsWorld.meta, like: template)
            runs.append(
                Run(
                    ours: try ours(world, state: state, port: port, rows: rows),
                    batch: try peer("batch", bench, state: state, creates: creates, rows: rows),
                    sequential: try peer(
                        "sequential", bench, state: state, creates: creates, rows: min(rows, Self.sequentialRows))))
        }
        return measurements(runs)
    }

    private struct Run {
        var ours: Push
        var batch: Push
        var sequential: Push
    }

    private struct Push {
        var items: Int
        var seconds: Double
        /// Of them, those that an apply takes anyway.
        var fixedSeconds = 0.0
        var simulatorSeconds: Double
        var ownSeconds: Double

        var rate: Double { Double(items) / (seconds - fixedSeconds) }
        var wholeRate: Double { Double(items) / seconds }
        var simulatorLoad: Double { simulatorSeconds / seconds * 100 }
    }

    private func ours(_ world: ProjectsWorld, state: String, port: String, rows: Int) throws -> Push {
        let tenant = try SimulatedTenant.start(world.bench, ["--state", state, "--port", port, "--latency", "100"])
        defer { tenant.kill() }
        let environment = world.connected(to: tenant.origin)
        let before = tenant.processorSeconds
        let push = try world.apply(environment, ["--allow-hazards", "ROW_CREATE_LIMIT@definition/projects"])
        let after = tenant.processorSeconds
        let nothing = try world.apply(environment)
        return Push(
            items: rows, seconds: push.seconds, fixedSeconds: nothing.seconds, simulatorSeconds: after - before,
            ownSeconds: push.processor)
    }

    private func peer(_ name: String, _ bench: Workbench, state: String, creates: String, rows: Int) throws -> Push {
        let tenant = try SimulatedTenant.start(bench, ["--state", state, "--latency", "100"])
        defer { tenant.kill() }
        let output = try Files.temporary("peer")
        let before = tenant.processorSeconds
        let finished = try ChildProcess.expect(
            ["python3", "\(try bench.peers)/\(name).py", tenant.origin, creates, "\(rows)"], output: output)
        let report = try JSON.parse(try Files.read(output))
        guard let items = report["items"]?.integer, let seconds = report["seconds"]?.double else {
            throw BenchmarkError("\(name).py reported nothing")
        }
        return Push(
            items: items, seconds: seconds, simulatorSeconds: tenant.processorSeconds - before,
            ownSeconds: finished.processor)
    }

    private func measurements(_ runs: [Run]) -> [Measurement] {
        let toBatch = runs.map { $0.ours.rate / $0.batch.rate }
        let toSequential = runs.map { $0.ours.rate / $0.sequential.rate }
        let loads = runs.map(\.ours.simulatorLoad)
        return [
            Measurement(
                "first push of \(runs.first?.ours.items ?? 0) rows at 100 ms / Python, `$batch` of 20, 4 threads",
                toBatch.summary(2), reach: "≥ 3",
                isReached: toBatch.median >= 3),
            Measurement(
                "first push at 100 ms / sequential Python", toSequential.summary(1), reach: "≥ 20",
                isReached: toSequential.median >= 20),
            Measurement(
                "items/s: ours; batch; sequential",
                "\(fixed(runs.map(\.ours.rate).median, 0)); \(fixed(runs.map(\.batch.rate).median, 0)); "
                    + "\(fixed(runs.map(\.sequential.rate).median, 1))"),
            Measurement(
                "the whole apply, with its reads and both plans",
                "\(fixed(runs.map(\.ours.seconds).median, 2)) s, of them \(fixed(runs.map(\.ours.fixedSeconds).median, 2)) s "
                    + "also without changes; \(fixed(runs.map(\.ours.wholeRate).median, 0)) items/s, "
                    + "\(fixed(runs.map { $0.ours.wholeRate / $0.batch.rate }.median, 2)) × batch"),
            Measurement(
                "its own processor time; the simulator's load then (100 % is one core)",
                "\(fixed(runs.map(\.ours.ownSeconds).median, 2)) s; \(fixed(loads.median, 0)) %"),
        ]
    }
}
