/// What was spent of a quota, as a value: a log of the last minute, the day's total, and what the service asked for.
///
/// A request counts when it arrives at the service, which is some time after its booking and before its answer. So two
/// sums are kept, both over a sliding window. Against **our share** a request counts until a window after its answer,
/// but no later than ``QuotaRules/margin`` plus a window after its booking: slow answers cost no throughput. Against
/// **what the service allows** it counts until a window after its answer, however late that is: whatever the latencies,
/// the service never sees more than that in any window of its own.
package struct ResourceUnitWindow: Sendable {
    private struct Entry: Hashable, Sendable {
        var id: Int64
        var units: Int
        var bookedAt: Double
        /// Counts before these moments against our share and against what the service allows.
        var shareEnd: Double
        var fullEnd: Double
        /// Not answered yet.
        var isOpen: Bool
    }

    /// The service's own count, where others spend too.
    private struct Low: Hashable, Sendable {
        var remaining: Int
        var until: Double
        /// What remains is spread: nothing leaves before.
        var next: Double
    }

    private let rules: QuotaRules
    private var entries: [Entry] = []
    private var lastID: Int64 = 0
    /// Days since 1970.
    private var day = 0.0
    private var dayUnits = 0
    private var blockedUntil = 0.0
    private var serviceLimit: Int?
    /// What others seem to spend within a window, and until when that is remembered: for longer than a window, because
    /// we may not hear of it during a pause.
    private var others: (units: Int, until: Double)?
    private var low: Low?

    package init(_ rules: QuotaRules) { self.rules = rules }

    // MARK: Booking

    package mutating func book(_ units: Int, now: Double) -> QuotaAnswer {
        takeUpTo(now)
        let waits: [(Double, QuotaWait)] = [
            (blockedUntil, .paused), (dayWait(units, now), .daySpent), (minuteWait(units, now), .minuteSpent),
            (lowWait(units, now), .runningLow),
        ]
        var longest = waits[0]
        for wait in waits where wait.0 > longest.0 { longest = wait }
        guard longest.0 <= now else { return .wait(until: longest.0, longest.1) }
        if var low {
            low.next = now + Double(units) * (low.until - now) / Double(max(1, low.remaining))
            low.remaining = max(0, low.remaining - units)
            self.low = low
        }
        return .booked(record(units, now: now))
    }

    /// Books without asking: for units that were granted elsewhere.
    package mutating func record(_ units: Int, now: Double) -> QuotaBooking {
        takeUpTo(now)
        lastID += 1
        entries.append(
            Entry(
                id: lastID, units: units, bookedAt: now, shareEnd: now + rules.margin + rules.window,
                fullEnd: now + rules.flight + rules.window, isOpen: true))
        dayUnits += units
        return QuotaBooking(id: lastID, units: units)
    }

    package mutating func confirm(_ id: Int64, answeredAt: Double) {
        guard let index = entries.lastIndex(where: { $0.id == id && $0.isOpen }) else { return }
        let end = max(answeredAt, entries[index].bookedAt) + rules.window
        entries[index].isOpen = false
        entries[index].shareEnd = min(entries[index].shareEnd, end)
        entries[index].fullEnd = end
    }

    package mutating func withdraw(_ id: Int64) {
        guard let index = entries.lastIndex(where: { $0.id == id }) else { return }
        let entry = entries.remove(at: index)
        if ResourceUnitWindow.day(of: entry.bookedAt) == day { dayUnits = max(0, dayUnits - entry.units) }
    }

    /// What others are known to have spent of what the service allows, until when none of it ends.
    package mutating func hear(ofOthers units: Int, until moment: Double) {
        others = units > 0 ? (units, moment) : nil
    }

    package mutating func block(until moment: Double) { blockedUntil = max(blockedUntil, moment) }

    /// Believes the service about its limit; and about what is left of it only as far as our own log cannot explain it:
    /// then others spend too.
    package mutating func note(_ limit: RateLimit, now: Double) {
        takeUpTo(now)
        if let units = limit.limit { serviceLimit = max(1, units) }
        guard limit.resetSeconds > 0 else { return }
        let until = now + limit.resetSeconds
        let ours = entries.reduce(0) { $0 + $1.units }
        let underWay = entries.reduce(0) { $0 + ($1.isOpen ? $1.units : 0) }
        let beyond = entries.reduce(0) { $0 + ($1.shareEnd > until ? $1.units : 0) }
        let theirs = (serviceLimit ?? rules.limits.perMinuteInAll) - limit.remaining - ours
        let remaining = max(0, limit.remaining - underWay)
        let known = limit.remaining == 0 ? others?.units ?? 0 : 0
        // They may spend a little more next time; where nothing is left they did, and nobody knows by how much.
        others =
            theirs > 0 || known > 0
            ? (max(theirs + full / 20, known > 0 ? known + full / 50 : 0), now + 2 * rules.window) : nil
        low = theirs > 0 && remaining < share - beyond ? Low(remaining: remaining, until: until, next: now) : nil
    }

    // MARK: The limits

    private var full: Int { min(rules.limits.perMinuteInAll, serviceLimit ?? .max) }

    /// Our share; of the service's own limit if that is less than what the profile says.
    private var share: Int {
        let configured = rules.limits.perMinuteInAll
        return full < configured ? max(1, rules.limits.perMinute * full / configured) : rules.limits.perMinute
    }

    private static func day(of moment: Double) -> Double { (moment / 86_400).rounded(.down) }

    private mutating func takeUpTo(_ now: Double) {
        entries.removeAll { $0.fullEnd <= now }
        if let low, low.until <= now { self.low = nil }
        if let others, others.until <= now { self.others = nil }
        let today = ResourceUnitWindow.day(of: now)
        if today != day { (day, dayUnits) = (today, 0) }
    }

    private func dayWait(_ units: Int, _ now: Double) -> Double {
        dayUnits > 0 && dayUnits + units > rules.limits.perDay ? (day + 1) * 86_400 : now
    }

    private func minuteWait(_ units: Int, _ now: Double) -> Double {
        let byShare = wait(units, share, now, end: \.shareEnd) { entry in
            min(max(now, entry.bookedAt), entry.bookedAt + rules.margin) + rules.window
        }
        let byFull = wait(units, full, now, others: others, end: \.fullEnd) { entry in
            min(max(now, entry.bookedAt) + rules.window, entry.fullEnd)
        }
        return max(byShare, byFull)
    }

    /// When the sum of what still counts leaves room for `units`; what is more than the whole limit needs all of it.
    /// - Parameter open: The earliest end that an entry can have whose answer may come at any moment.
    private func wait(
        _ units: Int, _ limit: Int, _ now: Double, others: (units: Int, until: Double)? = nil,
        end: KeyPath<Entry, Double>, open: (Entry) -> Double
    ) -> Double {
        let room = limit - min(units, limit)
        var sum = entries.reduce(others?.units ?? 0) { $0 + ($1[keyPath: end] > now ? $1.units : 0) }
        guard sum > room else { return now }
        var ends = entries.filter { $0[keyPath: end] > now }
            .map { (end: $0.isOpen ? open($0) : $0[keyPath: end], units: $0.units) }
        if let others { ends.append((others.until, others.units)) }
        ends.sort { $0.end < $1.end }
        for entry in ends {
            sum -= entry.units
            if sum <= room { return entry.end }
        }
        return now
    }

    private func lowWait(_ units: Int, _ now: Double) -> Double {
        guard let low else { return now }
        return units > low.remaining ? low.until : low.next
    }
}
