package import Core
package import PostgreSQL
internal import Synchronization

/// The log that all processes share which use one meta-store: one row for a tenant and application, the bookings of the
/// last minute beside it, and the server's clock for all of them. Each booking is one round trip under the row's lock.
///
/// When the meta-store cannot be asked, work goes on by what this process itself spent, and what it spends meanwhile is
/// told when the meta-store is back. A process that dies leaves bookings that end by themselves.
///
/// A process that may not write anything obeys pauses and leaves room for what others booked, and books nothing.
package final class PostgreSQLResourceUnitLog: ResourceUnitLog {
    package enum Event: Hashable, Sendable {
        /// This process counts for itself from now on.
        /// - Parameter isExpected: The meta-store has no table for it yet, or its role may not write.
        case alone(reason: String, isExpected: Bool)
        case sharedAgain
    }

    private struct State {
        /// What this process spent.
        var own: ResourceUnitWindow
        /// The shared log's numbers of bookings that are not confirmed, by our own.
        var shared: [Int64: Int64] = [:]
        var reports = QuotaReports()
        var failures = 0
        var lacksTable = false
        /// Before this moment the meta-store is not asked.
        var retryAt = 0.0
    }

    package let unitsMax: Int
    private let rules: QuotaRules
    private let tenant: String
    private let application: String
    private let link: Link
    private let exchange: String
    private let reading: String
    private let booksNothing: Bool
    /// Takes the caller's moments for the server's: for tests.
    private let usesCallersClock: Bool
    private let observe: @Sendable (Event) -> Void
    private let state: Mutex<State>

    /// Nothing is opened until the first booking.
    /// - Parameters:
    ///   - booksNothing: Only reads.
    ///   - observe: Called from any thread; must return quickly.
    package init(
        _ parameters: ConnectionParameters, schema: String, tenant: String, application: String, rules: QuotaRules,
        booksNothing: Bool = false, usesCallersClock: Bool = false, observe: @escaping @Sendable (Event) -> Void
    ) throws(Failure) {
        self.rules = rules
        unitsMax = rules.limits.perMinute
        // Both are written in any case (FACTS 9.1) and mean the same.
        self.tenant = tenant.lowercased()
        self.application = application.lowercased()
        self.booksNothing = booksNothing
        self.usesCallersClock = usesCallersClock
        self.observe = observe
        link = Link(parameters, isReadOnly: booksNothing)
        state = Mutex(State(own: ResourceUnitWindow(rules)))
        do throws(PostgreSQLError) {
            let schema = try SQLIdentifier(schema).sql
            let name = { (name: StaticString) in "\(schema).\(SQLIdentifier(literal: name).sql)" }
            reading = """
                SELECT q.blocked_until - t.now, pg_catalog.sum(b.units), pg_catalog.min(b.full_end) - t.now
                FROM \(name("quota")) AS q
                CROSS JOIN (
                    SELECT COALESCE(
                        $3::double precision,
                        EXTRACT(epoch FROM pg_catalog.clock_timestamp())::double precision) AS now
                ) AS t
                LEFT JOIN \(name("quota_bookings")) AS b ON b.quota_id = q.id AND b.full_end > t.now
                WHERE q.tenant = $1 AND q.application = $2
                GROUP BY q.blocked_until, t.now
                """
            exchange = """
                SELECT out_booking, out_wait, out_reason FROM \(name("quota_exchange_v2"))(
                    $1, $2, $3::bigint[], $4::double precision[], $5::bigint[], $6::integer[], $7::double precision[],
                    $8::double precision, $9::integer, $10::integer, $11::double precision, $12::integer, $13::integer,
                    $14::integer, $15::bigint, $16::double precision, $17::double precision, $18::double precision,
                    $19::double precision)
                """
        } catch {
            throw Failure(error, while: "opening the meta-store")
        }
    }

    /// Tells what is left to tell and ends the session.
    /// - Parameter now: As for bookings.
    package func close(now: Double) async {
        let tells =
            !booksNothing
            && state.withLock { state in
                // The table may be there by now.
                if state.lacksTable { state.retryAt = 0 }
                return state.reports.hasNews(now: now) && now >= state.retryAt
            }
        if tells { _ = await ask(nil, now: now) }
        await link.close()
    }

    // MARK: Booking

    package func book(_ units: Int, now: Double) async -> QuotaAnswer {
        if booksNothing {
            await look(now: now)
            return state.withLock { $0.own.book(units, now: now) }
        }
        switch await ask(units, now: now) {
        case .answer(let answer): return answer
        case .cancelled: return .wait(until: now, .minuteSpent)
        case .nobody:
            return state.withLock { state in
                // Nobody else is known, so our own share decides.
                state.own.book(units, now: now)
            }
        }
    }

    package func confirm(_ booking: QuotaBooking, answeredAt: Double) {
        state.withLock { state in
            state.own.confirm(booking.id, answeredAt: answeredAt)
            guard !booksNothing else { return }
            if let id = state.shared.removeValue(forKey: booking.id) {
                state.reports.answered.append((id, answeredAt))
            } else {
                state.reports.spent.append((booking.units, answeredAt))
            }
        }
    }

    package func withdraw(_ booking: QuotaBooking) {
        state.withLock { state in
            state.own.withdraw(booking.id)
            if let id = state.shared.removeValue(forKey: booking.id) { state.reports.withdrawn.append(id) }
        }
    }

    package func note(_ limit: RateLimit, now: Double) {
        state.withLock { state in
            state.own.note(limit, now: now)
            state.reports.limit = (limit, now)
        }
    }

    package func block(until: Double, now: Double) async {
        state.withLock { state in
            state.own.block(until: until)
            state.reports.blockedUntil = max(state.reports.blockedUntil, until)
        }
        if !booksNothing { _ = await ask(nil, now: now) }
    }

    // MARK: The shared log

    private enum Outcome {
        case answer(QuotaAnswer)
        /// The task ended: whether something was booked is not known, and it ends by itself.
        case cancelled
        case nobody
    }

    /// Learns of pauses and of what others booked.
    private func look(now: Double) async {
        guard state.withLock({ now >= $0.retryAt }) else { return }
        do throws(PostgreSQLError) {
            let rows = try await link.query(
                reading, [.text(tenant), .text(application), usesCallersClock ? .text("\(now)") : .null])
            succeeded()
            guard let row = rows.first else { return }
            let number = { (column: Int) in row.text(column).flatMap(Double.init) ?? 0 }
            state.withLock { state in
                state.own.block(until: now + number(0))
                state.own.hear(ofOthers: row.int(1) ?? 0, until: now + number(2))
            }
        } catch {
            _ = failed(error, QuotaReports(), now)
        }
    }

    private func succeeded() {
        let wasAlone = state.withLock { state in
            defer { (state.failures, state.retryAt, state.lacksTable) = (0, 0, false) }
            return state.failures > 0
        }
        if wasAlone { observe(.sharedAgain) }
    }

    /// Tells the reports, and asks for units if there are any to ask for.
    private func ask(_ units: Int?, now: Double) async -> Outcome {
        let reports: QuotaReports? = state.withLock { state in
            state.reports.forget(before: now - rules.window - rules.flight)
            guard now >= state.retryAt else { return nil }
            defer { state.reports = QuotaReports() }
            return state.reports
        }
        guard let reports else { return .nobody }
        do throws(PostgreSQLError) {
            let rows = try await link.query(exchange, parameters(units, reports, now))
            succeeded()
            guard let units, let row = rows.first else { return .answer(.wait(until: now, .minuteSpent)) }
            if let wait = row.text(1).flatMap(Double.init) {
                let reason = row.text(2).flatMap(QuotaWait.init) ?? .minuteSpent
                return .answer(.wait(until: now + wait, reason))
            }
            return .answer(
                .booked(
                    state.withLock { state in
                        let booking = state.own.record(units, now: now)
                        state.shared[booking.id] = row.int(0).map { Int64($0) }
                        return booking
                    }))
        } catch {
            return failed(error, reports, now)
        }
    }

    private func failed(_ error: PostgreSQLError, _ reports: QuotaReports, _ now: Double) -> Outcome {
        let isExpected = error.kind == .missingObject || error.kind == .permission
        // A statement that took too long is cancelled as well.
        let isCancelled = error.kind == .cancelled && Task.isCancelled
        let isFirst = state.withLock { state in
            state.reports.putBack(reports)
            guard !isCancelled else { return false }
            state.failures += 1
            state.lacksTable = error.kind == .missingObject
            // A meta-store that is about to be migrated is asked again soon.
            let pause = state.lacksTable ? 1 : min(300, 5 * Double(1 << min(state.failures - 1, 6)))
            state.retryAt = now + pause
            return state.failures == 1
        }
        if isCancelled { return .cancelled }
        if isFirst { observe(.alone(reason: error.description, isExpected: isExpected)) }
        return .nobody
    }

    private func parameters(_ units: Int?, _ reports: QuotaReports, _ now: Double) -> [Parameter] {
        let number = { (value: Double) in Parameter.text("\(value)") }
        let ago = { (moments: [Double]) in Parameter.textArray(moments.map { "\(max(0, now - $0))" }) }
        let limit = reports.limit
        return [
            .text(tenant), .text(application), .int64Array(reports.answered.map(\.id)), ago(reports.answered.map(\.at)),
            .int64Array(reports.withdrawn), .textArray(reports.spent.map { "\($0.units)" }),
            ago(reports.spent.map(\.at)), reports.blockedUntil > now ? number(reports.blockedUntil - now) : .null,
            limit?.0.limit.map { .int($0) } ?? .null, limit.map { .int($0.0.remaining) } ?? .null,
            limit.map { number($0.0.resetSeconds - max(0, now - $0.at)) } ?? .null, units.map { .int($0) } ?? .null,
            .int(rules.limits.perMinute), .int(rules.limits.perMinuteInAll), .int(rules.limits.perDay),
            number(rules.window), number(rules.margin), number(rules.flight),
            usesCallersClock ? number(now) : .null,
        ]
    }
}

