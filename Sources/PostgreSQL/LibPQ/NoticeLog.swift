internal import CPostgres

/// What a server said beside an answer: NOTICE, WARNING and the like. Its text may hold row values.
package struct Notice: Hashable, Sendable {
    package var severity: String
    package var sqlState: String
    package var message: Hidden
}

/// Collects the notices of one connection; the oldest are dropped. Used by the connection's thread alone, since libpq
/// calls the receiver from within the call that read the notice.
final class NoticeLog {
    private static let countMax = 100
    private var notices: [Notice] = []

    func take() -> [Notice] {
        defer { notices = [] }
        return notices
    }

    static let receive: @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?) -> Void = { context, result in
        guard let context, let result else { return }
        let log = Unmanaged<NoticeLog>.fromOpaque(context).takeUnretainedValue()
        func field(_ code: Int) -> String {
            PQresultErrorField(result, Int32(code)).map { String(cString: $0) } ?? ""
        }
        if log.notices.count == countMax { log.notices.removeFirst() }
        log.notices.append(
            Notice(
                severity: field(cpostgres_diag_severity), sqlState: field(cpostgres_diag_sqlstate),
                message: Hidden(field(cpostgres_diag_message))))
    }
}
