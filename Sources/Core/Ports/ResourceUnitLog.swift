/// What is spent of one quota: resource units that an application may use at a tenant (FACTS 8). Everybody who spends
/// of the quota books here first, whichever process or host it is in.
///
/// Moments are seconds since 1970 on the caller's clock. A log that several hosts share keeps its own clock and only
/// takes lengths of time from its callers.
package protocol ResourceUnitLog: Sendable {
    /// More units than these never fit at once: a batch that costs more is sent in parts.
    var unitsMax: Int { get }

    /// Books units for a request that is about to leave. A log that cannot be reached lets work go on by what is known.
    func book(_ units: Int, now: Double) async -> QuotaAnswer

    /// Says that the request was answered, or lost: it can arrive no more. Never waits.
    func settle(_ booking: QuotaBooking, answeredAt: Double)

    /// Takes back a booking whose request never left. Never waits.
    func withdraw(_ booking: QuotaBooking)

    /// What an answer said about the minute's limit, after its own booking was settled. Never waits.
    func note(_ limit: RateLimit, now: Double)

    /// Nobody's request leaves before this moment. An earlier wish does not end a later one.
    func block(until: Double, now: Double) async
}

package enum QuotaAnswer: Hashable, Sendable {
    /// The request may leave now.
    case booked(QuotaBooking)
    /// It may not, and asking again before this moment is senseless.
    case wait(until: Double, QuotaWait)
}

package struct QuotaBooking: Hashable, Sendable {
    /// The log's own number for it.
    package var id: Int64
    package var units: Int

    package init(id: Int64, units: Int) {
        self.id = id
        self.units = units
    }
}

/// Why a request has to wait.
package enum QuotaWait: String, Hashable, Sendable, CaseIterable {
    /// The service asked somebody who spends of this quota to pause.
    case paused
    /// Our share of the day is spent; the next begins at midnight UTC.
    case daySpent
    /// Our share of the minute is spent.
    case minuteSpent
    /// The service says that little is left, because others spend too: what is left is spread.
    case runningLow
}

/// The `RateLimit-*` headers of an answer (FACTS 8.3).
package struct RateLimit: Hashable, Sendable {
    /// Units of one minute.
    package var limit: Int?
    package var remaining: Int
    /// Seconds until ``remaining`` grows again.
    package var resetSeconds: Double

    package init(limit: Int?, remaining: Int, resetSeconds: Double) {
        self.limit = limit
        self.remaining = remaining
        self.resetSeconds = resetSeconds
    }
}
