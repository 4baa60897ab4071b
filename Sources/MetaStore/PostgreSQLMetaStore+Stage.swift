package import Core
internal import PostgreSQL

extension PostgreSQLMetaStore {
    package func stage(
        run: String, definition: String, under lease: LeaseTerm
    ) async throws(Failure) -> any EffectStage {
        _ = try await fenced("staging effects", under: lease) { (session) throws(PostgreSQLError) in
            // Other runs of this definition are over: its lease is ours.
            try await session.execute(
                "DELETE FROM \(table("staged_effects")) WHERE sync_def_id = $1::uuid", [.text(definition)])
        }
        let session = try await connect()
        do throws(PostgreSQLError) {
            try await session.begin()
            try await session.copyIn(
                """
                COPY \(table("staged_effects")) (run_id, sync_def_id, sequence, key, parts, action, to_list, content_hash)
                FROM STDIN
                """)
        } catch {
            await session.close()
            throw Failure(error, while: "staging effects")
        }
        return PostgreSQLEffectStage(session, run: run, definition: definition, fence: LeaseFence(schema, lease))
    }

    package func staged(
        run: String, definition: String, actions: [RowAction], after: Int64, limit: Int
    ) async throws(Failure) -> [StagedEffect] {
        let rows = try await read("reading staged effects") { (session) throws(PostgreSQLError) in
            // Planned each time: a plan from before the first rows keeps reading the ledger whole.
            try await session.query(
                """
                SELECT \(Self.entryColumns), s.sequence, s.key, s.parts, s.action, s.to_list, s.content_hash, l.source_pk
                FROM \(table("staged_effects")) s
                LEFT JOIN \(table("sync_ledger")) l ON l.sync_def_id = s.sync_def_id AND l.key = s.key
                WHERE s.run_id = $1::uuid AND s.sync_def_id = $2::uuid AND s.action = ANY ($3::text[])
                    AND s.sequence > $4::bigint
                ORDER BY s.sequence LIMIT $5::bigint
                """,
                [
                    .text(run), .text(definition), .textArray(actions.map(\.rawValue)), .int(after), .int(limit),
                ])
        }
        return rows.compactMap { row in
            guard let sequence = row.text(24).flatMap({ Int64($0) }), let key = LedgerRow.bytes(row.text(25)),
                let action = row.text(27).flatMap(RowAction.init)
            else { return nil }
            return StagedEffect(
                sequence: sequence,
                staged: StagedKey(
                    key: LedgerKey(bytes: key), parts: (row.textArray(26) ?? []).compactMap { $0 }, action: action,
                    to: row.text(28), contentHash: LedgerRow.bytes(row.text(29)).flatMap { Digest($0) }),
                ledger: row.isNull(0) ? nil : LedgerRow.entry { row.text($0) }, sourceKey: row.text(30))
        }
    }
}

/// Sends staged effects by COPY; they are seen when it has ended.
actor PostgreSQLEffectStage: EffectStage {
    private let session: Session
    private let run: String
    private let definition: String
    private let fence: LeaseFence
    private var sequence: Int64 = 0

    init(_ session: Session, run: String, definition: String, fence: LeaseFence) {
        self.fence = fence
        self.session = session
        self.run = run
        self.definition = definition
    }

    func append(_ effects: [StagedKey]) async throws(Failure) {
        var encoder = CopyTextEncoder()
        for effect in effects {
            sequence += 1
            encoder.append(run)
            encoder.append(definition)
            encoder.append(sequence)
            encoder.append(bytea: effect.key.bytes)
            encoder.append(ArrayLiteral.text(effect.parts))
            encoder.append(effect.action.rawValue)
            encoder.append(effect.to)
            if let hash = effect.contentHash { encoder.append(bytea: hash.bytes) } else { encoder.appendNull() }
            encoder.endRow()
        }
        let bytes = encoder.take()
        do throws(PostgreSQLError) { try await session.put(bytes) } catch {
            throw Failure(error, while: "staging effects")
        }
    }

    func finish() async throws(Failure) {
        let isHeld: Bool
        do throws(PostgreSQLError) {
            try await session.endCopy()
            // Only now: a look at the beginning would keep heartbeats waiting as long as the table is read.
            isHeld = try await fence.isHeld(in: session)
            if isHeld { try await session.commit() }
        } catch {
            await session.close()
            throw Failure(error, while: "staging effects")
        }
        await session.close()
        guard isHeld else { throw LedgerError.leaseLost(fence.lease.name).failure(while: "staging effects") }
    }

    func discard() async {
        await session.abandonCopy()
        await session.close()
    }
}
