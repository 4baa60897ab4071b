internal import Core

extension Applier {
    /// Actions in the order of SPEC §6: what frees values and places comes before what needs them, and changes of rows
    /// that are there before those that are still to come. Each that has effects is a kind: its first wave is looked at
    /// before the rest, whatever became of the others.
    private static let passes: [[RowAction]] = [
        [.rebase, .archive, .forget], [.finishMove], [.update], [.move], [.delete], [.mark], [.create],
    ]

    /// Writes the staged effects of one definition, a wave at a time.
    mutating func write(_ writer: inout WavePlanner) async throws(Failure) {
        for actions in Self.passes {
            try await pass(actions, &writer)
            if report.stop != nil || writer.isStopped { break }
        }
        if report.stop == nil, !writer.isStopped { try await retryUniqueValues(&writer) }
        if report.stop == nil, !writer.isStopped { try await retryLockedItems(&writer) }
        report.failures += writer.failures
        report.unsettled = report.unsettled ?? writer.unsettled
    }

    /// The first effects of a kind: their answers are looked at before the rest is sent.
    private static let canaryRows = 25

    private mutating func pass(_ actions: [RowAction], _ writer: inout WavePlanner) async throws(Failure) {
        if let failure = stoppedKinds[writer.work.name]?[actions] {
            let rest = try await metaStore.staged(
                run: context.runID, definition: writer.definitionID, actions: actions, after: 0, limit: 1)
            if !rest.isEmpty { writer.add(failure) }
            return
        }
        writer.beginKind()
        var after: Int64 = 0
        let isBackfill = actions == [.create]
        let isFirst = try await wave(actions, &writer, &after, limit: Self.canaryRows)
        try await checkDates(&writer)
        guard isFirst, mayGoOn(&writer, actions, isBackfill) else { return }
        // More than one wave is taken while earlier ones are under way.
        let (context, options, metaStore, definition) = (context, options, metaStore, writer.definitionID)
        let (source, roundEnd, start) = (writer.reader(now: context.now), roundEnd, after)
        var reader = writer
        let outcome = await pump(writer).run(
            read: { (last: ReadWave?) async throws(Failure) in
                if isBackfill, context.clock.elapsed() >= roundEnd { return nil }
                let staged = try await metaStore.staged(
                    run: context.runID, definition: definition, actions: actions,
                    after: last?.staged.last?.sequence ?? start, limit: options.waveRows)
                return staged.isEmpty ? nil : try await source.read(staged)
            },
            decide: { wave in
                RowPump.Work(
                    tasks: reader.tasks(for: wave),
                    context: reader.context(now: context.now, moment: context.clock.now()))
            },
            note: { ended in
                note(ended, &reader)
                return !reader.isStopped && !reader.breaker.isOpen
            })
        writer = reader
        try take(outcome)
        try await checkDates(&writer)
        _ = mayGoOn(&writer, actions, isBackfill)
    }

    /// One wave, to its end.
    /// - Returns: Whether there may be more rows.
    private mutating func wave(
        _ actions: [RowAction], _ writer: inout WavePlanner, _ after: inout Int64, limit: Int
    ) async throws(Failure) -> Bool {
        let staged = try await metaStore.staged(
            run: context.runID, definition: writer.definitionID, actions: actions, after: after, limit: limit)
        guard let last = staged.last else { return false }
        after = last.sequence
        let tasks = writer.tasks(for: try await writer.reader(now: context.now).read(staged))
        try await run(tasks, writer.context(now: context.now, moment: context.clock.now()), &writer)
        return staged.count == limit
    }

    private mutating func mayGoOn(_ writer: inout WavePlanner, _ actions: [RowAction], _ isBackfill: Bool) -> Bool {
        if report.stop != nil || writer.isStopped { return false }
        if isBackfill, context.clock.elapsed() >= roundEnd { return false }
        guard writer.breaker.isOpen else { return true }
        let words = actions.map(\.rawValue).joined(separator: ", ")
        let failure = Failure(
            .partial, while: "writing rows (\(words))",
            address: .definition(writer.work.name), source: writer.work.bound.definition.place,
            because: "SharePoint refused \(writer.breaker.refused) of the last \(writer.breaker.seen) rows",
            help:
                "see syncbridge status for the rows and the reasons; what was not tried yet is tried by the next run"
        )
        stoppedKinds[writer.work.name, default: [:]][actions] = failure
        writer.add(failure)
        return false
    }

