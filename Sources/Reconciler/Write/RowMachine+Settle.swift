internal import Core

/// Finds out what became of an effect whose outcome nobody recorded: the process died, or gave up waiting. Nothing is
/// sent but reads; what has to be done after that is planned from the state that is found.
extension RowMachine {
    mutating func settle(_ open: OpenIntent) -> Step {
        let intent = open.intent
        self.intent = intent
        saved = intent.saved
        switch intent.kind {
        case .create:
            guard let list = intent.list else { return close(intent, .settled) }
            // An item whose key went with the key's column is nobody's: no look can tell that it is this row's.
            if context.lacks(SyncKey.column, in: list) { return notDone(intent) }
            let written = Set(intent.fields.map(\.name).filter { !$0.contains("@") && !context.lacks($0, in: list) })
            return read(
                .find(
                    list: list.text, key: intent.syncKey, select: context.selection(in: list, and: written)),
                .settlingCreate)
        case .update, .mark, .delete, .carry:
            guard let from = intent.from else { return close(intent, .settled) }
            let select = context.selection(in: from.list, and: intent.kind == .mark ? [DeletionMark.column] : [])
            return read(.read(list: from.list.text, item: from.item, select: select), .settlingItem)
        // The ledger says `moving` until the old item is gone, and finishing that looks at it anyway; what it would have
        // to save may be gone with it by then.
        case .deleteOrigin:
            // The move's new item went with its list, and the old one is the row's again.
            if let from = intent.from, isReturned(from) {
                let select = context.selection(in: from.list)
                return read(.read(list: from.list.text, item: from.item, select: select), .settlingItem)
            }
            return saved.isEmpty ? close(intent, .settled) : recordEntry(then: .settled) { _, _, _ in }
        }
    }

    private func isReturned(_ from: ItemLocation) -> Bool {
        entry?.state != .moving && place?.list == from.list && place?.item == from.item
    }

    /// The effect did not take place so far.
    private mutating func notDone(_ intent: Intent) -> Step {
        task.mayArrive ? finish(.unsettled) : close(intent, .settled)
    }

    mutating func settledCreate(_ result: Result<ItemAnswer, SiteFailure>) -> Step {
        guard let intent, let list = intent.list else { return finish(.settled) }
        switch result {
        case .success(.found(let items)):
            guard let item = items.first(where: { $0[SyncKey.column] == .string(intent.syncKey) }) else {
                return notDone(intent)
            }
            if shows(item, intent) { return recordFound(item, in: list, intent) }
            // Ours, and somebody or the service changed it; or another that had the key before, such as one that was
            // restored, and ours was refused. Either is the row's from now on.
            return task.mayArrive ? finish(.unsettled) : recordFound(item, in: list, intent)
        case .success: return finish(.unsettled)
        case .failure(let failure): return retrySettling(failure)
        }
    }

    /// Whether the item has every value that the intent was to write.
    private func shows(_ item: RemoteItem, _ intent: Intent) -> Bool {
        intent.fields.filter { !$0.name.contains("@") }.allSatisfy { shows(item, $0) }
    }

    private func shows(_ item: RemoteItem, _ written: JSON.Member) -> Bool {
        guard let field = context.fields.first(where: { $0.target == written.name }) else {
            return (item[written.name] ?? .null) == written.value
        }
        return context.codec.decode(item[written.name], type: field.type)
            == context.codec.decode(written.value, type: field.type)
    }

    /// The item is there: the row is as if the answer had arrived. What it shows beyond what was sent is a person's.
    private mutating func recordFound(_ item: RemoteItem, in list: ListID, _ intent: Intent) -> Step {
        var entry = LedgerEntry(
            key: intent.key, state: .synced, list: list, item: item.id,
            contentHash: intent.hash?.whole, fieldHashes: intent.hash?.fields ?? [],
            mappingVersion: intent.mappingVersion)
        let unclear = Set(unclearFields(of: item, intent) + filledByDefaults(item, intent)).sorted()
        if !unclear.isEmpty { Self.rewrite(unclear, showing: context.hash(of: item), in: &entry) }
        if let from = intent.from {
            // Without the old item the move is over: a person deleted it, or an earlier run did.
            entry.state = .moving
            entry.prior = from
            // Whether it has what people typed in the old item is looked at before that goes.
            if !shows(item, intent) { entry.prior = ItemLocation(list: from.list, item: from.item, etag: nil) }
        }
        context.see(item, in: &entry)
        return record(entry, then: .finish(.settled))
    }

