import Core
import MetaStore
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@Suite("The quota's log in PostgreSQL") struct QuotaLogTests {
    private typealias Conformance = ResourceUnitLogConformance

    private final class Events: Sendable {
        private let events = Mutex<[PostgreSQLResourceUnitLog.Event]>([])
        func append(_ event: PostgreSQLResourceUnitLog.Event) { events.withLock { $0.append(event) } }
        var all: [PostgreSQLResourceUnitLog.Event] { events.withLock { $0 } }
    }

    private func log(
        _ database: TestDatabase, tenant: String = "contoso", rules: QuotaRules = Conformance.rules,
        usesCallersClock: Bool = true, events: Events = Events()
    ) throws -> PostgreSQLResourceUnitLog {
        try PostgreSQLResourceUnitLog(
            database.parameters, schema: "syncbridge", tenant: tenant, application: "app", rules: rules,
            usesCallersClock: usesCallersClock, observe: { events.append($0) })
    }

    private func with(_ hint: String, _ body: (TestDatabase, Session) async throws -> Void) async throws {
        try await TestDatabase.with(hint) { database, session in
            let store = try PostgreSQLMetaStore(database.parameters, schema: "syncbridge")
            _ = try await store.migrate()
            await store.close()
            try await body(database, session)
        }
    }

    private func booked(
        _ log: PostgreSQLResourceUnitLog, _ units: Int, now: Double, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> QuotaBooking {
        let answer = await log.book(units, now: now)
        let booking: QuotaBooking? = if case .booked(let booking) = answer { booking } else { nil }
        return try #require(booking, sourceLocation: sourceLocation)
    }

    private func isAlone(_ events: [PostgreSQLResourceUnitLog.Event], isExpected: Bool) -> Bool {
        guard events.count == 1, case .alone(_, isExpected) = events[0] else { return false }
        return true
    }

    @Test func doesWhatEveryLogDoes() async throws {
        try await with("quota") { database, _ in
            for (number, conformance) in Conformance.cases.enumerated() {
                let events = Events()
                let log = try log(database, tenant: "tenant \(number)", events: events)
                await conformance.check(log)
                #expect(events.all.isEmpty, "\(conformance.testDescription)")
                await log.close(now: 0)
            }
        }
    }

    @Test func agreesWithTheWindow() async throws {
        try await with("quota_random") { database, _ in
            for seed in UInt64(1)...6 {
                let log = try log(database, tenant: "tenant \(seed)")
                await Conformance.agreesWithTheWindow(log, steps: 250, seed: seed)
                await log.close(now: 0)
            }
        }
    }

    @Test func manyProcessesSpendNoMoreThanTheShare() async throws {
        try await with("quota_processes") { database, session in
            // By the server's own clock; tenants are the same however they are written.
            let logs = try (0..<4).map { number in
                try log(database, tenant: number % 2 == 0 ? "Contoso" : "contoso", usesCallersClock: false)
            }
            let booked = await withTaskGroup(of: Int.self) { group in
                for log in logs {
                    group.addTask {
                        var units = 0
                        // Their own clocks are hours apart, and nobody minds.
                        for number in 0..<30 {
                            if case .booked = await log.book(7, now: Double(number) * 3600) { units += 7 }
                        }
                        return units
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(booked == 98)
            let rows = try await session.query("SELECT day_units FROM syncbridge.quota")
            #expect(rows.compactMap { $0.int(0) } == [98])
            for log in logs { await log.close(now: 0) }
        }
    }

    @Test func othersObeyAPauseAtOnce() async throws {
        try await with("quota_pause") { database, _ in
            let (first, second) = (try log(database), try log(database))
            _ = try await booked(second, 1, now: 1000)
            await first.block(until: 1017, now: 1000)
            #expect(await second.book(1, now: 1001) == .wait(until: 1017, .paused))
            await first.close(now: 1001)
            await second.close(now: 1001)
        }
    }

    @Test func whoBooksNothingSeesWhatOthersDo() async throws {
        try await with("quota_reading") { database, session in
            let log = try log(database)
            let reader = try PostgreSQLResourceUnitLog(
                database.parameters, schema: "syncbridge", tenant: "contoso", application: "app",
                rules: Conformance.rules, booksNothing: true, usesCallersClock: true, observe: { _ in })
            _ = try await booked(reader, 10, now: 1000)
            let booking = try await booked(log, 100, now: 1000)
            log.confirm(booking, answeredAt: 1000)
            #expect(await log.book(1, now: 1001) == .wait(until: 1060, .minuteSpent))
            // 125 are what the service allows.
            let second = try await booked(reader, 15, now: 1001)
            reader.confirm(second, answeredAt: 1002)
            #expect(await reader.book(1, now: 1002) == .wait(until: 1060, .minuteSpent))
            await log.block(until: 1200, now: 1002)
            #expect(await reader.book(1, now: 1070) == .wait(until: 1200, .paused))
            await reader.close(now: 1070)
            #expect(try await session.query("SELECT day_units FROM syncbridge.quota").first?.int(0) == 100)
            await log.close(now: 1070)
        }
    }

    @Test func goesOnAloneAndTellsAfterwards() async throws {
        try await TestDatabase.with("quota_alone") { database, session in
            let events = Events()
            let log = try log(database, events: events)
            // There is no table yet: our own share still holds.
            let booking = try await booked(log, 100, now: 1000)
            log.confirm(booking, answeredAt: 1000)
            #expect(await log.book(1, now: 1001) == .wait(until: 1060, .minuteSpent))
            #expect(isAlone(events.all, isExpected: true))
            let store = try PostgreSQLMetaStore(database.parameters, schema: "syncbridge")
            _ = try await store.migrate()
            await store.close()
            // Another process learns what was spent meanwhile.
            #expect(await log.book(1, now: 1006) == .wait(until: 1060, .minuteSpent))
            let other = try self.log(database)
            #expect(await other.book(1, now: 1007) == .wait(until: 1060, .minuteSpent))
            #expect(events.all.count == 2 && events.all.last == .sharedAgain)
            #expect(try await session.query("SELECT day_units FROM syncbridge.quota").first?.int(0) == 100)
            await log.close(now: 1010)
            await other.close(now: 1010)
        }
    }

    @Test func survivesABrokenSession() async throws {
        try await with("quota_broken") { database, session in
            let events = Events()
            let log = try log(database, events: events)
            _ = try await booked(log, 60, now: 1000)
            try await session.query(
                """
                SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
                WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
                """)
            _ = try await booked(log, 40, now: 1001)
            #expect(await log.book(1, now: 1002) == .wait(until: 1061, .minuteSpent))
            #expect(events.all.isEmpty)
            await log.close(now: 1002)
        }
    }

    @Test func anUnreachableServerStopsNobody() async throws {
        let events = Events()
        let parameters = try ConnectionParameters(dsn: "postgresql://nobody@127.0.0.1:1/nothing")
        let log = try PostgreSQLResourceUnitLog(
            parameters, schema: "syncbridge", tenant: "t", application: "a", rules: Conformance.rules,
            observe: { events.append($0) })
        for _ in 0..<5 {
            _ = try await booked(log, 20, now: 1000)
        }
        #expect(await log.book(20, now: 1000) == .wait(until: 1060, .minuteSpent))
        #expect(isAlone(events.all, isExpected: false))
        await log.close(now: 1000)
    }

    @Test func tellsWhatIsLeftToTellAtItsEnd() async throws {
        try await with("quota_end") { database, session in
            let log = try log(database)
            let booking = try await booked(log, 20, now: 1000)
            log.confirm(booking, answeredAt: 1000.5)
            await log.close(now: 1001)
            let rows = try await session.query(
                "SELECT is_open, share_end = full_end FROM syncbridge.quota_bookings")
            #expect(rows.first?.bool(0) == false && rows.first?.bool(1) == true)
        }
    }
}
