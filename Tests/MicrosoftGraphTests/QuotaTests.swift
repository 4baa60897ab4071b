import Core
import Testing

@testable import MicrosoftGraph

/// Ten minutes of work in virtual time, against a service that throttles at the whole limit.
@Suite("The quota in virtual time") struct QuotaTests {
    /// Ten minutes of a client at the log, and nothing else.
    @Test(arguments: [1000, 5000, 15_000, 50_000, 50_001])
    func givesOutTheShareOfEachClass(licences: Int) {
        let limits = QuotaLimits.of(licences: licences)
        var window = ResourceUnitWindow(QuotaRules(limits))
        var (now, spent) = (1_000_000.0, 0)
        while now < 1_000_000 + 600 {
            switch window.book(40, now: now) {
            case .booked(let booking):
                spent += 40
                window.confirm(booking.id, answeredAt: now + 0.9)
            case .wait(let until, let reason):
                #expect(until > now && reason == .minuteSpent)
                now = until
            }
        }
        #expect(spent >= limits.perMinute * 10 * 98 / 100 && spent <= limits.perMinute * 10)
    }

    @Test(arguments: [1000, 5000])
    func drainsAtItsShare(licences: Int) async throws {
        let limits = QuotaLimits.of(licences: licences)
        let world = QuotaWorld(QuotaRules(limits), .init(limit: limits.perMinuteInAll, answer: 0.2...0.9))
        try await world.time.run {
            let client = try world.client()
            await world.write(client, until: 1_000_000 + 600)
            let usage = client.usage
            #expect(usage.throttled == 0 && usage.retries == 0)
            #expect(usage.resourceUnits == world.service.units)
            #expect(usage.batchParts * 2 == usage.resourceUnits)
        }
        let spent = world.service.arrivals.filter { $0.at < 1_000_000 + 600 }.reduce(0) { $0 + $1.units }
        #expect(spent >= limits.perMinute * 10 * 98 / 100)
        #expect(world.service.throttled == 0)
        #expect(world.service.mostInAMinute <= limits.perMinute)
    }

    @Test(arguments: UInt64(1)...8)
    func manyClientsNeverPassTheWholeLimit(seed: UInt64) async throws {
        // All of the limit is ours, and answers take from nothing to half a minute.
        let world = QuotaWorld(
            QuotaRules(QuotaLimits(perMinute: 600)),
            .init(limit: 600, arrival: 0...20, answer: 0...10, sendsHeaders: seed % 2 == 0), seed: seed)
        try await world.time.run {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<4 {
                    group.addTask {
                        let client = try world.client()
                        await world.write(client, until: 1_000_000 + 400, atATime: 4, parts: 5 + number * 5)
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(world.service.throttled == 0)
        #expect(world.service.mostInAMinute <= 600)
        #expect(world.service.units > 2400)
    }

    @Test func slowAnswersCostNoShare() async throws {
        let limits = QuotaLimits.of()
        let world = QuotaWorld(QuotaRules(limits), .init(limit: 1250, arrival: 0...2, answer: 1...6))
        try await world.time.run { await world.write(try world.client(), until: 1_000_000 + 600) }
        let spent = world.service.arrivals.filter { $0.at < 1_000_000 + 600 }.reduce(0) { $0 + $1.units }
        #expect(spent >= 9800)
        #expect(world.service.throttled == 0)
    }

    @Test(arguments: UInt64(1)...8)
    func nobodyCallsInsideARetryAfter(seed: UInt64) async throws {
        let world = QuotaWorld(
            QuotaRules(QuotaLimits(perMinute: 100_000)), .init(limit: 1_000_000, answer: 0.05...2), seed: seed)
        world.service.strike(at: 1_000_003, seconds: 40)
        try await world.time.run {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        await world.write(try world.client(), until: 1_000_000 + 60, atATime: 2, parts: 2)
                    }
                }
                try await group.waitForAll()
            }
        }
        let refused = try #require(world.service.arrivals.first { $0.isThrottled })
        let inside = world.service.arrivals.filter {
            $0.leftAt > refused.answeredAt && $0.leftAt < refused.answeredAt + 40
        }
        #expect(inside.isEmpty)
        #expect(world.service.arrivals.contains { $0.leftAt >= refused.answeredAt + 40 })
        #expect(world.service.throttled == 1)
    }

