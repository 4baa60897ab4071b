/// What the plan does about one row, and in which list it counts.
package enum RowAction: String, Hashable, Sendable, CaseIterable {
    case create, update, move, delete
    /// Set `SyncBridgeDeletedAt` on the item of a row that is gone.
    case mark
    /// Only the ledger changes: the row is gone and its item stays.
    case archive
    /// Only the ledger changes: the mapping is another one, the values are not.
    case rebase
    /// Only the ledger changes: the row is gone, and so is its item.
    case forget
    /// The old item of a move that was interrupted is still to be deleted.
    case finishMove
    case unchanged
    case reject
    case unrouted
}
