/// Decides what follows on a request that failed. One for each request, single or part of a batch; no I/O, no clock.
package struct RetryMachine: Hashable, Sendable {
    package struct Policy: Hashable, Sendable {
        /// How often a request that fails is sent in all; 1 or more. Throttled answers do not count.
        package var attemptsMax: Int
        /// The bounds of back-off, in seconds.
        package var backOffMin: Double
        package var backOffMax: Double
        /// How long one call goes on while it is throttled, in seconds from its start.
        package var throttledMax: Double

        package init(
            attemptsMax: Int = 4, backOffMin: Double = 1, backOffMax: Double = 300, throttledMax: Double = 900
        ) {
            self.attemptsMax = attemptsMax
            self.backOffMin = backOffMin
            self.backOffMax = backOffMax
            self.throttledMax = throttledMax
        }

        /// The wait before the next try, in seconds: doubled with each failure between the bounds, half of it by chance
        /// ("equal jitter"), so that callers do not return together.
        /// - Parameters:
        ///   - failures: So far; 1 or more.
        ///   - random: From 0 to below 1.
        package func backOff(failures: Int, random: Double) -> Double {
            var ceiling = 2 * backOffMin
            for _ in 1..<max(failures, 1) where ceiling < backOffMax { ceiling *= 2 }
            ceiling = min(ceiling, backOffMax)
            return max(backOffMin, ceiling / 2 + random * ceiling / 2)
        }
    }

    package enum Event: Hashable, Sendable {
        /// The service asks to wait: so many seconds, if it says.
        case throttled(seconds: Double?)
        /// A failed attempt, by an answer or by the lack of one.
        case failed(mayHaveActed: Bool)
        /// The token was not accepted.
        case unauthenticated
        /// What the request is about was made a moment ago and is not known everywhere yet; wait for it until then.
        case young(until: Double)
        /// No repetition can help.
        case final
    }

    package enum Action: Hashable, Sendable {
        case sendAgain(afterSeconds: Double)
        /// Nothing at all is sent to the tenant for so long; then again.
        case pause(seconds: Double)
        case refreshToken
        case giveUp
    }

    private let policy: Policy
    private let mayRepeat: Bool
    private let throttledUntil: Double
    private var failures = 0
    private var throttlings = 0
    private var youngAnswers = 0
    private var hasRefreshed = false

    /// - Parameters:
    ///   - mayRepeat: It may be sent again although the service may have acted on it.
    ///   - now: The call's start, in seconds since 1970.
    package init(_ policy: Policy, mayRepeat: Bool, now: Double) {
        self.policy = policy
        self.mayRepeat = mayRepeat
        self.throttledUntil = now + policy.throttledMax
    }

    package mutating func next(_ event: Event, now: Double, random: Double) -> Action {
        switch event {
        case .final: return .giveUp
        case .throttled(let seconds):
            throttlings += 1
            // Never less than the least back-off: a service that says 0 is not to be asked in a tight loop.
            let wait =
                seconds.map { max($0, policy.backOffMin) } ?? policy.backOff(failures: throttlings, random: random)
            return now + wait > throttledUntil ? .giveUp : .pause(seconds: wait)
        case .failed(let mayHaveActed):
            failures += 1
            guard failures < policy.attemptsMax, mayRepeat || !mayHaveActed else { return .giveUp }
            return .sendAgain(afterSeconds: policy.backOff(failures: failures, random: random))
        case .unauthenticated:
            defer { hasRefreshed = true }
            return hasRefreshed ? .giveUp : .refreshToken
        case .young(let until):
            youngAnswers += 1
            let wait = policy.backOff(failures: youngAnswers, random: random)
            return now + wait > until ? .giveUp : .sendAgain(afterSeconds: wait)
        }
    }
}
