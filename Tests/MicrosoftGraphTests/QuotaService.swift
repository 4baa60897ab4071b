import Core
import Logging
import MicrosoftGraph
import Synchronization
import Testing

/// A service that counts resource units when requests arrive, and throttles beyond its limit.
final class QuotaService: HTTPTransport {
    struct Settings: Sendable {
        var limit = 1250
        /// Seconds until a request arrives, and from then until it is answered.
        var arrival: ClosedRange<Double> = 0.01...0.1
        var answer: ClosedRange<Double> = 0.05...0.4
        var sendsHeaders = true
    }

    struct Arrival: Hashable, Sendable {
        var leftAt: Double
        var at: Double
        var units: Int
        var isThrottled: Bool
        /// When its answer came and what it asked for.
        var answeredAt: Double = 0
        var retryAfter: Double?
    }

    private struct State {
        var arrivals: [Arrival] = []
        /// Units by others, not ours.
        var foreign: [(at: Double, units: Int)] = []
        /// The first arrival within the last minute, and the sum from there on.
        var first = 0
        var sum = 0
        var random: SeededNumbers
        /// A pause that begins with the first request at or after this moment.
        var strike: (at: Double, seconds: Double)?
    }

    private let time: VirtualTime
    private let settings: Settings
    private let state: Mutex<State>

    init(_ time: VirtualTime, _ settings: Settings = Settings(), seed: UInt64 = 1) {
        self.time = time
        self.settings = settings
        state = Mutex(State(random: SeededNumbers(seed: seed)))
    }

    func strike(at moment: Double, seconds: Double) { state.withLock { $0.strike = (moment, seconds) } }

    func spendAsSomebodyElse(_ units: Int) { state.withLock { $0.foreign.append((time.now(), units)) } }

    var arrivals: [Arrival] { state.withLock { $0.arrivals }.sorted { $0.at < $1.at } }
    var units: Int { arrivals.reduce(0) { $0 + $1.units } }
    var throttled: Int { arrivals.count { $0.isThrottled } }

    /// The most units that arrived within any 60 seconds.
    var mostInAMinute: Int {
        let all = arrivals
        var (most, sum, first) = (0, 0, 0)
        for arrival in all {
            sum += arrival.units
            while all[first].at <= arrival.at - 60 {
                sum -= all[first].units
                first += 1
            }
            most = max(most, sum)
        }
        return most
    }

    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        if request.url.hasSuffix("/oauth2/v2.0/token") {
            return .json(200, ["token_type": "Bearer", "expires_in": 3599, "access_token": "t"])
        }
        let leftAt = time.now()
        let (arrival, answer) = state.withLock {
            (
                Double.random(in: settings.arrival, using: &$0.random),
                Double.random(in: settings.answer, using: &$0.random)
            )
        }
        await time.sleep(arrival)
        let parts = (try? JSON.parse(request.body ?? []))?["requests"]?.array
        var responses: [JSON] = []
        var waits: [Double?] = []
        var mine: [Int] = []
        for part in parts ?? [["id": "1", "method": .string(request.method)]] {
            let (wait, headers) = charge(part["method"]?.string == "GET" ? 1 : 2, leftAt: leftAt)
            waits.append(wait)
            mine.append(state.withLock { $0.arrivals.count - 1 })
            let status = wait == nil ? (part["method"]?.string == "DELETE" ? 204 : 200) : 429
            responses.append([
                "id": part["id"] ?? .null, "status": .number(status),
                "headers": .object(headers.map { JSON.Member($0.name, .string($0.value)) }),
                "body": wait == nil
                    ? ["id": "7", "@odata.etag": "\"g,1\"", "fields": [:], "value": []] : graphError("x"),
            ])
        }
        await time.sleep(answer)
        let longest = waits.compactMap { $0 }.max()
        state.withLock { state in
            for index in mine {
                state.arrivals[index].answeredAt = time.now()
                if state.arrivals[index].isThrottled { state.arrivals[index].retryAfter = longest }
            }
        }
        if parts != nil { return .json(200, ["responses": .array(responses)]) }
        let only = responses[0]
        return HTTPResponse(
            status: only["status"]?.integer ?? 0,
            headers: (only["headers"]?.members ?? []).map { HTTPHeader($0.name, $0.value.string ?? "") },
            body: (only["body"] ?? .null).serialized())
    }

    /// Counts a part; how long it is told to wait, if it is throttled.
    private func charge(_ units: Int, leftAt: Double) -> (Double?, [HTTPHeader]) {
        state.withLock { state in
            let now = time.now()
            while state.first < state.arrivals.count, state.arrivals[state.first].at <= now - 60 {
                state.sum -= state.arrivals[state.first].units
                state.first += 1
            }
            state.sum += units
            let oldest = state.first < state.arrivals.count ? state.arrivals[state.first].at : now
            let used =
                state.sum + state.foreign.reduce(0) { $0 + ($1.at > now - 60 ? $1.units : 0) }
            var wait: Double?
            let firstGone = max(1, (oldest + 60 - now).rounded(.up))
            if used > settings.limit { wait = firstGone }
            if let strike = state.strike, now >= strike.at {
                state.strike = nil
                wait = strike.seconds
            }
            state.arrivals.append(Arrival(leftAt: leftAt, at: now, units: units, isThrottled: wait != nil))
            var headers = wait.map { [HTTPHeader("Retry-After", "\(Int($0))")] } ?? []
            if settings.sendsHeaders, used * 10 >= settings.limit * 8 {
                headers += [
                    HTTPHeader("RateLimit-Limit", "\(settings.limit)"),
                    HTTPHeader("RateLimit-Remaining", "\(max(0, settings.limit - used))"),
                    HTTPHeader("RateLimit-Reset", "\(Int(firstGone))"),
                ]
            }
            return (wait, headers)
        }
    }
}

