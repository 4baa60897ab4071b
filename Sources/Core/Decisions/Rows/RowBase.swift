/// What both sides agreed on last, by the fields of the current mapping; `nil` for a field that the row was never
/// written with.
package struct RowBase: Hashable, Sendable {
    /// What was sent.
    package var sent: [UInt64?]
    /// What the service made of it.
    package var remote: [UInt64?]
    /// What the item was seen to show since.
    package var seen: [UInt64?]
    /// Fields that the row was not written with, and whose column may hold something of before all the same.
    package var mayHold: Set<Int> = []

    package init(sent: [UInt64?], remote: [UInt64?], seen: [UInt64?]) {
        self.sent = sent
        self.remote = remote
        self.seen = seen
    }

    /// In the place of a hash: nobody knows what both sides agreed on.
    package static let unknown: UInt64 = 0

    /// Hashes of this base, also of fields that the row was never written with: a new column was empty.
    package func filled(_ hashes: [UInt64?]) -> [UInt64] {
        hashes.indices.map { hashes[$0] ?? (mayHold.contains($0) ? Self.unknown : ContentHash.noValue) }
    }

    /// Takes in what an item was read to show. The answer to a write may have shown something else than is stored: what the
    /// item shows as it was sent nobody changed, and under the tag that is known nobody changed anything.
    /// - Parameters:
    ///   - shown: By field; `nil` for one that says nothing.
    ///   - isKnownVersion: The item has the tag that the ledger knows.
    package mutating func correct(by shown: [UInt64?], isKnownVersion: Bool) {
        for (index, hash) in shown.enumerated() where sent[index] != nil {
            guard let hash, hash == sent[index] || isKnownVersion && seen[index] == remote[index] else { continue }
            (remote[index], seen[index]) = (hash, hash)
        }
    }

    /// Whether a person is known to have changed the field.
    package func hasDrifted(_ index: Int) -> Bool { seen[index] != remote[index] }

    /// Whether a person is known to have changed any field.
    package var hasDrifted: Bool { seen != remote }
}
