package import Core

/// How one row ended in this wave.
package enum RowResult: Hashable, Sendable {
    case done(RowAction)
    /// A person deleted the item; it stays deleted.
    case leftDeleted
    case quarantined(RejectCode, SiteFailure?)
    /// The value exists elsewhere: to be tried again when this round's deletes are done.
    case uniqueValue(SiteFailure)
    /// An open intent's outcome is known, and recorded.
    case settled
    /// A request of an open intent may still arrive: to be looked at again later.
    case unsettled
    /// Left for the next round.
    case failed(SiteFailure)

    /// Whether a request of the row may arrive after this.
    var leavesDoubt: Bool {
        switch self {
        case .unsettled, .failed: true
        case .done, .leftDeleted, .quarantined, .uniqueValue, .settled: false
        }
    }
}
