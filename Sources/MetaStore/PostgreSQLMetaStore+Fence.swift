internal import Core
internal import PostgreSQL

/// Writes under a lease: the lease's epoch is the fencing token (SPEC §7).
extension PostgreSQLMetaStore {
    /// Runs a transaction under a lease.
    ///
    /// The lease's row stays locked against change until the transaction ends, so that nobody takes the lease over between
    /// the look and the write.
    /// - Throws: `locked` if the lease is no longer ours; then nothing was written.
    func fenced<T: Sendable>(
        _ operation: String, under lease: LeaseTerm, _ body: (Session) async throws(PostgreSQLError) -> T
    ) async throws(Failure) -> T {
        try await commit(operation) { (session) throws(LedgerError) in
            try await self.require(lease, in: session)
            do throws(PostgreSQLError) { return try await body(session) } catch { throw .database(error) }
        }
    }

    private func require(_ lease: LeaseTerm, in session: Session) async throws(LedgerError) {
        let isHeld: Bool
        do throws(PostgreSQLError) { isHeld = try await LeaseFence(schema, lease).isHeld(in: session) } catch {
            throw .database(error)
        }
        guard isHeld else { throw .leaseLost(lease.name) }
    }
}

/// The look at a lease that a transaction begins or ends with.
struct LeaseFence: Sendable {
    let lease: LeaseTerm
    private let sql: String

    init(_ schema: SQLIdentifier, _ lease: LeaseTerm) {
        self.lease = lease
        sql = """
            SELECT 1 FROM \(schema.sql).leases
            WHERE project = $1 AND definition = $2 AND site_profile = $3 AND epoch = $4::bigint AND actor IS NOT NULL
            FOR SHARE
            """
    }

    /// Whether the lease is ours, and stays ours until the transaction of the session ends.
    func isHeld(in session: Session) async throws(PostgreSQLError) -> Bool {
        let name = lease.name
        return try await !session.query(
            sql, [.text(name.project), .text(name.definition), .text(name.site), .int(lease.epoch)]
        ).isEmpty
    }
}
