/// How long the program takes to start and end.
struct VersionStart: Benchmark {
    let name = "version"
    let summary = "syncbridge version, from start to end"

    func run(_ bench: Workbench) async throws -> [Measurement] {
        var times: [Double] = []
        for round in 0...20 {
            let finished = try ChildProcess.expect([bench.program, "version"])
            if round > 0 { times.append(finished.seconds * 1000) }
        }
        return [
            Measurement(
                "syncbridge version", "\(times.summary(1)) ms", reach: "≤ 15 ms", isReached: times.median <= 15)
        ]
    }
}
