internal import Core
internal import PostgreSQL

/// Asks a server which of its transactions a reading sees.
enum SnapshotReader {
    /// How far the server's log is. Some hosted servers do not say, and an error would end a transaction: asked before one.
    static func position(_ session: Session) async -> String? {
        let rows = try? await session.query(
            """
            SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                ELSE pg_catalog.pg_current_wal_lsn() END
            """)
        return rows?.first?.text(0)
    }

    /// - Parameter session: In a transaction of one snapshot.
    static func snapshot(_ session: Session, position: String?) async throws(PostgreSQLError) -> SourceSnapshot? {
        let row = try await session.query(
            "SELECT pg_catalog.txid_current_snapshot(), pg_catalog.pg_is_in_recovery()"
        ).first
        return row?.text(0).flatMap {
            SourceSnapshot($0, isStandby: row?.bool(1) ?? false, position: position)
        }
    }
}
