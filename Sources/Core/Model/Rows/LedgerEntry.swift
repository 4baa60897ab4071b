/// What the ledger knows of one row (SPEC §7).
package struct LedgerEntry: Hashable, Sendable {
    package var key: LedgerKey
    package var state: LedgerState
    /// The list in which the item lives; `nil` if the row has no item.
    package var list: ListID?
    package var item: Int64?
    /// The newest tag of the item that anybody has seen: of our own write, or of a person's that the feed showed.
    package var etag: String?
    /// Of what was sent last.
    package var contentHash: Digest?
    /// Of the item as it was seen last: our write's answer, or the feed.
    package var remoteHash: Digest?
    /// What was sent: eight bytes for each field of the mapping `mappingVersion`, in its order.
    package var fieldHashes: [UInt64]
    /// What the service made of it; `nil` if the same. The base of the other side.
    package var remoteHashes: [UInt64]?
    /// What the item shows now; `nil` if the same as the base. Where it differs, a person was there.
    package var seenHashes: [UInt64]?
    package var mappingVersion: Int
    package var canonVersion: Int16
    /// While a move is under way, the item that is still to be deleted; in the states without an item, where it was.
    package var prior: ItemLocation?
    /// Why the row is kept away; set in state `quarantined`.
    package var refusal: Refusal?
    /// How often we wrote the item lately.
    package var writes: WriteRate
    /// Raised with each change; a commit names the one it saw.
    package var version: Int64

    package init(
        key: LedgerKey, state: LedgerState, list: ListID? = nil, item: Int64? = nil, etag: String? = nil,
        contentHash: Digest? = nil, remoteHash: Digest? = nil, fieldHashes: [UInt64] = [],
        remoteHashes: [UInt64]? = nil, seenHashes: [UInt64]? = nil, mappingVersion: Int = 1,
        canonVersion: Int16 = CanonicalForm.version, prior: ItemLocation? = nil, refusal: Refusal? = nil,
        writes: WriteRate = WriteRate(), version: Int64 = 0
    ) {
        self.key = key
        self.state = state
        self.list = list
        self.item = item
        self.etag = etag
        self.contentHash = contentHash
        self.remoteHash = remoteHash
        self.fieldHashes = fieldHashes
        self.remoteHashes = remoteHashes
        self.seenHashes = seenHashes
        self.mappingVersion = mappingVersion
        self.canonVersion = canonVersion
        self.prior = prior
        self.refusal = refusal
        self.writes = writes
        self.version = version
    }

    /// The base of the other side, field by field.
    package var remoteBase: [UInt64] { remoteHashes ?? fieldHashes }

    /// Indices of the fields, in the order of `mappingVersion`, that show something else than the base.
    package var driftedFields: [Int] {
        guard let seenHashes else { return [] }
        let base = remoteBase
        return base.indices.filter { seenHashes.indices.contains($0) && seenHashes[$0] != base[$0] }
    }

    /// Takes what the item shows now, and forgets what says nothing new. A field that shows what was sent is nobody's edit,
    /// whatever the answer to the write had shown (FACTS 13).
    package mutating func see(_ hashes: [UInt64], whole: Digest) {
        remoteHash = whole
        if let base = remoteHashes, base.count == hashes.count, fieldHashes.count == hashes.count {
            setRemoteBase(base.indices.map { hashes[$0] == fieldHashes[$0] ? hashes[$0] : base[$0] })
        }
        seenHashes = hashes == remoteBase ? nil : hashes
    }

    /// Takes what the item shows under the tag that is known already. Nobody wrote it since, so that the answer to the last
    /// write showed something else than what is stored: what counted as agreed on is what is stored.
    /// - Parameter hashes: As many as the entry has.
    package mutating func correct(_ hashes: [UInt64], whole: Digest) {
        var base = remoteBase
        let seen = seenHashes ?? base
        guard hashes.count == seen.count, base.count == seen.count else { return }
        for index in hashes.indices where hashes[index] != seen[index] && seen[index] == base[index] {
            base[index] = hashes[index]
        }
        setRemoteBase(base)
        see(hashes, whole: whole)
    }

    /// Forgets a refusal, with the hash of what was refused: that was not written.
    package mutating func endRefusal() {
        refusal = nil
        if state == .quarantined { contentHash = nil }
    }

    /// Sets the base of the other side, and forgets it where it says nothing new.
    package mutating func setRemoteBase(_ hashes: [UInt64]) { remoteHashes = hashes == fieldHashes ? nil : hashes }
}

package struct ItemLocation: Hashable, Sendable {
    package var list: ListID
    package var item: Int64
    package var etag: String?
    /// What the mapped fields showed when the item was copied, in the order of the mapping; `nil` if it was not.
    package var hashes: [UInt64]?

    package init(list: ListID, item: Int64, etag: String?, hashes: [UInt64]? = nil) {
        self.list = list
        self.item = item
        self.etag = etag
        self.hashes = hashes
    }
}

/// Why a row is kept away from the service, and what the service said.
package struct Refusal: Hashable, Sendable {
    package var code: RejectCode
    /// The list it was refused for; `nil` if it has none.
    package var list: ListID?
    /// Safe to show: masked to code and column.
    package var reason: String
    package var requestID: String?
    /// Refusals in a row; 1 or more.
    package var attempts: Int

    package init(
        _ code: RejectCode, list: ListID? = nil, reason: String = "", requestID: String? = nil, attempts: Int = 1
    ) {
        self.code = code
        self.list = list
        self.reason = reason
        self.requestID = requestID
        self.attempts = attempts
    }
}

/// Our writes of one item in a window of ten minutes: more than a few mean that something writes against us.
package struct WriteRate: Hashable, Sendable {
    package var count: Int
    /// The window's beginning.
    package var since: Instant

    package static let windowSeconds: Int64 = 600
    package static let countMax = 6

    package init(count: Int = 0, since: Instant = Instant(seconds: 0)) {
        self.count = count
        self.since = since
    }

    package func counting(at now: Instant) -> WriteRate {
        guard now.seconds - since.seconds < Self.windowSeconds, now.seconds >= since.seconds else {
            return WriteRate(count: 1, since: now)
        }
        return WriteRate(count: count + 1, since: since)
    }

    /// Whether one more write at `now` would be one too many.
    package func isExhausted(at now: Instant) -> Bool { counting(at: now).count > Self.countMax }
}

/// What the ledger says of a row's item. Closed: every place that asks switches over all of it.
package enum LedgerState: String, Hashable, Sendable, CaseIterable {
    /// The item is in its list and both sides agreed last.
    case synced
    /// The item is in the new list; the old one is still to be deleted.
    case moving
    /// The row is gone and its item stays (`deletes: RETAIN`).
    case archived
    /// The row is gone and its item says so (`deletes: MARK`).
    case marked
    /// A person deleted the item; it stays deleted whatever the row does.
    case deletedByPerson
    /// The row was refused, or is held; nothing is sent until either side changes.
    case quarantined
    /// The row is gone and we deleted its item: kept to know it by if it is restored.
    case tombstone
}
