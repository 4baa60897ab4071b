/// The part of the meta-store that says who may apply what.
package protocol LeaseStore: Sendable {
    /// Takes a lease if it is free, if its holder's session has ended, or if its heartbeat is older than `seconds`.
    func acquireLease(
        _ name: LeaseName, actor: String, run: String, seconds: Double
    ) async throws(Failure) -> LeaseOutcome
    /// Confirms leases.
    /// - Returns: Those that are still ours.
    func renew(_ terms: [LeaseTerm]) async throws(Failure) -> [LeaseTerm]
    /// Gives leases back; those that are another's by now stay.
    func release(_ terms: [LeaseTerm]) async throws(Failure)
    /// Takes a lease away from its holder, whose commits fail from then on.
    /// - Returns: `false` if nobody holds it.
    func breakLease(_ name: LeaseName) async throws(Failure) -> Bool
    func leases(of project: String) async throws(Failure) -> [LeaseHolder]
    func hold(_ hold: Hold) async throws(Failure)
    /// - Returns: `false` if there was no such hold.
    func releaseHold(project: String, definition: String?) async throws(Failure) -> Bool
    func holds(of project: String) async throws(Failure) -> [Hold]
}
