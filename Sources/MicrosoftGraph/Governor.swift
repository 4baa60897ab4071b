package import Core
internal import Logging
internal import Synchronization

/// What a client has used, for reports.
package struct GraphUsage: Hashable, Sendable {
    /// HTTP requests to Graph, answered or not; a batch is one.
    package var requests = 0
    package var batches = 0
    package var batchParts = 0
    /// As SharePoint counts them: each part of a batch by itself, throttled ones too.
    package var resourceUnits = 0
    /// Answers and parts that asked to wait.
    package var throttled = 0
    /// Requests and parts that were sent again after a failure.
    package var retries = 0
    /// Requests to the token service.
    package var tokenRequests = 0
    /// Length of all pauses that the service asked for.
    package var pausedSeconds: Double = 0
    /// Length of all waits for a share of the quota.
    package var quotaSeconds: Double = 0

    package init() {}
}

/// Lets requests out: as many at a time as go well, none during a pause, each booked in resource units.
package final class Governor: Sendable {
    /// Why a request may not leave at all.
    enum Refusal: Error, Hashable, Sendable {
        case cancelled
        /// It would have to wait for longer than it may.
        case tooLong(QuotaWait)
    }

    private struct Pause {
        /// Seconds since 1970; nothing leaves before.
        var until: Double = 0
        /// The part of it that other processes know.
        var published: Double = 0
    }

    private let slots: Slots
    /// Bookings are made one after another, so that a large one is not overtaken for ever by small ones.
    private let turn = Slots(limit: 1)
    private let pause = Mutex(Pause())
    private let concurrency: Mutex<ConcurrencyMachine>
    private let counters = Mutex(GraphUsage())
    private let surroundings: GraphSurroundings
    private let log: (any ResourceUnitLog)?
    /// After which nothing waits for quota, in seconds since 1970.
    private let deadline: Double

    /// - Parameter log: `nil`: units are counted, not limited.
    package init(
        concurrency: ConcurrencyMachine.Settings, log: (any ResourceUnitLog)? = nil, deadline: Double? = nil,
        surroundings: GraphSurroundings
    ) {
        self.slots = Slots(limit: concurrency.first)
        self.concurrency = Mutex(ConcurrencyMachine(concurrency))
        self.log = log
        self.deadline = deadline ?? .infinity
        self.surroundings = surroundings
    }

    package var usage: GraphUsage { counters.withLock { $0 } }

    /// Requests that may be under way at present.
    package var concurrencyLimit: Int { concurrency.withLock { $0.limit } }

    /// The most units that one request or batch should cost.
    var unitsMax: Int { log?.unitsMax ?? .max }

    func count(_ change: (inout GraphUsage) -> Void) { counters.withLock { change(&$0) } }

    /// Waits for a place. Each success needs one ``leave()``.
    func enter() async throws(CancellationError) {
        guard await slots.enter() else { throw CancellationError() }
    }

    func leave() { slots.leave() }

    // MARK: A request's way

    /// Waits until no pause is on and the log lets `units` through. Called with a place taken, immediately before the
    /// request leaves.
    /// - Parameter patience: How long a pause of the service may take, in seconds since 1970.
    /// - Returns: What to confirm or withdraw; `nil` without a log.
    func clear(_ units: Int, patience: Double = .infinity) async throws(Refusal) -> QuotaBooking? {
        guard await turn.enter() else { throw .cancelled }
        defer { turn.leave() }
        while true {
            guard !Task.isCancelled else { throw .cancelled }
            let now = surroundings.clock.now()
            let paused = pause.withLock { $0.until }
            if paused > now {
                try await wait(until: paused, .paused, patience: patience, isShown: true)
                continue
            }
            guard let log else { return nil }
            switch await log.book(units, now: now) {
            case .booked(let booking):
                // A pause can begin while a shared log is asked.
                if pause.withLock({ $0.until <= surroundings.clock.now() }), !Task.isCancelled { return booking }
                log.withdraw(booking)
            case .wait(let moment, let reason):
                try await wait(until: moment, reason, patience: reason == .paused ? patience : .infinity)
            }
        }
    }

    private func wait(
        until moment: Double, _ reason: QuotaWait, patience: Double, isShown: Bool = false
    ) async throws(Refusal) {
        guard moment <= min(patience, deadline) else { throw .tooLong(reason) }
        let start = surroundings.clock.now()
        let seconds = moment - start
        if !isShown, seconds >= 1 {
            let whole = Int(clamping: Int64(seconds.rounded(.up)))
            surroundings.logger.info(
                "waiting for quota", metadata: ["graph.wait_seconds": "\(whole)", "graph.reason": "\(reason)"])
            surroundings.observe(.waiting(reason, seconds: whole, until: moment))
        }
        do { try await surroundings.clock.wait(until: moment) } catch { throw .cancelled }
        if reason != .paused { counters.withLock { $0.quotaSeconds += surroundings.clock.now() - start } }
    }

    /// The request leaves at this moment.
    func left() { concurrency.withLock { $0.left() } }

    /// It was answered or lost, or never left.
    func ended(_ booking: QuotaBooking?, isSpent: Bool, now: Double) {
        guard let booking else { return }
        if isSpent { log?.confirm(booking, answeredAt: now) } else { log?.withdraw(booking) }
    }

    /// What the answer means for those that follow.
    func learn(_ outcome: ConcurrencyMachine.Outcome, _ limit: RateLimit?, leftAt: Double, now: Double, size: Int) {
        if let limit { log?.note(limit, now: now) }
        let (before, after) = concurrency.withLock { machine in
            let before = machine.limit
            machine.answered(leftAt: leftAt, now: now, size: size, outcome)
            return (before, machine.limit)
        }
        guard before != after else { return }
        slots.setLimit(after)
        surroundings.logger.debug("concurrency", metadata: ["graph.concurrency": "\(after)"])
    }

    // MARK: Pauses

    /// Stops every request of this client for so long; a shorter wish does not end a longer pause. Follow it with
    /// ``publish()``.
    func stopAll(seconds: Double) {
        let now = surroundings.clock.now()
        let until = now + seconds
        let added = pause.withLock { pause -> Double in
            guard until > pause.until else { return 0 }
            defer { pause.until = until }
            return until - max(pause.until, now)
        }
        guard added > 0 else { return }
        counters.withLock { $0.pausedSeconds += added }
        // Parts of one batch, and answers that were under way together, ask for nearly the same.
        guard added >= 1 else { return }
        let whole = Int(clamping: Int64(seconds.rounded(.up)))
        surroundings.logger.info("throttled", metadata: ["graph.wait_seconds": "\(whole)"])
        surroundings.observe(.throttled(seconds: whole, until: until))
    }

    /// Tells the others who spend of this quota about a pause, if there is one that they do not know.
    func publish() async {
        guard let log else { return }
        let until: Double? = pause.withLock { pause in
            guard pause.until > pause.published else { return nil }
            pause.published = pause.until
            return pause.until
        }
        if let until { await log.block(until: until, now: surroundings.clock.now()) }
    }
}
