package import Core

/// The ledger's entry of a row as far as both sides still tell it. Pure.
package enum RebuiltEntry {
    /// A row that is in the source.
    /// - Parameters:
    ///   - hash: Of its projection; `nil` if it cannot be projected.
    ///   - list: Where it belongs.
    ///   - items: The items that carry its key; at least one.
    package static func of(
        row key: LedgerKey, hash: ContentHash?, list: ListID?, items: [FoundItem], mappingVersion: Int
    ) -> LedgerEntry? {
        guard let item = items.first(where: { $0.list == list }) ?? items.first else { return nil }
        var entry = entry(key, item, mappingVersion)
        if let hash {
            entry.contentHash = hash.whole
            entry.fieldHashes = hash.fields
            // A field whose two sides differ has no base: nobody knows who changed it.
            entry.setRemoteBase(
                hash.fields.indices.map { index in
                    item.hashes.indices.contains(index) && item.hashes[index] == hash.fields[index]
                        ? hash.fields[index] : RowBase.unknown
                })
            entry.see(item.hashes, whole: item.whole)
        }
        // Two items of one row: a move was under way, and is finished by deleting the old one. Nobody knows what of it was
        // copied, so it goes without tag and hashes: it is then read, and what it alone holds is kept, before it is deleted.
        if let other = items.first(where: { $0 != item }) {
            entry.state = .moving
            entry.prior = ItemLocation(list: other.list, item: other.item, etag: nil)
        }
        return entry
    }

    /// Whether an item whose row is gone stays, as nobody's: the ledger knows that it was deleted, or has kept a ledger
    /// without it. A person took it out of the recycle bin, or a later state made it; a restore wins over any tombstone
    /// (SPEC §12).
    /// - Parameters:
    ///   - known: What the ledger says of the row.
    ///   - hasLedger: The ledger is of this meta-store's own applies, not one that is made from nothing.
    package static func stays(known: LedgerEntry?, hasLedger: Bool) -> Bool {
        switch known?.state {
        case .tombstone, .deletedByPerson: true
        case .synced, .moving, .archived, .marked, .quarantined: false
        case nil: hasLedger
        }
    }

    /// An item whose row is gone.
    package static func of(
        item: FoundItem, key: LedgerKey, deletes: SyncDefinition.Deletes, mappingVersion: Int
    ) -> LedgerEntry {
        var entry = entry(key, item, mappingVersion)
        entry.fieldHashes = item.hashes
        entry.remoteHash = item.whole
        switch deletes {
        case .retain: entry.state = .archived
        case .mark: entry.state = item.isMarked ? .marked : .synced
        case .propagate: break
        }
        return entry
    }

    private static func entry(_ key: LedgerKey, _ item: FoundItem, _ mappingVersion: Int) -> LedgerEntry {
        LedgerEntry(
            key: key, state: .synced, list: item.list, item: item.item, etag: item.etag,
            mappingVersion: mappingVersion, version: 1)
    }
}
