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

    /// `42` or `2013/1/1/UA/1545`, percent-encoded: the end of the row's address.
    package var addressPath: String { parts.map(PercentEncoding.encode).joined(separator: "/") }
}
