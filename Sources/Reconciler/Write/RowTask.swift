package import Core

/// One row's work in a wave: what was decided, and everything its protocol needs to carry it out.
package struct RowTask: Hashable, Sendable {
    package var key: LedgerKey
    /// The text in the column `SyncBridgeKey`.
    package var syncKey: String
    /// The canonical texts of the key columns; empty where the row is gone.
    package var keyParts: [String]
    package var action: RowAction
    /// The projection; empty where the row is gone.
    package var values: [Value]
    package var hash: ContentHash?
    /// What the row's bytes stand for; `nil` where its entry will not say that.
    package var claim: FingerprintClaim?
    /// Indices of the fields whose value differs from the base.
    package var changedFields: [Int]
    package var ledger: LedgerEntry?
    /// What both sides agreed on last; `nil` without an entry, or if its mapping is not known any more.
    package var base: RowBase?
    /// Where the row belongs; `nil` for a row that is gone.
    package var target: TargetList?
    /// Where its item is, if not in `target`.
    package var origin: TargetList?
    /// An intent that somebody else left open: it is settled, and nothing else is done with the row.
    package var open: OpenIntent?
    /// The request of that intent may still arrive: it counts as not done only when it cannot any more.
    package var mayArrive: Bool
    /// An intent of before, of the same kind, whose request may still arrive: only a success, or time, ends it.
    package var repeated: Intent?

    package init(
        key: LedgerKey, syncKey: String, keyParts: [String] = [], action: RowAction, values: [Value] = [],
        hash: ContentHash? = nil, claim: FingerprintClaim? = nil, changedFields: [Int] = [], ledger: LedgerEntry? = nil,
        base: RowBase? = nil,
        target: TargetList? = nil, origin: TargetList? = nil, open: OpenIntent? = nil, mayArrive: Bool = true,
        repeated: Intent? = nil
    ) {
        self.key = key
        self.syncKey = syncKey
        self.keyParts = keyParts
        self.action = action
        self.values = values
        self.hash = hash
        self.claim = claim
        self.changedFields = changedFields
        self.ledger = ledger
        self.base = base
        self.target = target
        self.origin = origin
        self.open = open
        self.mayArrive = mayArrive
        self.repeated = repeated
    }

    /// Whether doing this makes a late arrival of the intent's own request harmless: the service refuses the second,
    /// because both carry one tag, or one key.
    package func repeats(_ intent: Intent) -> Bool {
        switch (action, intent.kind) {
        case (.create, .create), (.move, .create):
            // A change of an item that was found carries that item's tag, which nobody knows any more.
            target?.keyIsUnique == true && target?.id == intent.list && !intent.isAdoption
                && (intent.from == nil) == (action == .create)
        case (.update, .update), (.delete, .delete), (.mark, .mark):
            ledger?.item != nil && ledger?.item == intent.from?.item && ledger?.list == intent.from?.list
                && ledger?.etag == intent.from?.etag
        // One that carries people's edits must not arrive when the row is done.
        case (.finishMove, let kind): kind != .carry
        default: false
        }
    }
}
