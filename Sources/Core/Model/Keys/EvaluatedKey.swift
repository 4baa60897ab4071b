/// A row's key in both of its forms.
package struct EvaluatedKey: Hashable, Sendable {
    package var ledgerKey: LedgerKey
    /// Canonical texts of the key columns.
    package var parts: [String]
    private var prefix: String

    package init(ledgerKey: LedgerKey, parts: [String], prefix: String) {
        self.ledgerKey = ledgerKey
        self.parts = parts
        self.prefix = prefix
    }

    package var syncKey: SyncKey { SyncKey(prefix: prefix, parts: parts) }
}