    /// Fields whose value is neither what the intent was to write nor provably a person's. Their values are saved.
    ///
    /// The item may have had such a value before it was taken over, or an earlier request, which this intent replaces, may
    /// have written it. After a plain create there are none: only people know of the new item.
    private mutating func unclearFields(of item: RemoteItem, _ intent: Intent) -> [Int] {
        let mayBeAnothers = intent.repeats || intent.from != nil
        guard intent.isAdoption || mayBeAnothers, intent.mappingVersion == context.mappingVersion,
            let hash = intent.hash, hash.fields.count == context.fields.count
        else { return [] }
        let shown = context.hash(of: item).fields
        return (mayBeAnothers ? Array(hash.fields.indices) : intent.written).filter { index in
            guard hash.fields.indices.contains(index), shown[index] != hash.fields[index] else { return false }
            let name = context.fields[index].target
            let value = item[name] ?? .null
            // A person's value that a move brought along.
            if intent.fields.contains(where: { $0.name == name && $0.value == value }) { return false }
            // What is saved already is what it had before.
            if intent.saved.contains(where: { $0.field == name && $0.value == value }) { return true }
            guard mayBeAnothers || value.isNull else { return false }
            save(item, index)
            return true
        }
    }

    /// Fields that were to be empty, whose column has a default, and that show something: the default, or what a person
    /// typed since. It is saved, and the field is emptied.
    private mutating func filledByDefaults(_ item: RemoteItem, _ intent: Intent) -> [Int] {
        guard intent.mappingVersion == context.mappingVersion, let hash = intent.hash,
            hash.fields.count == context.fields.count
        else { return [] }
        let shown = context.hash(of: item).fields
        let filled = context.fields.indices.filter { index in
            context.fields[index].hasDefault && hash.fields[index] == ContentHash.noValue
                && shown[index] != ContentHash.noValue
        }
        for index in filled { save(item, index) }
        return filled
    }

    /// Makes the shown values of these fields their base, so that the next update writes the row's values.
    private static func rewrite(_ fields: [Int], showing shown: ContentHash, in entry: inout LedgerEntry) {
        var base = entry.remoteBase
        for index in fields {
            entry.fieldHashes[index] = shown.fields[index]
            base[index] = shown.fields[index]
        }
        entry.setRemoteBase(base)
        entry.contentHash = nil
    }

    mutating func settledItem(_ result: Result<ItemAnswer, SiteFailure>) -> Step {
        guard let intent, let from = intent.from else { return finish(.settled) }
        switch result {
        case .success(.item(let item)):
            switch intent.kind {
            case .delete: return notDone(intent)
            case .mark:
                guard ItemMarks.isFilled(item[DeletionMark.column]) else { return notDone(intent) }
                return recordMark(item, .settled)
            case .update, .carry:
                if item.etag == from.etag {
                    // The item was read before this was intended. What made a tag that the ledger does not know may have
                    // been an earlier request of the row, whose answer was lost.
                    guard !task.mayArrive, entry?.etag != item.etag else { return notDone(intent) }
                    return recordOthersEdit(item, intent, mayBeOurs: intent.written)
                }
                guard intent.kind == .update else { return recordOthersEdit(item, intent) }
                return holds(item, intent) || isOurWrite(item, intent, from)
                    ? recordUpdated(item, intent)
                    : recordOthersEdit(item, intent, isOurs: shownAsWritten(item, intent))
            case .deleteOrigin: return notDone(intent)
            case .create: return close(intent, .settled)
            }
        case .success: return finish(.unsettled)
        case .failure(let failure) where failure.kind == .gone:
            if intent.kind == .delete { return bury(.settled) }
            // We did that: the row has no item, and gets one.
            if intent.kind == .deleteOrigin { return forgetEntry(.settled) }
            guard place?.item == from.item else { return close(intent, .settled) }
            guard entry?.state == .moving else { return leaveDeleted() }
            // The old item is still to be deleted; with that the row is as if a person had deleted its only one.
            return recordEntry(then: .settled) { entry, _, _ in
                entry.list = nil
                entry.item = nil
                entry.etag = nil
            }
        case .failure(let failure): return retrySettling(failure)
        }
    }

    /// Whether the item shows everything that the intent was to write.
    private func holds(_ item: RemoteItem, _ intent: Intent) -> Bool {
        guard let hash = intent.hash, intent.mappingVersion == context.mappingVersion else { return false }
        let shown = context.hash(of: item).fields
        return intent.written.allSatisfy {
            shown.indices.contains($0) && hash.fields.indices.contains($0) && shown[$0] == hash.fields[$0]
        }
    }

