package import Core

/// The class of an answer that is no success (FACTS 7.1): status first, code second, message never.
package enum AnswerClass {
    package static func classify(
        status: Int, error: GraphError, operation: GraphOperation
    ) -> SiteFailure.Kind {
        if operation.target == .feed, saysExpired(status, error) { return .expired }
        switch status {
        case 429, 503, 509: return .throttled
        case 401: return .unauthenticated
        case 403:
            guard error.hasCode("resourceLocked", "notAllowed") else { return .forbidden }
            // Else a site that is locked, archived or whose licence lapsed (FACTS 1.2).
            return operation.target == .item ? .itemLocked : .locked
        case 404, 410: return operation.target == .item ? .gone : .missing
        case 409: return conflict(error)
        case 412: return .stale
        case 423: return operation.target == .item ? .itemLocked : .locked
        // The site is full: not the row's fault, and over once there is room.
        case 507: return .locked
        case 408, 424, 425: return .transient
        case 400..<500 where error.hasCode("quotaLimitReached", "serviceReadOnly"): return .locked
        case 400..<500, 501, 505: return .refused
        case 500...:
            return error.hasCode("activityLimitReached", "throttledRequest", "tooManyRequests", "applicationThrottled")
                ? .throttled : .transient
        default: return .malformed
        }
    }

    /// A 409 of a code that nobody has described does not say that a value or name exists.
    private static func conflict(_ error: GraphError) -> SiteFailure.Kind {
        if error.hasCode("resourceModified", "entityTagDoesNotMatch") { return .stale }
        let isKnown =
            error.codes.isEmpty || error.hasCode("nameAlreadyExists", "conflict", "invalidRequest", "itemAlreadyExists")
        return isKnown ? .conflict : .transient
    }

    /// A position of the change feed that the service gave up: 410, or one of the codes for it under another status
    /// (FACTS 1.6).
    private static func saysExpired(_ status: Int, _ error: GraphError) -> Bool {
        switch status {
        case 410: true
        case 400, 404, 409, 412, 422: error.asksToStartOver
        default: false
        }
    }

    /// Whether the service may have acted although it answered so. Refusals and throttling are proofs that it did not.
    package static func mayHaveActed(status: Int) -> Bool {
        switch status {
        case 424, 425, 501, 503, 505, 507, 509: false
        case 408, 500...: true
        default: false
        }
    }
}
