/// A row of the ledger that gets another key.
package struct RekeyedRow: Hashable, Sendable {
    package var old: LedgerKey
    package var new: LedgerKey
    /// What the item is to carry; empty for one that gives its key up to another row, `nil` where it stays.
    package var syncKey: String?

    package init(old: LedgerKey, new: LedgerKey, syncKey: String? = nil) {
        self.old = old
        self.new = new
        self.syncKey = syncKey
    }
}
