package import Core

extension GraphClient {
    /// The most requests that one `$batch` takes.
    package static let batchPartsMax = 20

    /// Sends requests as one `$batch` and returns an outcome for each, in their order. Parts that are throttled, failed
    /// or need a new token are sent again alone, as ``RetryMachine`` says; the others are not.
    /// - Parameter requests: At most ``batchPartsMax``, with relative paths; the service performs them in any order.
    package func batch(_ requests: [GraphRequest]) async -> [Result<GraphAnswer, SiteFailure>] {
        precondition(requests.count <= GraphClient.batchPartsMax, "a batch takes at most 20 requests")
        let start = surroundings.clock.now()
        var parts = requests.map { Part($0, CallProgress($0.operation, policy: settings.retries, now: start)) }
        var rejected: AccessToken?
        while true {
            let pending = nextRound(parts)
            guard let first = pending.first else { break }
            do {
                if let moment = pending.compactMap({ parts[$0].notBefore }).max() {
                    try await wait(until: moment, parts[first].progress)
                }
                let token = try await round(pending, &parts, insteadOf: rejected)
                if pending.contains(where: { parts[$0].needsToken }) { rejected = token }
            } catch {
                for index in pending { parts[index].outcome = .failure(parts[index].progress.doubting(error)) }
            }
        }
        return parts.map { $0.outcome ?? .failure(SiteFailure(.malformed, reason: "no outcome")) }
    }

    private struct Part {
        let request: GraphRequest
        var progress: CallProgress
        var outcome: Result<GraphAnswer, SiteFailure>?
        var notBefore: Double?
        var needsToken = false

        init(_ request: GraphRequest, _ progress: CallProgress) {
            self.request = request
            self.progress = progress
        }
    }

    /// The parts that go next: all that have no outcome, or as many of them as the quota can take at once.
    private func nextRound(_ parts: [Part]) -> [Int] {
        var indices: [Int] = []
        var units = 0
        for index in parts.indices where parts[index].outcome == nil {
            units += parts[index].request.operation.resourceUnits
            guard indices.isEmpty || units <= governor.unitsMax else { break }
            indices.append(index)
        }
        return indices
    }

    /// One exchange of the pending parts.
    private func round(
        _ pending: [Int], _ parts: inout [Part], insteadOf rejected: AccessToken?
    ) async throws(SiteFailure) -> AccessToken {
        let requests = pending.map { parts[$0].request }
        let envelope = batchMessage(BatchCoding.envelope(requests))
        let units = requests.reduce(0) { $0 + $1.operation.resourceUnits }
        let words = requests.count == 1 ? requests[0].operation.words : "a batch of \(requests.count) requests"
        let envelopeProgress = CallProgress(
            GraphOperation(.change, .items, words: words), policy: settings.retries, now: surroundings.clock.now())
        let (token, verdicts) = try await send(
            envelope, units, size: requests.count, insteadOf: rejected, envelopeProgress
        ) { result, now in
            judgement(of: result, requests, now: now)
        }
        governor.count { usage in
            usage.batches += 1
            usage.batchParts += requests.count
        }
        for (position, verdict) in verdicts.enumerated() {
            let index = pending[position]
            parts[index].needsToken = false
            parts[index].notBefore = nil
            switch verdict {
            case .success(let answer): parts[index].outcome = .success(answer)
            case .problem(let problem):
                switch step(after: problem, &parts[index].progress) {
                case .end(let failure): parts[index].outcome = .failure(failure)
                case .refreshToken: parts[index].needsToken = true
                case .sendAgain(let moment): parts[index].notBefore = moment
                // The pause is the tenant's: the governor holds the next round back.
                case .pause: break
                }
            }
        }
        await governor.publish()
        return token
    }

    private func judgement(
        of result: Result<HTTPResponse, HTTPTransportError>, _ requests: [GraphRequest], now: Double
    ) -> Judgement {
        switch result {
        case .failure(let error):
            return Judgement(requests.map { .problem(Verdict.problem(error, operation: $0.operation)) })
        case .success(let response):
            let whole = GraphAnswer(response)
            let answers = BatchCoding.answers(whole.body, count: requests.count)
            // Each part counts by itself: the one that came last saw the least left.
            let limit = ([whole] + (answers ?? []).compactMap { $0 })
                .compactMap { RetryAfter.limit(header: $0.header) }.min { $0.remaining < $1.remaining }
            return Judgement(verdicts(of: whole, answers, requests, now: now), limit)
        }
    }

    private func verdicts(
        of whole: GraphAnswer, _ answers: [GraphAnswer?]?, _ requests: [GraphRequest], now: Double
    ) -> [Verdict] {
        // Older texts let a throttled part turn the whole into 424: the parts count, if there are any.
        if let answers {
            return zip(answers, requests).map { answer, request in
                guard let answer else { return .problem(missing(request.operation, whole)) }
                return Verdict.of(answer, operation: request.operation, sent: request.body ?? .null, now: now)
            }
        }
        return requests.map { request in
            if (200..<300).contains(whole.status) { return .problem(missing(request.operation, whole)) }
            // The envelope's answer is about all parts, never about one item.
            var operation = request.operation
            if operation.target == .item { operation.target = .items }
            var verdict = Verdict.of(whole, operation: operation, now: now)
            // A 404 or 409 of the envelope says nothing about the object of a part.
            if case .problem(var problem) = verdict,
                [.gone, .missing, .stale, .conflict].contains(problem.failure.kind)
            {
                problem = Verdict.Problem(event: .final, failure: malformed(request.operation, "a batch", whole))
                problem.failure.outcome = .notDone
                verdict = .problem(problem)
            }
            return verdict
        }
    }

    /// The service answered, but not about this part.
    private func missing(_ operation: GraphOperation, _ whole: GraphAnswer) -> Verdict.Problem {
        Verdict.lost(
            SiteFailure(
                .transient, status: whole.status, reason: "\(operation.words): the batch's answer lacks this request",
                requestID: whole.header("request-id")), operation)
    }
}
