internal import Core

/// How far one request has come, single or part of a batch: what was tried, and what that leaves in doubt.
struct CallProgress {
    enum Step: Equatable {
        case sendAgain(at: Double)
        case pause(seconds: Double)
        case refreshToken
        case end(SiteFailure)
    }

    let operation: GraphOperation
    private var machine: RetryMachine
    /// Until when it goes on while the service throttles, in seconds since 1970.
    let patience: Double
    /// An attempt may have done what was asked.
    private var mayHaveActed = false

    init(_ operation: GraphOperation, policy: RetryMachine.Policy, now: Double) {
        self.operation = operation
        self.patience = now + policy.throttledMax
        self.machine = RetryMachine(policy, mayRepeat: operation.mayRepeat, now: now)
    }

    mutating func next(after problem: Verdict.Problem, youth: Youth, now: Double, random: Double) -> Step {
        var event = problem.event
        if let until = youth.until(problem, list: operation.list, now: now) { event = .young(until: until) }
        if problem.failure.outcome == .unknown { mayHaveActed = true }
        switch machine.next(event, now: now, random: random) {
        case .sendAgain(let seconds): return .sendAgain(at: now + seconds)
        case .pause(let seconds): return .pause(seconds: seconds)
        case .refreshToken: return .refreshToken
        case .giveUp: return .end(doubting(problem.failure))
        }
    }

    /// A failure of the whole call, with the doubt that earlier attempts left: a 412 after a lost answer can be our own
    /// change.
    func doubting(_ failure: SiteFailure) -> SiteFailure {
        var failure = failure
        if mayHaveActed { failure.outcome = .unknown }
        return failure
    }
}
