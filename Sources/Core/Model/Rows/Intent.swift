/// The durable record of an effect on one row, written before the effect, with everything its outcome needs (SPEC §11).
///
/// A row has at most one. It is closed, and its content erased, in the transaction that records the outcome.
package struct Intent: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A new item in `list`; also the first half of a move, and then `from` is the old item.
        case create
        /// Fields of the item `from`.
        case update
        /// `SyncBridgeDeletedAt` of the item `from`.
        case mark
        /// The item `from`, because its row is gone.
        case delete
        /// People's late edits of a move's old item, into the new item `from`.
        case carry
        /// The old item of a move, `from`; the ledger has the new one already.
        case deleteOrigin
    }

    package var key: LedgerKey
    package var syncKey: String
    package var kind: Kind
    /// Where a create goes.
    package var list: ListID?
    /// The item concerned, with the tag that the request is bound to.
    package var from: ItemLocation?
    /// As sent, in Graph's form.
    package var fields: [JSON.Member]
    /// Indices of the mapped fields that are written.
    package var written: [Int]
    package var hash: ContentHash?
    package var mappingVersion: Int
    /// Values of people that this effect replaces; recorded as conflicts if it takes place.
    package var saved: [LedgerCommit.Saved]
    /// It takes the place of one that was in doubt, whose request may have had other values.
    package var repeats: Bool

    package init(
        key: LedgerKey, syncKey: String, kind: Kind, list: ListID? = nil, from: ItemLocation? = nil,
        fields: [JSON.Member] = [], written: [Int] = [], hash: ContentHash? = nil, mappingVersion: Int = 1,
        saved: [LedgerCommit.Saved] = [], repeats: Bool = false
    ) {
        self.key = key
        self.syncKey = syncKey
        self.kind = kind
        self.list = list
        self.from = from
        self.fields = fields
        self.written = written
        self.hash = hash
        self.mappingVersion = mappingVersion
        self.saved = saved
        self.repeats = repeats
    }
}

extension Intent {
    /// A create whose key an item has already: that item is brought to the row's values, its key stays.
    package var isAdoption: Bool { kind == .create && !fields.contains { $0.name == SyncKey.column } }
}

/// An intent that nobody has closed: its effect may have taken place.
package struct OpenIntent: Hashable, Sendable {
    package var intent: Intent
    /// By the meta-store's clock.
    package var openedAt: Instant
    /// The row's entry of now.
    package var ledger: LedgerEntry?

    package init(intent: Intent, openedAt: Instant, ledger: LedgerEntry?) {
        self.intent = intent
        self.openedAt = openedAt
        self.ledger = ledger
    }
}
