/// What the ledger knows of one row (SPEC §7).
package struct LedgerEntry: Hashable, Sendable {
    package var key: LedgerKey
    package var state: LedgerState
    /// The list in which the item lives; `nil` if the row has no item.
    package var list: ListID?
    package var item: Int64?
    package var etag: String?
    /// Of what was sent last.
    package var contentHash: Digest?
    /// Of what the service answered.
    package var remoteHash: Digest?
    /// Eight bytes for each field of the mapping `mappingVersion`, in its order.
    package var fieldHashes: [UInt64]
    package var mappingVersion: Int
    package var canonVersion: Int16
    /// Where the row came from, while a move is under way: the item there is still to be deleted.
    package var prior: ItemLocation?
    /// Why the service refused the row; set in state `quarantined`.
    package var refusal: RejectCode?
    /// Raised with each change; a commit names the one it saw.
    package var version: Int64

    package init(
        key: LedgerKey, state: LedgerState, list: ListID? = nil, item: Int64? = nil, etag: String? = nil,
        contentHash: Digest? = nil, remoteHash: Digest? = nil, fieldHashes: [UInt64] = [], mappingVersion: Int = 1,
        canonVersion: Int16 = CanonicalForm.version, prior: ItemLocation? = nil, refusal: RejectCode? = nil,
        version: Int64 = 0
    ) {
        self.key = key
        self.state = state
        self.list = list
        self.item = item
        self.etag = etag
        self.contentHash = contentHash
        self.remoteHash = remoteHash
        self.fieldHashes = fieldHashes
        self.mappingVersion = mappingVersion
        self.canonVersion = canonVersion
        self.prior = prior
        self.refusal = refusal
        self.version = version
    }
}

/// SharePoint's id of a list, a GUID in lower case.
package struct ListID: Hashable, Sendable, Comparable {
    package let text: String

    package init(_ text: String) { self.text = text.lowercased() }

    package static func < (left: ListID, right: ListID) -> Bool { left.text < right.text }
}

package struct ItemLocation: Hashable, Sendable {
    package var list: ListID
    package var item: Int64
    package var etag: String?

    package init(list: ListID, item: Int64, etag: String?) {
        self.list = list
        self.item = item
        self.etag = etag
    }
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
    /// The service refused the row; nothing is sent until either side changes.
    case quarantined
}
