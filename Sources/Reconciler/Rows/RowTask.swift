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
        hash: ContentHash? = nil, changedFields: [Int] = [], ledger: LedgerEntry? = nil, base: RowBase? = nil,
        target: TargetList? = nil, origin: TargetList? = nil, open: OpenIntent? = nil, mayArrive: Bool = true,
        repeated: Intent? = nil
    ) {
        self.key = key
        self.syncKey = syncKey
        self.keyParts = keyParts
        self.action = action
        self.values = values
        self.hash = hash
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

/// A list as the row protocol sees it.
package struct TargetList: Hashable, Sendable {
    package var id: ListID
    /// Columns of people that can be written: internal names.
    package var peoplesColumns: Set<String>
    /// Columns of people that cannot be written: what they hold cannot go along in a move.
    package var fixedColumns: Set<String>
    /// The service refuses a second item with the same key: a create may be sent again at once.
    package var keyIsUnique: Bool
    /// Items may move here although they lose something (`ITEM_LOSES` is allowed).
    package var allowsLosses: Bool
    /// Its items may be written as often as their rows change (`WRITE_LOOP` is allowed).
    package var allowsLoops: Bool

    package init(
        id: ListID, peoplesColumns: Set<String> = [], fixedColumns: Set<String> = [], keyIsUnique: Bool = true,
        allowsLosses: Bool = false, allowsLoops: Bool = false
    ) {
        self.allowsLosses = allowsLosses
        self.allowsLoops = allowsLoops
        self.id = id
        self.peoplesColumns = peoplesColumns
        self.fixedColumns = fixedColumns
        self.keyIsUnique = keyIsUnique
    }
}

/// What all rows of a definition share while they are written.
package struct RowContext: Hashable, Sendable {
    package var fields: [BoundField]
    package var codec: FieldCodec
    package var mappingVersion: Int
    /// For each version of the mapping that is registered its fields, in order.
    package var mappings: [Int: [String]]
    /// Some field has unique values, so a refusal may be about them.
    package var hasUniqueFields: Bool
    /// A value that another item holds keeps the row away; else it is tried again after the round's deletes.
    package var quarantinesUniqueValues: Bool
    /// The moment that a mark of deletion carries: the one `now` of the run.
    package var now: Instant
    /// The time of day of this wave, for rates.
    package var moment: Instant
    /// Times one request is sent again after an unclear outcome, before the row is left for the next round.
    package var attemptsMax: Int

    package init(
        fields: [BoundField], codec: FieldCodec, mappingVersion: Int, hasUniqueFields: Bool, now: Instant,
        moment: Instant? = nil, mappings: [Int: [String]] = [:], quarantinesUniqueValues: Bool = false,
        attemptsMax: Int = 4
    ) {
        self.fields = fields
        self.codec = codec
        self.mappingVersion = mappingVersion
        self.hasUniqueFields = hasUniqueFields
        self.now = now
        self.moment = moment ?? now
        self.mappings = mappings
        self.quarantinesUniqueValues = quarantinesUniqueValues
        self.attemptsMax = attemptsMax
    }

    /// The names that a read of an item asks for.
    package func selection(and more: Set<String> = []) -> [String] {
        [SyncKey.column] + fields.map(\.target) + more.sorted()
    }

    /// The hashes of what an item shows, field by field.
    package func hash(of item: RemoteItem) -> ContentHash {
        ContentHash(of: fields.map { codec.decode(item[$0.target], type: $0.type) ?? .null })
    }

    /// What an item shows, field by field in the order of the entry's mapping.
    /// - Returns: `nil` if that is not the mapping of now.
    package func shown(by item: RemoteItem, under entry: LedgerEntry) -> ContentHash? {
        guard entry.mappingVersion == mappingVersion, entry.fieldHashes.count == fields.count else { return nil }
        return hash(of: item)
    }

    /// An entry in the mapping of now, so that what people typed into new columns is seen too; as it is, if nobody knows
    /// its mapping any more.
    package func current(_ entry: LedgerEntry) -> LedgerEntry {
        guard entry.mappingVersion != mappingVersion else { return entry }
        return RowDecider(
            listIDs: [], deletes: .retain, mappingVersion: mappingVersion, olderMappings: mappings,
            fields: fields.map(\.target)
        ).translated(entry) ?? entry
    }

    /// Takes over what an item shows and its tag. One that cannot be told apart from the base keeps its old tag, so that
    /// nothing is written to it before it has been read.
    package func see(_ item: RemoteItem, in entry: inout LedgerEntry) {
        entry = current(entry)
        guard let shown = shown(by: item, under: entry) else { return }
        entry.etag = item.etag
        entry.see(shown.fields, whole: shown.whole)
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
    /// An open intent's outcome is known, and recorded.
    case settled
    /// A request of an open intent may still arrive: to be looked at again later.
    case unsettled
    /// Left for the next round.
    case failed(SiteFailure)

    /// Whether a request of the row may arrive after this.
    var leavesDoubt: Bool {
        switch self {
        case .unsettled, .failed: true
        case .done, .leftDeleted, .quarantined, .uniqueValue, .settled: false
        }
    }
}
