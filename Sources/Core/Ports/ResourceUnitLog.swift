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
    func confirm(_ booking: QuotaBooking, answeredAt: Double)

    /// Takes back a booking whose request never left. Never waits.
    func withdraw(_ booking: QuotaBooking)

    /// What an answer said about the minute's limit, after its own booking was confirmed. Never waits.
    func note(_ limit: RateLimit, now: Double)

    /// Nobody's request leaves before this moment. An earlier wish does not end a later one.
    func block(until: Double, now: Double) async
}
