internal import CPostgres

/// One PostgreSQL session. libpq blocks its caller, so the actor has a thread of its own and never holds the shared pool;
/// a call across costs some microseconds, so cross it once for many rows.
///
/// A session is for one piece of work at a time: statements of two tasks would meet in one transaction. The end of the
/// calling task stops the statement on the server (not a COMMIT or ROLLBACK), and the call throws `cancelled`.
package actor Session {
    /// Where it is, for messages.
    package nonisolated let server: ServerAddress
    private nonisolated let executor: BlockingExecutor
    private nonisolated let canceller = Canceller()
    private var connection: Connection?
    var copy = CopyState.none
    /// Names of prepared statements by their text.
    private var statements: [String: String] = [:]

    enum CopyState: Hashable {
        case none
        case out
        /// The last row has been handed out; the next chunk is nil.
        case outFinished
        case `in`
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private init(server: ServerAddress) throws(PostgreSQLError) {
        self.server = server
        executor = try BlockingExecutor()
    }

    /// Connects, logs in and sets ``SessionSettings``.
    /// - Throws: ``PostgreSQLError``: `unreachable` or `resources` (try again later), `insecure`, `authentication`,
    ///   `missingObject` (the database), `permission`, `cancelled`.
    package static func connect(
        _ parameters: ConnectionParameters, settings: SessionSettings = .pinned
    ) async throws(PostgreSQLError) -> Session {
        let session = try Session(server: parameters.server)
        try await session.open(parameters, settings)
        return session
    }

    private func open(_ parameters: ConnectionParameters, _ settings: SessionSettings) async throws(PostgreSQLError) {
        // Connecting watches for the end of the task itself: there is no statement yet that a server could stop.
        let connection = try Connection(parameters) { Task.isCancelled }
        canceller.connected(CancelKey(connection: connection.pointer))
        self.connection = consume connection
        guard !settings.values.isEmpty else { return }
        let calls = settings.values.indices.map { "pg_catalog.set_config($\(2 * $0 + 1), $\(2 * $0 + 2), false)" }
        do {
            _ = try await query(
                "SELECT " + calls.joined(separator: ", "),
                settings.values.flatMap { [.text($0.name), .text($0.value)] })
        } catch {
            close()
            throw error
        }
    }

    /// Ends the session; the server rolls back what is open. Every later call throws `connectionLost`.
    package func close() {
        canceller.disconnected()
        connection = nil
        copy = .none
    }

    /// Whether the connection is there and sound, as far as is known without asking the server.
    package var isUsable: Bool { (try? pointer()).map { PQstatus($0) == CONNECTION_OK } ?? false }

    /// 150018 for 15.18; 0 if closed.
    package var serverVersion: Int { (try? pointer()).map { Int(PQserverVersion($0)) } ?? 0 }

    /// The server's process that serves the session; 0 if closed.
    package var processID: Int { (try? pointer()).map { Int(PQbackendPID($0)) } ?? 0 }

    /// What the server said beside its answers (NOTICE, WARNING) since the last call; at most the newest 100.
    package func takeNotices() -> [Notice] { connection?.takeNotices() ?? [] }

    // MARK: Statements

    /// Runs one statement and returns all its rows.
    /// - Parameter sql: One statement, built from constant text, ``SQLIdentifier`` and `$1…$n`; the values travel beside it.
    @discardableResult
    package func query(_ sql: String, _ values: [Parameter] = []) async throws(PostgreSQLError) -> ResultRows {
        let parameters = try EncodedParameters(values)
        return try await run(sql) { connection in
            parameters.withPointers { count, values, lengths, formats in
                PQexecParams(connection, sql, count, nil, values, lengths, formats, 0)
            }
        } read: { result in
            result.rows()
        }
    }

    /// Runs one statement that comes again and again: the server parses it once.
    /// - Parameter sql: As for ``query(_:_:)``; the session keeps each text that it gets here.
    @discardableResult
    package func queryAgain(_ sql: String, _ values: [Parameter]) async throws(PostgreSQLError) -> ResultRows {
        let parameters = try EncodedParameters(values)
        let name = try await prepared(sql)
        return try await run(sql) { connection in
            parameters.withPointers { count, values, lengths, formats in
                PQexecPrepared(connection, name, count, values, lengths, formats, 0)
            }
        } read: { result in
            result.rows()
        }
    }

    private func prepared(_ sql: String) async throws(PostgreSQLError) -> String {
        if let known = statements[sql] { return known }
        let name = "syncbridge_\(statements.count + 1)"
        try await run(sql) {
            PQprepare($0, name, sql, 0, nil)
        } read: { _ in
        }
        statements[sql] = name
        return name
    }

    /// Runs one statement.
    /// - Returns: The number of rows that it inserted, updated, deleted or returned; 0 if it counts none.
    @discardableResult
    package func execute(_ sql: String, _ values: [Parameter] = []) async throws(PostgreSQLError) -> Int {
        try await query(sql, values).affected
    }

    /// Runs several statements, separated by `;`: a migration. Without BEGIN in it they are one transaction, or part of
    /// the one that is open.
    package func script(_ sql: String) async throws(PostgreSQLError) {
        try await run(sql) {
            PQexec($0, sql)
        } read: { _ in
        }
    }

    /// What one statement would take and give. The server parses and checks it and does not run it.
    package func describe(_ sql: String) async throws(PostgreSQLError) -> StatementDescription {
        try await run(sql) {
            PQprepare($0, "", sql, 0, nil)
        } read: { _ in
        }
        return try await run(sql) {
            PQdescribePrepared($0, "")
        } read: { result in
            StatementDescription(columns: result.columns, parameterTypes: result.parameterTypes)
        }
    }

    // MARK: The one way to libpq

    func pointer() throws(PostgreSQLError) -> OpaquePointer {
        guard let pointer = connection?.pointer else {
            throw PostgreSQLError(.connectionLost, "the session is closed", server: server)
        }
        return pointer
    }

    /// Sends a statement and reads its answer.
    /// - Parameter isCancellable: False for what must happen although the task has ended.
    @discardableResult
    func run<T: Sendable>(
        _ sql: String = "", isCancellable: Bool = true, _ send: (OpaquePointer) -> OpaquePointer?,
        read: (borrowing QueryResult) -> T
    ) async throws(PostgreSQLError) -> T {
        guard copy == .none else {
            throw PostgreSQLError(.other, "a COPY is under way in this session", server: server)
        }
        guard !sql.utf8.contains(0) else {
            throw PostgreSQLError(.invalidValue, "A statement cannot hold the character NUL.", server: server)
        }
        return try await blocking(isCancellable: isCancellable) { [server] connection in
            guard let result = QueryResult(send(connection)) else {
                return .failure(Self.failure(of: connection, server))
            }
            if var error = result.error(server: server) {
                // A connection that broke leaves open whether the server acted, whatever was said last.
                if PQstatus(connection) == CONNECTION_BAD { error.kind = .connectionLost }
                return .failure(error)
            }
            return .success(read(result))
        }
    }

    /// Runs a blocking call of libpq, which the end of the task stops on the server.
    func blocking<T: Sendable>(
        isCancellable: Bool = true, _ call: (OpaquePointer) -> Result<T, PostgreSQLError>
    ) async throws(PostgreSQLError) -> T {
        let connection = try pointer()
        guard isCancellable else { return try call(connection).get() }
        if Task.isCancelled { throw PostgreSQLError(.cancelled, "the task ended before the statement", server: server) }
        let ticket = canceller.begin()
        defer { canceller.end() }
        return try await withTaskCancellationHandler {
            // A closure without `self` would run in the shared pool, and block it.
            self.perform(call, connection)
        } onCancel: { [canceller] in
            canceller.cancel(ticket)
        }.get()
    }

    /// Isolated, so that the compiler refuses a caller that has left the session's thread.
    private func perform<T>(_ call: (OpaquePointer) -> T, _ connection: OpaquePointer) -> T {
        call(connection)
    }

    /// For calls that give no result: libpq's own words.
    static func failure(of connection: OpaquePointer, _ server: ServerAddress) -> PostgreSQLError {
        let text = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
        let isBroken = PQstatus(connection) == CONNECTION_BAD
        return PostgreSQLError(isBroken ? .connectionLost : .other, PostgreSQLError.firstLine(text), server: server)
    }
}
