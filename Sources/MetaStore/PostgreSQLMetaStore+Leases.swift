package import Core
internal import PostgreSQL

/// Leases are rows with an epoch. Beside them their holder keeps a session advisory lock, so that a holder that died is
/// known at once; one that hangs is known by its heartbeat (SPEC §6). All moments are the database's.
extension PostgreSQLMetaStore {
    package func acquireLease(
        _ name: LeaseName, actor: String, run: String, seconds: Double
    ) async throws(Failure) -> LeaseOutcome {
        try await runWithLeases("taking the lease of definition \"\(name.definition)\"") {
            (session) throws(PostgreSQLError) in
            // Without waiting for the row, which its holder keeps while it records what it did.
            if let row = try await leaseRow(name, session), let holder = try await liveHolder(row, name, session) {
                return .held(holder)
            }
            return try await session.transaction { () async throws(PostgreSQLError) in
                try await take(name, actor: actor, run: run, seconds: seconds, session)
            }
        }
    }

    private func leaseRow(
        _ name: LeaseName, _ session: Session, locking clause: String = ""
    ) async throws(PostgreSQLError) -> ResultRows.Row? {
        try await session.query(
            """
            SELECT \(Self.leaseColumns) FROM \(table("leases"))
            WHERE project = $1 AND definition = $2 AND site_profile = $3 \(clause)
            """, [.text(name.project), .text(name.definition), .text(name.site)]
        ).first
    }

    /// The holder whose heartbeat is not too old and whose session goes on.
    private func liveHolder(
        _ row: ResultRows.Row, _ name: LeaseName, _ session: Session
    ) async throws(PostgreSQLError) -> LeaseHolder? {
        guard row.text(4) != nil, row.bool(8) != true, let epoch = row.text(3).flatMap({ Int64($0) }) else {
            return nil
        }
        // Whoever gets the lock of the row's epoch has proved that its holder's session has ended.
        guard try await lock(name, epoch, session) else { return Self.holder(row) }
        try await unlock(name, epoch, session)
        return nil
    }

    private func take(
        _ name: LeaseName, actor: String, run: String, seconds: Double, _ session: Session
    ) async throws(PostgreSQLError) -> LeaseOutcome {
        let key: [Parameter] = [.text(name.project), .text(name.definition), .text(name.site)]
        _ = try await session.execute(
            """
            INSERT INTO \(table("leases")) (project, definition, site_profile, epoch)
            SELECT $1, $2, $3, incarnation::bigint << 32 FROM \(table("meta_store"))
            ON CONFLICT (project, definition, site_profile) DO NOTHING
            """, key)
        guard let row = try await leaseRow(name, session, locking: "FOR UPDATE"),
            let epoch = row.text(3).flatMap({ Int64($0) })
        else { throw PostgreSQLError(.other, "the lease cannot be read", server: session.server) }
        if let holder = try await liveHolder(row, name, session) { return .held(holder) }
        guard try await lock(name, epoch + 1, session) else { return .held(Self.holder(row)) }
        _ = try await session.execute(
            """
            UPDATE \(table("leases")) SET epoch = $4::bigint, actor = $5, run_id = $6, seconds = $7::double precision,
                acquired_at = pg_catalog.clock_timestamp(), heartbeat_at = pg_catalog.clock_timestamp()
            WHERE project = $1 AND definition = $2 AND site_profile = $3
            """, key + [.int(epoch + 1), .text(actor), .text(run), .text("\(seconds)")])
        return .acquired(LeaseTerm(name: name, epoch: epoch + 1))
    }

    private static var leaseColumns: String {
        """
        project, definition, site_profile, epoch, actor, run_id, extract(epoch FROM acquired_at)::bigint,
        extract(epoch FROM heartbeat_at)::bigint,
        heartbeat_at < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => seconds)
        """
    }

    private static func holder(_ row: ResultRows.Row) -> LeaseHolder {
        LeaseHolder(
            name: LeaseName(
                project: row.text(0) ?? "", definition: row.text(1) ?? "", site: row.text(2) ?? ""),
            epoch: row.text(3).flatMap { Int64($0) } ?? 0, actor: row.text(4) ?? "", run: row.text(5) ?? "",
            acquiredAt: Instant(seconds: row.text(6).flatMap { Int64($0) } ?? 0),
            heartbeatAt: Instant(seconds: row.text(7).flatMap { Int64($0) } ?? 0), isExpired: row.bool(8) ?? false)
    }

    /// The schema is part of the lock's name: advisory locks are of the whole database.
    private func lockParameter(_ name: LeaseName, _ epoch: Int64) -> Parameter {
        .text("syncbridge lease \(schema.name) \(name.project)/\(name.definition)/\(name.site) \(epoch)")
    }

    private func lock(
        _ name: LeaseName, _ epoch: Int64, _ session: Session
    ) async throws(PostgreSQLError) -> Bool {
        let rows = try await session.query(
            "SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended($1, 0))", [lockParameter(name, epoch)])
        return rows.first?.bool(0) ?? false
    }

