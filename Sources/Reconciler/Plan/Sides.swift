package import Core
package import Logging

/// The services a run works with, as the outside composed them.
package struct Sides: Sendable {
    /// By the name of the source profile.
    package var sources: [String: any RowSource]
    /// By the name of the site profile; a profile without credentials is absent and its site assumed empty.
    package var sites: [String: any SharePointSite]
    /// `nil`: not configured, so the ledger is empty.
    package var metaStore: (any MetaStore)?
    /// By the name of the site profile; a profile without a zone is absent.
    package var zones: [String: SiteTimeZone]
    /// By the name of the site profile: this program's application, a GUID in lower case.
    package var applications: [String: String]

    package init(
        sources: [String: any RowSource], sites: [String: any SharePointSite], metaStore: (any MetaStore)?,
        zones: [String: SiteTimeZone], applications: [String: String] = [:]
    ) {
        self.applications = applications
        self.sources = sources
        self.sites = sites
        self.metaStore = metaStore
        self.zones = zones
    }
}

/// What one run knows of itself. Time and chance are handed in.
package struct RunContext: Sendable {
    /// The one `now` of all rounds.
    package var now: Instant
    /// A UUID in lower case.
    package var runID: String
    package var toolVersion: String
    package var actor: String
    package var flags: [HazardPolicy.Flag]
    package var clock: any RunClock
    /// Whether calls may still be started.
    package var trust: TrustWindow
    package var logger: Logger
    /// In the clock's elapsed seconds: no new work is begun after it (`--deadline`).
    package var deadline: Double?
    /// Makes a fresh UUID in lower case.
    package var makeID: @Sendable () -> String
    /// Told what happens, for a terminal or a log.
    package var progress: @Sendable (ProgressEvent) -> Void
    /// Asked between steps: whether the operator wants an orderly stop.
    package var isStopping: @Sendable () -> Bool

    package init(
        now: Instant, runID: String, toolVersion: String, actor: String, flags: [HazardPolicy.Flag] = [],
        clock: any RunClock, trust: TrustWindow = TrustWindow(), logger: Logger, deadline: Double? = nil,
        makeID: @escaping @Sendable () -> String, progress: @escaping @Sendable (ProgressEvent) -> Void = { _ in },
        isStopping: @escaping @Sendable () -> Bool = { false }
    ) {
        self.now = now
        self.runID = runID
        self.toolVersion = toolVersion
        self.actor = actor
        self.flags = flags
        self.clock = clock
        self.trust = trust
        self.logger = logger
        self.deadline = deadline
        self.makeID = makeID
        self.progress = progress
        self.isStopping = isStopping
    }

    /// Why nothing new is to be begun; `nil` if all is well.
    package var stopReason: StopReason? {
        if isStopping() { return .request }
        if !trust.allows(at: clock.elapsed()) { return .leaseLost }
        if let deadline, clock.elapsed() >= deadline { return .deadline }
        return nil
    }

    package var shouldStop: Bool { stopReason != nil }
}

package enum StopReason: Hashable, Sendable {
    /// An operator's signal.
    case request
    /// `--deadline` is over.
    case deadline
    /// The lease was not confirmed in time, or is another's.
    case leaseLost
}

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

extension SiteFailure {
    /// The failure for people.
    package func failure(while operation: String, address: Address?, source: SourceRange? = nil) -> Failure {
        var facts: [String: String] = [:]
        if let status { facts["HTTP status"] = String(status) }
        if let code { facts["code"] = code }
        if let requestID { facts["request-id"] = requestID }
        return Failure(
            exitStatus, while: operation, address: address?.text, source: source, because: reason, help: help,
            facts: facts)
    }

    private var exitStatus: ExitStatus {
        switch kind {
        case .unauthenticated, .forbidden: .auth
        case .throttled, .transient, .unreachable, .locked: .unavailable
        case .missing: .invalid
        case .cancelled: .interrupted
        case .stale, .gone, .refused, .conflict, .malformed, .expired: .error
        }
    }

    private var help: String? {
        switch kind {
        case .unauthenticated:
            "look at the tenant, client and secret of the profile; the code says what Microsoft Entra ID objects to"
        case .forbidden:
            "grant the app Sites.Manage.All, or Sites.Selected with owner on this site, and consent to it"
        case .unreachable: "look at the network, the proxy and the endpoint; then run again"
        case .throttled: "run again later, or give the profile a larger share of the quota"
        case .transient: "run again; what was done is recorded"
        case .locked: "the site or item is locked: ask the administrator, then run again"
        case .missing: "look at the name in the profile"
        case .cancelled, .stale, .gone, .refused, .conflict, .malformed, .expired: nil
        }
    }
}
