import Testing

@testable import MicrosoftGraph

@Suite("Requests at a time") struct ConcurrencyTests {
    /// Sends rounds of as many requests as may be under way, each answered after `latency`.
    private func rounds(
        _ count: Int, _ machine: inout ConcurrencyMachine, _ now: inout Double, latency: Double = 0.1,
        size: Int = 20, _ outcome: ConcurrencyMachine.Outcome = .clean
    ) {
        for _ in 0..<count {
            let (limit, start) = (machine.limit, now)
            for _ in 0..<limit { machine.left() }
            now += latency
            for _ in 0..<limit { machine.answered(leftAt: start, now: now, size: size, outcome) }
        }
    }

    /// A slow start: from a few, twice as many each round trip, up to the most.
    @Test func doublesWithEachRoundThatWentWell() {
        var machine = ConcurrencyMachine()
        var now = 0.0
        #expect(machine.limit == 4)
        rounds(1, &machine, &now)
        #expect(machine.limit == 8)
        rounds(1, &machine, &now)
        #expect(machine.limit == 16)
        rounds(20, &machine, &now)
        #expect(machine.limit == 16)
    }

    @Test func theMostIsTheSettingsOwn() {
        var machine = ConcurrencyMachine(ConcurrencyMachine.Settings(first: 4, most: 11))
        var now = 0.0
        rounds(2, &machine, &now)
        #expect(machine.limit == 11)
    }

    @Test(arguments: [ConcurrencyMachine.Outcome.throttled, .clean])
    func afterTheFirstThrottlingOrSlownessItGrowsByOne(_ outcome: ConcurrencyMachine.Outcome) {
        var machine = ConcurrencyMachine()
        var now = 0.0
        rounds(2, &machine, &now)
        #expect(machine.limit == 16)
        rounds(1, &machine, &now, latency: outcome == .clean ? 0.25 : 0.1, outcome)
        #expect(machine.limit == 8)
        rounds(1, &machine, &now)
        #expect(machine.limit == 9)
        rounds(7, &machine, &now)
        #expect(machine.limit == 16)
    }

    /// Before there are as many answers as percentiles need, the median of a round tells.
    @Test func aSlowRoundEndsTheDoublingAtOnce() {
        var machine = ConcurrencyMachine()
        var now = 0.0
        rounds(1, &machine, &now)
        #expect(machine.limit == 8)
        rounds(1, &machine, &now, latency: 0.25)
        #expect(machine.limit == 4)
        rounds(1, &machine, &now)
        #expect(machine.limit == 5)
    }

    @Test func doesNotGrowWhereTheLimitIsNotReached() {
        var machine = ConcurrencyMachine()
        for round in 0..<100 {
            machine.left()
            machine.answered(leftAt: Double(round), now: Double(round) + 0.1, size: 1, .clean)
        }
        #expect(machine.limit == 4)
    }

    @Test func halvesOnceForOneBurstOfThrottling() {
        var machine = ConcurrencyMachine()
        var now = 0.0
        rounds(12, &machine, &now)
        rounds(1, &machine, &now, .throttled)
        #expect(machine.limit == 8)
        rounds(1, &machine, &now, .throttled)
        rounds(1, &machine, &now, .throttled)
        rounds(1, &machine, &now, .throttled)
        rounds(1, &machine, &now, .throttled)
        #expect(machine.limit == 1)
        rounds(3, &machine, &now)
        #expect(machine.limit == 4)
    }

    @Test func doesNotGrowWhileRequestsFail() {
        var machine = ConcurrencyMachine()
        var now = 0.0
        rounds(10, &machine, &now, .failed)
        #expect(machine.limit == 4)
        rounds(1, &machine, &now)
        #expect(machine.limit == 8)
    }

    @Test func halvesWhenAnswersTakeTwiceAsLong() {
        var machine = ConcurrencyMachine()
        var now = 0.0
        rounds(12, &machine, &now)
        #expect(machine.limit == 16)
        rounds(1, &machine, &now, latency: 0.25)
        #expect(machine.limit == 8)
        // Slow for good: it becomes the measure.
        rounds(60, &machine, &now, latency: 0.25)
        #expect(machine.limit == 16)
    }

    @Test func slownessAloneDoesNotGoBelowTheBeginning() {
        var machine = ConcurrencyMachine()
        var now = 0.0
        var latency = 0.1
        for _ in 0..<10 {
            rounds(10, &machine, &now, latency: latency)
            latency *= 4
        }
        #expect(machine.limit >= 4)
    }

    @Test func comparesOnlyAnswersOfLikeSize() {
        var machine = ConcurrencyMachine()
        var now = 0.0
        rounds(12, &machine, &now, latency: 0.1, size: 1)
        rounds(20, &machine, &now, latency: 2, size: 20)
        #expect(machine.limit == 16)
    }
}
