/// How a quota is kept.
package struct QuotaRules: Hashable, Sendable {
    package var limits: QuotaLimits
    /// The service's window, in seconds.
    package var window: Double
    /// For how long after its booking a request counts as not arrived yet against our share, unless its answer comes
    /// sooner. The share is exact as the service sees it for requests that are answered within this time, and at most
    /// `margin / (window + margin)` of it is lost.
    package var margin: Double
    /// No request arrives later than so many seconds after its booking. A process that died is forgotten after this
    /// time and the window.
    package var flight: Double

    package init(_ limits: QuotaLimits, window: Double = 60, margin: Double = 1, flight: Double = 90) {
        self.limits = limits
        self.window = window
        self.margin = margin
        self.flight = flight
    }
}

/// What an app may spend, in resource units, by the tenant's licences (FACTS 8.2).
package struct QuotaLimits: Hashable, Sendable {
    /// Our share.
    package var perMinute: Int
    package var perDay: Int
    /// What the service allows before our share is taken.
    package var perMinuteInAll: Int

    package init(_ quota: SiteProfile.Quota) {
        let classIndex = [1000, 5000, 15_000, 50_000].firstIndex { quota.licences <= $0 } ?? 4
        let minute = quota.resourceUnitsPerMinute ?? 1250 * (classIndex + 1)
        let day = quota.resourceUnitsPerDay ?? 1_200_000 * (classIndex + 1)
        perMinuteInAll = max(1, minute)
        perMinute = max(1, minute * quota.share / 100)
        perDay = max(1, day * quota.share / 100)
    }
    /// How long so many units take at our share, rounded up. The day's share ends first where it is smaller: the rest
    /// waits for the next day.
    package func minutes(for units: Int) -> Int {
        guard units > 0 else { return 0 }
        let byMinute = Double(units) / Double(perMinute)
        let byDay = Double(max(0, units - perDay)) / Double(perDay) * 1440
        return Int(max(byMinute, byDay).rounded(.up))
    }
}
