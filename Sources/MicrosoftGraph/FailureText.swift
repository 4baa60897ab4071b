internal import Core

/// The reason of a failure in words: what was being done, why it failed, what to do next. Never a value: the service's
/// own words pass ``ServiceMessage``.
enum FailureText {
    static func reason(_ kind: SiteFailure.Kind, status: Int, error: GraphError, operation: GraphOperation) -> String {
        var facts = ["HTTP \(status)"]
        if let code = error.code { facts.append(code) }
        if let field = error.field { facts.append("column \(field)") }
        return "\(operation.words): \(cause(kind, status: status, error: error, operation: operation)) "
            + "(\(facts.joined(separator: ", ")))"
    }

    /// The reason for whoever knows what was being done.
    /// - Parameter body: What was sent.
    static func explanation(
        _ kind: SiteFailure.Kind, status: Int, error: GraphError, operation: GraphOperation, sent body: JSON
    ) -> String {
        let field = error.field.map { "column \($0): " } ?? ""
        let facts = (["HTTP \(status)"] + [error.code].compactMap(\.self)).joined(separator: ", ")
        let message = error.message.flatMap { ServiceMessage.masked($0, sent: body) }
        let words = message.map { "; SharePoint says: \($0)" } ?? ""
        return "\(field)\(cause(kind, status: status, error: error, operation: operation)) (\(facts)\(words))"
    }

    /// The reason of a request that was never sent, because its turn would have come too late.
    static func tooLong(_ wait: QuotaWait, _ operation: GraphOperation) -> String {
        let cause =
            switch wait {
            case .paused: "SharePoint throttles the tenant for longer than this call may wait. Try again later"
            case .daySpent:
                "the profile's share of the day's quota is spent until midnight UTC, which is after the deadline. Try "
                    + "again then, or raise quota.share"
            case .minuteSpent, .runningLow:
                "the profile's share of the quota is spent until after the deadline. Try again later"
            }
        return "\(operation.words): \(cause)"
    }

    private static func cause(
        _ kind: SiteFailure.Kind, status: Int, error: GraphError, operation: GraphOperation
    ) -> String {
        switch kind {
        case .throttled: "SharePoint throttles the tenant for longer than this call may wait. Try again later"
        case .transient: "the service failed. Try again later"
        case .stale: "somebody else changed it in the meantime"
        case .gone: "there is no such item any more"
        case .missing: missing(operation)
        case .forbidden:
            "the application lacks a permission. Grant it \(permission(for: operation)) and give admin consent, or, "
                + "with Sites.Selected, the role \(role(for: operation)) on the site"
        case .itemLocked: "the item is locked: a record, a label or a checked-out file"
        case .locked: "it is locked, checked out or read-only. Ask the site's administrator"
        case .unauthenticated:
            "a fresh token was not accepted. Check that the application's tenant is the site's, and the profile's cloud"
        case .refused:
            switch status {
            case 507: "the site's storage is full. Ask the site's administrator"
            case 413: "the request is too large"
            default: error.isFieldUnknown ? "the list has no such column" : "the service refuses the request as it is"
            }
        case .conflict:
            operation.target.isItems ? "a value that must be unique exists already" : "the name exists already"
        case .expired: "the position in the list's change feed is too old. It has to be read from the beginning"
        case .malformed: "the answer makes no sense"
        case .unreachable, .cancelled: "no answer"
        }
    }

    private static func missing(_ operation: GraphOperation) -> String {
        switch operation.target {
        case .site: "there is no such site. Check the profile's hostname and sitePath"
        case .lists: "there is no such site any more"
        case .list, .columns, .items, .item, .feed: "there is no such list any more"
        case .column: "there is no such column any more"
        }
    }

    /// The least application permission (FACTS 9.6).
    private static func permission(for operation: GraphOperation) -> String {
        if operation.verb == .read { return "Sites.Read.All" }
        return operation.target.isItems ? "Sites.ReadWrite.All" : "Sites.Manage.All"
    }

    private static func role(for operation: GraphOperation) -> String {
        if operation.verb == .read { return "read" }
        return operation.target.isItems ? "write" : "owner"
    }
}
