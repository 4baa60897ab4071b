internal import Logging
internal import Synchronization

/// Keeps a log of resource units that several processes share, and says when more may be spent.
package protocol ResourceUnitLog: Sendable {
    /// Books `units` for a request that is about to leave.
    /// - Returns: The moment from which it may leave, in seconds since 1970; not after `now` if it may at once.
    func book(_ units: Int, now: Double) async -> Double
}

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

    package init() {}
}

/// Lets requests out: so many at a time, none during a pause, each booked in resource units.
package final class Governor: Sendable {
    private struct Pause {
        /// Seconds since 1970; nothing leaves before.
        var until: Double = 0
    }

    private let slots: Slots
    private let pause = Mutex(Pause())
    private let counters = Mutex(GraphUsage())
    private let surroundings: GraphSurroundings
    private let log: (any ResourceUnitLog)?

    /// - Parameters:
    ///   - concurrency: Requests at a time, 1 or more.
    ///   - log: `nil`: nobody else spends this tenant's units.
    package init(concurrency: Int, log: (any ResourceUnitLog)? = nil, surroundings: GraphSurroundings) {
        self.slots = Slots(limit: max(1, concurrency))
        self.log = log
        self.surroundings = surroundings
    }

    package var usage: GraphUsage { counters.withLock { $0 } }

    package func setConcurrency(_ limit: Int) { slots.setLimit(limit) }

    func count(_ change: (inout GraphUsage) -> Void) { counters.withLock { change(&$0) } }

    /// Waits for a place. Each success needs one ``leave()``.
    func enter() async throws(CancellationError) {
        guard await slots.enter() else { throw CancellationError() }
    }

    func leave() { slots.leave() }

    /// Waits until the pause is over and the shared log lets `units` through. Called with a place taken, immediately
    /// before the request leaves.
    func clear(_ units: Int) async throws(CancellationError) {
        if let log {
            try await surroundings.clock.wait(until: await log.book(units, now: surroundings.clock.now()))
        }
        // The pause can grow while we wait.
        while true {
            let until = pause.withLock { $0.until }
            guard surroundings.clock.now() < until else { return }
            try await surroundings.clock.wait(until: until)
        }
    }

    /// Stops every request of this client for so long; a shorter wish does not end a longer pause.
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
        let whole = Int(clamping: Int64(seconds.rounded(.up)))
        surroundings.logger.info("throttled", metadata: ["graph.wait_seconds": "\(whole)"])
        surroundings.observe(.throttled(seconds: whole, until: until))
    }
}
