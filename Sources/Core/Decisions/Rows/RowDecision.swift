package struct RowDecision: Hashable, Sendable {
    package var action: RowAction
    /// The index of the list the row belongs in; `nil` without a route.
    package var list: Int?
    /// Where its item is; `nil` if it has none.
    package var from: ListID?
    package var route: Route.Decision?
    package var rejection: Rejection?
    /// Indices of the fields whose value differs from the base; empty unless `action` writes fields.
    package var changedFields: [Int]
    package var hash: ContentHash?

    package init(
        _ action: RowAction, list: Int? = nil, from: ListID? = nil, route: Route.Decision? = nil,
        rejection: Rejection? = nil, changedFields: [Int] = [], hash: ContentHash? = nil
    ) {
        self.action = action
        self.list = list
        self.from = from
        self.route = route
        self.rejection = rejection
        self.changedFields = changedFields
        self.hash = hash
    }
}

/// Decides rows: a pure function of what the source says now and what the ledger says of the last time.
package struct RowDecider: Sendable {
    /// The meta-store's ids of the definition's lists, by index; `nil` for a list that does not exist yet.
    package var listIDs: [ListID?]
    package var policy: RowPolicy
    /// Lists, by index, to which items may move although they lose something (`ITEM_LOSES` is allowed).
    package var allowsLosses: Set<Int>
    /// Lists, by index, whose items may be written as often as their rows change (`WRITE_LOOP` is allowed).
    package var allowsLoops: Set<Int>
    package var mapping: MappingHistory
    /// Lists in which items count; an entry of another has none, because its list is gone for good. `nil`: all.
    package var knownLists: Set<ListID>?
    /// Indices of fields, by list, whose column somebody deleted: whatever the ledger says, items hold nothing in it.
    package var emptied: [ListID: Set<Int>] = [:]

    package init(
        listIDs: [ListID?], policy: RowPolicy, allowsLosses: Set<Int> = [], allowsLoops: Set<Int> = [],
        mapping: MappingHistory
    ) {
        self.listIDs = listIDs
        self.policy = policy
        self.allowsLosses = allowsLosses
        self.allowsLoops = allowsLoops
        self.mapping = mapping
    }

    /// A row that is in the source.
    package func decide(
        route: Route, projection: Result<ContentHash, Rejection>, ledger: LedgerEntry?
    ) -> RowDecision {
        // A move under way is finished before anything else is decided: until then the row has two items.
        if let ledger, ledger.state == .moving, !isInGoneList(ledger) {
            return RowDecision(
                .finishMove, list: route.list, from: ledger.list, route: route.decision, hash: try? projection.get())
        }
        let hash: ContentHash
        switch projection {
        case .failure(let rejection):
            return RowDecision(
                .reject, list: route.list, from: ledger?.list, route: route.decision, rejection: rejection)
        case .success(let value): hash = value
        }
        guard let list = route.list else {
            return RowDecision(.unrouted, from: ledger?.list, route: route.decision)
        }
        guard let ledger, !isInGoneList(ledger) else {
            return RowDecision(.create, list: list, route: route.decision, changedFields: written(hash), hash: hash)
        }
        func decision(_ action: RowAction, _ changed: [Int] = []) -> RowDecision {
            RowDecision(
                action, list: list, from: ledger.list, route: route.decision, changedFields: changed, hash: hash)
        }
        switch ledger.state {
        case .deletedByPerson: return policy.revertsDrift ? decision(.create, written(hash)) : decision(.unchanged)
        case .tombstone: return decision(.create, written(hash))
        case .quarantined where isKeptAway(hash, ledger, list):
            return RowDecision(
                .reject, list: list, from: ledger.list, route: route.decision,
                rejection: Rejection(ledger.refusal?.code ?? .refused), hash: hash)
        case .quarantined, .synced, .archived, .marked, .moving: break
        }
        guard ledger.item != nil else { return decision(.create, written(hash)) }
        let changed = changedFields(hash, ledger) + refilledFields(hash, ledger)
        guard isHere(ledger, list) else { return decision(.move, changed) }
        // A row that came back takes its item over; the mark has to go.
        if ledger.state == .marked { return decision(.update, changed) }
        if changed.isEmpty {
            let isCurrent = ledger.mappingVersion == mapping.version && ledger.canonVersion == CanonicalForm.version
            return decision(isCurrent && ledger.state == .synced ? .unchanged : .rebase)
        }
        return decision(.update, changed)
    }

    /// A row of the ledger that the source no longer has. `nil`: it does not count at all.
    package func decideGone(_ ledger: LedgerEntry, listIndex: Int?) -> RowDecision? {
        if isInGoneList(ledger) { return RowDecision(.forget) }
        switch ledger.state {
        case .archived, .marked, .tombstone: return nil
        case .moving: return RowDecision(.finishMove, list: listIndex, from: ledger.list)
        // Nothing is left to delete; the entry goes with its row.
        case .deletedByPerson: return RowDecision(.forget)
        case .quarantined where ledger.item == nil: return RowDecision(.forget)
        // The delete was tried: without a row there is no hash, which tells it from a refused change of before.
        case .quarantined where ledger.wasRefusedAsGone:
            return RowDecision(
                .reject, list: listIndex, from: ledger.list, rejection: Rejection(ledger.refusal?.code ?? .refused))
        case .quarantined, .synced:
            let action: RowAction =
                switch policy.deletes {
                case .propagate: .delete
                case .mark: .mark
                case .retain: .archive
                }
            return RowDecision(action, list: listIndex, from: ledger.list)
        }
    }

    /// Its item went with its list.
    private func isInGoneList(_ ledger: LedgerEntry) -> Bool {
        guard let list = ledger.list, let knownLists else { return false }
        return !knownLists.contains(list)
    }

    /// Neither side nor the mapping changed since the row was refused for this list.
    private func isKeptAway(_ hash: ContentHash, _ ledger: LedgerEntry, _ list: Int) -> Bool {
        guard ledger.contentHash == hash.whole, ledger.mappingVersion == mapping.version else { return false }
        if allowsLosses.contains(list), ledger.refusal?.code == .itemLoses { return false }
        if allowsLoops.contains(list), ledger.refusal?.code == .writeLoop { return false }
        // A row without an item that was refused before its list was made is refused there.
        guard let refusedBy = ledger.refusal?.list, let wanted = listIDs[list] else { return true }
        return refusedBy == wanted
    }

    private func isHere(_ ledger: LedgerEntry, _ list: Int) -> Bool {
        // A row without an item has no list yet: it is here as long as its route is what it was.
        guard let at = ledger.list else { return true }
        return listIDs[list] == at
    }

    /// Fields that have a value: what a create writes.
    private func written(_ hash: ContentHash) -> [Int] {
        hash.fields.indices.filter { hash.fields[$0] != ContentHash.noValue }
    }

    private func changedFields(_ hash: ContentHash, _ ledger: LedgerEntry) -> [Int] {
        // A refused row's hash is of what was not written.
        if ledger.state != .quarantined, ledger.contentHash == hash.whole, ledger.mappingVersion == mapping.version {
            return policy.revertsDrift ? ledger.driftedFields.filter { ledger.remoteBase[$0] != RowBase.unknown } : []
        }
        guard let base = base(of: ledger) else { return Array(hash.fields.indices) }
        return hash.fields.indices.filter { index in
            if policy.revertsDrift, base.hasDrifted(index), base.remote[index] != RowBase.unknown { return true }
            guard let known = base.sent[index] else {
                return hash.fields[index] != ContentHash.noValue || base.mayHold.contains(index)
            }
            return known != hash.fields[index]
        }
    }

    /// Fields that are not changed, and whose value somebody took away with its column.
    private func refilledFields(_ hash: ContentHash, _ ledger: LedgerEntry) -> [Int] {
        guard let list = ledger.list, let fields = emptied[list] else { return [] }
        let changed = Set(changedFields(hash, ledger))
        return fields.sorted().filter { !changed.contains($0) && hash.fields[$0] != ContentHash.noValue }
    }

    /// What both sides agreed on last; see ``MappingHistory/base(of:)``.
    package func base(of ledger: LedgerEntry) -> RowBase? { mapping.base(of: ledger) }
}

extension LedgerEntry {
    fileprivate var wasRefusedAsGone: Bool {
        guard contentHash == nil, let code = refusal?.code else { return false }
        return code == .itemLocked || code == .refused
    }
}
