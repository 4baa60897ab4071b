internal import Core
internal import Synchronization

/// Drives a ``WaveMachine``: sends batches side by side, makes intents and results durable, and takes new rows while
/// others are under way.
struct RowPump {
    /// Rows to be written, with what they share.
    struct Work: Sendable {
        var tasks: [RowTask]
        var context: RowContext
    }

    /// Reads the wave behind another, or the first one, beside other work; `nil` when there are no more.
    typealias Reader<Wave> = @Sendable (Wave?) async throws(Failure) -> Wave?
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

    /// What goes on beside the pump.
    private enum Event<Wave: Sendable>: Sendable {
        case answered(Answered)
        case read(Result<Wave?, Failure>)
    }

    /// Writes these rows.
    func run(_ work: Work, note: Note) async -> Outcome {
        await run(read: { (last: Work?) in last == nil ? work : nil }, decide: { $0 }, note: note)
    }

    /// - Parameter decide: What is to be done with the rows of a wave, as of now.
    func run<Wave: Sendable>(
        read: @escaping Reader<Wave>, decide: (Wave) -> Work, note: Note
    ) async -> Outcome {
        await withTaskGroup(of: Event<Wave>.self) { group in
            var outcome = Outcome()
            do throws(Failure) {
                try await pump(&group, &outcome, read: read, decide: decide, note: note)
            } catch {
                outcome.failure = error
                // What is under way is waited for, and what it did is found by the next run.
                for await case .answered(let answered) in group { outcome.note(answered) }
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

    private func pump<Wave: Sendable>(
        _ group: inout TaskGroup<Event<Wave>>, _ outcome: inout Outcome, read: @escaping Reader<Wave>,
        decide: (Wave) -> Work, note: Note
    ) async throws(Failure) {
        var wave = WaveMachine()
        var wire = Wire()
        var last: Wave?
        var mayTake = true
        var isReading = false
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
            // New rows are read while the wire is busy, and no sooner than there is room for them.
            if outcome.stop == nil, mayTake, !isReading, wave.rowsUnderWay < rowsMax {
                isReading = true
                group.addTask { [last] in
                    do throws(Failure) { return .read(.success(try await read(last))) } catch {
                        return .read(.failure(error))
                    }
                }
            }
            guard var event = await group.next() else { break }
            // What else was answered by now is recorded in the same commit.
            taking: while true {
                switch event {
                case .answered(let answered): try await take(answered, &wave, &wire, &outcome)
                case .read(let result):
                    isReading = false
                    guard let next = try result.get() else {
                        mayTake = false
                        break
                    }
                    last = next
                    if outcome.stop == nil, mayTake {
                        let work = decide(next)
                        wave.add(work.tasks, work.context)
                    }
                }
                guard wire.answered.isMore, let more = await group.next() else { break taking }
                event = more
            }
        }
        _ = note(wave.takeEnded())
    }

    private func send<Wave: Sendable>(
        _ wave: inout WaveMachine, _ wire: inout Wire, _ group: inout TaskGroup<Event<Wave>>, _ outcome: inout Outcome,
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
                return .answered((batch, outcomes))
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
