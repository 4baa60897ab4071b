package import Core
package import Logging

/// What one run knows of itself. Time and chance are handed in.
package struct RunContext: Sendable {
    /// The one `now` of all rounds.
    package var now: Instant
    /// A UUID in lower case.
    package var runID: String
    package var toolVersion: String
    package var actor: String
    package var flags: [HazardPolicy.Flag]
    package var clock: any RunClock
    /// Whether calls may still be started.
    package var trust: TrustWindow
    package var logger: Logger
    /// In the clock's elapsed seconds: no new work is begun after it (`--deadline`).
    package var deadline: Double?
    /// Makes a fresh UUID in lower case.
    package var makeID: @Sendable () -> String
    /// Told what happens, for a terminal or a log.
    package var progress: @Sendable (ProgressEvent) -> Void
    /// Asked between steps: whether the operator wants an orderly stop.
    package var isStopping: @Sendable () -> Bool

    package init(
        now: Instant, runID: String, toolVersion: String, actor: String, flags: [HazardPolicy.Flag] = [],
        clock: any RunClock, trust: TrustWindow = TrustWindow(), logger: Logger, deadline: Double? = nil,
        makeID: @escaping @Sendable () -> String, progress: @escaping @Sendable (ProgressEvent) -> Void = { _ in },
        isStopping: @escaping @Sendable () -> Bool = { false }
    ) {
        self.now = now
        self.runID = runID
        self.toolVersion = toolVersion
        self.actor = actor
        self.flags = flags
        self.clock = clock
        self.trust = trust
        self.logger = logger
        self.deadline = deadline
        self.makeID = makeID
        self.progress = progress
        self.isStopping = isStopping
    }

    /// Why nothing new is to be begun; `nil` if all is well.
    package var stopReason: StopReason? {
        if isStopping() { return .request }
        if !trust.allows(at: clock.elapsed()) { return .leaseLost }
        if let deadline, clock.elapsed() >= deadline { return .deadline }
        return nil
    }

    package var shouldStop: Bool { stopReason != nil }
}

package enum StopReason: Hashable, Sendable {
    /// An operator's signal.
    case request
    /// `--deadline` is over.
    case deadline
    /// The lease was not confirmed in time, or is another's.
    case leaseLost
}
