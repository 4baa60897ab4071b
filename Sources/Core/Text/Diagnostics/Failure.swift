/// Why something could not be done. The one error that crosses a port; made once, at the border to a service.
///
/// Every failure says what was being done, at which address, why it failed, and what to do next (SPEC §4).
package struct Failure: Error, Hashable, Sendable {
    package var status: ExitStatus
    /// What was being done, as a gerund phrase: `reading table public.projects`.
    package var operation: String
    /// The address concerned, `list/contoso/Projects_Active`.
    package var address: String?
    /// The place in the manifests that asked for it.
    package var source: SourceRange?
    /// Why, without row values, tokens or secrets.
    package var reason: String
    /// The next step.
    package var help: String?
    /// Codes of the services: `SQLSTATE`, `HTTP status`, `request-id`. Sorted by name when shown.
    package var facts: [String: String]

    package init(
        _ status: ExitStatus, while operation: String, address: String? = nil, source: SourceRange? = nil,
        because reason: String, help: String? = nil, facts: [String: String] = [:]
    ) {
        self.status = status
        self.operation = operation
        self.address = address
        self.source = source
        self.reason = reason
        self.help = help
        self.facts = facts
    }
}

/// How the program ends (SPEC §4).
package enum ExitStatus: Int32, Hashable, Sendable, CaseIterable {
    case ok = 0
    case error = 1
    case changes = 2
    case needsApproval = 3
    case usage = 10
    case invalid = 11
    case denied = 12
    case stale = 13
    case locked = 14
    case auth = 15
    case unavailable = 16
    case partial = 17
    case notConverged = 18
    case unexpectedChanges = 19
    case declined = 20
    case inProgress = 22
    case `internal` = 70
    case interrupted = 130
    case terminated = 143

    /// `needs-approval`, as SPEC §4 names it.
    package var name: String {
        switch self {
        case .ok: "ok"
        case .error: "error"
        case .changes: "changes"
        case .needsApproval: "needs-approval"
        case .usage: "usage"
        case .invalid: "invalid"
        case .denied: "denied"
        case .stale: "stale"
        case .locked: "locked"
        case .auth: "auth"
        case .unavailable: "unavailable"
        case .partial: "partial"
        case .notConverged: "not-converged"
        case .unexpectedChanges: "unexpected-changes"
        case .declined: "declined"
        case .inProgress: "in-progress"
        case .internal: "internal"
        case .interrupted, .terminated: "interrupted"
        }
    }

    /// Highest first: which status wins when several apply.
    private static let precedence: [ExitStatus] = [
        .usage, .internal, .interrupted, .terminated, .partial, .notConverged, .denied, .stale, .locked, .auth,
        .unavailable, .invalid, .error, .declined, .inProgress, .unexpectedChanges, .needsApproval, .changes, .ok,
    ]

    /// The one of `statuses` that the program ends with; `ok` if there is none.
    package static func deciding(among statuses: some Sequence<ExitStatus>) -> ExitStatus {
        let present = Set(statuses)
        return precedence.first { present.contains($0) } ?? .ok
    }
}
