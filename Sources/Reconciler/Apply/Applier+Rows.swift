internal import Core

extension Applier {
    /// Actions in the order of SPEC §6: what frees values and places comes before what needs them.
    private static let passes: [[RowAction]] = [
        [.rebase, .archive, .forget], [.finishMove], [.update, .move], [.delete, .mark], [.create],
    ]

    /// Writes the staged effects of one definition, a wave at a time.
    mutating func write(_ work: DefinitionWork, _ lists: [String: [String: ProvisionedList]]) async throws(Failure) {
        guard let definition = work.registered, let site = sides.sites[work.bound.definition.siteProfile],
            let source = sides.sources[work.bound.definition.sourceProfile]
        else { return }
        let ready = lists[work.name] ?? [:]
        var writer = RowWriter(
            work: work, definitionID: definition.id, site: site, source: source, lists: ready, applier: self)
        for actions in Self.passes {
            try await pass(actions, &writer)
            if report.stopped || writer.isStopped { break }
        }
        if !report.stopped, !writer.isStopped { try await retryUniqueValues(&writer) }
        report.failures += writer.failures
        report.unsettled = report.unsettled ?? writer.unsettled
    }

    private mutating func pass(_ actions: [RowAction], _ writer: inout RowWriter) async throws(Failure) {
        var after: Int64 = 0
        while true {
            if context.isStopping() {
                report.stopped = true
                return
            }
            let staged = try await metaStore.staged(
                run: context.runID, definition: writer.definitionID, actions: actions, after: after,
                limit: options.waveRows)
            guard let last = staged.last else { return }
            after = last.sequence
            let tasks = try await writer.tasks(for: staged, now: context.now)
            try await run(tasks, writer.context(now: context.now), &writer)
            if writer.isStopped { return }
        }
    }

    /// Values that were in the way may have gone with this round's updates and deletes.
    private mutating func retryUniqueValues(_ writer: inout RowWriter) async throws(Failure) {
        let tasks = writer.waitingForValues
        writer.waitingForValues = []
        var context = writer.context(now: context.now)
        context.quarantinesUniqueValues = true
        for start in stride(from: 0, to: tasks.count, by: options.waveRows) {
            try await run(Array(tasks[start..<min(start + options.waveRows, tasks.count)]), context, &writer)
            if writer.isStopped { return }
        }
    }

    private mutating func run(
        _ tasks: [RowTask], _ rowContext: RowContext, _ writer: inout RowWriter
    ) async throws(Failure) {
        guard !tasks.isEmpty else { return }
        var wave = WaveMachine(tasks, rowContext)
        while !wave.isFinished {
            var batches: [[WaveMachine.Action.Tagged]] = []
            for action in wave.nextActions() {
                switch action {
                case .send(let tagged): batches.append(tagged)
                case .commit(let changes, let saved):
                    try await metaStore.commit(
                        LedgerCommit(
                            project: desired.project.name, definition: writer.definitionID, run: context.runID,
                            now: context.now, changes: changes, saved: saved))
                    wave.committed()
                }
            }
            for (tagged, outcomes) in await send(batches, to: writer.site) {
                report.itemWrites += zip(tagged, outcomes).count { $0.request.mayHaveWritten($1) }
                wave.answered(tagged, outcomes)
            }
        }
        for (index, result) in wave.results.enumerated() {
            guard let result else { continue }
            report.note(result)
            writer.note(result, of: tasks[index])
        }
        for list in Set(tasks.compactMap { $0.target?.id ?? $0.ledger?.list }) {
            let done = tasks.count { ($0.target?.id ?? $0.ledger?.list) == list }
            context.progress(
                .writing(
                    definition: writer.work.name, list: writer.name(of: list), done: done, total: tasks.count))
        }
    }

    /// Sends batches side by side, at most `concurrency` of them; outcomes come back in the order of the batches.
    private func send(
        _ batches: [[WaveMachine.Action.Tagged]], to site: any SharePointSite
    ) async -> [([WaveMachine.Action.Tagged], [Result<ItemAnswer, SiteFailure>])] {
        var outcomes: [Int: [Result<ItemAnswer, SiteFailure>]] = [:]
        await withTaskGroup(of: (Int, [Result<ItemAnswer, SiteFailure>]).self) { group in
            var next = 0
            func start() {
                guard next < batches.count else { return }
                let (index, requests) = (next, batches[next].map(\.request))
                next += 1
                group.addTask { (index, await site.perform(requests)) }
            }
            for _ in 0..<options.concurrency { start() }
            for await (index, result) in group {
                outcomes[index] = result
                start()
            }
        }
        return batches.indices.map { (batches[$0], outcomes[$0] ?? []) }
    }
}

/// What the waves of one definition share.
struct RowWriter {
    let work: DefinitionWork
    let definitionID: String
    let site: any SharePointSite
    let source: any RowSource
    private let targets: [String: TargetList]
    private let zone: SiteTimeZone
    var waitingForValues: [RowTask] = []
    var failures: [Failure] = []
    /// A row that failed for no fault of its own and is tried again in the next round.
    private(set) var unsettled: Failure?
    /// Lists that cannot be written; the others go on.
    private var broken: Set<ListID> = []
    var isStopped = false

    init(
        work: DefinitionWork, definitionID: String, site: any SharePointSite, source: any RowSource,
        lists: [String: ProvisionedList], applier: Applier
    ) {
        self.work = work
        self.definitionID = definitionID
        self.site = site
        self.source = source
        let ours = Set(work.bound.fields.map(\.target) + [SyncKey.column, DeletionMark.column])
        targets = lists.mapValues { TargetList(id: $0.list.id, peoplesColumns: $0.peoplesColumns(besides: ours)) }
        zone = work.bound.zone
    }

