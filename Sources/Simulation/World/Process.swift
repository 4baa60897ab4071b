internal import Core
internal import Reconciler

/// One run of the program: it sees the world through its ports only. When it dies, nothing that it does has an effect any
/// more, and its session with the meta-store ends; when it is stopped, it sees nothing until it goes on.
///
/// `@unchecked Sendable`: used by one thread only, the one that runs the jobs of the world's executor.
final class Process: @unchecked Sendable {
    let number: Int
    let session: MemoryMetaStore
    let trust = TrustWindow()
    /// By definition, what its manifests map.
    var mappedFields: [String: Set<String>] = [:]
    var isDead = false
    var isStopping = false
    var hasEnded = false
    var startedAt = 0.0
    var endedAt = Double.infinity
    /// In elapsed seconds.
    var pausedUntil = 0.0
    /// What is wrong with its time of day, in seconds.
    var wallOffset: Int64 = 0
    /// No fault befalls it.
    var isSpared = false
    /// Until when it may start calls, as the leases that were confirmed say.
    var trustedUntil = 0.0
    var leases = 0
    /// What the last look at a row by its key showed, by definition and sync key.
    var presence: [String: [LedgerKey: Bool]] = [:]
    /// Keys of writes that are under way.
    var underWay: Set<String> = []
    var itemWrites = 0
    var itemReads = 0
    var schemaWrites = 0
    var resourceUnits = 0
    var report: ApplyReport?
    var failure: Failure?

    init(number: Int, session: MemoryMetaStore) {
        self.number = number
        self.session = session
    }

    /// How it ended, for a trace.
    var ending: String {
        if isDead { return "died" }
        if let failure { return "failed: \(failure.code.rawValue)" }
        guard let report else { return "running" }
        if report.declined { return "declined" }
        let codes = report.shortcomings(isInterrupted: report.stopped).map(\.rawValue).sorted()
        return codes.isEmpty ? "ok" : codes.joined(separator: ", ")
    }
}

/// The process is dead: whatever it wants to do is not done.
struct Gone: Error {
    var failure: Failure {
        Failure(.unavailable, while: "going on", because: "the process is dead")
    }

    var siteFailure: SiteFailure { SiteFailure(.cancelled, outcome: .unknown, reason: "the process is dead") }
}

/// Time as one process sees it.
struct ProcessClock: RunClock {
    let world: World
    let process: Process

    func now() -> Instant { Instant(seconds: Int64(world.moment) + process.wallOffset) }

    func elapsed() -> Double { world.executor.now }

    func wait(seconds: Double) async throws(CancellationError) {
        guard !process.isDead, await world.executor.sleep(seconds: seconds) else { throw CancellationError() }
        await world.standStill(process)
        if process.isDead || process.isStopping { throw CancellationError() }
    }
}
