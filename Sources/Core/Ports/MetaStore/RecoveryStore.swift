/// The part of the meta-store that is rebuilt from the sites and the source after a loss (SPEC §7).
package protocol RecoveryStore: Sendable {
    /// Begins a rebuilding: takes the id that the lists are stamped with if nothing is registered here, and raises the
    /// incarnation, so that whoever was given a lease before writes nothing any more.
    /// - Returns: The meta-store's id.
    func beginRecovery(metaStoreID: String) async throws(Failure) -> String
    // What follows is fenced: it throws `locked` and changes nothing once the epoch of its lease is not the current one.

    /// Forgets items that an earlier, unfinished rebuilding found.
    func clearFound(definition: String, under lease: LeaseTerm) async throws(Failure)
    func save(found items: [FoundItem], definition: String, under lease: LeaseTerm) async throws(Failure)
    /// The items that carry one of these keys.
    func found(definition: String, syncKeys: [String]) async throws(Failure) -> [FoundItem]
    /// Items whose key no row had so far, behind `after`, in their order.
    func unmatched(definition: String, after: FoundItem?, limit: Int) async throws(Failure) -> [FoundItem]
    /// Writes entries in the place of whatever the ledger said of their rows, and notes that their items are matched.
    func rebuild(
        _ entries: [KnownEntry], project: String, definition: String, now: Instant, under lease: LeaseTerm
    ) async throws(Failure)
    /// Ends the rebuilding of a definition: deletes the entries that were not rebuilt, except those that record a deletion
    /// (`deletedByPerson` and tombstones).
    /// - Returns: How many were deleted.
    func finishRecovery(definition: String, under lease: LeaseTerm) async throws(Failure) -> Int
}

/// An item with a key of ours, as a rebuilding found it.
package struct FoundItem: Hashable, Sendable {
    package var list: ListID
    package var item: Int64
    package var etag: String
    package var syncKey: String
    /// What its fields show, in the order of the mapping.
    package var hashes: [UInt64]
    package var whole: Digest
    /// It carries the mark of a deleted row.
    package var isMarked: Bool

    package init(
        list: ListID, item: Int64, etag: String, syncKey: String, hashes: [UInt64], whole: Digest, isMarked: Bool
    ) {
        self.list = list
        self.item = item
        self.etag = etag
        self.syncKey = syncKey
        self.hashes = hashes
        self.whole = whole
        self.isMarked = isMarked
    }
}
