internal import Core

/// The rows of one definition, read and decided.
extension Planner {
    struct ReadRows {
        var tally: RowTally
        /// Rows whose key another row has too.
        var repeated = 0
        var mark: CaptureMark?
        var snapshot: SourceSnapshot?
        /// The source is older than before, and somebody agreed to that.
        var hazard: Hazard?
        var keys: KeyChangeLook?
        /// Why all changes count as those of manifests.
        var note: String?
    }

    static func read(
        _ work: DefinitionWork, _ capture: CapturePlan, _ sides: Sides, _ context: RunContext, stage: StageOpener?,
        seen known: [LedgerKey: LedgerEntry], mayBeOlder: Bool
    ) async throws(Failure) -> ReadRows {
        guard let source = sides.sources[work.bound.definition.sourceProfile] else {
            return ReadRows(tally: RowTally(definition: work.name, lists: work.bound.lists, listIDs: work.listIDs))
        }
        let reading = Reading(
            work: work, capture: capture, source: source, metaStore: sides.metaStore, context: context, stage: stage,
            known: known, mayBeOlder: mayBeOlder)
        let applied = try await LastApplied.of(work, source)
        do throws(Failure) {
            return try await reading.rows(applied)
        } catch {
            // What was applied last may fail for rows that it never met, or with a right that is gone. The manifests of now
            // are not to blame for that.
            guard applied.wider != nil, LastApplied.isOfAuthor(error) else { throw error }
            return try await reading.rows(.unreadable(error, work))
        }
    }

    private struct Reading {
        let work: DefinitionWork
        let capture: CapturePlan
        let source: any RowSource
        let metaStore: (any MetaStore)?
        let context: RunContext
        let stage: StageOpener?
        let known: [LedgerKey: LedgerEntry]
        /// Somebody agreed that the source was set back.
        let mayBeOlder: Bool

        func rows(_ applied: LastApplied) async throws(Failure) -> ReadRows {
            let staging = try await stage?(work)
            let effects = staging?.effects
            // Entries are still under another key: their fingerprints say nothing.
            let key = work.keyChange == nil ? work.fingerprintKey(program: context.toolVersion) : nil
            var ledger: (any LedgerScan)?
            if let registered = work.registered {
                ledger = try await metaStore?.ledger(of: registered.id, fingerprints: key)
            }
            if let scan = ledger, !known.isEmpty { ledger = OverlaidLedgerScan(scan: scan, seen: known) }
            let keys = try await Planner.rekeyed(&ledger, work, source, effects)
            var since: CaptureMark?
            if case .changes(let mark) = capture { since = mark }
            var wide = work.bound
            wide.wider = applied.wider
            let result: Result<ReadRows, Failure>
            do throws(Failure) {
                let rows = try await source.scan(wide, since: since)
                result = await merged(rows, ledger, key, staging, applied)
            } catch {
                result = .failure(error)
            }
            await ledger?.finish()
            switch result {
            case .success(var read):
                try await effects?.finish()
                read.keys = keys
                read.note = applied.note
                return read
            case .failure(let error):
                await effects?.discard()
                throw error
            }
        }

        private func merged(
            _ rows: any RowScan, _ ledger: (any LedgerScan)?, _ key: FingerprintKey?, _ staging: Staging?,
            _ applied: LastApplied
        ) async -> Result<ReadRows, Failure> {
            let result: Result<ReadRows, Failure>
            do throws(Failure) {
                let hazard = try await Planner.age(rows, work, mayBeOlder: mayBeOlder)
                var read = try await merge(rows, ledger, key, staging, applied)
                (read.mark, read.snapshot, read.hazard) = (await rows.mark, await rows.snapshot, hazard)
                result = .success(read)
            } catch {
                result = .failure(error)
            }
            await rows.finish()
            return result
        }

        private func merge(
            _ rows: any RowScan, _ ledger: (any LedgerScan)?, _ key: FingerprintKey?, _ staging: Staging?,
            _ applied: LastApplied
        ) async throws(Failure) -> ReadRows {
            let (evaluator, decider) = (work.evaluator(now: context.now), work.decider)
            var merge = RowMerge(
                evaluator, decider, hasLedger: ledger != nil, isPartial: capture.isPartial, key: key,
                claimsMax: staging == nil ? 0 : Staging.notedMax, wider: applied.wider,
                causes: RowCauses(applied.manifests, evaluator, decider, appliedAt: work.registered?.appliedAt))
            var sink = PlanSink(
                tally: RowTally(definition: work.name, lists: work.bound.lists, listIDs: work.listIDs),
                lists: work.bound.lists, isStaging: staging != nil)
            var seen = 0
            var isNoting = true
            while true {
                let need = try merge.advance(&sink)
                if !sink.staged.isEmpty {
                    try await staging?.effects.append(sink.staged)
                    sink.staged = []
                }
                let claims = merge.takeClaims()
                if !claims.isEmpty, let staging, isNoting { isNoting = try await staging.note(claims) }
                switch need {
                case .rows:
                    let chunk = try await rows.next()
                    seen += chunk?.rowEnds.count ?? 0
                    context.progress(.reading(definition: work.name, rows: seen))
                    merge.take(rows: chunk)
                case .ledger: merge.take(ledger: try await ledger?.next())
                case .entries(let keys): merge.take(entries: try await ledger?.entries(keys) ?? [])
                case .nothing: return ReadRows(tally: sink.tally, repeated: merge.repeated)
                }
            }
        }
    }
}

/// Counts the rows of one definition, and collects what is to be staged.
private struct PlanSink: RowMerge.Sink {
    var tally: RowTally
    let lists: [String]
    let isStaging: Bool
    var staged: [StagedKey] = []

    mutating func unchanged(_ count: Int, list: Int) { tally.addUnchanged(count, list: list) }

    mutating func passed(_ entry: LedgerEntry) { tally.addLive(entry) }

    mutating func decided(_ row: RowMerge.Decided, parts: () -> [String], values: () -> [Value]) {
        tally.add(
            row.decision, ledgerKey: row.ledgerKey, entry: row.entry, isInSource: row.isInSource, cause: row.cause,
            parts: parts, values: values)
        guard isStaging else { return }
        // What is remembered of the row until its wave.
        switch row.decision.action {
        case .unchanged, .reject, .unrouted: return
        case .create, .update, .move, .delete, .mark, .archive, .rebase, .forget, .finishMove:
            staged.append(
                StagedKey(
                    key: row.ledgerKey, parts: parts(), action: row.decision.action,
                    to: row.decision.list.map { lists[$0] }, contentHash: row.decision.hash?.whole))
        }
    }
}
