package import Core

extension Failure {
    /// What a session's error means to whoever asked for the work.
    /// - Parameters:
    ///   - operation: A gerund phrase: `reading table public.projects`.
    ///   - place: Where the manifests ask for it.
    package init(
        _ error: PostgreSQLError, while operation: String, address: Address? = nil, at place: SourceRange? = nil
    ) {
        var facts: [String: String] = [:]
        facts["SQLSTATE"] = error.sqlState
        facts["constraint"] = error.constraint
        facts["column"] = error.column
        facts["server"] = error.server?.description
        self.init(
            Code(error), while: operation, address: address, source: place, because: error.message,
            help: error.help, facts: facts)
    }
}

extension Failure.Code {
    fileprivate init(_ error: PostgreSQLError) {
        self =
            switch error.kind {
            case .unreachable, .resources, .serialization, .lockNotAvailable, .connectionLost: .unavailable
            case .insecure, .authentication, .permission: .auth
            case .missingObject, .syntax, .invalidValue: .invalid
            // A statement that the server stopped by itself ran into a time limit.
            case .cancelled: error.sqlState == nil || Task.isCancelled ? .interrupted : .unavailable
            case .other: error.isOfServer ? .unavailable : .unclassified
            case .uniqueViolation, .constraintViolation: .unclassified
            }
    }
}

extension PostgreSQLError {
    /// What is wrong is the server's and passes with it: it only reads, as a standby does; the system below it fails; its
    /// snapshot is too old; its data are damaged.
    fileprivate var isOfServer: Bool {
        sqlState == "25006" || ["58", "72", "XX"].contains(sqlState?.prefix(2))
    }

    fileprivate var help: String? {
        switch kind {
        case .unreachable: "Check host and port, and that the server accepts connections from here."
        case .insecure:
            "Use sslmode=verify-full, with sslrootcert if your own authority signed the server's certificate."
        case .authentication: "Check user and password, and the server's pg_hba.conf."
        case .permission: "Grant the role what it lacks, or use another role."
        case .resources: "Free connections, memory or disk of the server, or try again later."
        case .serialization, .lockNotAvailable: "Try again."
        case .connectionLost: "Try again; if it happens often, look into the server's log."
        case .other where sqlState == "25006": "The server only reads, as a standby does: use the primary."
        case .other where isOfServer: "Look into the server's log; then run again."
        case .missingObject, .syntax, .invalidValue, .cancelled, .uniqueViolation, .constraintViolation, .other: nil
        }
    }
}
