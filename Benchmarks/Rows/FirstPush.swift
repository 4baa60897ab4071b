internal import Core

/// A first push to a slow service, against plain clients that create the same lists and items.
struct FirstPush: Benchmark {
    let name = "push"
    let summary = "a first push to three new lists at 100 ms service latency, against plain clients in Python"

    /// What the slow peer sends: its rate is the same from the first item on.
    private static let sequentialRows = 100
    private static let latencyMilliseconds = 100
    /// What the program has under way at most.
    private static let batchesAtOnce = 16
    private static let batchRows = 20

    func run(_ bench: Workbench) async throws -> [Measurement] {
        let rows = bench.size.rows ?? 20_000
        let world = try await ProjectsWorld.make(bench, .byStatus)
        // The peers' creates are written down from lists that are known; nobody begins with those.
        try await world.emptyTenant(state: try Files.temporary("state"))
        try await world.insert(from: 1, to: rows)
        try await world.vacuum()
        let creates = try Files.temporary("creates")
        try world.writeCreates(to: creates)

        var runs: [Run] = []
        for round in 1...bench.rounds {
            Log.note("pushing \(rows) rows, round \(round)")
            try await bench.createDatabase(ProjectsWorld.meta)
            runs.append(
                Run(
                    ours: try await ours(world, rows: rows),
                    batch: try peer("batch", bench, creates: creates, rows: rows),
                    sequential: try peer(
                        "sequential", bench, creates: creates, rows: min(rows, Self.sequentialRows))))
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
        /// From the start of the process to its end.
        var seconds: Double
        /// From the first item to the last.
        var rowSeconds: Double
        var simulatorSeconds: Double
        var ownSeconds: Double
        var peakBytes: Int

        var rate: Double { Double(items) / seconds }
        var rowRate: Double { Double(items) / rowSeconds }
        var simulatorLoad: Double { simulatorSeconds / seconds * 100 }
    }

    /// Everything from an empty site and an empty meta-store on: both plans, three lists, the rows and the last look.
    private func ours(_ world: ProjectsWorld, rows: Int) async throws -> Push {
        let tenant = try SimulatedTenant.start(world.bench, ["--latency", "\(Self.latencyMilliseconds)"])
        defer { tenant.kill() }
        let before = tenant.processorSeconds
        let push = try world.apply(
            world.connected(to: tenant.origin), ["--allow-hazards", "ROW_CREATE_LIMIT@definition/projects"])
        let after = tenant.processorSeconds
        let counters = try await tenant.counters()
        guard counters.itemWrites == rows else {
            throw BenchmarkError("\(counters.itemWrites) writes of \(rows) items")
        }
        // The last batch was written when it came, and is answered after the latency.
        let span = Double(counters.itemWritesMilliseconds + Self.latencyMilliseconds) / 1000
        return Push(
            items: rows, seconds: push.seconds, rowSeconds: span, simulatorSeconds: after - before,
            ownSeconds: push.processor, peakBytes: push.peakBytes)
    }

    /// A plain client makes the same lists, with all their columns at once, and has its rows in a file.
    private func peer(_ name: String, _ bench: Workbench, creates: String, rows: Int) throws -> Push {
        let tenant = try SimulatedTenant.start(bench, ["--latency", "\(Self.latencyMilliseconds)"])
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
            items: items, seconds: finished.seconds, rowSeconds: seconds,
            simulatorSeconds: tenant.processorSeconds - before, ownSeconds: finished.processor,
            peakBytes: finished.peakBytes)
    }

    private func measurements(_ runs: [Run]) -> [Measurement] {
        let ours = runs.map(\.ours)
        let toBatch = runs.map { $0.batch.seconds / $0.ours.seconds }
        // As long as it would take the slow one for all rows.
        let toSequential = runs.map { $0.ours.rate / $0.sequential.rowRate }
        let allowed = Double(Self.batchesAtOnce * Self.batchRows) * 1000 / Double(Self.latencyMilliseconds)
        let ofAllowed = ours.map { $0.rowRate / allowed }
        func median(_ value: (Push) -> Double, _ places: Int) -> String { fixed(ours.map(value).median, places) }
        return [
            Measurement(
                "first push of \(ours.first?.items ?? 0) rows at 100 ms, lists and both plans included / Python, `$batch` "
                    + "of 20, 4 threads",
                toBatch.summary(2), reach: "≥ 3", isReached: toBatch.median >= 3),
            Measurement(
                "the same / sequential Python", toSequential.summary(1), reach: "≥ 20",
                isReached: toSequential.median >= 20),
            Measurement(
                "its rows alone, of the \(fixed(allowed, 0)) a second that \(Self.batchesAtOnce) batches at a time allow",
                ofAllowed.summary(2), reach: "≥ 0.9", isReached: ofAllowed.median >= 0.9),
            Measurement(
                "wall time: ours; batch",
                "\(median(\.seconds, 2)) s, of them \(median(\.rowSeconds, 2)) s from the first item to the last; "
                    + "\(fixed(runs.map(\.batch.seconds).median, 2)) s"),
            Measurement(
                "items/s from the first to the last: ours; batch; sequential",
                "\(median(\.rowRate, 0)); \(fixed(runs.map(\.batch.rowRate).median, 0)); "
                    + "\(fixed(runs.map(\.sequential.rowRate).median, 1))"),
            Measurement(
                "its own processor time; the simulator's load then (100 % is one core); its peak memory",
                "\(median(\.ownSeconds, 2)) s; \(median(\.simulatorLoad, 0)) %; "
                    + "\(median({ Double($0.peakBytes) / 1_048_576 }, 1)) MiB"),
        ]
    }
}
