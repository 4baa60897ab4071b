/// The part of the meta-store that keeps what a round is about to do.
package protocol StageStore: Sendable {
    /// Forgets what an earlier round staged, and opens a new stage.
    /// - Throws: `locked` if the lease is no longer ours; then nothing is forgotten.
    func stage(run: String, definition: String, under lease: LeaseTerm) async throws(Failure) -> any EffectStage
    /// The next staged effects of these actions behind `after`, each with its ledger entry of now.
    func staged(
        run: String, definition: String, actions: [RowAction], after: Int64, limit: Int
    ) async throws(Failure) -> [StagedEffect]
}

/// Takes the effects of one definition while source and ledger are merged: keys and decisions, never values.
package protocol EffectStage: Sendable {
    func append(_ effects: [StagedKey]) async throws(Failure)
    /// Makes what was appended visible.
    /// - Throws: `locked` if the lease is no longer ours; then nothing is.
    func finish() async throws(Failure)
    func discard() async
}

package struct StagedKey: Hashable, Sendable {
    package var key: LedgerKey
    /// Canonical texts of the key columns; empty for a row that is gone.
    package var parts: [String]
    package var action: RowAction
    package var to: String?
    package var contentHash: Digest?

    package init(key: LedgerKey, parts: [String], action: RowAction, to: String?, contentHash: Digest?) {
        self.key = key
        self.parts = parts
        self.action = action
        self.to = to
        self.contentHash = contentHash
    }
}

package struct StagedEffect: Hashable, Sendable {
    /// Ascends in key order.
    package var sequence: Int64
    package var staged: StagedKey
    package var ledger: LedgerEntry?
    /// The sync key that the ledger has, for rows that are gone.
    package var sourceKey: String?

    package init(sequence: Int64, staged: StagedKey, ledger: LedgerEntry?, sourceKey: String?) {
        self.sequence = sequence
        self.staged = staged
        self.ledger = ledger
        self.sourceKey = sourceKey
    }
}
