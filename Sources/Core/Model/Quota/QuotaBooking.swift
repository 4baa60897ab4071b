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
