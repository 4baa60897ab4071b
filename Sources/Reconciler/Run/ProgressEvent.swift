package import Core

package enum ProgressEvent: Hashable, Sendable {
    case reading(definition: String, rows: Int)
    case provisioning(Address)
    /// Rows of one kind in one list: how many more are done.
    case writing(definition: String, list: String, done: Int)
    case round(Int)
    case waitingForLease(LeaseHolder)
    /// Requests of an earlier run may still arrive: so many rows wait so many seconds.
    case settling(rows: Int, seconds: Int)
}
