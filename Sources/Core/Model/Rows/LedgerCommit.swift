/// The results of one wave.
package struct LedgerCommit: Hashable, Sendable {
    package enum Change: Hashable, Sendable {
        /// Writes an entry; `version` is that of the entry it replaces, `nil` if there was none.
        case put(LedgerEntry, sourceKey: String, replaces: Int64?)
        case remove(LedgerKey, version: Int64)

        package var key: LedgerKey {
            switch self {
            case .put(let entry, _, _): entry.key
            case .remove(let key, _): key
            }
        }
    }

    /// A value of a person that the source's value replaced.
    package struct Saved: Hashable, Sendable {
        package var key: LedgerKey
        package var sourceKey: String
        package var field: String
        /// As the service gave it.
        package var value: JSON

        package init(key: LedgerKey, sourceKey: String, field: String, value: JSON) {
            self.key = key
            self.sourceKey = sourceKey
            self.field = field
            self.value = value
        }
    }

    package var project: String
    package var definition: String
    package var run: String
    package var now: Instant
    package var lease: LeaseTerm
    package var changes: [Change]
    package var saved: [Saved]
    /// Rows whose intent is closed though their entry stays as it is: the effect is known not to have taken place.
    package var closed: [LedgerKey]
    /// Of rows whose new entries agree with them.
    package var claims: [LedgerKey: FingerprintClaim]

    package init(
        project: String, definition: String, run: String, now: Instant, lease: LeaseTerm, changes: [Change],
        saved: [Saved] = [], closed: [LedgerKey] = [], claims: [LedgerKey: FingerprintClaim] = [:]
    ) {
        self.project = project
        self.definition = definition
        self.run = run
        self.now = now
        self.lease = lease
        self.changes = changes
        self.saved = saved
        self.closed = closed
        self.claims = claims
    }
}
