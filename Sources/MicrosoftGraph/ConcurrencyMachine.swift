/// How many requests may be under way at once: at first twice as many after each round that went well, half as many when
/// the service throttles or becomes slow, and from then on one more after each round. A value without I/O; one for each
/// application and tenant.
package struct ConcurrencyMachine: Hashable, Sendable {
    package struct Settings: Hashable, Sendable {
        /// Not even throttling goes below.
        package var least: Int
        /// Where it begins. Slow answers alone do not go below.
        package var first: Int
        package var most: Int
        /// Answers of like size of which the latency is judged together.
        package var samples: Int
        /// How many times the best latency is slow.
        package var slowness: Double

        package init(least: Int = 1, first: Int = 4, most: Int = 16, samples: Int = 20, slowness: Double = 2) {
            self.least = max(1, least)
            self.first = max(self.least, first)
            self.most = max(self.first, most)
            self.samples = max(1, samples)
            self.slowness = slowness
        }
    }

    package enum Outcome: Hashable, Sendable {
        case clean
        /// 429, 503, 509, of the whole or a part.
        case throttled
        /// No answer, or a failure of the service.
        case failed
    }

    package let settings: Settings
    package private(set) var limit: Int
    private var underWay = 0
    /// Of the present round, which ends when as many answers came as may be under way.
    private var answers = 0
    private var peak = 0
    private var isClean = true
    /// When the limit was last lowered: requests that left before say nothing about the new one.
    private var loweredAt = -Double.infinity
    /// Nothing was throttled or slow so far: the limit doubles.
    private var isStarting = true
    /// Latencies of the present round, by size class, and the least median of the rounds before: while few requests are
    /// under way, there are not enough samples for anything finer.
    private var round: [Int: [Double]] = [:]
    private var calm: [Int: Double] = [:]
    private var latencies: [Int: [Double]] = [:]
    /// The least 95th percentile so far, by size class.
    private var best: [Int: Double] = [:]

    package init(_ settings: Settings = Settings()) {
        self.settings = settings
        self.limit = settings.first
    }

    /// A request leaves.
    package mutating func left() {
        underWay += 1
        peak = max(peak, underWay)
    }

    /// - Parameter size: Requests in the batch; 1 for a single one. Only answers of like size are compared.
    package mutating func answered(leftAt: Double, now: Double, size: Int, _ outcome: Outcome) {
        underWay = max(0, underWay - 1)
        guard leftAt >= loweredAt else { return }
        switch outcome {
        case .throttled: return lower(to: max(settings.least, limit / 2), now)
        case .failed: isClean = false
        case .clean: if isSlow(now - leftAt, size) { return lower(to: max(settings.first, limit / 2), now) }
        }
        answers += 1
        guard answers >= limit else { return }
        if isStarting, isRoundSlow() { return lower(to: max(settings.first, limit / 2), now) }
        // A limit that nobody reached proves nothing.
        if isClean, peak >= limit { limit = min(settings.most, isStarting ? limit * 2 : limit + 1) }
        beginRound()
    }

    /// Answers of like size that say something of a round.
    private static let samplesOfRound = 4

    /// Whether answers took longer than in the calmest round so far, by the median.
    private mutating func isRoundSlow() -> Bool {
        var isSlow = false
        for (sizeClass, sample) in round where sample.count >= Self.samplesOfRound {
            let median = sample.sorted()[sample.count / 2]
            let known = calm[sizeClass] ?? median
            if median > known * settings.slowness { isSlow = true }
            calm[sizeClass] = min(known, median)
        }
        return isSlow
    }

    /// 1, 2–3, 4–7, 8–15, 16–20.
    private static func sizeClass(_ size: Int) -> Int { Int.bitWidth - max(1, size).leadingZeroBitCount }

    private mutating func isSlow(_ latency: Double, _ size: Int) -> Bool {
        let sizeClass = Self.sizeClass(size)
        if isStarting { round[sizeClass, default: []].append(latency) }
        latencies[sizeClass, default: []].append(latency)
        guard let sample = latencies[sizeClass], sample.count >= settings.samples else { return false }
        latencies[sizeClass] = nil
        let rank = min(sample.count - 1, (sample.count * 95 + 99) / 100 - 1)
        let high = sample.sorted()[rank]
        let known = best[sizeClass] ?? high
        guard high > known * settings.slowness else {
            best[sizeClass] = min(known, high)
            return false
        }
        // A service that became slow for good is the new measure, step by step.
        best[sizeClass] = known * 1.5
        return true
    }

    private mutating func lower(to limit: Int, _ now: Double) {
        // Slowness at the limit that it may not lower is no reason to raise it either.
        self.limit = min(self.limit, limit)
        isStarting = false
        loweredAt = now
        latencies = [:]
        beginRound()
    }

    private mutating func beginRound() {
        answers = 0
        peak = underWay
        isClean = true
        round = [:]
    }
}
