import TestSupport
import Testing

@testable import Core

/// SPEC §14 and §20: never more than the share, never a call inside a `Retry-After`. Time is a number here.
@Suite("The window of resource units")
struct QuotaWindowTests {
    /// 100 units a minute are ours, of 200 that the service allows; 10,000 a day.
    private static func window(share: Int = 50, perDay: Int = 20_000) -> ResourceUnitWindow {
        let quota = SiteProfile.Quota(share: share, resourceUnitsPerMinute: 200, resourceUnitsPerDay: perDay)
        return ResourceUnitWindow(QuotaRules(QuotaLimits(quota), window: 60, margin: 1, flight: 90))
    }

    private static func booking(_ answer: QuotaAnswer) -> QuotaBooking? {
        if case .booked(let booking) = answer { return booking }
        return nil
    }

    // MARK: The minute

    @Test func givesOutTheShareAndThenWaitsForTheFirstToEnd() throws {
        var window = Self.window()
        let first = try #require(Self.booking(window.book(60, now: 1000)))
        _ = try #require(Self.booking(window.book(40, now: 1000)))
        window.confirm(first.id, answeredAt: 1000.5)
        // A window after its answer the first no longer counts.
        #expect(window.book(1, now: 1001) == .wait(until: 1060.5, .minuteSpent))
        #expect(window.book(1, now: 1060.4) == .wait(until: 1060.5, .minuteSpent))
        #expect(Self.booking(window.book(1, now: 1060.5)) != nil)
    }

    /// An answer that takes long costs no throughput: against our share it counts a second longer at most.
    @Test func aSlowAnswerCountsAMarginLonger() throws {
        var window = Self.window()
        let slow = try #require(Self.booking(window.book(100, now: 1000)))
        window.confirm(slow.id, answeredAt: 1030)
        #expect(window.book(1, now: 1031) == .wait(until: 1061, .minuteSpent))
        #expect(Self.booking(window.book(1, now: 1061)) != nil)
    }

    /// What the service allows is never passed, however late requests arrive: it counts until a window after the answer.
    @Test func theWholeLimitCountsFromTheAnswer() throws {
        var window = Self.window(share: 100)
        let late = try #require(Self.booking(window.book(200, now: 1000)))
        window.confirm(late.id, answeredAt: 1050)
        #expect(window.book(1, now: 1070) == .wait(until: 1110, .minuteSpent))
        #expect(Self.booking(window.book(1, now: 1110)) != nil)
    }

    @Test func aRequestLargerThanTheShareNeedsAllOfIt() throws {
        var window = Self.window()
        #expect(Self.booking(window.book(150, now: 0)) != nil)
        guard case .wait(let until, .minuteSpent) = window.book(1, now: 1) else {
            Issue.record("it was booked")
            return
        }
        #expect(until >= 60)
    }

    @Test func whatNeverLeftIsGivenBack() throws {
        var window = Self.window()
        let booking = try #require(Self.booking(window.book(100, now: 10)))
        window.withdraw(booking.id)
        window.withdraw(booking.id)
        #expect(Self.booking(window.book(100, now: 10)) != nil)
    }

    /// A process that died, and whose answers nobody hears, is forgotten after flight and window.
    @Test func anAnswerThatNeverComesIsForgotten() throws {
        var window = Self.window(share: 100)
        #expect(Self.booking(window.book(200, now: 0)) != nil)
        #expect(Self.booking(window.book(1, now: 149.9)) == nil)
        #expect(Self.booking(window.book(1, now: 150)) != nil)
    }

    // MARK: The day

    @Test func theDaysShareEndsAtMidnightUTC() throws {
        var window = Self.window(perDay: 300)
        let day = 86_400.0 * 20
        _ = try #require(Self.booking(window.book(100, now: day + 10)))
        _ = try #require(Self.booking(window.book(50, now: day + 100)))
        #expect(window.book(1, now: day + 200) == .wait(until: day + 86_400, .daySpent))
        #expect(Self.booking(window.book(1, now: day + 86_400)) != nil)
        // What is given back of today may be spent today.
        let back = try #require(Self.booking(window.book(99, now: day + 86_500)))
        window.withdraw(back.id)
        #expect(Self.booking(window.book(99, now: day + 86_600)) != nil)
    }

