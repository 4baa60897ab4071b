/// How long the program takes to start and end: as it is shipped, with Swift's own libraries inside.
struct VersionStart: Benchmark {
    let name = "version"
    let summary = "syncbridge version, from start to end"

    func run(_ bench: Workbench) async throws -> [Measurement] {
        let program = try Surroundings.required("SYNCBRIDGE_BENCH_STATIC")
        var times: [Double] = []
        for round in 0...20 {
            let finished = try ChildProcess.expect([program, "version"])
            if round > 0 { times.append(finished.seconds * 1000) }
        }
        return [
            Measurement(
                "syncbridge version", "\(times.summary(1)) ms", reach: "≤ 15 ms", isReached: times.median <= 15)
        ]
    }
}
