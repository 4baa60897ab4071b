internal import Core
internal import PostgreSQL

/// What benchmarks share: a server, the built programs, and how large everything is to be.
struct Workbench: Sendable {
    let rows: Int
    let rounds: Int
    /// The folder of the built programs.
    let products: String
    let psql: String
    private let server: String

    init(rows: Int, rounds: Int) throws {
        self.rows = rows
        self.rounds = rounds
        products = try Surroundings.required("SYNCBRIDGE_BENCH_PRODUCTS")
        psql = try Surroundings.required("SYNCBRIDGE_BENCH_PSQL")
        server = try Surroundings.required("SYNCBRIDGE_BENCH_PG")
    }

    var program: String { "\(products)/syncbridge" }
    var itself: String { "\(products)/syncbridge-bench" }

    func dsn(_ database: String) -> String {
        let parts = server.split(separator: "?", maxSplits: 1)
        return "\(parts[0])\(database)?\(parts.count > 1 ? parts[1] : "")"
    }

    func serverVersion() async throws -> String {
        try await session("postgres") { session in
            try await session.query("SELECT pg_catalog.current_setting('server_version')").first?.text(0) ?? "?"
        }
    }

    func createDatabase(_ name: String) async throws {
        try await session("postgres") { session in
            try await session.execute("DROP DATABASE IF EXISTS \(try SQLIdentifier(name).sql) WITH (FORCE)")
            try await session.execute("CREATE DATABASE \(try SQLIdentifier(name).sql)")
        }
    }

    func script(_ database: String, _ sql: String) async throws {
        try await session(database) { try await $0.script(sql) }
    }

    /// VACUUM may not stand in a script.
    func execute(_ database: String, _ sql: String) async throws {
        _ = try await session(database) { try await $0.execute(sql) }
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
    func startSimulator(_ options: [String] = []) throws -> String {
        let line = try ChildProcess.serve(
            ["\(products)/graph-simulator", "--exit-with-stdin", "--time-zone", "Europe/Berlin"] + options)
        guard let start = line.range(of: "http://"), let end = line.range(of: "/v1.0") else {
            throw BenchmarkError("the simulator says \"\(line)\"")
        }
        return String(line[start.lowerBound..<end.lowerBound])
    }
}

extension String {
    /// Where `part` is first, code unit by code unit.
    fileprivate func range(of part: String) -> Range<Index>? {
        var at = utf8.startIndex
        while at < utf8.endIndex {
            let rest = self[at...]
            if rest.utf8.starts(with: part.utf8) {
                return at..<utf8.index(at, offsetBy: part.utf8.count)
            }
            at = utf8.index(after: at)
        }
        return nil
    }
}
