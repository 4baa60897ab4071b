internal import Core

/// What a process has to tell the shared log with its next booking. Moments are on the process's own clock.
struct QuotaReports {
    /// Bookings by the shared log's numbers.
    var answered: [(id: Int64, at: Double)] = []
    var withdrawn: [Int64] = []
    /// What was spent while the shared log could not be asked.
    var spent: [(units: Int, at: Double)] = []
    var blockedUntil = 0.0
    var limit: (RateLimit, at: Double)?

    func hasNews(now: Double) -> Bool {
        !answered.isEmpty || !withdrawn.isEmpty || !spent.isEmpty || blockedUntil > now
    }

    /// After a failure: they go again, before what came meanwhile. All but `spent` may be told twice without harm; that
    /// one errs towards caution.
    mutating func putBack(_ earlier: QuotaReports) {
        answered = earlier.answered + answered
        withdrawn = earlier.withdrawn + withdrawn
        spent = earlier.spent + spent
        blockedUntil = max(blockedUntil, earlier.blockedUntil)
        limit = limit ?? earlier.limit
    }

    /// Makes room during a long outage: what is older than a window counts only towards the day.
    mutating func forget(before moment: Double) {
        answered.removeAll { $0.at < moment }
        if withdrawn.count > 1000 { withdrawn.removeFirst(withdrawn.count - 1000) }
        let old = spent.filter { $0.at < moment }
        guard old.count > 1 else { return }
        spent.removeAll { $0.at < moment }
        spent.insert((old.reduce(0) { $0 + $1.units }, moment - 1), at: 0)
    }
}
