internal import Core
internal import PostgreSQL

/// Watches statements that may have to wait for a lock of another session. A second connection asks, because the first
/// one is blocked; it is opened only for a statement that takes long.
struct LockWatch: Sendable {
    /// Seconds before the first look and between looks.
    private static let secondsBetweenLooks = 0.5

    let parameters: ConnectionParameters
    let wait: LockWait

    /// Runs `work`, which alone uses `session` meanwhile.
    /// - Throws: What `work` throws, or why its lock was waited for no longer.
    func run<T: Sendable>(
        _ session: Session, _ work: @escaping @Sendable () async throws(Failure) -> T
    ) async throws(Failure) -> T {
        let process = await session.processID
        let task = Task { () -> Result<T, Failure> in
            do throws(Failure) { return .success(try await work()) } catch { return .failure(error) }
        }
        let watcher = Task { await watch(process) { task.cancel() } }
        let result = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        watcher.cancel()
        let verdict = await watcher.value
        // Work that ended well all the same has what it wanted.
        if case .failure(let error) = result, let verdict { throw error.ended(by: verdict) }
        return try result.get()
    }

    private func watch(_ process: Int, _ end: @Sendable () -> Void) async -> LockWaitMachine.Verdict? {
        var machine = LockWaitMachine(secondsMax: wait.secondsMax)
        var session: Session?
        var verdict: LockWaitMachine.Verdict?
        while verdict == nil {
            await wait.pause(Self.secondsBetweenLooks)
            if Task.isCancelled { break }
            if session == nil { session = try? await Session.connect(parameters, settings: Self.settings) }
            guard let asking = session else { continue }
            let holder: LockHolder?
            do { holder = try await Self.holder(blocking: process, asking) } catch {
                await asking.close()
                session = nil
                continue
            }
            let (isNews, found) = machine.look(holder, at: wait.elapsed(), stop: wait.stop())
            if isNews, let holder { wait.say(holder) }
            verdict = found
        }
        await session?.close()
        if verdict != nil { end() }
        return verdict
    }

    /// The question itself must not wait for ever: somebody may have locked the catalog.
    private static let settings = SessionSettings.source(statementTimeoutMilliseconds: 5000)

    private static func holder(blocking process: Int, _ session: Session) async throws(PostgreSQLError) -> LockHolder? {
        let row = try await session.query(
            """
            SELECT n.nspname, c.relname, b.pid,
                pg_catalog.to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SS') || 'Z'
            FROM pg_catalog.pg_locks AS l
            JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            CROSS JOIN pg_catalog.unnest(pg_catalog.pg_blocking_pids(l.pid)) AS b (pid)
            LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = b.pid
            WHERE l.pid = $1::pg_catalog.int4 AND NOT l.granted AND l.locktype = 'relation'
                AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d
                    WHERE d.datname = pg_catalog.current_database())
            ORDER BY b.pid LIMIT 1
            """, [.int(process)]
        ).first
        guard let row, let schema = row.text(0), let name = row.text(1), let pid = row.int(2) else { return nil }
        return LockHolder(relation: "\(schema).\(name)", process: pid, since: row.text(3))
    }
}