    private func unlock(
        _ name: LeaseName, _ epoch: Int64, _ session: Session
    ) async throws(PostgreSQLError) {
        _ = try await session.query(
            "SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended($1, 0))", [lockParameter(name, epoch)])
    }

    package func renew(_ terms: [LeaseTerm]) async throws(Failure) -> [LeaseTerm] {
        let isFresh = leases == nil
        return try await runWithLeases("confirming the leases") { (session) throws(PostgreSQLError) in
            let rows = try await session.query(
                """
                UPDATE \(table("leases")) l SET heartbeat_at = pg_catalog.clock_timestamp()
                FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS n (project, definition, site, epoch)
                WHERE l.project = n.project AND l.definition = n.definition AND l.site_profile = n.site
                    AND l.epoch = n.epoch AND l.actor IS NOT NULL
                RETURNING l.project, l.definition, l.site_profile, l.epoch
                """, Self.parameters(terms))
            let kept = rows.map { row in
                LeaseTerm(
                    name: LeaseName(
                        project: row.text(0) ?? "", definition: row.text(1) ?? "", site: row.text(2) ?? ""),
                    epoch: row.text(3).flatMap { Int64($0) } ?? 0)
            }
            // The locks went with the session that broke; the epochs are still ours, so nobody else has theirs.
            if isFresh {
                for term in kept { _ = try await lock(term.name, term.epoch, session) }
            }
            return kept
        }
    }

    private static func parameters(_ terms: [LeaseTerm]) -> [Parameter] {
        [
            .textArray(terms.map(\.name.project)), .textArray(terms.map(\.name.definition)),
            .textArray(terms.map(\.name.site)), .int64Array(terms.map(\.epoch)),
        ]
    }

    package func release(_ terms: [LeaseTerm]) async throws(Failure) {
        _ = try await runWithLeases("giving the leases back") { (session) throws(PostgreSQLError) in
            _ = try await session.execute(
                """
                UPDATE \(table("leases")) l SET actor = NULL, run_id = NULL
                FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS n (project, definition, site, epoch)
                WHERE l.project = n.project AND l.definition = n.definition AND l.site_profile = n.site
                    AND l.epoch = n.epoch
                """, Self.parameters(terms))
            for term in terms { try await unlock(term.name, term.epoch, session) }
        }
    }

    package func breakLease(_ name: LeaseName) async throws(Failure) -> Bool {
        try await runWithLeases("breaking the lease of definition \"\(name.definition)\"") {
            (session) throws(PostgreSQLError) in
            try await session.execute(
                """
                UPDATE \(table("leases")) SET epoch = epoch + 1, actor = NULL, run_id = NULL
                WHERE project = $1 AND definition = $2 AND site_profile = $3 AND actor IS NOT NULL
                """, [.text(name.project), .text(name.definition), .text(name.site)]) > 0
        }
    }

    package func leases(of project: String) async throws(Failure) -> [LeaseHolder] {
        try await run("reading the leases") { (session) throws(PostgreSQLError) in
            try await session.query(
                """
                SELECT \(Self.leaseColumns) FROM \(table("leases")) WHERE project = $1 AND actor IS NOT NULL
                ORDER BY definition COLLATE "C", site_profile COLLATE "C"
                """, [.text(project)]
            ).map(Self.holder)
        }
    }

    // MARK: Holds

    package func hold(_ hold: Hold) async throws(Failure) {
        _ = try await run("recording a hold") { (session) throws(PostgreSQLError) in
            try await session.execute(
                """
                INSERT INTO \(table("holds")) (project, definition, reason, actor, since)
                VALUES ($1, $2, $3, $4, $5::timestamptz)
                ON CONFLICT (project, definition) DO UPDATE
                    SET reason = excluded.reason, actor = excluded.actor, since = excluded.since
                """,
                [
                    .text(hold.project), .text(hold.definition ?? ""), .text(hold.reason), .text(hold.actor),
                    .text(hold.since.isoText),
                ])
        }
    }

    package func releaseHold(project: String, definition: String?) async throws(Failure) -> Bool {
        try await run("releasing a hold") { (session) throws(PostgreSQLError) in
            try await session.execute(
                "DELETE FROM \(table("holds")) WHERE project = $1 AND definition = $2",
                [.text(project), .text(definition ?? "")]) > 0
        }
    }

    package func holds(of project: String) async throws(Failure) -> [Hold] {
        try await run("reading the holds") { (session) throws(PostgreSQLError) in
            try await session.query(
                """
                SELECT definition, reason, actor, extract(epoch FROM since)::bigint FROM \(table("holds"))
                WHERE project = $1 ORDER BY definition COLLATE "C"
                """, [.text(project)]
            ).map { row in
                Hold(
                    project: project, definition: row.text(0).flatMap { $0.isEmpty ? nil : $0 },
                    reason: row.text(1) ?? "", actor: row.text(2) ?? "",
                    since: Instant(seconds: row.text(3).flatMap { Int64($0) } ?? 0))
            }
        }
    }
}
