internal import Core
internal import Synchronization

/// Drives a ``WaveMachine``: sends batches side by side, makes intents and results durable, and takes new rows while
/// others are under way.
struct RowPump {
    /// Where rows come from, a wave at a time; `nil` when there are no more.
    typealias Feed = () async throws(Failure) -> (tasks: [RowTask], context: RowContext)?
    /// Told of rows that have ended. Returns whether more are to be taken.
    typealias Note = ([WaveMachine.Ended]) -> Bool

    let site: any SharePointSite
    let metaStore: any MetaStore
    let context: RunContext
    let project: String
    let definition: String
    let lease: LeaseTerm
    /// Batches under way at once.
    let concurrency: Int

    struct Outcome {
        /// Writes of items that the service did, whether or not they could be recorded.
        var itemWrites = 0
        var stop: StopReason?
        /// Of the meta-store or the source. What was sent and not recorded has its intents.
        var failure: Failure?
    }

    /// Enough for every batch under way and as many again that wait.
    private var rowsMax: Int { 2 * concurrency * WaveMachine.batchMax }

    fileprivate typealias Answered = (tagged: [WaveMachine.Tagged], outcomes: [Result<ItemAnswer, SiteFailure>])

    func run(feed: Feed, note: Note) async -> Outcome {
        await withTaskGroup(of: Answered.self) { group in
            var outcome = Outcome()
            do throws(Failure) { try await pump(&group, &outcome, feed: feed, note: note) } catch {
                outcome.failure = error
                // What is under way is waited for, and what it did is found by the next run.
                for await answered in group { outcome.note(answered) }
            }
            return outcome
        }
    }

    /// Batches that were sent and whose answers were not taken.
    private struct Wire {
        var inFlight = 0
        /// Of them, those that were answered.
        let answered = AnswerCount()
    }

    private func pump(
        _ group: inout TaskGroup<Answered>, _ outcome: inout Outcome, feed: Feed, note: Note
    ) async throws(Failure) {
        var wave = WaveMachine()
        var wire = Wire()
        var mayTake = true
        while true {
            if outcome.stop == nil, let reason = context.stopReason {
                outcome.stop = reason
                wave.abandonWaiting()
            }
            // What is durable leaves first: the wire is busy while the meta-store commits.
            if outcome.stop == nil { send(&wave, &wire, &group, &outcome, partial: false) }
            if outcome.stop != .leaseLost {
                try await makeDurable(&wave)
                if outcome.stop != nil {
                    // The intents of rows whose request never left do not stay open.
                    wave.abandonWaiting()
                    try await makeDurable(&wave)
                }
            }
            if !note(wave.takeEnded()) { mayTake = false }
            if outcome.stop == nil { send(&wave, &wire, &group, &outcome, partial: !mayTake) }
            // New rows are made ready while the wire is busy.
            if outcome.stop == nil, mayTake, wave.rowsUnderWay < rowsMax {
                if let next = try await feed() {
                    wave.add(next.tasks, next.context)
                } else {
                    mayTake = false
                }
                continue
            }
            guard let answered = await group.next() else { break }
            try await take(answered, &wave, &wire, &outcome)
            // What else was answered by now is recorded in the same commit.
            while wire.answered.isMore, let answered = await group.next() {
                try await take(answered, &wave, &wire, &outcome)
            }
        }
        _ = note(wave.takeEnded())
    }

    private func send(
        _ wave: inout WaveMachine, _ wire: inout Wire, _ group: inout TaskGroup<Answered>, _ outcome: inout Outcome,
        partial: Bool
    ) {
        let (site, answered) = (site, wire.answered)
        while wire.inFlight < concurrency {
            // Time passes while results are recorded. A lease that was in doubt once is not built upon again, though it be
            // confirmed a moment later: rows that wait were decided under it.
            if context.stopReason == .leaseLost {
                outcome.stop = .leaseLost
                return wave.abandonWaiting()
            }
            guard let batch = wave.takeBatch(partial: partial) else { return }
            wire.inFlight += 1
            let requests = batch.map(\.request)
            group.addTask {
                let outcomes = await site.perform(requests)
                answered.add(1)
                return (batch, outcomes)
            }
        }
    }

    private func take(
        _ answered: Answered, _ wave: inout WaveMachine, _ wire: inout Wire, _ outcome: inout Outcome
    ) async throws(Failure) {
        wire.inFlight -= 1
        wire.answered.add(-1)
        outcome.note(answered)
        wave.answered(answered.tagged, try await withoutOthersItems(answered, wave))
    }

    /// Items that were found by a row's key may be another row's, if somebody changed the key in them: those are never
    /// taken over.
    private func withoutOthersItems(
        _ answered: Answered, _ wave: WaveMachine
    ) async throws(Failure) -> [Result<ItemAnswer, SiteFailure>] {
        var outcomes = answered.outcomes
        for (index, tagged) in answered.tagged.enumerated() where outcomes.indices.contains(index) {
            guard case .find = tagged.request, case .success(.found(let items)) = outcomes[index], !items.isEmpty,
                let key = wave.key(of: tagged.row)
            else { continue }
            let list = ListID(tagged.request.list)
            let owners = try await metaStore.entries(
                of: definition, list: list, items: items.map(\.id), syncKeys: []
            ).filter { $0.entry.key != key }
            let others = Set(owners.flatMap { $0.entry.items(in: list) })
            guard !others.isDisjoint(with: items.map(\.id)) else { continue }
            let rest = items.filter { !others.contains($0.id) }
            // Of a create in doubt another row's item says nothing: the create is looked for in vain, and ends when it can
            // no longer arrive. The key is put back after that.
            outcomes[index] =
                rest.isEmpty && !wave.isSettling(tagged.row)
                ? .failure(SiteFailure(.stale, reason: "the item that carries the row's key is another row's"))
                : .success(.found(rest))
        }
        return outcomes
    }

    private func makeDurable(_ wave: inout WaveMachine) async throws(Failure) {
        // Closing one row's intent may let another step follow at once; results always come before new intents.
        while true {
            if let records = wave.takeRecords() {
                try await metaStore.commit(
                    LedgerCommit(
                        project: project, definition: definition, run: context.runID, now: context.clock.now(),
                        lease: lease, changes: records.changes, saved: records.saved, closed: records.closed,
                        claims: records.claims))
                wave.recordsAreDurable()
            } else if let intents = wave.takeIntents() {
                try await metaStore.open(intents, of: definition, run: context.runID, under: lease)
                wave.intentsAreDurable()
            } else {
                return
            }
        }
    }
}

/// How many answers wait to be taken.
private final class AnswerCount: Sendable {
    private let count = Atomic<Int>(0)

    var isMore: Bool { count.load(ordering: .acquiring) > 0 }

    func add(_ number: Int) { count.wrappingAdd(number, ordering: .acquiringAndReleasing) }
}

extension RowPump.Outcome {
    fileprivate mutating func note(_ answered: RowPump.Answered) {
        itemWrites += zip(answered.tagged, answered.outcomes).count { $0.request.mayHaveWritten($1) }
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

extension LedgerEntry {
    /// The row's items in a list: its own, and the old one of a move that is not finished.
    fileprivate func items(in list: ListID) -> [Int64] {
        let old = state == .moving ? prior : nil
        return [self.list == list ? item : nil, old?.list == list ? old?.item : nil].compactMap(\.self)
    }
}
