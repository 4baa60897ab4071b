internal import Core

extension Tenant {
    /// Lets `fault` have its way with a call.
    func suffer(_ fault: FaultRule, _ context: inout CallContext, _ ids: RequestIDs) -> CallOutcome {
        if fault.kind.actsLater { postpone([context.call], by: fault) }
        if fault.kind == .listDeleted {
            if let list = subject(context).list { takeAway(list, by: fault) }
            return .answer(act(&context, ids))
        }
        let done = fault.kind.actsFirst ? act(&context, ids) : nil
        return failure(fault, done, &context, ids)
    }

    /// What the client sees of a fault.
    /// - Parameter done: The answer that it should have got, if the service acted.
    func failure(
        _ fault: FaultRule, _ done: GraphAnswer?, _ context: inout CallContext, _ ids: RequestIDs
    ) -> CallOutcome {
        switch fault.kind {
        case .resetBeforeWrite, .resetAfterWrite, .resetThenWrite: return .dropped
        case .cutBody: return .cut(done ?? GraphAnswer(200, [:]))
        case .slow:
            context.hold = Hold(rule: fault.id, milliseconds: fault.latencyMilliseconds)
            return .answer(done ?? GraphAnswer(200, [:]))
        case .emptyUnavailable, .unavailable:
            let error = GraphError(503, "serviceNotAvailable", "The service is not available. Try again later.")
            var answer = fault.kind == .unavailable ? answer(error, ids) : GraphAnswer(503)
            wait(fault, &context, &answer)
            return .answer(answer)
        case .throttled, .throttledAfterWrite:
            counters.throttled += 1
            let error = GraphError(
                429, "activityLimitReached", "The request has been throttled", innerCode: "throttledRequest")
            var answer = answer(error, ids)
            wait(fault, &context, &answer)
            return .answer(answer)
        case .badGatewayBeforeWrite, .badGatewayAfterWrite:
            var answer = GraphAnswer(502)
            answer.rawBody = Array("<html><body><h1>502 Bad Gateway</h1></body></html>".utf8)
            return .answer(answer)
        case .noHits, .truncatedPage, .oddPage, .circularPages, .endlessPages:
            return .answer(done.map { spoiled($0, by: fault, context.call) } ?? GraphAnswer(200, [:]))
        default: return .answer(answer(error(of: fault.kind), ids))
        }
    }

    func postpone(_ calls: [Call], by fault: FaultRule) {
        let due: LateWrite.Due =
            fault.delayRequests.map { .request(requestNumber + $0) } ?? .time(now + Int64(fault.delaySeconds) * 1000)
        lateWrites += calls.filter { $0.method != "GET" }.map { LateWrite(due: due, call: $0) }
    }

    private func isDue(_ write: LateWrite) -> Bool {
        switch write.due {
        case .time(let time): time <= now
        case .request(let number): number <= requestNumber
        }
    }

    private func error(of kind: FaultKind) -> GraphError {
        switch kind {
        case .notVisible: .notFound("The requested resource")
        case .resourceModified: .saveConflict
        case .unknownConflict: GraphError(409, "spQueryConflict", "The request could not be completed")
        case .full: .full
        case .locked: GraphError(423, "notAllowed", "The resource is locked", innerCode: "resourceLocked")
        case .unauthorized: .unauthorized("Lifetime validation failed, the token is expired.")
        case .timeoutBeforeWrite, .timeoutAfterWrite, .timeoutThenWrite: GraphError(504, "UnknownError", "")
        default: .general(status: 500)
        }
    }

    private func wait(_ fault: FaultRule, _ context: inout CallContext, _ answer: inout GraphAnswer) {
        guard let value = fault.retryAfter else { return }
        answer.headers.append(HTTPHeader("Retry-After", value))
        context.waitMilliseconds = Double(value).map { Int64($0 * 1000) }
    }

    /// Does the writes whose time has come.
    func runLateWrites() {
        guard !lateWrites.isEmpty else { return }
        let due = lateWrites.filter(isDue)
        lateWrites.removeAll(where: isDue)
        for call in due.map(\.call) {
            counters.lateWrites += 1
            let route = Route(path: call.path)
            var context = CallContext(
                call: call, operation: route.map { Operation(method: call.method, target: $0.target) } ?? .other,
                route: route)
            let request = HTTPRequest(call.method, call.root + call.path)
            _ = act(&context, RequestIDs(request: request, random: &random))
            schemaCallsUnderWay.subtract(context.holds)
        }
    }
}

/// A write that the service does after its answer has failed.
struct LateWrite {
    enum Due {
        /// Milliseconds since 1970.
        case time(Int64)
        /// When the request of this number has been answered.
        case request(Int)
    }

    var due: Due
    var call: Call
}
