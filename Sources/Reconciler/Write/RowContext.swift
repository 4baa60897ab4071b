package import Core

/// What all rows of a definition share while they are written.
package struct RowContext: Hashable, Sendable {
    package var fields: [BoundField]
    package var codec: FieldCodec
    package var mapping: MappingHistory
    /// Some field has unique values, so a refusal may be about them.
    package var hasUniqueFields: Bool
    /// The columns of those fields.
    package var uniqueFields: [String] = []
    /// A value that another item holds keeps the row away; else it is tried again after the round's deletes.
    package var quarantinesUniqueValues: Bool
    /// An item that is locked keeps its row away; else the row is left, and tried again.
    package var quarantinesLockedItems = false
    /// The moment that a mark of deletion carries: the one `now` of the run.
    package var now: Instant
    /// The time of day of this wave, for rates.
    package var moment: Instant
    /// Times one request is sent again after an unclear outcome, before the row is left for the next round.
    package var attemptsMax: Int
    /// Of this program, a GUID in lower case; `nil` if not known.
    package var application: String?
    /// Internal names of the columns of lists, as far as those were looked at and are not brought up: what somebody deleted
    /// there is missing.
    package var columns: [ListID: Set<String>] = [:]

    package init(
        fields: [BoundField], codec: FieldCodec, mapping: MappingHistory, hasUniqueFields: Bool, now: Instant,
        moment: Instant? = nil, quarantinesUniqueValues: Bool = false,
        attemptsMax: Int = 4
    ) {
        self.fields = fields
        self.codec = codec
        self.mapping = mapping
        self.hasUniqueFields = hasUniqueFields
        self.now = now
        self.moment = moment ?? now
        self.quarantinesUniqueValues = quarantinesUniqueValues
        self.attemptsMax = attemptsMax
    }

    package var mappingVersion: Int { mapping.version }

    /// The names that a read of an item asks for.
    package func selection(and more: Set<String> = []) -> [String] {
        [SyncKey.column] + fields.map(\.target) + more.sorted()
    }

    /// The same for an item of this list, without columns of ours that it is known to lack: they cannot be asked for.
    package func selection(in list: ListID, and more: Set<String> = []) -> [String] {
        let ours = [SyncKey.column] + fields.map(\.target)
        let others = more.subtracting(ours).filter { $0 != DeletionMark.column || !lacks($0, in: list) }
        return ours.filter { !lacks($0, in: list) } + others.sorted()
    }

    /// Whether the list is known to have no such column. What an item there does not show was not emptied by a person.
    package func lacks(_ column: String, in list: ListID) -> Bool {
        columns[list].map { !$0.contains(column) } ?? false
    }

    /// The hashes of what an item shows, field by field.
    package func hash(of item: RemoteItem) -> ContentHash {
        ContentHash(of: fields.map { codec.decode(item[$0.target], type: $0.type) ?? .null })
    }

    /// What an item shows, field by field in the order of the entry's mapping.
    /// - Returns: `nil` if that is not the mapping of now.
    package func shown(by item: RemoteItem, under entry: LedgerEntry) -> ContentHash? {
        guard entry.mappingVersion == mappingVersion, entry.fieldHashes.count == fields.count else { return nil }
        let hash = hash(of: item)
        let known = entry.seenHashes ?? entry.remoteBase
        guard let list = entry.list ?? entry.prior?.list, known.count == fields.count, columns[list] != nil else {
            return hash
        }
        // What the list lacks stays as it was seen last.
        return ContentHash(
            whole: hash.whole,
            fields: fields.indices.map { lacks(fields[$0].target, in: list) ? known[$0] : hash.fields[$0] })
    }

    /// The entry translated to the current mapping, so that edits of new columns are seen too. Unchanged if its mapping is
    /// not known any more.
    package func current(_ entry: LedgerEntry) -> LedgerEntry {
        mapping.translated(entry) ?? entry
    }

    /// The entry of a row that is gone and whose item is there after all. Nobody knows what both sides agreed on last, so that
    /// it is read before it is written; its row's deletion is planned again, unless the item says so already.
    package func restored(_ buried: LedgerEntry, _ item: RemoteItem, in list: ListID) -> LedgerEntry {
        var entry = buried
        entry.state = ItemMarks.isFilled(item[DeletionMark.column]) ? .marked : .synced
        (entry.list, entry.item, entry.etag, entry.prior) = (list, item.id, nil, nil)
        (entry.contentHash, entry.remoteHash) = (nil, nil)
        entry.fieldHashes = fields.map { _ in RowBase.unknown }
        (entry.remoteHashes, entry.seenHashes) = (nil, nil)
        entry.mappingVersion = mappingVersion
        return entry
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

extension RowContext {
    /// How items of a definition are read, beside what writing them takes.
    init(of work: DefinitionWork, now: Instant) {
        self.init(
            fields: work.bound.fields, codec: FieldCodec(zone: work.bound.zone), mapping: work.mapping,
            hasUniqueFields: false, now: now)
    }
}
