/// What applying a plan costs at SharePoint.
package struct Estimate: Hashable, Sendable {
    package var requests = 0
    package var batches = 0
    package var resourceUnits = 0
    /// At the profile's share of both of the quota's caps; rounded up.
    package var minutes = 0

    package init() {}

    /// - Parameters:
    ///   - schemaCalls: Requests that create or change lists and columns.
    ///   - total: The rows of all definitions of a site.
    package init(schemaCalls: Int, rows total: RowCounts, quota: SiteProfile.Quota) {
        // A move reads the old item, creates the new one and deletes the old one.
        let items = total.create + total.update + total.delete + total.moveIn * 3
        requests = schemaCalls + items
        batches = schemaCalls + (items + 19) / 20
        resourceUnits = schemaCalls * 2 + (total.create + total.update + total.delete) * 2 + total.moveIn * 5
        let limits = QuotaLimits(quota)
        let byMinute = Double(resourceUnits) / Double(limits.perMinute)
        let byDay = Double(max(0, resourceUnits - limits.perDay)) / Double(limits.perDay) * 1440
        minutes = resourceUnits == 0 ? 0 : Int(max(byMinute, byDay).rounded(.up))
    }

    package static func + (left: Estimate, right: Estimate) -> Estimate {
        var sum = left
        sum.requests += right.requests
        sum.batches += right.batches
        sum.resourceUnits += right.resourceUnits
        // Sites have quotas of their own and are worked on side by side.
        sum.minutes = max(left.minutes, right.minutes)
        return sum
    }
}

/// What an app may spend, in resource units, by the tenant's licences (FACTS 8.2), at our share.
package struct QuotaLimits: Hashable, Sendable {
    package var perMinute: Int
    package var perDay: Int

    package init(_ quota: SiteProfile.Quota) {
        let classIndex = [1000, 5000, 15_000, 50_000].firstIndex { quota.licences <= $0 } ?? 4
        let minute = quota.resourceUnitsPerMinute ?? 1250 * (classIndex + 1)
        let day = quota.resourceUnitsPerDay ?? 1_200_000 * (classIndex + 1)
        perMinute = max(1, minute * quota.share / 100)
        perDay = max(1, day * quota.share / 100)
    }
}
