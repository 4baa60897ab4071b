/// The part of the meta-store that forgets.
package protocol RetentionStore: Sendable {
    /// Removes what is older than it is to be kept, in bounded steps.
    func prune(project: String, keeping retention: Retention, now: Instant) async throws(Failure) -> Int
    /// Removes every stored copy of a row's values.
    /// - Returns: `nil` if an effect of the row is under way, whose values are still needed.
    func erase(definition: String, syncKey: String) async throws(Failure) -> Int?
}
