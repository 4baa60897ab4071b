package import Core
package import PostgreSQL

/// A PostgreSQL database as a source of rows. Only SELECT is needed, and no object is created.
package actor PostgreSQLRowSource: RowSource {
    private let parameters: ConnectionParameters
    /// The name of the profile, for messages.
    private let profile: String
    private let watch: LockWatch?
    private var main: Session?
    /// Of the reading that saw most.
    private var newest: SourceSnapshot?

    /// Nothing is opened until the first call.
    /// - Parameter lockWait: How long locks of other sessions are waited for; `nil` for ever, without a word.
    package init(_ parameters: ConnectionParameters, profile: String, lockWait: LockWait? = nil) {
        self.parameters = parameters
        self.profile = profile
        watch = lockWait.map { LockWatch(parameters: parameters, wait: $0) }
    }

    private func watched<T: Sendable>(
        _ session: Session, _ work: @escaping @Sendable () async throws(Failure) -> T
    ) async throws(Failure) -> T {
        guard let watch else { return try await work() }
        return try await watch.run(session, work)
    }

    private func connect() async throws(Failure) -> Session {
        do throws(PostgreSQLError) { return try await Session.connect(parameters, settings: .source()) } catch {
            throw Failure(
                error, while: "connecting to the source \"\(profile)\"", address: .profile(profile))
        }
    }

    private func session() async throws(Failure) -> Session {
        if let main, await main.isUsable { return main }
        let opened = try await connect()
        main = opened
        return opened
    }

    package func close() async {
        await main?.close()
        main = nil
    }

    package func identity() async throws(Failure) -> SourceIdentity { try await SourceCatalog(session()).identity() }

    package func relation(_ table: TableName, at place: SourceRange?) async throws(Failure) -> SourceRelation {
        let session = try await session()
        return try await watched(session) { () async throws(Failure) in
            try await SourceCatalog(session).relation(table, at: place)
        }
    }

    package func type(
        of expression: String, in relation: SourceRelation, at place: SourceRange?
    ) async throws(Failure) -> SourceType {
        let session = try await session()
        return try await watched(session) { () async throws(Failure) in
            try await SourceCatalog(session).type(of: expression, in: relation, at: place)
        }
    }

    package func check(predicate: Located<String>, in relation: SourceRelation) async throws(Failure) {
        let session = try await session()
        try await watched(session) { () async throws(Failure) in
            try await SourceCatalog(session).check(predicate: predicate, in: relation)
        }
    }

    package func scan(_ bound: BoundDefinition, since: CaptureMark?) async throws(Failure) -> any RowScan {
        // A connection used for nothing else: what an expression of the author's does to it ends with it.
        let session = try await connect()
        let floor = newest
        do throws(Failure) {
            let (mark, snapshot) = try await watched(session) { () async throws(Failure) in
                try await Self.start(bound, since, session)
            }
            try note(snapshot, floor, bound)
            return PostgreSQLRowScan(session, bound, mark: mark, snapshot: snapshot)
        } catch {
            await session.close()
            throw error
        }
    }

    /// Begins the COPY of a scan; by its first answer every lock is held.
    private static func start(
        _ bound: BoundDefinition, _ since: CaptureMark?, _ session: Session
    ) async throws(Failure) -> (CaptureMark?, SourceSnapshot?) {
        do throws(PostgreSQLError) {
            let statement = try ScanStatement(bound).scan(since: since)
            let position = await SnapshotReader.position(session)
            try await session.begin(.snapshot)
            let snapshot = try await SnapshotReader.snapshot(session, position: position)
            var mark: CaptureMark?
            if let watermark = bound.watermark { mark = try await Self.mark(watermark, bound, session) }
            try await session.copyOut(statement)
            return (mark, snapshot)
        } catch {
            throw await failure(error, bound, session)
        }
    }

    private static func mark(
        _ watermark: BoundWatermark, _ bound: BoundDefinition, _ session: Session
    ) async throws(PostgreSQLError) -> CaptureMark? {
        let row = try await session.query(try ScanStatement(bound).mark(watermark)).first
        guard let greatest = row?.text(0), let now = row?.text(1),
            case .finite(let microseconds) = PostgreSQLText.timestamp(now)
        else { return nil }
        return CaptureMark(watermark, greatest: greatest, now: microseconds)
    }

    package func rows(of bound: BoundDefinition, keys: [[String]]) async throws(Failure) -> CopyChunk {
        guard !keys.isEmpty else { return CopyChunk() }
        let session = try await session()
        let floor = newest
        let (chunk, snapshot) = try await watched(session) { () async throws(Failure) in
            try await Self.rows(of: bound, keys, session)
        }
        try note(snapshot, floor, bound)
        return chunk
    }

    /// Several servers may answer under one name: what was seen once stays seen.
    /// - Parameter floor: Of the readings that were over when this one began.
    private func note(
        _ snapshot: SourceSnapshot?, _ floor: SourceSnapshot?, _ bound: BoundDefinition
    ) throws(Failure) {
        guard let snapshot else { return }
        if let floor, !snapshot.includes(floor) { throw .olderSource(bound.definition) }
        if newest.map({ snapshot.includes($0) }) ?? true { newest = snapshot }
    }

    private static func rows(
        of bound: BoundDefinition, _ keys: [[String]], _ session: Session
    ) async throws(Failure) -> (CopyChunk, SourceSnapshot?) {
        do throws(PostgreSQLError) {
            let statement = try ScanStatement(bound).byKey()
            let parameters = bound.key.indices.map { part in Parameter.textArray(keys.map { $0[part] }) }
            return try await session.transaction(.snapshot) { () async throws(PostgreSQLError) in
                let snapshot = try await SnapshotReader.snapshot(session, position: nil)
                return (chunk(try await session.query(statement, parameters)), snapshot)
            }
        } catch {
            throw await failure(error, bound, session)
        }
    }

    /// Rows of a query in the form that scans have, so that one evaluator serves both.
    private static func chunk(_ rows: ResultRows) -> CopyChunk {
        var encoder = CopyTextEncoder()
        var ends: [Int] = []
        for row in rows {
            for column in rows.columns.indices { encoder.append(row.text(column)) }
            encoder.endRow()
            ends.append(encoder.bytes.count)
        }
        return CopyChunk(bytes: encoder.take(), rowEnds: ends)
    }

    static func failure(_ error: PostgreSQLError, _ bound: BoundDefinition, _ session: Session) async -> Failure {
        SourceFailure.make(error, bound, await SourceFailure.Circumstances.ask(error, bound, session))
    }
}

/// One snapshot's rows, streamed.
actor PostgreSQLRowScan: RowScan {
    private let session: Session
    private let ahead: CopyAhead
    private let bound: BoundDefinition
    let mark: CaptureMark?
    let snapshot: SourceSnapshot?

    init(_ session: Session, _ bound: BoundDefinition, mark: CaptureMark?, snapshot: SourceSnapshot?) {
        self.snapshot = snapshot
        self.session = session
        ahead = CopyAhead(session)
        self.bound = bound
        self.mark = mark
    }

    func next() async throws(Failure) -> CopyChunk? {
        do throws(PostgreSQLError) { return try await ahead.chunk() } catch {
            throw await PostgreSQLRowSource.failure(error, bound, session)
        }
    }

    func finish() async {
        await ahead.stop()
        await session.close()
    }
}
