package import Core
internal import Synchronization

/// The tokens of one application in one tenant: fetched when first needed and again before they end, by one request at
/// a time, whose outcome everybody shares who waited for it.
package final class TokenCache: Sendable {
    private struct State {
        var token: AccessToken?
        /// Counts requests that came to an end.
        var fetches = 0
        /// How the last one failed.
        var failure: SiteFailure?
    }

    private let credentials: ClientCredentials
    private let endpoints: GraphEndpoints
    private let transport: any HTTPTransport
    private let policy: RetryMachine.Policy
    private let surroundings: GraphSurroundings
    private let state = Mutex(State())
    private let turn = Slots(limit: 1)
    private let requests = Mutex(0)

    package init(
        _ credentials: ClientCredentials, endpoints: GraphEndpoints, transport: any HTTPTransport,
        policy: RetryMachine.Policy = RetryMachine.Policy(), surroundings: GraphSurroundings
    ) {
        self.credentials = credentials
        self.endpoints = endpoints
        self.transport = transport
        self.policy = policy
        self.surroundings = surroundings
    }

    /// Requests sent to the token service so far.
    package var requestCount: Int { requests.withLock { $0 } }

    /// A token with at least five minutes, or half of a short life, before it.
    /// - Parameter rejected: A token that Graph did not accept: it is not returned again.
    /// - Throws: ``SiteFailure`` of kind `unauthenticated` with the AADSTS code, `unreachable`, `transient`,
    ///   `throttled`, `malformed` or `cancelled`.
    package func token(insteadOf rejected: AccessToken? = nil) async throws(SiteFailure) -> AccessToken {
        let (cached, fetches) = state.withLock { ($0.token, $0.fetches) }
        if let cached, isUsable(cached, rejected) { return cached }
        guard await turn.enter() else { throw cancelled }
        defer { turn.leave() }
        // Somebody else may have fetched while we waited.
        let (newer, failure) = state.withLock { ($0.token, $0.fetches > fetches ? $0.failure : nil) }
        if let newer, isUsable(newer, rejected) { return newer }
        if let failure { throw failure }
        do {
            let token = try await fetch()
            state.withLock { $0 = State(token: token, fetches: $0.fetches + 1) }
            return token
        } catch {
            // The next in line must not inherit that this task was cancelled.
            if error.kind != .cancelled {
                state.withLock { $0 = State(token: nil, fetches: $0.fetches + 1, failure: error) }
            }
            throw error
        }
    }

    private func isUsable(_ token: AccessToken, _ rejected: AccessToken?) -> Bool {
        token != rejected && surroundings.clock.now() < token.refreshAt
    }

    private var cancelled: SiteFailure { SiteFailure(.cancelled, reason: "getting a token: cancelled") }

    private func fetch() async throws(SiteFailure) -> AccessToken {
        let request = HTTPRequest(
            "POST", endpoints.tokenURL(tenant: credentials.tenant),
            headers: [
                HTTPHeader("Content-Type", "application/x-www-form-urlencoded"),
                HTTPHeader("Accept", "application/json"),
            ],
            body: credentials.form(scope: endpoints.scope))
        var machine = RetryMachine(policy, mayRepeat: true, now: surroundings.clock.now())
        while true {
            requests.withLock { $0 += 1 }
            // The life counts from before the request: the answer may have been long on its way.
            let sentAt = surroundings.clock.now()
            let (event, failure): (RetryMachine.Event, SiteFailure)
            do {
                let answer = GraphAnswer(try await transport.send(request))
                if answer.status == 200, let token = TokenCache.decode(answer.body, sentAt: sentAt) { return token }
                (event, failure) = problem(answer)
            } catch {
                let problem = Verdict.problem(
                    error, operation: GraphOperation(.read, .site, words: "getting a token for \(credentials)"))
                (event, failure) = (problem.event, problem.failure)
            }
            let action = machine.next(event, now: surroundings.clock.now(), random: surroundings.randomness.unit())
            switch action {
            case .giveUp, .refreshToken: throw failure
            case .pause(let seconds), .sendAgain(let seconds):
                do { try await surroundings.clock.wait(until: surroundings.clock.now() + seconds) } catch {
                    throw cancelled
                }
            }
        }
    }

    private func problem(_ answer: GraphAnswer) -> (RetryMachine.Event, SiteFailure) {
        if answer.status == 200 {
            return (
                .failed(mayHaveActed: true),
                SiteFailure(
                    .malformed, status: 200,
                    reason: "getting a token for \(credentials): the answer holds no usable token")
            )
        }
        let failure = TokenFailure.failure(status: answer.status, body: answer.body, credentials: credentials)
        guard failure.kind == .transient else { return (.final, failure) }
        let wait = RetryAfter.parse(now: surroundings.clock.now(), header: answer.header)
        return (answer.status == 429 ? .throttled(seconds: wait) : .failed(mayHaveActed: true), failure)
    }

    /// - Returns: `nil` if the answer holds no usable token.
    package static func decode(_ body: JSON, sentAt: Double) -> AccessToken? {
        guard let text = body["access_token"]?.string, !text.isEmpty,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            body["token_type"]?.string.map({ $0.lowercased() == "bearer" }) ?? true
        else { return nil }
        // Managed identities give seconds as a string (FACTS 9.4).
        let life = body["expires_in"].flatMap { $0.double ?? $0.string.flatMap(Double.init) } ?? 0
        guard life.isFinite, life > 0 else { return nil }
        return AccessToken(authorization: "Bearer \(text)", refreshAt: sentAt + max(life / 2, life - 300))
    }
}
