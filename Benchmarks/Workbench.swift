internal import Core
internal import PostgreSQL

/// What benchmarks share: a server, the built programs, and how large everything is to be.
struct Workbench: Sendable {
    /// How large everything is to be.
    struct Size: Sendable {
        /// Rows of the table; `nil`: what each benchmark takes by itself.
        var rows: Int?
        var rounds = 5
        /// Of the tenant's licences, 1 to 5.
        var licenceClass = 5
        /// Rows that are changed where changes are measured.
        var changes = 10_000
    }

    let size: Size
    /// The folder of the built programs.
    let products: String
    let psql: String
    private let server: String

    init(_ size: Size) throws {
        self.size = size
        products = try Surroundings.required("SYNCBRIDGE_BENCH_PRODUCTS")
        psql = try Surroundings.required("SYNCBRIDGE_BENCH_PSQL")
        server = try Surroundings.required("SYNCBRIDGE_BENCH_PG")
    }

    /// Rows of the table that plans read.
    var rows: Int { size.rows ?? 1_000_000 }
    var rounds: Int { size.rounds }

    var program: String { "\(products)/syncbridge" }
    var itself: String { "\(products)/syncbridge-bench" }

    /// The folder of the clients that others would write.
    var peers: String { get throws { try Surroundings.required("SYNCBRIDGE_BENCH_PEERS") } }

    func dsn(_ database: String) -> String { Self.dsn(server, database) }

    /// A database of the second server, which waits until a commit is on disk.
    func durableDSN(_ database: String) throws -> String {
        Self.dsn(try Surroundings.required("SYNCBRIDGE_BENCH_DURABLE_PG"), database)
    }

    private static func dsn(_ server: String, _ database: String) -> String {
        let parts = server.split(separator: "?", maxSplits: 1)
        return "\(parts[0])\(database)?\(parts.count > 1 ? parts[1] : "")"
    }

    func serverVersion() async throws -> String {
        try await session("postgres") { session in
            try await session.query("SELECT pg_catalog.current_setting('server_version')").first?.text(0) ?? "?"
        }
    }

    func createDatabase(_ name: String, like template: String? = nil) async throws {
        let copy = try template.map { " TEMPLATE \(try SQLIdentifier($0).sql)" } ?? ""
        try await session("postgres") { session in
            try await session.execute("DROP DATABASE IF EXISTS \(try SQLIdentifier(name).sql) WITH (FORCE)")
            try await session.execute("CREATE DATABASE \(try SQLIdentifier(name).sql)\(copy)")
        }
    }

    func script(_ database: String, _ sql: String) async throws {
        try await session(database) { try await $0.script(sql) }
    }

    /// VACUUM may not stand in a script.
    func execute(_ database: String, _ sql: String) async throws {
        _ = try await session(database) { try await $0.execute(sql) }
    }

    /// The one number that a statement gives.
    func count(_ database: String, _ sql: String) async throws -> Int {
        try await session(database) { try await $0.query(sql).first?.int(0) ?? 0 }
    }

    private func session<T: Sendable>(
        _ database: String, _ body: (Session) async throws -> T
    ) async throws -> T {
        let session = try await Session.connect(ConnectionParameters(dsn: dsn(database)), settings: SessionSettings([]))
        let outcome: Result<T, any Error>
        do { outcome = .success(try await body(session)) } catch { outcome = .failure(error) }
        await session.close()
        return try outcome.get()
    }

    /// Starts a simulated tenant; it ends with this process.
    /// - Returns: Its origin.
    func startSimulator(_ options: [String] = []) throws -> String { try SimulatedTenant.start(self, options).origin }
}
