/// What the meta-store forgets because it does not hold any more.
package protocol UpkeepStore: Sendable {
    /// A column of ours was deleted: rows of the list, also those whose item a person deleted from it, count as holding
    /// nothing in the field on either side, so that they are written again, and the column is no longer registered. Done
    /// before the column is made again: a crash between the two leaves rows that the next plan shows.
    /// - Parameter positions: The index of the field in each version of the mapping that has it.
    /// - Returns: How many rows.
    /// - Throws: `locked` if the lease is no longer ours; then nothing was written.
    func forgetColumn(
        _ column: String, at positions: [Int: Int], in list: ListID, of definition: String, under lease: LeaseTerm
    ) async throws(Failure) -> Int
    /// What rows of the list were last sent in a field is not known any more, so that they are written again with what
    /// they have; what the item is known to show stays, a person's value too.
    /// - Parameter positions: The index of the field in each version of the mapping that has it.
    /// - Returns: How many rows.
    /// - Throws: `locked` if the lease is no longer ours; then nothing was written.
    func forgetSent(
        at positions: [Int: Int], in list: ListID, of definition: String, under lease: LeaseTerm
    ) async throws(Failure) -> Int
    /// A list of ours is gone for good: it is no longer registered, nor is the position in its feed, and no request to it
    /// is in doubt; people's values that such a request may have replaced are kept as conflicts. Its rows keep their
    /// entries, which no known list has: they have no item.
    /// - Throws: `locked` if the lease is no longer ours; then nothing was written.
    func forgetList(_ list: ListID, of definition: String, under lease: LeaseTerm) async throws(Failure)
    /// Gives every row of a definition its new key, all of them or none, and registers the shape of the new keys. Keys may
    /// be exchanged. Items that still carry what their row had before become strays with that text, so that their key is
    /// written. What is staged is forgotten.
    /// - Parameter rows: All rows of the ledger, each once.
    /// - Throws: `stale` if those are not all, or an effect is under way; `locked` if the lease is no longer ours; then
    ///   nothing was written.
    func rekey(
        _ rows: [RekeyedRow], shape: KeyShape, of definition: String, now: Instant, under lease: LeaseTerm
    ) async throws(Failure)
}
