/// The part of the meta-store that forgets.
package protocol RetentionStore: Sendable {
    /// Removes what is older than it is to be kept, in bounded steps. Needs no lease: nobody works with what is so old, and
    /// an entry that somebody works with all the same makes their commit `stale`.
    func prune(project: String, keeping retention: Retention, now: Instant) async throws(Failure) -> Int
    /// Removes every stored copy of a row's values.
    /// - Returns: `nil` if an effect of the row is under way, whose values are still needed.
    /// - Throws: `locked` if the lease is no longer ours; then nothing was removed.
    func erase(definition: String, syncKey: String, under lease: LeaseTerm) async throws(Failure) -> Int?
}
