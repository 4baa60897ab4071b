internal import Core
internal import MicrosoftGraph

/// Times and counts that tests change, from `SYNCBRIDGE_*` variables; people leave them alone.
package enum Settings {
    /// The time of one request.
    static var requestTimeout: Duration { .milliseconds(milliseconds("SYNCBRIDGE_REQUEST_TIMEOUT_MS") ?? 60_000) }

    /// How long after its creation a list or column may be unseen.
    static var youthSeconds: Double { Double(milliseconds("SYNCBRIDGE_YOUTH_MS") ?? 60_000) / 1000 }

    /// How long a lease lasts without a heartbeat.
    package static var leaseSeconds: Double { Double(milliseconds("SYNCBRIDGE_LEASE_MS") ?? 60_000) / 1000 }

    /// How long after an effect was begun its request may still arrive.
    package static var settleSeconds: Double { Double(milliseconds("SYNCBRIDGE_SETTLE_MS") ?? 60_000) / 1000 }

    /// After how long a round begins no further creates.
    package static var roundSeconds: Double { Double(milliseconds("SYNCBRIDGE_ROUND_MS") ?? 900_000) / 1000 }

    static var retries: RetryMachine.Policy {
        RetryMachine.Policy(
            backOffMin: Double(milliseconds("SYNCBRIDGE_BACKOFF_MIN_MS") ?? 1000) / 1000,
            backOffMax: Double(milliseconds("SYNCBRIDGE_BACKOFF_MAX_MS") ?? 300_000) / 1000)
    }

    /// Requests at a time: at first and at most.
    static var concurrency: ConcurrencyMachine.Settings {
        ConcurrencyMachine.Settings(
            first: ProcessSurroundings.variable("SYNCBRIDGE_CONCURRENCY_FIRST").flatMap { Int($0) } ?? 4,
            most: ProcessSurroundings.variable("SYNCBRIDGE_CONCURRENCY_MAX").flatMap { Int($0) } ?? 16)
    }

    /// The profile's quota, or one that never binds: simulators rarely have any.
    static func quota(_ profile: SiteProfile.Quota) -> SiteProfile.Quota {
        guard let units = ProcessSurroundings.variable("SYNCBRIDGE_QUOTA_PER_MINUTE").flatMap({ Int($0) }), units > 0,
            units <= 1_000_000_000
        else { return profile }
        var quota = profile
        quota.resourceUnitsPerMinute = units
        quota.resourceUnitsPerDay = units * 1440
        return quota
    }

    private static func milliseconds(_ name: String) -> Int? { ProcessSurroundings.variable(name).flatMap { Int($0) } }
}
