internal import Core

/// Requests whose outcome is unknown: how long each may still arrive, and when asking about them leads nowhere. Pure.
///
/// All moments are the clock's elapsed seconds.
struct Doubt: Hashable {
    /// What to do about intents that stay open.
    enum Verdict: Hashable {
        /// There are none.
        case none
        /// The requests of so many rows may still arrive, until then.
        case wait(rows: Int, until: Double)
        /// No request could arrive any more when they were asked about, and still nobody knows what became of so many rows.
        case overdue(rows: Int)
    }

    /// The settle margin, in seconds.
    private let margin: Double
    /// When the outcome of a row's request was last found to be unknown, by definition.
    private var found: [String: [LedgerKey: Double]] = [:]
    /// When open intents were last asked about.
    private var askedAt = 0.0

    init(margin: Double) { self.margin = margin }

    /// Takes note of a request of this run whose outcome is unknown.
    mutating func note(_ key: LedgerKey, of definition: String, at moment: Double) {
        found[definition, default: [:]][key] = moment
    }

    /// Takes note that all open intents are being asked about.
    mutating func ask(at moment: Double) { askedAt = moment }

    /// Whether a request of this run for the row has an unknown outcome.
    func concerns(_ key: LedgerKey, of definition: String) -> Bool { found[definition]?[key] != nil }

    /// Until when a request of a row's open intent may arrive.
    ///
    /// Not the moment counts at which the intent was opened: its request may have waited for its turn, and was perhaps sent
    /// just before its process died or lost its lease. Nobody else sent any after the lease became ours.
    func lastArrival(of key: LedgerKey, of definition: String, leaseTakenAt taken: Double) -> Double {
        max(taken, found[definition]?[key] ?? taken) + margin
    }

    /// - Parameter arrivals: Of every row with an open intent, until when its request may arrive.
    func verdict(on arrivals: [Double]) -> Verdict {
        guard let end = arrivals.max() else { return .none }
        return end <= askedAt ? .overdue(rows: arrivals.count) : .wait(rows: arrivals.count, until: end)
    }
}
