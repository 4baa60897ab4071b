/// The part of the meta-store that knows where each row's item lives, and on what both sides last agreed.
package protocol LedgerStore: Sendable {
    /// The ledger of a definition in key order, of one snapshot.
    /// - Parameter key: Fingerprints of this key stand in the place of content hashes; `nil`: none do.
    func ledger(of definition: String, fingerprints key: FingerprintKey?) async throws(Failure) -> any LedgerScan
    /// The entry of one row; `nil` if there is none.
    func entry(of definition: String, key: LedgerKey) async throws(Failure) -> KnownEntry?
    /// Writes the results of a wave in one transaction, and closes the intents of its rows.
    /// - Throws: `stale` if another process changed one of the rows, `locked` if the lease is no longer ours; then
    ///   nothing was written.
    func commit(_ changes: LedgerCommit) async throws(Failure)
    /// Gives entries the fingerprints of their rows, each only if it says of its row what the claim says. Nothing else of an
    /// entry changes, its version neither.
    /// - Throws: `locked` if the lease is no longer ours; then nothing was written.
    func note(_ rows: [FingerprintedRow], of definition: String, under lease: LeaseTerm) async throws(Failure)
    /// Lets refused rows be tried again: all of a definition, or one.
    /// - Returns: How many.
    /// - Throws: `locked` if the lease is no longer ours; then nothing was written.
    func retry(definition: String, key: LedgerKey?, under lease: LeaseTerm) async throws(Failure) -> Int
}

extension LedgerStore {
    /// The same, with the content hashes of entries at rest.
    package func ledger(of definition: String) async throws(Failure) -> any LedgerScan {
        try await ledger(of: definition, fingerprints: nil)
    }
}

package protocol LedgerScan: Sendable {
    /// The next entries in key order, in brief; `nil` after the last.
    func next() async throws(Failure) -> LedgerChunk?
    /// The whole entries of these keys, of the same snapshot and in any order.
    func entries(_ keys: [LedgerKey]) async throws(Failure) -> [LedgerEntry]
    func finish() async
}

/// An entry with the row's sync key.
package struct KnownEntry: Hashable, Sendable {
    package var entry: LedgerEntry
    package var syncKey: String

    package init(entry: LedgerEntry, syncKey: String) {
        self.entry = entry
        self.syncKey = syncKey
    }
}
