/// Some thousand entries of a ledger in key order, in brief: what has to be known of every row, so that the whole entry is
/// fetched only for rows about which there is something to decide.
package struct LedgerChunk: Sendable {
    /// One entry, as places in ``LedgerChunk/bytes``.
    package struct Brief: Hashable, Sendable {
        package var keyStart: UInt32
        package var keyEnd: UInt32
        /// Where the 32 bytes of the content hash are.
        package var hashStart: UInt32
        /// Index into ``LedgerChunk/lists``.
        package var list: Int32
        /// The mapping version under which the item was written, if the entry is *settled*: its state is `synced`, its
        /// item is known and nobody was seen there, nothing is under way, and its hash has today's canonical form. Else `nil`, and `hashStart` and
        /// `list` say nothing.
        package var settledMapping: Int32?

        package init(
            keyStart: UInt32, keyEnd: UInt32, hashStart: UInt32 = 0, list: Int32 = 0, settledMapping: Int32? = nil
        ) {
            self.keyStart = keyStart
            self.keyEnd = keyEnd
            self.hashStart = hashStart
            self.list = list
            self.settledMapping = settledMapping
        }
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