    /// Values that were in the way may have gone with this round's updates and deletes; of rows that hold each other's,
    /// one is cleared first.
    private mutating func retryUniqueValues(_ writer: inout WavePlanner) async throws(Failure) {
        var waiting = writer.takeWaitingForValues()
        // A chain of values frees one row after another: as long as one gets through, the others are tried again.
        while !waiting.isEmpty {
            let count = waiting.count
            try await run(waiting, writer.context(now: context.now, moment: context.clock.now()), &writer)
            if report.stop != nil || writer.isStopped { return }
            waiting = writer.takeWaitingForValues()
            if waiting.count < count { continue }
            guard let clearing = UniqueCycles.breaking(waiting, unique: writer.work.uniqueFields) else { break }
            let updates = report.done[.update]
            try await run([clearing], writer.context(now: context.now, moment: context.clock.now()), &writer)
            // A step on the way of its row, which counts once.
            report.done[.update] = updates
            // What refuses even an empty value is no other row's value.
            guard writer.takeWaitingForValues().isEmpty else { break }
            if report.stop != nil || writer.isStopped { return }
            // While that may still arrive, nothing else is sent for its row; the next round goes on.
            if doubt.concerns(clearing.key, of: writer.work.name) { return }
            // Whoever was cleared is written from what the ledger says of it now, and last.
            guard let known = try await metaStore.entry(of: writer.definitionID, key: clearing.key) else { break }
            let (last, others) = (waiting.filter { $0.key == clearing.key }, waiting.filter { $0.key != clearing.key })
            for task in others + last.map({ $0.continuing(from: known.entry, writer.work.decider) }) {
                try await run([task], writer.context(now: context.now, moment: context.clock.now()), &writer)
                if report.stop != nil || writer.isStopped { return }
            }
            waiting = writer.takeWaitingForValues()
            if waiting.count >= count { break }
        }
        guard !waiting.isEmpty else { return }
        var last = writer.context(now: context.now, moment: context.clock.now())
        last.quarantinesUniqueValues = true
        try await run(waiting, last, &writer)
    }

    /// Items that are still locked although their list takes writes: their rows are kept away until either side changes.
    private mutating func retryLockedItems(_ writer: inout WavePlanner) async throws(Failure) {
        let waiting = writer.takeWaitingForLocks()
        guard !waiting.isEmpty else { return }
        var last = writer.context(now: context.now, moment: context.clock.now())
        last.quarantinesLockedItems = true
        try await run(waiting, last, &writer)
    }

    /// Runs these rows to their end.
    mutating func run(_ tasks: [RowTask], _ rowContext: RowContext, _ writer: inout WavePlanner) async throws(Failure) {
        guard !tasks.isEmpty else { return }
        var reader = writer
        let outcome = await pump(writer).run(RowPump.Work(tasks: tasks, context: rowContext)) { ended in
            note(ended, &reader)
            return !reader.isStopped
        }
        writer = reader
        try take(outcome)
    }

    private func pump(_ writer: WavePlanner) -> RowPump {
        RowPump(
            site: writer.site, metaStore: metaStore, context: context, project: desired.project.name,
            definition: writer.definitionID, lease: writer.lease, concurrency: options.concurrency)
    }

    private mutating func take(_ outcome: RowPump.Outcome) throws(Failure) {
        report.itemWrites += outcome.itemWrites
        report.stop = report.stop ?? outcome.stop
        if let failure = outcome.failure { throw failure }
    }

    private mutating func note(_ ended: [WaveMachine.Ended], _ writer: inout WavePlanner) {
        guard !ended.isEmpty else { return }
        var done: [ListID: Int] = [:]
        for row in ended {
            report.note(row.result)
            if case .quarantined(let code, let failure) = row.result {
                let list = row.task.target?.id ?? row.task.ledger?.list
                let site = writer.work.bound.definition.siteProfile
                report.note(
                    refused: code, failure, of: writer.work.name, in: list.map { .list(site, writer.name(of: $0)) })
            }
            if row.task.open == nil, row.result.leavesDoubt {
                doubt.note(row.task.key, of: writer.work.name, at: context.clock.elapsed())
            }
            writer.note(row.result, of: row.task)
            if let list = row.task.target?.id ?? row.task.ledger?.list, row.task.open == nil {
                done[list, default: 0] += 1
            }
        }
        for (list, count) in done.sorted(by: { $0.key < $1.key }) {
            context.progress(.writing(definition: writer.work.name, list: writer.name(of: list), done: count))
        }
    }
}
