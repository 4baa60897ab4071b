package import Core

extension SiteFailure {
    /// The failure for people.
    package func failure(while operation: String, address: Address?, source: SourceRange? = nil) -> Failure {
        var facts: [String: String] = [:]
        if let status { facts["HTTP status"] = String(status) }
        if let code { facts["code"] = code }
        if let requestID { facts["request-id"] = requestID }
        return Failure(
            failureCode, while: operation, address: address, source: source, because: reason, help: help,
            facts: facts)
    }

    private var failureCode: Failure.Code {
        switch kind {
        case .unauthenticated, .forbidden: .auth
        case .throttled, .transient, .unreachable, .locked, .itemLocked, .stale, .gone, .malformed, .expired:
            .unavailable
        // What is asked for cannot be had: asking again changes nothing.
        case .missing, .refused, .conflict: .invalid
        case .cancelled: .interrupted
        }
    }

    private var help: String? {
        switch kind {
        case .unauthenticated:
            "look at the tenant, client and secret of the profile; the code says what Microsoft Entra ID objects to"
        case .forbidden:
            "grant the app Sites.Manage.All, or Sites.Selected with owner on this site, and consent to it"
        case .unreachable: "look at the network, the proxy and the endpoint; then run again"
        case .throttled: "run again later, or give the profile a larger share of the quota"
        case .transient: "run again; what was done is recorded"
        case .locked: "the list or site is locked, read-only or full: ask the administrator, then run again"
        case .itemLocked: "release the item: lift its label, or check the file in; then run again"
        case .missing: "look at the name in the profile"
        case .stale, .gone: "somebody else was at work there; run again"
        case .refused, .conflict:
            "look at what the manifests, or the row, ask for there; Microsoft's support wants the request-id"
        case .malformed: "look whether a proxy answers for Microsoft Graph; then run again"
        case .expired: "run again: the next run looks at all items of the list"
        case .cancelled: nil
        }
    }
}
