package import Core
import Testing

/// What every form of a resource unit log does, in moments that the caller makes up.
package struct ResourceUnitLogConformance: CustomTestStringConvertible, Sendable {
    package let testDescription: String
    /// Run with a log that nobody else uses.
    package let check: @Sendable (any ResourceUnitLog) async -> Void

    private init(_ name: String, _ check: @escaping @Sendable (any ResourceUnitLog) async -> Void) {
        testDescription = name
        self.check = check
    }

    /// 100 units a minute of 125, and 1,000 a day.
    package static let rules = QuotaRules(
        QuotaLimits(SiteProfile.Quota(share: 80, resourceUnitsPerMinute: 125, resourceUnitsPerDay: 1250)))

    /// A morning, long before midnight.
    private static let start = 20_000 * 86_400.0 + 30_000

    private static func booked(
        _ log: any ResourceUnitLog, _ units: Int, at now: Double, sourceLocation: SourceLocation = #_sourceLocation
    ) async -> QuotaBooking {
        switch await log.book(units, now: now) {
        case .booked(let booking): return booking
        case .wait(let until, let reason):
            Issue.record("has to wait until \(until - now) s: \(reason)", sourceLocation: sourceLocation)
            return QuotaBooking(id: -1, units: 0)
        }
    }

    /// Expects a wait of so many seconds.
    private static func waits(
        _ log: any ResourceUnitLog, _ units: Int, at now: Double, seconds: Double, _ reason: QuotaWait,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        guard case .wait(let until, let found) = await log.book(units, now: now) else {
            Issue.record("was booked", sourceLocation: sourceLocation)
            return
        }
        #expect(abs(until - now - seconds) < 0.001, "\(until - now) s", sourceLocation: sourceLocation)
        #expect(found == reason, sourceLocation: sourceLocation)
    }

    package static let cases: [ResourceUnitLogConformance] = [
        .init("lets units through up to the share") { log in
            for _ in 0..<5 { log.confirm(await booked(log, 20, at: start), answeredAt: start) }
            await waits(log, 1, at: start, seconds: 60, .minuteSpent)
            await waits(log, 1, at: start + 59, seconds: 1, .minuteSpent)
            _ = await booked(log, 100, at: start + 60)
        },
        .init("slides: what was spent first is free first") { log in
            for second in 0..<5 {
                log.confirm(await booked(log, 20, at: start + Double(second)), answeredAt: start + Double(second))
            }
            await waits(log, 40, at: start + 10, seconds: 51, .minuteSpent)
            await waits(log, 20, at: start + 10, seconds: 50, .minuteSpent)
            log.confirm(await booked(log, 20, at: start + 60), answeredAt: start + 60)
            await waits(log, 20, at: start + 60, seconds: 1, .minuteSpent)
        },
        .init("counts a request until a window after its answer, as far as the margin goes") { log in
            let first = await booked(log, 100, at: start)
            await waits(log, 1, at: start + 0.5, seconds: 60, .minuteSpent)
            log.confirm(first, answeredAt: start + 0.7)
            await waits(log, 1, at: start + 10, seconds: 50.7, .minuteSpent)
            let second = await booked(log, 100, at: start + 60.7)
            log.confirm(second, answeredAt: start + 80)
            await waits(log, 1, at: start + 80, seconds: 41.7, .minuteSpent)
        },
        .init("counts it against the whole limit however late its answer is") { log in
            let late = await booked(log, 100, at: start)
            // Our share is free again, and 25 of the whole limit are left.
            _ = await booked(log, 25, at: start + 61)
            await waits(log, 1, at: start + 61, seconds: 60, .minuteSpent)
            log.confirm(late, answeredAt: start + 62)
            await waits(log, 1, at: start + 63, seconds: 59, .minuteSpent)
        },
        .init("forgets what a process that died left open") { log in
            for _ in 0..<5 { _ = await booked(log, 20, at: start) }
            _ = await booked(log, 100, at: start + 151)
        },
        .init("takes a booking back") { log in
            let booking = await booked(log, 100, at: start)
            await waits(log, 1, at: start, seconds: 60, .minuteSpent)
            log.withdraw(booking)
            _ = await booked(log, 100, at: start)
        },
        .init("lets through what is larger than the limit when nothing else counts") { log in
            log.confirm(await booked(log, 300, at: start), answeredAt: start)
            await waits(log, 300, at: start + 1, seconds: 59, .minuteSpent)
            await waits(log, 1, at: start + 1, seconds: 59, .minuteSpent)
            _ = await booked(log, 300, at: start + 60)
        },
        .init("blocks everybody, and an earlier end does not end a later one") { log in
            await log.block(until: start + 40, now: start)
            await log.block(until: start + 20, now: start)
            await waits(log, 1, at: start + 1, seconds: 39, .paused)
            _ = await booked(log, 1, at: start + 40)
        },
        .init("keeps the day's share, which begins at midnight UTC") { log in
            let midnight = 20_001 * 86_400.0
            for minute in 0..<10 {
                let now = start + 100 * Double(minute)
                log.confirm(await booked(log, 100, at: now), answeredAt: now)
            }
            await waits(log, 1, at: start + 2000, seconds: midnight - start - 2000, .daySpent)
            _ = await booked(log, 100, at: midnight)
        },
        .init("gives a withdrawn booking back to its day") { log in
            for minute in 0..<9 {
                let now = start + 100 * Double(minute)
                log.confirm(await booked(log, 100, at: now), answeredAt: now)
            }
            log.withdraw(await booked(log, 100, at: start + 1000))
            _ = await booked(log, 100, at: start + 1000)
            await waits(log, 1, at: start + 2000, seconds: 20_001 * 86_400 - start - 2000, .daySpent)
        },
        .init("believes the service about a smaller limit") { log in
            log.note(RateLimit(limit: 50, remaining: 50, resetSeconds: 1), now: start)
            log.confirm(await booked(log, 40, at: start), answeredAt: start)
            await waits(log, 1, at: start, seconds: 60, .minuteSpent)
        },
        .init("takes no notice of a count that its own log explains") { log in
            for _ in 0..<4 { log.confirm(await booked(log, 20, at: start), answeredAt: start) }
            log.note(RateLimit(limit: 125, remaining: 45, resetSeconds: 60), now: start)
            _ = await booked(log, 20, at: start)
        },
        .init("spreads what remains where others spend too") { log in
            // 105 of 125 are spent, none by us: 20 remain for 20 seconds.
            log.note(RateLimit(limit: 125, remaining: 20, resetSeconds: 20), now: start)
            log.confirm(await booked(log, 2, at: start), answeredAt: start)
            await waits(log, 2, at: start + 1, seconds: 1, .runningLow)
            log.confirm(await booked(log, 2, at: start + 2), answeredAt: start + 2)
            await waits(log, 2, at: start + 3, seconds: 1, .runningLow)
            // More than remains has to wait for what the others hold.
            await waits(log, 19, at: start + 9, seconds: 111, .minuteSpent)
        },
        .init("forgets the others after two windows") { log in
            log.note(RateLimit(limit: 125, remaining: 0, resetSeconds: 5), now: start)
            await waits(log, 2, at: start, seconds: 120, .minuteSpent)
            _ = await booked(log, 100, at: start + 120)
        },
    ]

    /// Does many things by chance, and expects the answers of the pure window.
    package static func agreesWithTheWindow(_ log: any ResourceUnitLog, steps: Int, seed: UInt64) async {
        var random = SplitMix(state: seed)
        var window = ResourceUnitWindow(rules)
        var now = 20_000 * 86_400.0 - 900
        var open: [(ours: QuotaBooking, theirs: QuotaBooking)] = []
        for step in 0..<steps {
            // Whole milliseconds and a bit, so that no moment is nearly another.
            now += Double(Int.random(in: 0...4000, using: &random)) / 1000 + 0.000_3
            if !open.isEmpty, Int.random(in: 0..<10, using: &random) < 7 {
                let (ours, theirs) = open.remove(at: Int.random(in: 0..<open.count, using: &random))
                if Int.random(in: 0..<8, using: &random) == 0 {
                    window.withdraw(ours.id)
                    log.withdraw(theirs)
                } else {
                    let answeredAt = now - Double.random(in: 0...0.2, using: &random)
                    window.confirm(ours.id, answeredAt: answeredAt)
                    log.confirm(theirs, answeredAt: answeredAt)
                }
            }
            switch Int.random(in: 0..<40, using: &random) {
            case 0:
                let until = now + Double.random(in: 1...30, using: &random)
                window.block(until: until)
                await log.block(until: until, now: now)
            case 1...3:
                let limit = RateLimit(
                    limit: Bool.random(using: &random) ? Int.random(in: 60...150, using: &random) : nil,
                    remaining: Int.random(in: 0...60, using: &random),
                    resetSeconds: Double.random(in: 0...30, using: &random))
                window.note(limit, now: now)
                log.note(limit, now: now)
            default: break
            }
            let units = Int.random(in: 1...40, using: &random)
            switch (window.book(units, now: now), await log.book(units, now: now)) {
            case (.booked(let ours), .booked(let theirs)): open.append((ours, theirs))
            case (.wait(let expected, let reason), .wait(let until, let found)):
                #expect(abs(expected - until) < 0.001 && reason == found, "seed \(seed), step \(step)")
                if Bool.random(using: &random) { now = max(now, expected) + 0.000_7 }
            case (let expected, let found):
                Issue.record("seed \(seed), step \(step): \(found) instead of \(expected)")
                return
            }
        }
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
