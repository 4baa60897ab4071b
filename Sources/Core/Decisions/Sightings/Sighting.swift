/// What an item that was seen means for its row. Pure; every state of the row is switched over.
package enum Sighting: Hashable, Sendable {
    /// Ours, stale, or nothing new.
    case nothing
    /// The entry with what was seen.
    case changed(LedgerEntry)
    /// The entry with what is stored, which the answer to our write had shown otherwise. Nobody changed the item.
    case corrected(LedgerEntry)
    /// The feed's word is not enough: the item has to be read by its id.
    case unsure
    /// An item with a key of ours that no row owns.
    case stray

    /// An item that belongs to `entry`.
    /// - Parameter shown: The hashes of its fields in the order of the entry's mapping; `nil` if nobody knows that any
    ///   more. Then its tag is not taken either: the row is written only after its item has been read.
    package static func of(_ item: RemoteItem, shown: ContentHash?, entry: LedgerEntry) -> Sighting {
        switch entry.state {
        case .synced, .marked, .archived, .moving, .quarantined:
            switch ItemTag.order(of: item.etag, against: entry.etag) {
            case .same: return stored(shown, entry)
            case .older: return .nothing
            case .unknown: return .unsure
            case .newer: return seen(item, shown, entry)
            }
        // Without an item there is nothing of theirs that could be seen.
        case .deletedByPerson, .tombstone: return .nothing
        }
    }

    /// The same for an item that was read by its id, which is the truth.
    package static func ofRead(_ item: RemoteItem, shown: ContentHash?, entry: LedgerEntry) -> Sighting {
        item.etag == entry.etag ? stored(shown, entry) : seen(item, shown, entry)
    }

    private static func stored(_ shown: ContentHash?, _ old: LedgerEntry) -> Sighting {
        guard let shown, shown.fields != (old.seenHashes ?? old.remoteBase) else { return .nothing }
        var entry = old
        entry.correct(shown.fields, whole: shown.whole)
        return entry == old ? .nothing : .corrected(entry)
    }

    private static func seen(_ item: RemoteItem, _ shown: ContentHash?, _ old: LedgerEntry) -> Sighting {
        var entry = old
        if let shown {
            entry.etag = item.etag
            entry.see(shown.fields, whole: shown.whole)
        }
        // The other side changed: what was refused may be accepted now.
        if entry.state == .quarantined {
            entry.state = .synced
            entry.refusal = nil
            entry.contentHash = nil
        }
        return entry == old ? .nothing : .changed(entry)
    }

    /// An item that is where `entry` had one once.
    /// - Parameter isMarked: It says that its row was deleted.
    package static func ofFormer(
        _ item: RemoteItem, in list: ListID, shown: ContentHash?, isMarked: Bool = false, entry: LedgerEntry
    ) -> Sighting {
        switch entry.state {
        case .deletedByPerson:
            // Restored from the recycle bin: the row has its item again, never a second one.
            var restored = entry
            restored.state = isMarked ? .marked : .synced
            restored.list = list
            restored.item = item.id
            restored.etag = shown == nil ? nil : item.etag
            restored.prior = nil
            restored.contentHash = nil
            if let shown { restored.see(shown.fields, whole: shown.whole) }
            return .changed(restored)
        case .tombstone: return .stray
        // The old item of a move: finishing the move looks at it.
        case .moving: return .nothing
        case .synced, .archived, .marked, .quarantined: return .nothing
        }
    }

    /// An item that is gone for certain.
    package static func ofGone(_ entry: LedgerEntry) -> Sighting {
        var gone = entry
        guard let list = entry.list, let item = entry.item else { return .nothing }
        if entry.state != .moving { gone.prior = ItemLocation(list: list, item: item, etag: nil) }
        gone.list = nil
        gone.item = nil
        gone.etag = nil
        gone.refusal = nil
        switch entry.state {
        case .synced, .quarantined: gone.state = .deletedByPerson
        case .archived, .marked:
            gone.state = .tombstone
            gone.contentHash = nil
            gone.fieldHashes = []
            gone.remoteHashes = nil
            gone.seenHashes = nil
        // Its old item is still to be deleted; with that the row is as if a person had deleted its only one.
        case .moving: break
        case .deletedByPerson, .tombstone: return .nothing
        }
        return .changed(gone)
    }
}
