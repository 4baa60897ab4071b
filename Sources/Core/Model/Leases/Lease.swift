/// The right to apply one definition to one site, held by one process at a time (SPEC §6).
package struct LeaseName: Hashable, Sendable, Comparable {
    package var project: String
    package var definition: String
    /// The name of the site profile.
    package var site: String

    package init(project: String, definition: String, site: String) {
        self.project = project
        self.definition = definition
        self.site = site
    }

    package static func < (left: LeaseName, right: LeaseName) -> Bool {
        (left.project, left.definition, left.site) < (right.project, right.definition, right.site)
    }
}

/// A lease as it was given: the epoch tells one holder from the next, and every commit names it.
package struct LeaseTerm: Hashable, Sendable {
    package var name: LeaseName
    package var epoch: Int64

    package init(name: LeaseName, epoch: Int64) {
        self.name = name
        self.epoch = epoch
    }
}

/// Who holds a lease, for messages.
package struct LeaseHolder: Hashable, Sendable {
    package var name: LeaseName
    package var epoch: Int64
    /// Who runs the program, and where.
    package var actor: String
    package var run: String
    package var acquiredAt: Instant
    package var heartbeatAt: Instant
    /// The heartbeat is older than the lease's time: the next who asks takes it over.
    package var isExpired: Bool

    package init(
        name: LeaseName, epoch: Int64, actor: String, run: String, acquiredAt: Instant, heartbeatAt: Instant,
        isExpired: Bool
    ) {
        self.name = name
        self.epoch = epoch
        self.actor = actor
        self.run = run
        self.acquiredAt = acquiredAt
        self.heartbeatAt = heartbeatAt
        self.isExpired = isExpired
    }
}

package enum LeaseOutcome: Hashable, Sendable {
    case acquired(LeaseTerm)
    case held(LeaseHolder)
}

/// An operator's word that a definition, or a whole project, is not to be applied.
package struct Hold: Hashable, Sendable {
    package var project: String
    /// `nil`: all definitions.
    package var definition: String?
    package var reason: String
    package var actor: String
    package var since: Instant

    package init(project: String, definition: String?, reason: String, actor: String, since: Instant) {
        self.project = project
        self.definition = definition
        self.reason = reason
        self.actor = actor
        self.since = since
    }

    package func covers(_ name: String) -> Bool { definition.map { $0 == name } ?? true }
}