/// Clients of one application in virtual time.
struct QuotaWorld {
    let time: VirtualTime
    let service: QuotaService
    let log: any ResourceUnitLog
    let events = EventLog()

    init(
        _ rules: QuotaRules, _ settings: QuotaService.Settings = QuotaService.Settings(), seed: UInt64 = 1,
        now: Double = 1_000_000
    ) {
        time = VirtualTime(now: now)
        service = QuotaService(time, settings, seed: seed)
        log = InMemoryResourceUnitLog(rules)
    }

    func client(
        deadline: Double? = nil, concurrency: ConcurrencyMachine.Settings = ConcurrencyMachine.Settings()
    ) throws -> GraphClient {
        let events = events
        let surroundings = GraphSurroundings(
            clock: time, randomness: GraphRandomness(unit: { 0.5 }, identifier: { "an-id" }),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), observe: { events.append($0) })
        let endpoints = try #require(GraphEndpoints(graph: ScriptedGraph.root, authority: "https://login.example"))
        let tokens = TokenCache(
            ClientCredentials(tenant: "contoso", clientID: "app", secret: "s"), endpoints: endpoints,
            transport: service, surroundings: surroundings)
        return GraphClient(
            endpoints: endpoints, tokens: tokens, transport: service,
            settings: GraphSettings(version: "0.1.0", concurrency: concurrency, deadline: deadline), log: log,
            surroundings: surroundings)
    }

    /// Sends batches of 20 writes, so many at a time, until the moment.
    func write(_ client: GraphClient, until end: Double, atATime tasks: Int = 16, parts: Int = 20) async {
        let requests = (0..<parts).map { number in
            GraphRequest(
                "PATCH", .path("/items/\(number)/fields"), body: ["Title": "A"],
                operation: GraphOperation(.change, .item, list: "L", isConditional: true, words: "changing an item"))
        }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<tasks {
                group.addTask {
                    while time.now() < end { _ = await client.batch(requests) }
                }
            }
        }
    }
}

extension QuotaLimits {
    static func of(licences: Int = 1000, share: Int = 80) -> QuotaLimits {
        QuotaLimits(SiteProfile.Quota(licences: licences, share: share))
    }

    init(perMinute: Int, inAll: Int? = nil, perDay: Int = 1_000_000_000) {
        self.init(SiteProfile.Quota(share: 100))
        self.perMinute = perMinute
        self.perMinuteInAll = inAll ?? perMinute
        self.perDay = perDay
    }
}
