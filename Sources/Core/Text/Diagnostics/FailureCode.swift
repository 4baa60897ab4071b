extension Failure {
    /// What a failure means to whoever has to go on from it: a person, a worker, another program.
    ///
    /// How a front end says it, as an exit status or as an HTTP status, is the front end's.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// The request itself makes no sense: a wrong word on the command line, an address of nothing.
        case usage
        /// The manifests do not validate, or name something that does not exist.
        case invalid
        /// A guard, a hazard, a policy, `suspend` or a hold stands in the way.
        case denied
        /// What the work was based on was changed meanwhile.
        case stale
        /// Another process holds the lease.
        case locked
        /// A secret, a sign-in or a right is wrong or missing.
        case auth
        /// A service does not answer, fails, or throttles for too long.
        case unavailable
        /// Something was written, and work is left undone that the plan had not shown.
        case partial
        /// Round after round leaves work to do.
        case notConverged
        /// The deadline came first. Nothing is wrong.
        case inProgress
        /// An operator's stop came first. Nothing is wrong.
        case interrupted
        /// A defect of this program.
        case `internal`
        /// None of the above.
        case unclassified

        /// Whether another run may succeed though no person changes anything: it looks again and plans anew.
        package var isRetryable: Bool {
            switch self {
            case .stale, .locked, .unavailable, .partial, .inProgress, .interrupted: true
            case .usage, .invalid, .denied, .auth, .notConverged, .internal, .unclassified: false
            }
        }

        /// Whether it is the run that cannot go on, and not only the list or row that was being worked on: it was told to
        /// stop, or its lease is another process's now.
        package var endsTheRun: Bool {
            switch self {
            case .interrupted, .locked: true
            case .usage, .invalid, .denied, .stale, .auth, .unavailable, .partial, .notConverged, .inProgress,
                .internal,
                .unclassified:
                false
            }
        }
    }
}
