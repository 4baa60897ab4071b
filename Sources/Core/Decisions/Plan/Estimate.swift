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
    ///   - lists: Lists whose change feed is read once.
    ///   - total: The rows of all definitions of a site.
    package init(schemaCalls: Int, lists: Int = 0, rows total: RowCounts, quota: SiteProfile.Quota) {
        let writes = total.create + total.update + total.delete
        // A move reads the old item, creates the new one and deletes the old one.
        let items = writes + total.moveIn * 3
        requests = schemaCalls + lists + items
        batches = schemaCalls + lists + (items + 19) / 20
        resourceUnits = schemaCalls * 2 + lists + writes * 2 + total.moveIn * 5
        minutes = QuotaLimits(quota).minutes(for: resourceUnits)
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
