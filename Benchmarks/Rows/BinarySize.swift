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
        let megabytes = Double(try Files.size(stripped)) / 1_000_000
        return [
            Measurement(
                "stripped binary, static Swift library", "\(fixed(megabytes, 1)) MB", reach: "≤ 25 MB",
                isReached: megabytes <= 25)
        ]
    }
}