    func context(now: Instant) -> RowContext {
        RowContext(
            fields: work.bound.fields, codec: FieldCodec(zone: zone), mappingVersion: work.mappingVersion,
            hasUniqueFields: work.bound.columns.contains(where: \.unique), now: now)
    }

    func name(of list: ListID) -> String { targets.first { $0.value.id == list }?.key ?? list.text }

    /// Reads the rows of a wave by key and decides each afresh: one that has gone or changed its action since it was
    /// staged is left for the next round.
    func tasks(for staged: [StagedEffect], now: Instant) async throws(Failure) -> [RowTask] {
        let keys = staged.compactMap { effect in
            effect.staged.parts.isEmpty ? work.bound.parts(of: effect.staged.key) : effect.staged.parts
        }
        let chunk = try await source.rows(of: work.bound, keys: keys)
        let current = evaluate(chunk, work.evaluator(now: now))
        let decider = work.decider(lists: work.bound.lists.map { targets[$0]?.id })
        return staged.compactMap { task(for: $0, row: current[$0.staged.key], decider) }
            .filter { task in !task.lists.contains { broken.contains($0) } }
    }

    private struct CurrentRow {
        var key: EvaluatedKey
        var route: Route
        var values: [Value]
        var projection: Result<ContentHash, Rejection>
    }

    private func evaluate(_ chunk: CopyChunk, _ evaluator: RowEvaluator) -> [LedgerKey: CurrentRow] {
        var rows: [LedgerKey: CurrentRow] = [:]
        var row = CopyRow()
        chunk.forEachRow(&row) { (row: borrowing CopyRow) in
            let route = evaluator.route(of: row)
            guard let key = try? evaluator.key(of: row) else { return }
            do throws(Rejection) {
                let values = try evaluator.projection(of: row)
                rows[key.ledgerKey] = CurrentRow(
                    key: key, route: route, values: values, projection: .success(ContentHash(of: values)))
            } catch {
                rows[key.ledgerKey] = CurrentRow(key: key, route: route, values: [], projection: .failure(error))
            }
        }
        return rows
    }

    private func task(for effect: StagedEffect, row: CurrentRow?, _ decider: RowDecider) -> RowTask? {
        let ledger = effect.ledger
        guard let row else {
            guard let ledger, let decision = decider.decideGone(ledger, listIndex: nil),
                decision.action == effect.staged.action
            else { return nil }
            return RowTask(
                key: effect.staged.key, syncKey: effect.sourceKey ?? "", action: decision.action, ledger: ledger,
                target: target(ledger.list))
        }
        let decision = decider.decide(route: row.route, projection: row.projection, ledger: ledger)
        guard decision.action == effect.staged.action else { return nil }
        let list = decision.list.flatMap { targets[work.bound.lists[$0]] }
        // The list could not be provisioned: its rows wait.
        if list == nil, decision.action != .rebase, decision.action != .finishMove { return nil }
        return RowTask(
            key: effect.staged.key, syncKey: row.key.syncKey.text, keyParts: row.key.parts, action: decision.action,
            values: row.values, hash: decision.hash, changedFields: decision.changedFields, ledger: ledger,
            target: list, origin: origin(of: decision.action, ledger))
    }

    private func origin(of action: RowAction, _ ledger: LedgerEntry?) -> TargetList? {
        switch action {
        case .move: target(ledger?.list)
        case .finishMove: target(ledger?.prior?.list)
        default: nil
        }
    }

    private func target(_ list: ListID?) -> TargetList? { list.flatMap { id in targets.values.first { $0.id == id } } }

    mutating func note(_ result: RowResult, of task: RowTask) {
        switch result {
        case .done, .leftDeleted, .quarantined: break
        case .uniqueValue: waitingForValues.append(task)
        case .failed(let failure):
            let list = task.target?.id ?? task.ledger?.list
            let report = failure.failure(
                while: "writing rows",
                address: .rows(work.name, work.bound.definition.siteProfile, list.map { name(of: $0) }),
                source: work.bound.definition.place)
            if failure.concernsOneList {
                let isNew = task.lists.count { broken.insert($0).inserted } > 0
                if isNew { failures.append(report) }
            } else if failure.stopsEverything {
                isStopped = true
                if failures.isEmpty { failures.append(report) }
            } else {
                unsettled = unsettled ?? report
            }
        }
    }
}

extension RowTask {
    /// The lists that the row's protocol writes to.
    fileprivate var lists: [ListID] { Array(Set([target?.id, ledger?.list, ledger?.prior?.list].compactMap { $0 })) }
}

extension SiteFailure {
    /// Other lists of the definition may well be writable.
    fileprivate var concernsOneList: Bool {
        switch kind {
        case .forbidden, .missing, .locked: true
        default: false
        }
    }
}

extension ItemRequest {
    func mayHaveWritten(_ outcome: Result<ItemAnswer, SiteFailure>) -> Bool {
        switch (self, outcome) {
        case (.find, _), (.read, _): false
        case (_, .success): true
        case (_, .failure(let failure)): failure.outcome == .unknown
        }
    }
}

extension DefinitionWork {
    /// The decider with lists that were only just created.
    func decider(lists: [ListID?]) -> RowDecider {
        var decider = decider
        decider.listIDs = zip(lists, listIDs).map { $0 ?? $1 }
        return decider
    }
}