    @Test func leavesRoomWhenOthersSpendToo() async throws {
        // Somebody without our log takes half of the limit: what remains is spread, and few requests are refused.
        let limits = QuotaLimits.of()
        let world = QuotaWorld(QuotaRules(limits), .init(limit: 1250))
        try await world.time.run {
            let client = try world.client()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    while world.time.now() < 1_000_000 + 600 {
                        world.service.spendAsSomebodyElse(10)
                        await world.time.sleep(1)
                    }
                }
                group.addTask { await world.write(client, until: 1_000_000 + 600) }
            }
        }
        // Nobody knows of them in the first minute.
        let late = world.service.arrivals.filter { $0.at > 1_000_000 + 130 }
        let requests = Set(late.map(\.leftAt)).count
        let refused = Set(late.filter(\.isThrottled).map(\.leftAt)).count
        #expect(refused * 20 <= requests, "\(refused) of \(requests)")
        let spent = world.service.arrivals.filter { !$0.isThrottled }.reduce(0) { $0 + $1.units }
        #expect(spent >= 5500)
        #expect(world.events.all.contains { if case .waiting(.runningLow, _, _) = $0 { true } else { false } })
    }

    @Test func learnsTheLimitFromTheService() async throws {
        // The profile says 5,000 units a minute, and the tenant has 1,250.
        let world = QuotaWorld(QuotaRules(.of(licences: 50_000)), .init(limit: 1250))
        try await world.time.run { await world.write(try world.client(), until: 1_000_000 + 600) }
        let late = world.service.arrivals.filter { $0.at > 1_000_000 + 180 }
        #expect(!late.isEmpty && late.allSatisfy { !$0.isThrottled })
        #expect(late.reduce(0) { $0 + $1.units } >= 7 * 980)
    }

    @Test func waitsForMidnight() async throws {
        let midnight = 86_400.0 * 20_000
        let world = QuotaWorld(QuotaRules(QuotaLimits(perMinute: 1000, perDay: 400)), now: midnight - 3600)
        try await world.time.run {
            let client = try world.client()
            await world.write(client, until: midnight + 60, atATime: 4)
            #expect(client.usage.quotaSeconds > 3500)
        }
        let before = world.service.arrivals.filter { $0.at < midnight }.reduce(0) { $0 + $1.units }
        #expect(before == 400)
        #expect(world.service.arrivals.filter { $0.at < midnight + 3600 }.reduce(0) { $0 + $1.units } == 800)
        let shown = world.events.all.contains {
            if case .waiting(.daySpent, seconds: let seconds, until: midnight) = $0 { seconds > 3500 } else { false }
        }
        #expect(shown)
    }

    @Test func givesUpAtTheDeadline() async throws {
        let world = QuotaWorld(QuotaRules(QuotaLimits(perMinute: 1000, perDay: 1)))
        try await world.time.run {
            let client = try world.client(deadline: world.time.now() + 100)
            _ = try await client.call(.anyRead)
            let failure = await siteFailure { () throws(SiteFailure) in try await client.call(.anyCreate) }
            #expect(failure?.kind == .throttled && failure?.outcome == .notDone)
            #expect(failure?.reason.contains("share of the day's quota") == true)
            #expect(client.usage.requests == 1 && client.usage.resourceUnits == 2)
        }
    }

    @Test func aBatchLargerThanTheShareGoesInParts() async throws {
        let world = QuotaWorld(QuotaRules(QuotaLimits(perMinute: 9)), .init(limit: 9))
        try await world.time.run {
            let client = try world.client()
            await world.write(client, until: 1_000_001, atATime: 1)
            #expect(client.usage.batchParts == 20 && client.usage.batches == 5)
        }
        #expect(world.service.mostInAMinute <= 9 && world.service.throttled == 0)
    }

    @Test func aRequestLargerThanTheShareGoesAlone() async throws {
        let world = QuotaWorld(QuotaRules(QuotaLimits(perMinute: 1)), .init(limit: 1000))
        try await world.time.run {
            let client = try world.client()
            _ = try await client.call(.anyCreate)
            _ = try await client.call(.anyCreate)
        }
        #expect(world.service.units == 4 && world.service.mostInAMinute == 2)
    }

    @Test func cancellationEndsTheWait() async throws {
        let world = QuotaWorld(QuotaRules(QuotaLimits(perMinute: 2)))
        try await world.time.run {
            let client = try world.client()
            _ = try await client.call(.anyCreate)
            let start = world.time.now()
            let waiting = (0..<3).map { _ in
                Task(executorPreference: world.time) {
                    await siteFailure { () throws(SiteFailure) in try await client.call(.anyCreate) }
                }
            }
            await world.time.sleep(1)
            for task in waiting { task.cancel() }
            for task in waiting { #expect(await task.value?.kind == .cancelled) }
            #expect(world.time.now() == start + 1)
            // Nothing of theirs is left behind.
            _ = try await client.call(.anyCreate)
            #expect(world.time.now() < start + 62)
        }
    }

    @Test func whatNeverLeftIsNotSpent() async throws {
        let world = try World([
            .on("POST /x", fails: .notConnected, .notSent), .on("POST /x", 201, ["id": "1"]),
        ])
        _ = try await world.client.call(.anyCreate)
        #expect(world.client.usage.resourceUnits == 2 && world.client.usage.requests == 2)
    }
}
