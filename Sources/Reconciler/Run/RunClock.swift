package import Core

/// Time as a run sees it, so that tests and simulations move it by hand.
package protocol RunClock: Sendable {
    /// The time of day.
    func now() -> Instant
    /// Monotonic seconds from an arbitrary origin.
    func elapsed() -> Double
    /// Returns after so many seconds, earlier if an operator asks for a stop.
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    func wait(seconds: Double) async throws(CancellationError)
}
