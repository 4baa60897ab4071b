package import Core
internal import Synchronization

/// The log of a process that spends of a quota alone, or without a meta-store.
package final class InMemoryResourceUnitLog: ResourceUnitLog {
    package let unitsMax: Int
    private let window: Mutex<ResourceUnitWindow>

    package init(_ rules: QuotaRules) {
        unitsMax = rules.limits.perMinute
        window = Mutex(ResourceUnitWindow(rules))
    }

    package func book(_ units: Int, now: Double) async -> QuotaAnswer {
        window.withLock { $0.book(units, now: now) }
    }

    package func confirm(_ booking: QuotaBooking, answeredAt: Double) {
        window.withLock { $0.confirm(booking.id, answeredAt: answeredAt) }
    }

    package func withdraw(_ booking: QuotaBooking) { window.withLock { $0.withdraw(booking.id) } }

    package func note(_ limit: RateLimit, now: Double) { window.withLock { $0.note(limit, now: now) } }

    package func block(until: Double, now: Double) async { window.withLock { $0.block(until: until) } }
}