    // MARK: What the service says

    @Test func nobodyCallsBeforeAPauseIsOverAndAnEarlierWishEndsNoLaterOne() {
        var window = Self.window()
        window.block(until: 500)
        window.block(until: 300)
        #expect(window.book(1, now: 499.9) == .wait(until: 500, .paused))
        #expect(Self.booking(window.book(1, now: 500)) != nil)
    }

    @Test func theLongestWaitIsSaid() throws {
        var window = Self.window()
        _ = try #require(Self.booking(window.book(100, now: 0)))
        window.block(until: 5)
        guard case .wait(let until, .minuteSpent) = window.book(1, now: 1) else {
            Issue.record("the pause was said")
            return
        }
        #expect(until > 5)
        window.block(until: 1000)
        #expect(window.book(1, now: 2) == .wait(until: 1000, .paused))
    }

    /// The service's limit is smaller than the profile says: the share is taken of that.
    @Test func aSmallerLimitOfTheServiceIsBelieved() throws {
        var window = Self.window()
        window.note(RateLimit(limit: 100, remaining: 100, resetSeconds: 0), now: 0)
        _ = try #require(Self.booking(window.book(50, now: 0)))
        #expect(Self.booking(window.book(1, now: 1)) == nil)
    }

    /// What remains is less than our own log explains: others spend too, and what is left is spread.
    @Test func whatOthersLeaveIsSpread() throws {
        var window = Self.window()
        window.note(RateLimit(limit: 200, remaining: 40, resetSeconds: 40), now: 0)
        _ = try #require(Self.booking(window.book(10, now: 0)))
        // A quarter of what is left for a quarter of the time, and of the rest a third.
        #expect(window.book(10, now: 1) == .wait(until: 10, .runningLow))
        _ = try #require(Self.booking(window.book(10, now: 10)))
        #expect(window.book(10, now: 11) == .wait(until: 20, .runningLow))
        guard case .wait(let until, _) = window.book(21, now: 20) else {
            Issue.record("more than is left")
            return
        }
        #expect(until >= 40)
    }

    @Test func whatOurOwnLogExplainsIsNobodyElses() throws {
        var window = Self.window()
        let ours = try #require(Self.booking(window.book(90, now: 0)))
        window.confirm(ours.id, answeredAt: 0)
        window.note(RateLimit(limit: 200, remaining: 110, resetSeconds: 60), now: 0)
        #expect(Self.booking(window.book(10, now: 1)) != nil)
    }

    // MARK: A property

    /// Of any 60 seconds as the service counts them, by the moment at which a request arrives, none has more than it allows,
    /// and where answers come within the margin none has more than our share.
    @Test(arguments: UInt64(0)..<20)
    func noWindowOfTheServiceHasMore(seed: UInt64) {
        var random = SplitMix(state: seed)
        let isQuick = seed.isMultiple(of: 2)
        var window = Self.window()
        var now = 0.0
        var arrivals: [(at: Double, units: Int)] = []
        var open: [(id: Int64, answeredAt: Double)] = []
        while now < 400 {
            for answer in open where answer.answeredAt <= now {
                window.confirm(answer.id, answeredAt: answer.answeredAt)
            }
            open.removeAll { $0.answeredAt <= now }
            let units = Int.random(in: 1...30, using: &random)
            switch window.book(units, now: now) {
            case .booked(let booking):
                let latency = Double.random(in: 0...(isQuick ? 1 : 40), using: &random)
                arrivals.append((now + Double.random(in: 0...latency, using: &random), units))
                open.append((booking.id, now + latency))
                now += Double.random(in: 0...0.5, using: &random)
            case .wait(let until, _):
                #expect(until > now)
                now = min(until, open.map(\.answeredAt).min().map { max($0, now + 0.001) } ?? until)
            }
        }
        #expect(arrivals.count > 30)
        for arrival in arrivals {
            let sum = arrivals.reduce(0) { $0 + ($1.at >= arrival.at && $1.at < arrival.at + 60 ? $1.units : 0) }
            #expect(sum <= (isQuick ? 100 : 200), "from \(arrival.at)")
        }
    }
}