    /// Whether the item is as this intent left it although it shows something else than was sent: the service keeps some values
    /// in another form. One change was made since the tag that ours was bound to, and this program made it. A field that shows
    /// what it did before was not written: the change was of a key, or somebody deleted its column since.
    private func isOurWrite(_ item: RemoteItem, _ intent: Intent, _ from: ItemLocation) -> Bool {
        guard !intent.repeats, intent.mappingVersion == context.mappingVersion, let sent = intent.hash?.fields,
            let application = context.application, item.editingApplication == application,
            ItemTag.isNext(item.etag, after: from.etag),
            let known = entry.map({ context.current($0) }), known.etag == from.etag
        else { return false }
        let (shown, before) = (context.hash(of: item).fields, known.seenHashes ?? known.remoteBase)
        guard shown.count == before.count, shown.count == sent.count else { return false }
        return intent.written.allSatisfy { index in
            shown.indices.contains(index) && (shown[index] == sent[index] || shown[index] != before[index])
        }
    }

    /// Fields of the mapping of now that show what the intent was to write under an earlier one.
    private func shownAsWritten(_ item: RemoteItem, _ intent: Intent) -> [Int] {
        guard intent.mappingVersion != context.mappingVersion else { return [] }
        return context.fields.indices.filter { index in
            let name = context.fields[index].target
            return intent.fields.first { $0.name == name }.map { shows(item, $0) } ?? false
        }
    }

    private mutating func recordUpdated(_ item: RemoteItem, _ intent: Intent) -> Step {
        // By the fields of the intent, which are those of now: what the entry says of one that was not written stays.
        guard let hash = intent.hash, let old = entry.map({ context.current($0) }), old.item == item.id else {
            return close(intent, .settled)
        }
        var entry = old
        let before = old.remoteBase
        let sameMapping = old.mappingVersion == intent.mappingVersion
        entry.state = .synced
        entry.refusal = nil
        entry.mappingVersion = intent.mappingVersion
        let written = Set(intent.written)
        let shown = context.hash(of: item).fields
        // What it did not write may have been forgotten since, with a column that somebody deleted.
        let isKept = sameMapping && old.fieldHashes.count == hash.fields.count
        entry.fieldHashes = hash.fields.indices.map { index in
            isKept && !written.contains(index) ? old.fieldHashes[index] : hash.fields[index]
        }
        entry.contentHash = entry.fieldHashes == hash.fields ? hash.whole : nil
        entry.setRemoteBase(
            hash.fields.indices.map { index in
                if written.contains(index), shown.indices.contains(index) { return shown[index] }
                return !sameMapping || !before.indices.contains(index) ? hash.fields[index] : before[index]
            })
        context.see(item, in: &entry)
        return record(entry, then: .finish(.settled))
    }

    /// The item is another than the one that was decided on, and not what was to be written: somebody was there.
    /// Whether ours took place before cannot be told, so what it was to replace is kept where the item lacks it.
    /// - Parameters:
    ///   - mayBeOurs: Fields in which an earlier request of the row may show, with what that had then; after one that took
    ///     the place of another, any.
    ///   - isOurs: Fields that show what was to be written.
    private mutating func recordOthersEdit(
        _ item: RemoteItem, _ intent: Intent, mayBeOurs: [Int] = [], isOurs: [Int] = []
    ) -> Step {
        saved.removeAll { item[$0.field] == $0.value }
        guard var known = entry.map({ context.current($0) }), known.item == item.id else {
            return close(intent, .settled)
        }
        if intent.repeats || !mayBeOurs.isEmpty || !isOurs.isEmpty, let shown = context.shown(by: item, under: known) {
            Self.rewrite(isOurs, showing: shown, in: &known)
            let base = known.remoteBase
            let unclear = shown.fields.indices.filter { index in
                (intent.repeats || mayBeOurs.contains(index)) && base.indices.contains(index)
                    && shown.fields[index] != base[index]
            }
            for index in unclear { save(item, index) }
            Self.rewrite(unclear, showing: shown, in: &known)
        }
        context.see(item, in: &known)
        return record(known, then: .finish(.settled))
    }

    private mutating func retrySettling(_ failure: SiteFailure) -> Step {
        attempts += 1
        guard attempts < context.attemptsMax, let open = task.open else { return finish(.failed(failure)) }
        return settle(open)
    }
}
