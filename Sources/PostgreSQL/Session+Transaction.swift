internal import CPostgres

package enum TransactionMode: Hashable, Sendable {
    /// READ COMMITTED, READ WRITE.
    case readWrite
    /// REPEATABLE READ, READ ONLY: one snapshot for all statements. Ended with ROLLBACK, for there is nothing to keep.
    case snapshot
    /// SERIALIZABLE, READ WRITE; may end with `serialization`.
    case serializable

    fileprivate var begin: String {
        switch self {
        case .readWrite: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
        case .snapshot: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE"
        }
    }
}

extension Session {
    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
    ///
    /// `body` runs where the caller is and uses this session. What it throws is thrown, whatever becomes of the rollback;
    /// a session that could not roll back is closed. A `connectionLost` from the COMMIT means that nobody knows whether
    /// it took place: look.
    package nonisolated(nonsending) func transaction<T, Failure: PostgreSQLErrorConvertible>(
        _ mode: TransactionMode = .readWrite, _ body: nonisolated(nonsending) () async throws(Failure) -> T
    ) async throws(Failure) -> T {
        do { try await begin(mode) } catch { throw Failure(error) }
        let value: T
        do {
            value = try await body()
        } catch {
            await rollback()
            throw error
        }
        guard mode != .snapshot else {
            await rollback()
            return value
        }
        do {
            try await commit()
        } catch {
            await rollback()
            throw Failure(error)
        }
        return value
    }

    /// Opens a transaction; for work that does not fit one function. Prefer ``transaction(_:_:)``.
    /// - Throws: Also `other` if one is open.
    package func begin(_ mode: TransactionMode = .readWrite) async throws(PostgreSQLError) {
        guard PQtransactionStatus(try pointer()) == PQTRANS_IDLE else {
            throw PostgreSQLError(.other, "a transaction is already open in this session", server: server)
        }
        try await run {
            PQexec($0, mode.begin)
        } read: { _ in
        }
    }

    /// - Throws: Also `other` if the server rolled back instead, because a statement had failed.
    package func commit() async throws(PostgreSQLError) {
        let tag = try await run(isCancellable: false) {
            PQexec($0, "COMMIT")
        } read: {
            $0.commandTag
        }
        guard tag == "COMMIT" else {
            throw PostgreSQLError(.other, "the transaction had failed before, so nothing was committed", server: server)
        }
    }

    /// Rolls back what is open, a COPY included; nothing if nothing is. Never fails: a session that cannot roll back is
    /// closed, and the server does it.
    package func rollback() async {
        guard let connection = try? pointer() else { return }
        abandonCopy()
        guard PQtransactionStatus(connection) != PQTRANS_IDLE else { return }
        do {
            try await run(isCancellable: false) {
                PQexec($0, "ROLLBACK")
            } read: { _ in
            }
        } catch {
            close()
        }
    }
}
