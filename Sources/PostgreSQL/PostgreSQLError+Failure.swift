package import Core

extension PostgreSQLError {
    /// The error for people, with the exit status of SPEC §4.
    package func failure(
        while operation: String, address: String? = nil, source: SourceRange? = nil, help: String? = nil
    ) -> Failure {
        var facts: [String: String] = [:]
        if let sqlState { facts["SQLSTATE"] = sqlState }
        if let constraint { facts["constraint"] = constraint }
        return Failure(
            exitStatus, while: operation, address: address, source: source,
            because: server.map { "\($0): \(message)" } ?? message, help: help ?? ordinaryHelp, facts: facts)
    }

    private var exitStatus: ExitStatus {
        switch kind {
        case .insecure, .authentication, .permission: .auth
        case .unreachable, .resources, .connectionLost, .lockNotAvailable, .serialization: .unavailable
        case .missingObject: .invalid
        case .cancelled: sqlState == nil ? .interrupted : .unavailable
        case .uniqueViolation, .constraintViolation, .invalidValue, .syntax, .other: .error
        }
    }

    private var ordinaryHelp: String? {
        switch kind {
        case .insecure: "use sslmode=verify-full, or a server on loopback or a socket"
        case .authentication: "look at the user and the password in the connection string, and at pg_hba.conf"
        case .permission: "grant the role what it lacks, for example GRANT SELECT ON … TO …"
        case .unreachable: "look whether the server runs and the host, port and firewall are right; then run again"
        case .connectionLost: "run again; what was committed is recorded"
        case .resources: "free disk space, memory or connections on the server; then run again"
        case .lockNotAvailable, .serialization: "run again"
        case .missingObject: "look at the name"
        case .cancelled, .uniqueViolation, .constraintViolation, .invalidValue, .syntax, .other: nil
        }
    }
}
