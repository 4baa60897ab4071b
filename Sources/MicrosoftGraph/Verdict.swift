package import Core

/// What one answer, or the lack of one, means for the request. Pure.
package enum Verdict {
    case success(GraphAnswer)
    case problem(Problem)

    package struct Problem: Hashable, Sendable {
        var event: RetryMachine.Event
        /// Thrown if nothing more is tried.
        var failure: SiteFailure
        /// It could pass if what it is about was made a moment ago (FACTS 10.1): an absent object, or an unknown column
        /// of this name.
        var couldBeYouth = false
        var unknownField: String?
    }

    /// - Parameter body: What was sent.
    package static func of(
        _ answer: GraphAnswer, operation: GraphOperation, sent body: JSON = .null, now: Double
    ) -> Verdict {
        switch answer.status {
        case 200..<300 where !answer.isUnreadable: return .success(answer)
        case 200..<300:
            return .problem(
                lost(
                    SiteFailure(
                        .transient, status: answer.status, reason: "\(operation.words): the answer was cut short",
                        requestID: answer.header("request-id")), operation))
        default: return .problem(refusal(answer, operation: operation, sent: body, now: now))
        }
    }

    private static func refusal(
        _ answer: GraphAnswer, operation: GraphOperation, sent body: JSON, now: Double
    ) -> Problem {
        let error = GraphError(answer.body)
        let kind = AnswerClass.classify(status: answer.status, error: error, operation: operation)
        let acted =
            kind == .transient && operation.verb != .read && AnswerClass.mayHaveActed(status: answer.status)
        var failure = SiteFailure(
            kind, outcome: acted ? .unknown : .notDone, status: answer.status, code: error.code,
            reason: FailureText.reason(kind, status: answer.status, error: error, operation: operation),
            requestID: answer.header("request-id") ?? error.requestID)
        failure.field = error.field
        failure.explanation = FailureText.explanation(
            kind, status: answer.status, error: error, operation: operation, sent: body)
        let event: RetryMachine.Event =
            switch kind {
            case .throttled: .throttled(seconds: RetryAfter.parse(now: now, header: answer.header))
            case .transient: .failed(mayHaveActed: acted)
            case .unauthenticated: .unauthenticated
            // A save conflict between schema calls: nothing was done, and nothing need be read again (FACTS 1.4).
            case .stale where !operation.target.isItems && !operation.isConditional: .failed(mayHaveActed: false)
            default: .final
            }
        var problem = Problem(event: event, failure: failure)
        problem.couldBeYouth = kind == .missing || error.isFieldUnknown && kind == .refused
        problem.unknownField = error.isFieldUnknown ? error.field : nil
        return problem
    }

    /// The service may have acted and its answer did not arrive.
    static func lost(_ failure: SiteFailure, _ operation: GraphOperation) -> Problem {
        var failure = failure
        let acted = operation.verb != .read
        if acted { failure.outcome = .unknown }
        return Problem(event: .failed(mayHaveActed: acted), failure: failure)
    }

    static func problem(_ error: HTTPTransportError, operation: GraphOperation) -> Problem {
        let acted = error.certainty == .unknown && operation.verb != .read
        let (kind, isFinal): (SiteFailure.Kind, Bool) =
            switch error.kind {
            case .unknownHost, .notConnected: (.unreachable, false)
            case .interrupted, .timedOut: (.transient, false)
            case .tooLarge: (.malformed, true)
            case .cancelled: (.cancelled, true)
            case .refused: (.refused, true)
            }
        return Problem(
            event: isFinal ? .final : .failed(mayHaveActed: acted),
            failure: SiteFailure(
                kind, outcome: acted ? .unknown : .notDone, reason: "\(operation.words): \(error.description)"))
    }
}
