/// The part of the meta-store that keeps effects whose outcome is not recorded yet.
package protocol IntentStore: Sendable {
    /// Writes intents in one statement; a row's earlier one is replaced.
    /// - Throws: `locked` if the lease is no longer ours; then nothing was written.
    func open(_ intents: [Intent], of definition: String, run: String, under lease: LeaseTerm) async throws(Failure)
    /// Intents that nobody closed, in key order behind `after`.
    func openIntents(
        of definition: String, after: LedgerKey?, limit: Int
    ) async throws(Failure) -> [OpenIntent]
}
