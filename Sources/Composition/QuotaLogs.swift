internal import Core
internal import Logging
internal import MetaStore
internal import MicrosoftGraph
internal import PostgreSQL

/// The logs of one call's quotas: one for each tenant and application, whatever profiles use them. With a meta-store
/// they are shared with every other process that uses it.
struct QuotaLogs {
    /// What has to be closed.
    private(set) var shared: [PostgreSQLResourceUnitLog] = []
    private var logs: [String: any ResourceUnitLog] = [:]
    private let desired: DesiredState
    private let booksNothing: Bool
    private let logger: Logger

    /// - Parameter booksNothing: The meta-store is only read.
    init(_ desired: DesiredState, booksNothing: Bool, logger: Logger) {
        self.desired = desired
        self.booksNothing = booksNothing
        self.logger = logger
    }

    /// Where two profiles of one application say different things about its quota, the first one's counts.
    mutating func log(
        tenant: String, application: String, _ quota: SiteProfile.Quota
    ) throws(Failure) -> any ResourceUnitLog {
        let key = "\(tenant)|\(application)".lowercased()
        if let log = logs[key] { return log }
        let rules = QuotaRules(QuotaLimits(Settings.quota(quota)))
        guard let parameters = try Services.metaStoreParameters(desired) else {
            let log = InMemoryResourceUnitLog(rules)
            logs[key] = log
            return log
        }
        let logger = logger
        let log = try PostgreSQLResourceUnitLog(
            parameters, schema: desired.project.metaStore.schema, tenant: tenant, application: application,
            rules: rules,
            booksNothing: booksNothing
        ) { event in
            switch event {
            case .alone(let reason, isExpected: true):
                logger.info("the quota is not shared yet", metadata: ["store.reason": "\(reason)"])
            case .alone(let reason, isExpected: false):
                logger.warning(
                    "the quota is not shared: this process counts for itself", metadata: ["store.reason": "\(reason)"])
            case .sharedAgain: logger.info("the quota is shared again")
            }
        }
        logs[key] = log
        shared.append(log)
        return log
    }
}
