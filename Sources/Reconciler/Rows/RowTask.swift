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
    /// Indices of the fields whose value differs from the base.
    package var changedFields: [Int]
    package var ledger: LedgerEntry?
    /// Where the row belongs; `nil` for a row that is gone.
    package var target: TargetList?
    /// Where its item is, if not in `target`.
    package var origin: TargetList?

    package init(
        key: LedgerKey, syncKey: String, keyParts: [String] = [], action: RowAction, values: [Value] = [],
        hash: ContentHash? = nil, changedFields: [Int] = [], ledger: LedgerEntry? = nil, target: TargetList? = nil,
        origin: TargetList? = nil
    ) {
        self.key = key
        self.syncKey = syncKey
        self.keyParts = keyParts
        self.action = action
        self.values = values
        self.hash = hash
        self.changedFields = changedFields
        self.ledger = ledger
        self.target = target
        self.origin = origin
    }
}

/// A list as the row protocol sees it.
package struct TargetList: Hashable, Sendable {
    package var id: ListID
    /// Columns of people that can be written: internal names.
    package var peoplesColumns: Set<String>

    package init(id: ListID, peoplesColumns: Set<String> = []) {
        self.id = id
        self.peoplesColumns = peoplesColumns
    }
}

/// What all rows of a definition share while they are written.
package struct RowContext: Hashable, Sendable {
    package var fields: [BoundField]
    package var codec: FieldCodec
    package var mappingVersion: Int
    /// Some field has unique values, so a refusal may be about them.
    package var hasUniqueFields: Bool
    /// A value that another item holds keeps the row away; else it is tried again after the round's deletes.
    package var quarantinesUniqueValues: Bool
    /// The moment that a mark of deletion carries.
    package var now: Instant
    /// Times one request is sent again after an unclear outcome, before the row is left for the next round.
    package var attemptsMax: Int

    package init(
        fields: [BoundField], codec: FieldCodec, mappingVersion: Int, hasUniqueFields: Bool, now: Instant,
        quarantinesUniqueValues: Bool = false, attemptsMax: Int = 4
    ) {
        self.fields = fields
        self.codec = codec
        self.mappingVersion = mappingVersion
        self.hasUniqueFields = hasUniqueFields
        self.now = now
        self.quarantinesUniqueValues = quarantinesUniqueValues
        self.attemptsMax = attemptsMax
    }

    /// The names that a read of an item asks for.
    package func selection(people: Set<String> = []) -> [String] {
        [SyncKey.column] + fields.map(\.target) + people.sorted()
    }
}

/// How one row ended in this wave.
package enum RowResult: Hashable, Sendable {
    case done(RowAction)
    /// A person deleted the item; it stays deleted.
    case leftDeleted
    case quarantined(RejectCode, SiteFailure?)
    /// The value exists elsewhere: to be tried again when this round's deletes are done.
    case uniqueValue(SiteFailure)
    /// Left for the next round.
    case failed(SiteFailure)
}
