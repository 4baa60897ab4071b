extension LedgerEntry {
    /// The entry of a row whose move had made its new item when the new item's list went for good: its old item, which was
    /// still to be deleted, is its item again. Nothing is known to be in it but what was copied, and it is read before it is
    /// written. `nil` if there is none.
    package var returned: LedgerEntry? {
        guard state == .moving, let prior else { return nil }
        var entry = self
        entry.state = .synced
        entry.refusal = nil
        (entry.list, entry.item, entry.etag) = (prior.list, prior.item, nil)
        entry.prior = nil
        (entry.contentHash, entry.remoteHash) = (nil, nil)
        let seen = seenHashes ?? remoteBase
        guard let copied = prior.hashes, copied.count == fieldHashes.count, seen.count == copied.count else {
            let unknown = fieldHashes.map { _ in RowBase.unknown }
            (entry.fieldHashes, entry.remoteHashes, entry.seenHashes) = (unknown, nil, nil)
            return entry
        }
        var base = remoteBase
        // What the move changed is written again. A person's value that it replaced was saved then.
        for index in copied.indices where copied[index] != seen[index] {
            entry.fieldHashes[index] = RowBase.unknown
            base[index] = copied[index]
        }
        entry.setRemoteBase(base)
        entry.seenHashes = copied == base ? nil : copied
        return entry
    }
}
