/// The mapping of now and those before it, which say what an entry's hashes stand for.
package struct MappingHistory: Hashable, Sendable {
    /// Of the mapping of now.
    package var version: Int
    /// The fields of the mapping of now, in order.
    package var fields: [String]
    /// For each registered version its fields, in order. A version is given once, whatever its fields.
    package var registered: [Int: [String]]

    package init(version: Int, fields: [String], registered: [Int: [String]] = [:]) {
        self.version = version
        self.fields = fields
        self.registered = registered
    }

    /// What both sides agreed on last, by the fields of the current mapping.
    /// - Returns: `nil` if the entry was written under a mapping that nobody knows any more.
    package func base(of ledger: LedgerEntry) -> RowBase? {
        if ledger.mappingVersion == version {
            guard ledger.fieldHashes.count == fields.count else { return nil }
            return RowBase(
                sent: ledger.fieldHashes, remote: ledger.remoteBase, seen: ledger.seenHashes ?? ledger.remoteBase)
        }
        guard let names = registered[ledger.mappingVersion], names.count == ledger.fieldHashes.count else {
            return nil
        }
        var base = RowBase(
            sent: renamed(ledger.fieldHashes, names), remote: renamed(ledger.remoteBase, names),
            seen: renamed(ledger.seenHashes ?? ledger.remoteBase, names))
        // A field that was mapped before and left out since: its column stayed, with what it held.
        let earlier = Set(registered.filter { $0.key < ledger.mappingVersion }.values.flatMap(\.self))
        base.mayHold = Set(fields.indices.filter { base.sent[$0] == nil && earlier.contains(fields[$0]) })
        return base
    }

    /// Hashes of fields of these names, by the fields of the current mapping.
    private func renamed(_ hashes: [UInt64], _ names: [String]) -> [UInt64?] {
        let positions = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
        return fields.map { name in positions[name].flatMap { hashes.indices.contains($0) ? hashes[$0] : nil } }
    }

    /// The entry as the mapping of now would have it: a new column was empty when both sides agreed last.
    /// - Returns: `nil` if nobody knows the entry's mapping any more.
    package func translated(_ entry: LedgerEntry) -> LedgerEntry? {
        guard entry.mappingVersion != version else { return entry }
        guard let base = base(of: entry) else { return nil }
        var entry = entry
        entry.fieldHashes = base.filled(base.sent)
        entry.setRemoteBase(base.filled(base.remote))
        let seen = base.filled(base.seen)
        entry.seenHashes = seen == entry.remoteBase ? nil : seen
        if let copied = entry.prior?.hashes, let names = registered[entry.mappingVersion] {
            entry.prior?.hashes = renamed(copied, names).map { $0 ?? 0 }
        }
        // Those were of other projections.
        entry.contentHash = nil
        entry.remoteHash = nil
        entry.mappingVersion = version
        return entry
    }
}
