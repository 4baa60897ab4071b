/// Where a server is and how to log in. Complete: what the writer left out has its default, so that whoever must know
/// where a secret goes can ask before a socket is opened.
package struct ConnectionParameters: Hashable, Sendable, CustomStringConvertible {
    package enum SSLMode: String, Hashable, Sendable, CaseIterable {
        case disable
        case allow
        case prefer
        case require
        case verifyCA = "verify-ca"
        case verifyFull = "verify-full"

        /// Whether the server must show a certificate that a trusted authority signed.
        package var verifiesServer: Bool { self == .verifyCA || self == .verifyFull }
    }

    package static let defaultConnectSeconds = 10

    /// libpq's keywords and their values, without the password.
    package private(set) var options: [String: String]
    package var password: Hidden?
    /// For one host; several hosts have as many times this long.
    package var connectSeconds = ConnectionParameters.defaultConnectSeconds

    /// Reads a connection string: a URI (`postgresql://reader@db.example/sales`) or `key=value` pairs. What it leaves out
    /// libpq's own sources supply (`PGHOST`, `PGUSER`, …, then what libpq was built with); `sslmode` only from the string.
    /// - Throws: ``PostgreSQLError`` of kind `invalidValue`; its message does not quote the string.
    package init(dsn: String) throws(PostgreSQLError) {
        try self.init(explicit: try ConnectionOptions.parse(dsn))
    }

    /// - Parameters:
    ///   - host: A name, an address, or the directory of a unix socket.
    ///   - database: The user's name if nil.
    ///   - sslMode: Nil for `verify-full`, or for libpq's `prefer` if the host is this machine.
    ///   - sslRootCert: A file of certificates in PEM; nil for `~/.postgresql/root.crt`, else the system's.
    package init(
        host: String, port: Int? = nil, database: String? = nil, user: String? = nil, password: Hidden? = nil,
        sslMode: SSLMode? = nil, sslRootCert: String? = nil, applicationName: String? = nil
    ) throws(PostgreSQLError) {
        var explicit = ["host": host]
        explicit["port"] = port.map { "\($0)" }
        explicit["dbname"] = database
        explicit["user"] = user
        explicit["password"] = password?.reveal()
        explicit["sslmode"] = sslMode?.rawValue
        explicit["sslrootcert"] = sslRootCert
        explicit["application_name"] = applicationName
        try self.init(explicit: explicit)
    }

    private init(explicit: [String: String]) throws(PostgreSQLError) {
        var options = explicit.filter { !$0.value.isEmpty }
        if options.contains(where: { $0.key.utf8.contains(0) || $0.value.utf8.contains(0) }) {
            throw PostgreSQLError(.invalidValue, "A connection setting cannot hold the character NUL.")
        }
        // A service file would decide about the host after every check of ours.
        if options["service"] != nil {
            throw PostgreSQLError(
                .invalidValue, "A connection string cannot name a service: write host, port and database.")
        }
        for (key, value) in ConnectionOptions.defaults()
        where options[key] == nil && ["host", "hostaddr", "port", "user", "dbname", "password"].contains(key) {
            if key == "hostaddr", options["host"] != nil { continue }
            options[key] = value
        }
        password = options.removeValue(forKey: "password").map(Hidden.init)
        if let seconds = options.removeValue(forKey: "connect_timeout") {
            guard let seconds = Int(seconds) else {
                throw PostgreSQLError(.invalidValue, "The connection setting connect_timeout is a number of seconds.")
            }
            // 0 and less mean "for ever" to libpq, 1 means 2.
            connectSeconds = seconds <= 0 ? 3600 : Swift.min(Swift.max(2, seconds), 3600)
        }
        self.options = options
        self.options["client_encoding"] = "UTF8"
        try checkPort()
        setDefault("application_name", "syncbridge")
        setDefault("dbname", options["user"])
        // A server whose machine vanished would block the session for ever.
        setDefault("keepalives_idle", "30")
        setDefault("keepalives_interval", "10")
        setDefault("keepalives_count", "3")
        setDefault("tcp_user_timeout", "60000")
        if let written = options["sslmode"], SSLMode(rawValue: written) == nil {
            throw PostgreSQLError(
                .invalidValue,
                "sslmode is one of \(SSLMode.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        setDefault("sslmode", isLocal ? SSLMode.prefer.rawValue : SSLMode.verifyFull.rawValue)
    }

    /// Several hosts have one port or a list of as many. A URI gives a list with holes: `,` for two hosts without ports.
    private mutating func checkPort() throws(PostgreSQLError) {
        guard let written = options["port"] else { return }
        let ports = written.split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "5432" : String($0) }
        guard ports.allSatisfy({ port in UInt16(port).map { $0 > 0 } ?? false }) else {
            throw PostgreSQLError(.invalidValue, "The port of a PostgreSQL server is a number from 1 to 65535.")
        }
        options["port"] = Set(ports).count == 1 ? ports[0] : ports.joined(separator: ",")
    }

    private mutating func setDefault(_ key: String, _ value: String?) {
        if options[key] == nil { options[key] = value }
    }

    /// The same server and login, another database.
    package func with(database: String) -> ConnectionParameters {
        var copy = self
        copy.options["dbname"] = database
        return copy
    }

    package var sslMode: SSLMode { options["sslmode"].flatMap(SSLMode.init) ?? .verifyFull }

    package var server: ServerAddress {
        ServerAddress(
            host: options["host"] ?? options["hostaddr"] ?? "(local socket)", port: options["port"] ?? "5432",
            database: options["dbname"] ?? "", user: options["user"] ?? "")
    }

    /// The hosts that libpq will connect to, in its order; empty for its built-in socket directory.
    package var hosts: [String] {
        (options["hostaddr"] ?? options["host"]).map { $0.split(separator: ",").map(String.init) } ?? []
    }

    /// Whether every host is this machine: a socket or a loopback address.
    package var isLocal: Bool { hosts.allSatisfy(Self.isLocal(host:)) }

    static func isLocal(host: String) -> Bool {
        if host.hasPrefix("/") || host.hasPrefix("@") { return true }
        if host.lowercased() == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// How a password may travel, decided before a socket is opened.
    enum PasswordProtection: Hashable {
        /// Every method: this machine, or a verified server.
        case any
        /// Only methods in which the server never sees the password; libpq is told so (`require_auth`, from libpq 16).
        case challengeOnly
        /// No password may be sent.
        case none
    }

    /// - Parameter canRequireMethods: Whether the libpq in use knows `require_auth`. Without it nothing stops a server
    ///   that asks for the password in clear, so an unverified one gets none; except with `channel_binding=require`
    ///   (libpq 13), under which libpq takes part in nothing but SCRAM bound to the TLS channel.
    func passwordProtection(canRequireMethods: Bool) -> PasswordProtection {
        if isLocal || sslMode.verifiesServer { return .any }
        if options["channel_binding"] == "require" { return .challengeOnly }
        return canRequireMethods ? .challengeOnly : .none
    }

    /// Host, port, database and user; never the password.
    package var description: String { "\(server)" }
}
