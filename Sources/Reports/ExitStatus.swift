package import Core
package import Reconciler

/// How the program ends: the numbers and names of SPEC §4, and which of several wins. Nothing but the command line and what
/// it prints knows them; everybody else speaks of a ``Failure/Code``.
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

    package init(_ code: Failure.Code) {
        self =
            switch code {
            case .usage: .usage
            case .invalid: .invalid
            case .denied: .denied
            case .stale: .stale
            case .locked: .locked
            case .auth: .auth
            case .unavailable: .unavailable
            case .partial: .partial
            case .notConverged: .notConverged
            case .inProgress: .inProgress
            case .interrupted: .interrupted
            case .internal: .internal
            case .unclassified: .error
            }
    }

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

extension ApplyReport {
    /// How the program ends after this apply.
    /// - Parameter signal: The status of the signal that asked this process to stop; `nil` if none did.
    package func exitStatus(interruptedBy signal: ExitStatus?) -> ExitStatus {
        if declined { return .declined }
        let statuses = shortcomings(isInterrupted: signal != nil).map { code in
            code == .interrupted ? signal ?? .interrupted : ExitStatus(code)
        }
        return ExitStatus.deciding(among: statuses)
    }
}
