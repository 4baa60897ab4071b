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

    /// Whether a person is known to have changed the field.
    package func hasDrifted(_ index: Int) -> Bool { seen[index] != remote[index] }

    /// Whether a person is known to have changed any field.
    package var hasDrifted: Bool { seen != remote }
}
