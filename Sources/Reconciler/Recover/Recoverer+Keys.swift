internal import Core

/// Whether items and rows still have the same kind of key.
extension Recoverer {
    /// What reading the lists showed.
    struct FoundKeys {
        /// For each list the position behind its items.
        var positions: [(ManagedList, StoredFeedPosition)] = []
        /// Items with a key of ours.
        var items = 0
        /// Of those, how many carry a key that no row can have, because it is of other columns or types.
        var unreadable = 0
        /// The kind of such a key, or of the first, in words.
        var kind: String?

        mutating func note(_ key: String, _ work: DefinitionWork) {
            items += 1
            // One that is too long is a hash: whose it is only its row can tell.
            guard let parts = SyncKey.parts(of: key, prefix: work.prefix) else { return }
            let isReadable = work.bound.ledgerKey(parts: parts) != nil
            if kind == nil || !isReadable && unreadable == 0 { kind = KeyKind.words(parts) }
            if !isReadable { unreadable += 1 }
        }
    }

    /// So many items without a row are put down to people and to rows that went meanwhile.
    private static let handful = 5

    /// Where many items have no row and as many rows have no item, the key is most likely not the one that the items were
    /// made with: to go on would make every row a second item.
    func requireMatchingKeys(_ work: DefinitionWork, _ id: String, _ found: FoundKeys) async throws(Failure) {
        guard found.items > Self.handful else { return }
        let (matched, homeless) = try await count(work, id)
        let unmatched = found.items - matched
        guard min(unmatched, homeless) > Self.handful else { return }
        let isUnreadable = found.unreadable > Self.handful
        // Rows come and go; that more than a quarter went, and others came in their place, is for somebody to say.
        guard isUnreadable || unmatched * 4 > found.items && !isAllowed(work, unmatched) else { return }
        throw Failure(
            .denied, while: "recovering", address: .definition(work.name),
            source: work.bound.definition.keyPlace ?? work.bound.definition.place,
            because:
                "\(unmatched) of \(found.items) items carry a key that no row has, and \(homeless) rows have no item; "
                + "a key of theirs is \(found.kind ?? "unknown"), and the key is now \(work.bound.keyShape.words)",
            help:
                "set `key` back to the columns and types that the items were made with, recover, apply, and change the key "
                + "then; nothing was rebuilt"
                + (isUnreadable
                    ? ""
                    : ". If these are other rows indeed, allow KEY_CHANGED at definition/\(work.name) in the project"))
    }

    private func isAllowed(_ work: DefinitionWork, _ items: Int) -> Bool {
        let hazard = Hazard(.keyChanged, at: .definition(work.name), "", rows: items, remedy: "")
        return Planner.policy(desired, context).applied(to: [hazard]).allSatisfy { $0.allowedBy != nil }
    }

    /// - Returns: Items that carry the key of a row, and rows that belong in a list and have no item.
    private func count(
        _ work: DefinitionWork, _ id: String
    ) async throws(Failure) -> (matched: Int, homeless: Int) {
        guard let source = sides.sources[work.bound.definition.sourceProfile] else { return (0, 0) }
        let evaluator = work.evaluator(now: context.now)
        let scan = try await source.scan(work.bound)
        var (matched, homeless) = (0, 0)
        do throws(Failure) {
            while let chunk = try await scan.next() {
                var row = CopyRow()
                var keys: [String] = []
                chunk.forEachRow(&row) { (row: borrowing CopyRow) in
                    guard evaluator.route(of: row).list != nil, let key = try? evaluator.key(of: row) else { return }
                    keys.append(key.syncKey.text)
                }
                for start in stride(from: 0, to: keys.count, by: Self.chunkRows) {
                    let page = Array(keys[start..<min(start + Self.chunkRows, keys.count)])
                    let items = try await metaStore.found(definition: id, syncKeys: page)
                    matched += items.count
                    homeless += page.count - Set(items.map(\.syncKey)).count
                }
            }
        } catch {
            await scan.finish()
            throw error
        }
        await scan.finish()
        return (matched, homeless)
    }

    /// The keys that items are still to get, where the ledger knows whose they are: what they carry says less.
    func pendingKeys(_ list: ManagedList, _ id: String) async throws(Failure) -> [Int64: String] {
        let items = Set(try await metaStore.strays(of: desired.project.name).filter { $0.list == list.id }.map(\.item))
        guard !items.isEmpty else { return [:] }
        let known = try await metaStore.entries(of: id, list: list.id, items: items.sorted(), syncKeys: [])
        let owned = known.compactMap { row -> (Int64, String)? in
            guard row.entry.list == list.id, let item = row.entry.item, items.contains(item) else { return nil }
            return (item, row.syncKey)
        }
        return Dictionary(owned, uniquingKeysWith: { first, _ in first })
    }

    /// Entries that a rebuilding keeps have keys of the shape that was registered: they get those of now, where the texts of
    /// keys are the same.
    func rekeyLedger(_ work: DefinitionWork, _ id: String, _ lease: LeaseTerm) async throws(Failure) {
        guard let change = work.keyChange,
            let source = sides.sources[work.bound.definition.sourceProfile]
        else { return }
        let address = Address.definition(work.name)
        let place = work.bound.definition.keyPlace ?? work.bound.definition.place
        let back = "set `key` back to \(change.old.words), recover, apply, and change the key then; nothing was rebuilt"
        guard try await metaStore.openIntents(of: id, after: nil, limit: 1).isEmpty else {
            throw Failure(
                .denied, while: "recovering", address: address, source: place,
                because:
                    "the key was \(change.old.words) and is now \(change.new.words), and effects of an earlier run are "
                    + "in doubt", help: back)
        }
        var ledger: (any LedgerScan)? = try await metaStore.ledger(of: id)
        guard let look = try await Planner.rekeyed(&ledger, work, source, nil) else { return }
        await look.scan.finish()
        if let hazard = KeyGuard.hazard(change, look.outcome, work.bound.definition) {
            throw Failure(
                .denied, while: "recovering", address: address, source: place, because: hazard.message, help: back)
        }
        try await metaStore.rekey(
            look.outcome.rows, shape: change.new, of: id, now: context.clock.now(), under: lease)
    }
}
