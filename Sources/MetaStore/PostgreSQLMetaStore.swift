package import Core
package import PostgreSQL

/// The meta-store in one schema of a PostgreSQL database.
package actor PostgreSQLMetaStore: MetaStore {
    let parameters: ConnectionParameters
    let schema: SQLIdentifier
    private var main: Session?
    /// What is read while something else is committed: two tasks on one session would meet in one transaction.
    private var reading: Session?
    /// Keeps the advisory locks of leases: they end with it.
    var leases: Session?

    /// After how long the server ends a transaction of ours in which nothing happens.
    private let idleMilliseconds: Int
    private let probe: (any EffectProbe)?

    /// Nothing is opened until the first call.
    /// - Parameter idleSeconds: A process that is stopped in the middle of a commit holds its row locks no longer than
    ///   this, so that whoever takes its lease over does not wait for it. Well below the lease's time.
    package init(
        _ parameters: ConnectionParameters, schema: String, idleSeconds: Double = 20, probe: (any EffectProbe)? = nil
    ) throws(Failure) {
        self.parameters = parameters
        self.probe = probe
        self.idleMilliseconds = max(100, Int(idleSeconds * 1000))
        do throws(PostgreSQLError) { self.schema = try SQLIdentifier(schema) } catch {
            throw Failure(error, while: "opening the meta-store")
        }
    }

    /// A table of ours, qualified.
    func table(_ name: StaticString) -> String { "\(schema.sql).\(SQLIdentifier(literal: name).sql)" }

    func connect() async throws(Failure) -> Session {
        do throws(PostgreSQLError) {
            let session = try await Session.connect(parameters)
            try await session.script("SET idle_in_transaction_session_timeout = \(idleMilliseconds)")
            return session
        } catch {
            throw Failure(error, while: "opening the meta-store")
        }
    }

    func session() async throws(Failure) -> Session {
        if let main { return main }
        let opened = try await connect()
        main = opened
        return opened
    }

    /// Runs statements, and says in any error what they were for.
    func run<T>(
        _ operation: String, _ body: (Session) async throws(PostgreSQLError) -> T
    ) async throws(Failure) -> T {
        let session = try await session()
        probe?.willBegin(operation)
        defer { probe?.didEnd(operation) }
        do throws(PostgreSQLError) { return try await body(session) } catch {
            if error.kind == .connectionLost {
                await session.close()
                main = nil
            }
            throw Failure(error, while: operation)
        }
    }

    package func close() async {
        await main?.close()
        await reading?.close()
        await leases?.close()
        main = nil
        reading = nil
        leases = nil
    }

    /// Reads beside other work.
    func read<T>(
        _ operation: String, _ body: (Session) async throws(PostgreSQLError) -> T
    ) async throws(Failure) -> T {
        let session: Session
        if let reading { session = reading } else { session = try await connect() }
        reading = session
        probe?.willBegin(operation)
        defer { probe?.didEnd(operation) }
        do throws(PostgreSQLError) { return try await body(session) } catch {
            if error.kind == .connectionLost {
                await session.close()
                reading = nil
            }
            throw Failure(error, while: operation)
        }
    }

    /// Runs statements on the session that keeps the locks of leases; heartbeats do not wait behind other work.
    func runWithLeases<T>(
        _ operation: String, _ body: (Session) async throws(PostgreSQLError) -> T
    ) async throws(Failure) -> T {
        let session: Session
        if let leases { session = leases } else { session = try await connect() }
        leases = session
        probe?.willBegin(operation)
        defer { probe?.didEnd(operation) }
        do throws(PostgreSQLError) { return try await body(session) } catch {
            if error.kind == .connectionLost {
                await session.close()
                leases = nil
            }
            throw Failure(error, while: operation)
        }
    }

    /// Runs a transaction whose end may be that nothing may be written.
    func commit<T: Sendable>(
        _ operation: String, _ body: (Session) async throws(LedgerError) -> T
    ) async throws(Failure) -> T {
        try await run(operation) { (session) throws(LedgerError) in
            try await session.transaction { () async throws(LedgerError) in try await body(session) }
        }
    }

    /// The same for one statement, which is a transaction by itself.
    func run<T: Sendable>(
        _ operation: String, _ body: (Session) async throws(LedgerError) -> T
    ) async throws(Failure) -> T {
        let session = try await session()
        probe?.willBegin(operation)
        defer { probe?.didEnd(operation) }
        do throws(LedgerError) { return try await body(session) } catch {
            if case .database(let cause) = error, cause.kind == .connectionLost {
                await session.close()
                main = nil
            }
            throw error.failure(while: operation)
        }
    }
}
