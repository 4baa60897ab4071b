/// Why a call on the site failed (SPEC §11, classes; data-sync §2.17).
package struct SiteFailure: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// 429, 503: waited out already, until the deadline.
        case throttled
        /// 5xx, resets, timeouts.
        case transient
        /// 412, 409 save conflict: somebody else changed the object.
        case stale
        /// 404 of an item.
        case gone
        /// 404 of a site, list or column.
        case missing
        /// 410: a position of the change feed that the service no longer knows.
        case expired
        /// 403.
        case forbidden
        /// 423 and 507 of a list or site: it is locked, read-only or full.
        case locked
        /// 423 or 403 of one item that exists: a record, a label, a checked-out file. It says nothing about its list.
        case itemLocked
        /// 401 after a fresh token, or no token.
        case unauthenticated
        /// 400, 422: the request is refused as it is.
        case refused
        /// 409 other than a save conflict: name or value exists.
        case conflict
        /// The host does not answer at all.
        case unreachable
        /// An answer that makes no sense.
        case malformed
        case cancelled
    }

    package enum Outcome: Hashable, Sendable {
        /// Nothing was changed.
        case notDone
        /// The change may have been made.
        case unknown
    }

    package var kind: Kind
    package var outcome: Outcome
    package var status: Int?
    /// Graph's deepest known error code, or the AADSTS number.
    package var code: String?
    /// Safe to show: what was being done, and why it failed.
    package var reason: String
    /// The same without what was being done, for whoever knows the row: the column, if the answer names one, the cause,
    /// and the service's own words without values. `nil` if the service said nothing of it.
    package var explanation: String?
    /// The internal name of the column that the answer names.
    package var field: String?
    package var requestID: String?

    package init(
        _ kind: Kind, outcome: Outcome = .notDone, status: Int? = nil, code: String? = nil, reason: String,
        requestID: String? = nil
    ) {
        self.kind = kind
        self.outcome = outcome
        self.status = status
        self.code = code
        self.reason = reason
        self.requestID = requestID
    }
}
