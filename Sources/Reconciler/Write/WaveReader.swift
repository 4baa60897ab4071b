internal import Core

/// A wave of staged effects with the rows that they concern, as they were read just before their intents are written.
struct ReadWave: Sendable {
    var staged: [StagedEffect]
    var rows: [LedgerKey: Row]

    struct Row: Sendable {
        var key: EvaluatedKey
        var fingerprint: RowFingerprint?
        var route: Route
        var values: [Value]
        var projection: Result<ContentHash, Rejection>
    }
}

/// Reads the rows of a wave by key, in a short snapshot, and evaluates them. It holds nothing that changes while rows are
/// written, so that a wave is read while others are under way.
struct WaveReader: Sendable {
    let work: DefinitionWork
    let source: any RowSource
    let fingerprintKey: FingerprintKey?
    let now: Instant

    func read(_ staged: [StagedEffect]) async throws(Failure) -> ReadWave {
        let keys = staged.compactMap { effect in
            effect.staged.parts.isEmpty ? work.bound.parts(of: effect.staged.key) : effect.staged.parts
        }
        let chunk = try await source.rows(of: work.bound, keys: keys)
        return ReadWave(staged: staged, rows: evaluate(chunk, work.evaluator(now: now)))
    }

    private func evaluate(_ chunk: CopyChunk, _ evaluator: RowEvaluator) -> [LedgerKey: ReadWave.Row] {
        var rows: [LedgerKey: ReadWave.Row] = [:]
        var row = CopyRow()
        chunk.forEachRow(&row) { (row: borrowing CopyRow) in
            let route = evaluator.route(of: row)
            guard let key = try? evaluator.key(of: row) else { return }
            let fingerprint = fingerprintKey.map { RowFingerprint(of: row.bytes, $0) }
            let values: [Value]
            let projection: Result<ContentHash, Rejection>
            do throws(Rejection) {
                values = try evaluator.projection(of: row)
                projection = .success(ContentHash(of: values))
            } catch {
                values = []
                projection = .failure(error)
            }
            rows[key.ledgerKey] = ReadWave.Row(
                key: key, fingerprint: fingerprint, route: route, values: values, projection: projection)
        }
        return rows
    }
}
