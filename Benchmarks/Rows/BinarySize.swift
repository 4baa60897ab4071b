internal import Glibc

/// The program as it is shipped: with Swift's own libraries inside, without symbols.
struct BinarySize: Benchmark {
    let name = "size"
    let summary = "the stripped binary with a static Swift library"

    func run(_ bench: Workbench) async throws -> [Measurement] {
        let built = try Surroundings.required("SYNCBRIDGE_BENCH_STATIC")
        let stripped = try Files.temporary("stripped")
        defer { unlink(stripped) }
        try ChildProcess.expect(["strip", "-o", stripped, built])
        let mebibytes = Double(try Files.size(stripped)) / 1_000_000
        var times: [Double] = []
        for round in 0...20 {
            let finished = try ChildProcess.expect([stripped, "version"])
            if round > 0 { times.append(finished.seconds * 1000) }
        }
        return [
            Measurement(
                "stripped binary, static Swift library", "\(fixed(mebibytes, 1)) MB", reach: "≤ 25 MB",
                isReached: mebibytes <= 25),
            Measurement("its syncbridge version", "\(times.summary(1)) ms"),
        ]
    }
}