/// The log's own session, opened when it is needed and again after it broke.
private actor Link {
    private let parameters: ConnectionParameters
    private let settings: SessionSettings
    private var session: Session?

    init(_ parameters: ConnectionParameters, isReadOnly: Bool) {
        self.parameters = parameters
        // A booking may be forgotten when the server crashes, and must not wait for a disk. Statements see what others
        // committed while they waited.
        settings = SessionSettings(
            SessionSettings.pinned.values + [
                .init("synchronous_commit", "off"), .init("statement_timeout", "5000"),
                .init("default_transaction_isolation", "read committed"),
                .init("default_transaction_read_only", isReadOnly ? "on" : "off"),
            ])
    }

    func query(_ sql: String, _ values: [Parameter]) async throws(PostgreSQLError) -> ResultRows {
        if let session {
            do throws(PostgreSQLError) { return try await session.queryAgain(sql, values) } catch {
                guard error.kind == .connectionLost else { throw error }
                // The server was restarted, or ended an idle session. A booking that took place all the same ends by
                // itself.
                await session.close()
                self.session = nil
            }
        }
        let opened = try await Session.connect(parameters, settings: settings)
        session = opened
        return try await opened.queryAgain(sql, values)
    }

    func close() async {
        await session?.close()
        session = nil
    }
}
