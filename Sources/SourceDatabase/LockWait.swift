internal import Core

/// How long a lock of another session is waited for, and what ends the wait sooner. Time is handed in.
package struct LockWait: Sendable {
    /// What ends a wait before its time.
    package enum Stop: Hashable, Sendable {
        /// An operator's signal.
        case request
        /// `--deadline` is over.
        case deadline
    }

    /// `--lock-wait`.
    package var secondsMax: Double
    /// Monotonic seconds from an arbitrary origin.
    package var elapsed: @Sendable () -> Double
    /// Waits so many seconds, or less if the task is cancelled.
    package var pause: @Sendable (Double) async -> Void
    package var stop: @Sendable () -> Stop?
    /// Told once of each holder.
    package var say: @Sendable (LockHolder) -> Void

    package init(
        secondsMax: Double = 60, elapsed: @escaping @Sendable () -> Double,
        pause: @escaping @Sendable (Double) async -> Void, stop: @escaping @Sendable () -> Stop? = { nil },
        say: @escaping @Sendable (LockHolder) -> Void = { _ in }
    ) {
        self.secondsMax = secondsMax
        self.elapsed = elapsed
        self.pause = pause
        self.stop = stop
        self.say = say
    }
}

/// The session whose lock is in the way.
package struct LockHolder: Hashable, Sendable {
    /// `schema.name` of what is locked.
    package var relation: String
    /// The server's process of the session.
    package var process: Int
    /// When its transaction began, `2026-03-01 10:00:00Z`; `nil` if the server does not tell our role.
    package var since: String?

    package init(relation: String, process: Int, since: String?) {
        self.relation = relation
        self.process = process
        self.since = since
    }

    package var words: String {
        "\(relation) is locked by another session of the database (pid \(process)"
            + (since.map { ", in a transaction since \($0)" } ?? "") + ")"
    }
}

/// What is known of one wait: looks go in, and whether it is over comes out.
struct LockWaitMachine: Hashable {
    enum Verdict: Hashable, Sendable {
        case tooLong(LockHolder, seconds: Int)
        case stopped(LockHolder, LockWait.Stop)
    }

    let secondsMax: Double
    private var began: Double?
    private var said: LockHolder?

    init(secondsMax: Double) { self.secondsMax = secondsMax }

    /// - Parameter holder: Whose lock is waited for at the moment; `nil` for none.
    /// - Returns: Whether to tell of the holder, and the verdict that ends the wait.
    mutating func look(
        _ holder: LockHolder?, at now: Double, stop: LockWait.Stop?
    ) -> (isNews: Bool, verdict: Verdict?) {
        guard let holder else {
            (began, said) = (nil, nil)
            return (false, nil)
        }
        let isNews = said != holder
        said = holder
        let start = began ?? now
        began = start
        if let stop { return (isNews, .stopped(holder, stop)) }
        return (isNews, now - start >= secondsMax ? .tooLong(holder, seconds: Int(secondsMax)) : nil)
    }
}

extension Failure {
    /// The failure of a statement that was stopped because its lock did not come.
    func ended(by verdict: LockWaitMachine.Verdict) -> Failure {
        var failure = self
        failure.facts["SQLSTATE"] = nil
        switch verdict {
        case .tooLong(let holder, let seconds):
            failure.code = .unavailable
            failure.reason = "\(holder.words), and it did not let go within \(seconds) s"
            failure.help = "Let that session end its transaction and run again, or wait longer with --lock-wait."
        case .stopped(let holder, .deadline):
            failure.code = .inProgress
            failure.reason = "\(holder.words), and the deadline came first"
            failure.help = "Let that session end its transaction, and run again."
        case .stopped(let holder, .request):
            failure.code = .interrupted
            failure.reason = "\(holder.words), and an operator's stop came first"
            failure.help = "Run again."
        }
        return failure
    }
}
