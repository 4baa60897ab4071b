/// What the meta-store tells people: rows that are kept away, changed by people, or owned by nobody.
package protocol StatusStore: Sendable {
    /// Rows that are kept away from the service, by definition and reason.
    func quarantined(of project: String) async throws(Failure) -> [QuarantineCount]
    /// The first rows that are kept away, in key order.
    func quarantinedRows(of definition: String, limit: Int) async throws(Failure) -> [KnownEntry]
    /// Rows in which people were: changed or deleted items, behind `after` in key order.
    func drifted(of definition: String, after: LedgerKey?, limit: Int) async throws(Failure) -> [KnownEntry]
    /// Items with a key of ours that no row owns, by list.
    func strays(of project: String) async throws(Failure) -> [StrayItem]
}

package struct QuarantineCount: Hashable, Sendable {
    package var definition: String
    package var reason: String
    package var rows: Int

    package init(definition: String, reason: String, rows: Int) {
        self.definition = definition
        self.reason = reason
        self.rows = rows
    }
}

/// An item with a key of ours that no row owns.
package struct StrayItem: Hashable, Sendable {
    package var list: ListID
    package var item: Int64
    package var syncKey: String

    package init(list: ListID, item: Int64, syncKey: String) {
        self.list = list
        self.item = item
        self.syncKey = syncKey
    }
}
