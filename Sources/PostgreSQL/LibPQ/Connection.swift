internal import CPostgres

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Owns one PGconn. Every call blocks its thread; an actor with its own thread makes them one at a time.
struct Connection: ~Copyable {
    let pointer: OpaquePointer
    private let notices: NoticeLog

    /// Connects and logs in.
    /// - Parameter isCancelled: Asked ten times a second.
    init(_ parameters: ConnectionParameters, isCancelled: () -> Bool) throws(PostgreSQLError) {
        let server = parameters.server
        let options = try Self.options(parameters)
        guard let pointer = Self.withCStrings(options, { PQconnectStartParams($0, $1, 0) }) else {
            throw PostgreSQLError(.resources, "out of memory", server: server)
        }
        do {
            try Self.finishConnecting(pointer, parameters, isCancelled)
        } catch {
            PQfinish(pointer)
            throw error
        }
        self.pointer = pointer
        notices = NoticeLog()
        PQsetErrorVerbosity(pointer, PQERRORS_DEFAULT)
        // The log lives as long as this value, the connection a little less.
        PQsetNoticeReceiver(pointer, NoticeLog.receive, Unmanaged.passUnretained(notices).toOpaque())
    }

    deinit {
        PQfinish(pointer)
    }

    /// What the server said beside its answers since the last call.
    func takeNotices() -> [Notice] { notices.take() }

    private static func finishConnecting(
        _ pointer: OpaquePointer, _ parameters: ConnectionParameters, _ isCancelled: () -> Bool
    ) throws(PostgreSQLError) {
        let server = parameters.server
        // Gives the SQLSTATE of a refused login, see PostgreSQLError.init(connectFailure:).
        PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
        let deadline =
            monotonicMilliseconds() + Int64(parameters.connectSeconds) * 1000 * Int64(max(1, parameters.hosts.count))
        var progress = PQstatus(pointer) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while progress != PGRES_POLLING_OK {
            guard progress != PGRES_POLLING_FAILED else {
                let text = PQerrorMessage(pointer).map { String(cString: $0) } ?? ""
                throw PostgreSQLError(connectFailure: text, server: server) { answers(parameters) }
            }
            if isCancelled() { throw PostgreSQLError(.cancelled, "connecting was cancelled", server: server) }
            guard monotonicMilliseconds() < deadline else {
                throw PostgreSQLError(
                    .unreachable, "no connection within \(parameters.connectSeconds) s for each host", server: server)
            }
            let events = progress == PGRES_POLLING_READING ? Int16(POLLIN) : Int16(POLLOUT)
            var descriptor = pollfd(fd: PQsocket(pointer), events: events, revents: 0)
            if poll(&descriptor, 1, 100) > 0 { progress = PQconnectPoll(pointer) }
        }
    }

    /// Whether a server takes connections there, whatever it thinks of us. PQping needs no password, so none goes.
    private static func answers(_ parameters: ConnectionParameters) -> Bool {
        var options = parameters.options
        options["connect_timeout"] = "\(min(parameters.connectSeconds, 5))"
        return withCStrings(options) { PQpingParams($0, $1, 0) } == PQPING_OK
    }

    /// All that libpq is told, the password included if it may travel.
    private static func options(_ parameters: ConnectionParameters) throws(PostgreSQLError) -> [String: String] {
        var options = parameters.options
        options["password"] = parameters.password?.reveal()
        if parameters.sslMode == .verifyFull, options["sslrootcert"] == nil {
            options["sslrootcert"] = systemCertificates()
        }
        switch parameters.passwordProtection(canRequireMethods: ConnectionOptions.knows("require_auth")) {
        case .any:
            break
        case .challengeOnly:
            if options["require_auth"] == nil, ConnectionOptions.knows("require_auth") {
                options["require_auth"] = "scram-sha-256,gss,none"
            }
        case .none:
            guard parameters.password == nil else {
                throw PostgreSQLError(
                    .insecure,
                    "a password does not go to another machine unless TLS verifies the server: use sslmode=verify-full "
                        + "(or channel_binding=require with TLS)",
                    server: parameters.server)
            }
            // Nor does one from ~/.pgpass. libpq skips a file that does not exist without a word.
            options["passfile"] = "/nonexistent"
        }
        return options
    }

    /// The authorities to trust when the writer named none: nil leaves libpq its `~/.postgresql/root.crt`. Before libpq 16
    /// (`sslrootcert=system`) libpq does not find the system's bundle itself.
    private static func systemCertificates() -> String? {
        if let home = getenv("HOME"), access(String(cString: home) + "/.postgresql/root.crt", R_OK) == 0 { return nil }
        if getenv("PGSSLROOTCERT") != nil { return nil }
        let bundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"]
        return bundles.first { access($0, R_OK) == 0 }
    }

    /// Lends keywords and values as two C arrays that end with a null pointer.
    private static func withCStrings<T>(
        _ options: [String: String],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<UnsafePointer<CChar>?>?) -> T
    ) -> T {
        let sorted = options.sorted { $0.key < $1.key }
        let keywords = sorted.map { strdup($0.key) }
        let values = sorted.map { strdup($0.value) }
        defer {
            for string in keywords { free(string) }
            for string in values { free(string) }
        }
        let keywordPointers = keywords.map { UnsafePointer($0) } + [nil]
        let valuePointers = values.map { UnsafePointer($0) } + [nil]
        return keywordPointers.withUnsafeBufferPointer { keywords in
            valuePointers.withUnsafeBufferPointer { values in body(keywords.baseAddress, values.baseAddress) }
        }
    }
}

private func monotonicMilliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
}
