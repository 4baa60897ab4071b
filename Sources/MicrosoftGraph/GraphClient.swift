package import Core
internal import Logging
internal import Synchronization

package struct GraphSettings: Hashable, Sendable {
    /// Of this program, for `User-Agent`.
    package var version: String
    package var retries: RetryMachine.Policy
    /// Requests at a time.
    package var concurrency: ConcurrencyMachine.Settings
    /// Pages of one collection.
    package var pagesMax: Int
    /// How long after the creation of a list or column its absence is waited out, in seconds.
    package var youthSeconds: Double
    /// Seconds since 1970: what would have to wait for quota until after it fails as throttled.
    package var deadline: Double?

    package init(
        version: String, retries: RetryMachine.Policy = RetryMachine.Policy(),
        concurrency: ConcurrencyMachine.Settings = ConcurrencyMachine.Settings(), pagesMax: Int = 10_000,
        youthSeconds: Double = 60, deadline: Double? = nil
    ) {
        self.version = version
        self.retries = retries
        self.concurrency = concurrency
        self.pagesMax = pagesMax
        self.youthSeconds = youthSeconds
        self.deadline = deadline
    }
}

/// Microsoft Graph of one tenant and application: sends requests, waits out throttling, repeats what is safe to
/// repeat, and is honest about the rest.
package final class GraphClient: Sendable {
    let endpoints: GraphEndpoints
    let settings: GraphSettings
    let surroundings: GraphSurroundings
    let youth: Youth
    /// Shared by all requests: one place that lets them out and counts what was used.
    package let governor: Governor
    private let tokens: TokenCache
    private let transport: any HTTPTransport

    package init(
        endpoints: GraphEndpoints, tokens: TokenCache, transport: any HTTPTransport, settings: GraphSettings,
        log: (any ResourceUnitLog)? = nil, surroundings: GraphSurroundings
    ) {
        self.endpoints = endpoints
        self.tokens = tokens
        self.transport = transport
        self.settings = settings
        self.surroundings = surroundings
        self.youth = Youth(seconds: settings.youthSeconds)
        self.governor = Governor(
            concurrency: settings.concurrency, log: log, deadline: settings.deadline, surroundings: surroundings)
    }

    package var usage: GraphUsage {
        var usage = governor.usage
        usage.tokenRequests = tokens.requestCount
        return usage
    }

    /// Sends one request and returns its answer, whose status is 2xx and whose body is JSON or absent.
    package func call(_ request: GraphRequest) async throws(SiteFailure) -> GraphAnswer {
        let operation = request.operation
        let message = try message(request)
        var progress = CallProgress(operation, policy: settings.retries, now: surroundings.clock.now())
        var rejected: AccessToken?
        while true {
            let (token, verdicts) = try await send(
                message, operation.resourceUnits, size: 1, insteadOf: rejected, progress
            ) { result, now in
                switch result {
                case .success(let response):
                    let answer = GraphAnswer(response, to: operation)
                    return Judgement(
                        [Verdict.of(answer, operation: operation, sent: request.body ?? .null, now: now)],
                        RetryAfter.limit(header: answer.header))
                case .failure(let error):
                    return Judgement([.problem(Verdict.problem(error, operation: operation))])
                }
            }
            let problem: Verdict.Problem
            switch verdicts.first {
            case .success(let answer): return answer
            case .problem(let found): problem = found
            case nil: throw malformed(operation, "no verdict", nil)
            }
            let step = step(after: problem, &progress)
            await governor.publish()
            switch step {
            case .end(let failure): throw failure
            case .refreshToken: rejected = token
            case .pause: break
            case .sendAgain(let moment): try await wait(until: moment, progress)
            }
        }
    }

    /// Every element of a collection, page by page.
    /// - Throws: Also kind `malformed` if a link leaves this profile's Graph, repeats, or there are too many pages.
    package func pages(_ request: GraphRequest) async throws(SiteFailure) -> [JSON] {
        var elements: [JSON] = []
        var links: Set<String> = []
        var next = request
        while true {
            let answer = try await call(next)
            guard let page = answer.body["value"]?.array else {
                throw malformed(request.operation, "a page without elements", answer)
            }
            elements.append(contentsOf: page)
            guard let link = answer.body["@odata.nextLink"], !link.isNull else { return elements }
            guard let link = link.string else { throw malformed(request.operation, "a link that is no text", answer) }
            guard links.insert(link).inserted else {
                throw malformed(request.operation, "the pages go round in a circle", answer)
            }
            guard links.count < settings.pagesMax else {
                throw malformed(request.operation, "more than \(settings.pagesMax) pages", answer)
            }
            next = GraphRequest("GET", .link(link), headers: request.headers, operation: request.operation)
        }
    }

    func malformed(_ operation: GraphOperation, _ what: String, _ answer: GraphAnswer?) -> SiteFailure {
        SiteFailure(
            .malformed, outcome: operation.verb == .read ? .notDone : .unknown, status: answer?.status,
            reason: "\(operation.words): the answer makes no sense: \(what)",
            requestID: answer?.header("request-id"))
    }

    /// The token goes to this profile's own Graph and nowhere else.
    func foreignLink(_ link: String, _ operation: GraphOperation) -> SiteFailure {
        SiteFailure(
            .malformed,
            reason:
                "\(operation.words): the service gave a link to \(GraphEndpoints.host(of: link)), which is not this "
                + "profile's Graph. It is not followed, because the token would go there")
    }

    // MARK: - One exchange

    /// The HTTP request without its token.
    private func message(_ request: GraphRequest) throws(SiteFailure) -> HTTPRequest {
        let url: String
        switch request.address {
        case .path(let path): url = endpoints.serviceRoot + path
        case .link(let link):
            guard endpoints.isOwn(link) else { throw foreignLink(link, request.operation) }
            url = link
        }
        var headers = [
            HTTPHeader("User-Agent", "NONISV|Arcore|SyncBridge/\(settings.version)"),
            HTTPHeader("Accept", "application/json"),
        ]
        if request.body != nil { headers.append(HTTPHeader("Content-Type", "application/json")) }
        return HTTPRequest(request.method, url, headers: headers + request.headers, body: request.body?.serialized())
    }

    /// What an exchange came to.
    struct Judgement {
        /// One for each request in it.
        var verdicts: [Verdict]
        var limit: RateLimit?

        init(_ verdicts: [Verdict], _ limit: RateLimit? = nil) {
            self.verdicts = verdicts
            self.limit = limit
        }

        var outcome: ConcurrencyMachine.Outcome {
            var outcome = ConcurrencyMachine.Outcome.clean
            for case .problem(let problem) in verdicts {
                switch problem.failure.kind {
                case .throttled: return .throttled
                case .transient, .unreachable: outcome = .failed
                default: break
                }
            }
            return outcome
        }

        /// How long the service asks to wait, if it says.
        var throttledSeconds: Double? {
            verdicts.compactMap { verdict in
                guard case .problem(let problem) = verdict, case .throttled(let seconds) = problem.event else {
                    return nil
                }
                return seconds
            }.max()
        }
    }

    /// Sends a message once, when its turn comes and no pause is on. What its answer means for others is told before
    /// its place goes to the next one.
    /// - Parameters:
    ///   - size: Requests in it.
    ///   - judge: Says what the answer at this moment means.
    /// - Throws: A failure of the token service, `cancelled`, or `throttled` if its turn would come too late.
    func send(
        _ message: HTTPRequest, _ units: Int, size: Int, insteadOf rejected: AccessToken?, _ progress: CallProgress,
        judge: (Result<HTTPResponse, HTTPTransportError>, _ now: Double) -> Judgement
    ) async throws(SiteFailure) -> (AccessToken, [Verdict]) {
        do {
            try await governor.enter()
        } catch {
            throw cancelled(progress)
        }
        defer { governor.leave() }
        // Whoever gets no token spends nothing.
        _ = try await token(insteadOf: rejected, progress)
        let booking = try await clear(units, progress)
        let token: AccessToken
        do throws(SiteFailure) {
            // The wait may have outlived it.
            token = try await self.token(insteadOf: rejected, progress)
        } catch {
            governor.ended(booking, isSpent: false, now: surroundings.clock.now())
            throw error
        }
        var message = message
        message.headers.append(HTTPHeader("client-request-id", surroundings.randomness.identifier()))
        message.headers.append(HTTPHeader("Authorization", token.authorization))
        let leftAt = surroundings.clock.now()
        governor.left()
        let result: Result<HTTPResponse, HTTPTransportError>
        do { result = .success(try await transport.send(message)) } catch { result = .failure(error) }
        let now = surroundings.clock.now()
        // What never left is not counted there either.
        let isSpent = if case .failure(let error) = result, error.certainty == .notSent { false } else { true }
        governor.ended(booking, isSpent: isSpent, now: now)
        governor.count { usage in
            usage.requests += 1
            if isSpent { usage.resourceUnits += units }
        }
        note(result, progress.operation)
        let judgement = judge(result, now)
        if let seconds = judgement.throttledSeconds {
            governor.stopAll(seconds: max(seconds, settings.retries.backOffMin))
        }
        governor.learn(judgement.outcome, judgement.limit, leftAt: leftAt, now: now, size: size)
        await governor.publish()
        return (token, judgement.verdicts)
    }

    private func token(
        insteadOf rejected: AccessToken?, _ progress: CallProgress
    ) async throws(SiteFailure) -> AccessToken {
        do { return try await tokens.token(insteadOf: rejected) } catch { throw progress.doubting(error) }
    }

    private func clear(_ units: Int, _ progress: CallProgress) async throws(SiteFailure) -> QuotaBooking? {
        do {
            return try await governor.clear(units, patience: progress.patience)
        } catch {
            switch error {
            case .cancelled: throw cancelled(progress)
            case .tooLong(let wait):
                throw progress.doubting(
                    SiteFailure(.throttled, reason: FailureText.tooLong(wait, progress.operation)))
            }
        }
    }

    private func note(_ result: Result<HTTPResponse, HTTPTransportError>, _ operation: GraphOperation) {
        var metadata: Logger.Metadata = ["graph.operation": "\(operation.words)"]
        switch result {
        case .success(let response):
            metadata["graph.status"] = "\(response.status)"
            metadata["graph.request_id"] = response.header("request-id").map { "\($0)" }
        case .failure(let error): metadata["graph.error"] = "\(error)"
        }
        surroundings.logger.debug("request", metadata: metadata)
    }

    // MARK: - What follows

    /// Decides, and performs what needs no waiting: counts, reports, and pauses the tenant.
    func step(after problem: Verdict.Problem, _ progress: inout CallProgress) -> CallProgress.Step {
        let now = surroundings.clock.now()
        if problem.failure.kind == .throttled { governor.count { $0.throttled += 1 } }
        let step = progress.next(after: problem, youth: youth, now: now, random: surroundings.randomness.unit())
        switch step {
        case .end: break
        case .pause(let seconds):
            // What the service said itself was obeyed when its answer came.
            if case .throttled(nil) = problem.event { governor.stopAll(seconds: seconds) }
            governor.count { $0.retries += 1 }
        case .refreshToken: governor.count { $0.retries += 1 }
        case .sendAgain(let moment):
            governor.count { $0.retries += 1 }
            surroundings.logger.info(
                "retry",
                metadata: [
                    "graph.operation": "\(progress.operation.words)", "graph.reason": "\(problem.failure.reason)",
                    "graph.wait_seconds": "\(moment - now)",
                ])
            surroundings.observe(
                .retrying(
                    operation: progress.operation.words, seconds: moment - now, reason: problem.failure.reason))
        }
        return step
    }

    func wait(until moment: Double, _ progress: CallProgress) async throws(SiteFailure) {
        do { try await surroundings.clock.wait(until: moment) } catch { throw cancelled(progress) }
    }

    private func cancelled(_ progress: CallProgress) -> SiteFailure {
        progress.doubting(SiteFailure(.cancelled, reason: "\(progress.operation.words): cancelled"))
    }

    func batchMessage(_ body: JSON) -> HTTPRequest {
        HTTPRequest(
            "POST", endpoints.serviceRoot + "/$batch",
            headers: [
                HTTPHeader("User-Agent", "NONISV|Arcore|SyncBridge/\(settings.version)"),
                HTTPHeader("Accept", "application/json"), HTTPHeader("Content-Type", "application/json"),
            ],
            body: body.serialized())
    }
}
