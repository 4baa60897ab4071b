/// Some thousand entries of a ledger in key order, in brief: what has to be known of every row, so that the whole entry is
/// fetched only for rows about which there is something to decide.
package struct LedgerChunk: Sendable {
    /// One entry, as places in ``LedgerChunk/bytes``.
    package struct Brief: Hashable, Sendable {
        package var keyStart: UInt32
        package var keyEnd: UInt32
        /// Index into ``LedgerChunk/lists``; says nothing without a mark.
        package var list: Int32
        package var mark: Mark

        package init(keyStart: UInt32, keyEnd: UInt32, list: Int32 = 0, mark: Mark = .none) {
            self.keyStart = keyStart
            self.keyEnd = keyEnd
            self.list = list
            self.mark = mark
        }
    }

    /// By what a row can be known to be as it was.
    package enum Mark: Hashable, Sendable {
        /// By nothing in brief: the whole entry has to be asked.
        case none
        /// The entry is *at rest* (``LedgerEntry/isAtRest``): where the 32 bytes of its content hash are, and the mapping
        /// under which the item was written.
        case hash(UInt32, mapping: Int32)
        /// Nothing has changed the entry since it was at rest and got the fingerprint that it has of the key that was asked
        /// for: where its 16 bytes are.
        case fingerprint(UInt32)
    }

    package var bytes: [UInt8]
    package var briefs: [Brief]
    /// The lists that the entries of this scan have named so far; it only grows.
    package var lists: [ListID]

    package init(bytes: [UInt8], briefs: [Brief], lists: [ListID]) {
        self.bytes = bytes
        self.briefs = briefs
        self.lists = lists
    }

    package func key(_ brief: Brief) -> LedgerKey {
        LedgerKey(bytes: Array(bytes[Int(brief.keyStart)..<Int(brief.keyEnd)]))
    }
}
