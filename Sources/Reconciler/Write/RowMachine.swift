package import Core

/// The protocol of one row, as a step machine: an event in, the next step out. It performs nothing itself.
///
/// No effect is sent before its intent is durable, and a result is durable before anything that depends on it is sent.
/// Every step can be repeated: an update and a delete carry the tag they were decided on, a create carries the row's key
/// into a column whose values are unique, and an unclear outcome is looked at before anything is sent again (SPEC §11).
package struct RowMachine: Sendable {
    package enum Event: Hashable, Sendable {
        case start
        /// The intent that the last step asked for is durable.
        case intended
        case answered(Result<ItemAnswer, SiteFailure>)
        /// What the last step asked to record is durable.
        case recorded
    }

    package enum Step: Hashable, Sendable {
        case intend(Intent)
        case send(ItemRequest)
        case record(LedgerCommit.Change, saved: [LedgerCommit.Saved])
        /// The effect is known not to have taken place: its intent is closed, and nothing else is recorded.
        case close(LedgerKey)
        case finish(RowResult)
    }

    enum State: Hashable, Sendable {
        case idle
        case intending(Effect)
        /// A request that reads, or whose effect has its intent.
        case waiting(Wait)
        case recording(then: Continuation)
        case closing(RowResult)
        case finished
    }

    /// An effect, and how its answer is taken.
    struct Effect: Hashable, Sendable {
        var request: ItemRequest
        var wait: Wait
    }

    /// What an answer is waited for.
    enum Wait: Hashable, Sendable {
        // Create, also as the second half of a move.
        case creating
        case findingKey(after: SiteFailure)
        case adopting(item: RemoteItem)
        // Update
        case updating
        case readingForUpdate(after: SiteFailure?)
        case marking
        case readingForMark(after: SiteFailure?)
        // Delete
        case deleting
        case readingForDelete(after: SiteFailure?)
        // Move
        case readingOrigin
        case deletingOrigin
        case rereadingOrigin
        case rereadingTarget(origin: RemoteItem)
        case carryingForward(origin: RemoteItem)
        // An intent that somebody left open
        case settlingCreate
        case settlingItem
        // A 404, which proves nothing alone
        indirect case askingList(Absence)
        indirect case askingAgain(Absence)
        indirect case provingList(Absence)
    }

    /// What follows once a record is durable.
    enum Continuation: Hashable, Sendable {
        case finish(RowResult)
        case deleteOrigin
    }

    package var task: RowTask
    /// What the item was read to show, by field, before the row's change was bound to its tag; `nil` for a column that the
    /// list lacks.
    var lastShown: [UInt64?]?
    package let context: RowContext
    var state = State.idle
    var attempts = 0
    /// The entry as last recorded, or as found.
    var entry: LedgerEntry?
    /// The intent that is open for what was sent last.
    var intent: Intent?
    /// The old item of a move, as it was when its values were taken along.
    var moved: RemoteItem?
    /// People's values of columns that are not mapped, for the new item of a move.
    var carried: [JSON.Member] = []
    /// Values of people for mapped fields, by index: they stay.
    var kept: [Int: JSON] = [:]
    var saved: [LedgerCommit.Saved] = []
    /// Those that the old item of a move had.
    var savedOfOrigin: [LedgerCommit.Saved] = []
    /// Fields that a person emptied in the old item of a move, and that a column's default filled in the new one, with the hash
    /// of that.
    var refilled: [Int: UInt64] = [:]
    /// A request of the open intent may have taken place: no later answer takes that back.
    var isInDoubt = false
    /// The request that was sent last.
    private var sent: ItemRequest?

    package init(_ task: RowTask, _ context: RowContext) {
        self.task = task
        self.context = context
        self.entry = task.ledger
        guard let repeated = task.repeated else { return }
        intent = repeated
        saved = repeated.saved
        isInDoubt = true
    }

    package var isFinished: Bool { state == .finished }

    package mutating func step(_ event: Event) -> Step {
        let step = next(event)
        if case .send(let request) = step { sent = request }
        return step
    }

    private mutating func next(_ event: Event) -> Step {
        switch (state, event) {
        case (.idle, .start): return begin()
        case (.intending(let effect), .intended):
            state = .waiting(effect.wait)
            return .send(effect.request)
        case (.waiting(let wait), .answered(let result)):
            guard case .failure(let failure) = result else { return answered(wait, result) }
            if failure.stopsEverything { return leave(failure) }
            if let absence = Absence(of: sent, wait, failure) { return askList(absence) }
            return answered(wait, result)
        case (.recording(let next), .recorded):
            intent = nil
            return proceed(next)
        case (.closing(let result), .recorded):
            intent = nil
            return finish(result)
        case (.idle, .intended), (.idle, .answered), (.idle, .recorded), (.intending, .start),
            (.intending, .answered), (.intending, .recorded), (.waiting, .start), (.waiting, .intended),
            (.waiting, .recorded), (.recording, .start), (.recording, .intended), (.recording, .answered),
            (.closing, .start), (.closing, .intended), (.closing, .answered), (.finished, _):
            preconditionFailure("a row got an event that its state cannot have")
        }
    }

    private mutating func begin() -> Step {
        if let open = task.open { return settle(open) }
        switch task.action {
        case .create: return isWrittenTooOften ?? create()
        case .update: return isWrittenTooOften ?? beginUpdate()
        case .delete: return beginDelete()
        case .mark: return beginMark()
        case .move: return isWrittenTooOften ?? readOrigin()
        case .finishMove: return deleteOrigin(tag: task.ledger?.prior?.etag)
        case .archive:
            return recordEntry(then: .done(.archive)) { entry, _, _ in
                entry.endRefusal()
                entry.state = .archived
            }
        case .rebase: return recordRebase()
        case .forget: return bury(.done(.forget))
        case .unchanged, .reject, .unrouted: return finish(.done(task.action))
        }
    }

    /// Something writes against us: the row is kept away before it becomes an endless game.
    private var isWrittenTooOften: Step? {
        mutating get {
            guard task.target?.allowsLoops != true, let entry, entry.writes.isExhausted(at: context.moment) else {
                return nil
            }
            return quarantine(.writeLoop, nil)
        }
    }

    mutating func answered(_ wait: Wait, _ result: Result<ItemAnswer, SiteFailure>) -> Step {
        switch wait {
        case .creating: created(result)
        case .findingKey(let failure): foundKey(result, after: failure)
        case .adopting(let item): adopted(result, item)
        case .updating: updated(result)
        case .readingForUpdate(let failure): readForUpdate(result, after: failure)
        case .marking: marked(result)
        case .readingForMark(let failure): readForMark(result, after: failure)
        case .deleting: deleted(result)
        case .readingForDelete(let failure): readForDelete(result, after: failure)
        case .readingOrigin: readOrigin(result)
        case .deletingOrigin: deletedOrigin(result)
        case .rereadingOrigin: rereadOrigin(result)
        case .rereadingTarget(let origin): rereadTarget(result, origin)
        case .carryingForward(let origin): carriedForward(result, origin)
        case .settlingCreate: settledCreate(result)
        case .settlingItem: settledItem(result)
        case .askingList(let absence): listAnswered(result, absence)
        case .askingAgain(let absence): askedAgain(result, absence)
        case .provingList(let absence): listProved(result, absence)
        }
    }

    // MARK: Steps that every protocol uses

    /// Sends a request that changes nothing.
    mutating func read(_ request: ItemRequest, _ wait: Wait) -> Step {
        state = .waiting(wait)
        return .send(request)
    }

    /// Sends an effect once its intent is durable. One that is durable as it is need not be written again.
    mutating func effect(_ request: ItemRequest, _ wait: Wait, _ intent: Intent) -> Step {
        if self.intent == intent {
            state = .waiting(wait)
            return .send(request)
        }
        self.intent = intent
        state = .intending(Effect(request: request, wait: wait))
        return .intend(intent)
    }

    /// The intent of an effect with what this row knows; `saved` goes along.
    func intent(
        _ kind: Intent.Kind, list: ListID? = nil, from: ItemLocation? = nil, fields: [JSON.Member] = [],
        written: [Int] = []
    ) -> Intent {
        Intent(
            key: task.key, syncKey: task.syncKey, kind: kind, list: list, from: from, fields: fields,
            written: written, hash: task.hash, mappingVersion: context.mappingVersion, saved: saved,
            repeats: task.repeated != nil)
    }

    mutating func finish(_ result: RowResult) -> Step {
        state = .finished
        return .finish(result)
    }

    /// Ends with a failure. An intent whose request is known to have done nothing is closed; else it stays open and is
    /// settled by the next round.
    mutating func leave(_ failure: SiteFailure) -> Step {
        // What somebody else left open is not settled by a read that failed.
        guard let intent, failure.outcome == .notDone, !isInDoubt, task.open == nil else {
            return finish(.failed(failure))
        }
        return close(intent, .failed(failure))
    }

    /// Ends without having sent what the last step wanted to send: an operator asked for a stop.
    mutating func abandon() -> Step { leave(SiteFailure(.cancelled, reason: "stopped before it was sent")) }

    mutating func close(_ intent: Intent, _ result: RowResult) -> Step {
        state = .closing(result)
        return .close(intent.key)
    }

    /// The failure, unless the request may be tried once more.
    mutating func retry(_ failure: SiteFailure, _ again: (inout RowMachine) -> Step) -> Step {
        if failure.outcome == .unknown { isInDoubt = true }
        attempts += 1
        guard attempts < context.attemptsMax else { return leave(failure) }
        return again(&self)
    }

    /// Begins anew with what is to be saved. What a request in doubt replaced is nowhere else, and stays.
    mutating func forgetSaved(besides item: RemoteItem) {
        guard isInDoubt else {
            saved = []
            return
        }
        saved.removeAll { item[$0.field] == $0.value }
    }

    mutating func record(_ entry: LedgerEntry, then next: Continuation) -> Step {
        let replaced = self.entry?.version
        var entry = entry
        entry.version = (replaced ?? 0) + 1
        self.entry = entry
        state = .recording(then: next)
        isInDoubt = false
        defer { saved = [] }
        return .record(.put(entry, sourceKey: task.syncKey, replaces: replaced), saved: saved)
    }

    /// The row's item is gone for good. Where it was is remembered, so that one that is restored is known.
    mutating func bury(_ result: RowResult) -> Step {
        guard let entry else { return finish(result) }
        let last = entry.list.flatMap { list in
            entry.item.map { ItemLocation(list: list, item: $0, etag: nil) }
        }
        guard let place = last ?? entry.prior else { return forgetEntry(result) }
        let grave = LedgerEntry(
            key: entry.key, state: .tombstone, mappingVersion: entry.mappingVersion,
            prior: ItemLocation(list: place.list, item: place.item, etag: nil))
        return record(grave, then: .finish(result))
    }

    /// The row is as if it had never had an item.
    mutating func forgetEntry(_ result: RowResult) -> Step {
        guard let entry else { return finish(result) }
        state = .recording(then: .finish(result))
        isInDoubt = false
        defer { saved = [] }
        return .record(.remove(task.key, version: entry.version), saved: saved)
    }

    /// - Parameter change: Gets the entry and, since it may not look at the machine while that changes, task and context.
    mutating func recordEntry(
        then result: RowResult, _ change: (inout LedgerEntry, RowTask, RowContext) -> Void
    ) -> Step {
        guard var entry else { return finish(result) }
        change(&entry, task, context)
        return record(entry, then: .finish(result))
    }

    private mutating func proceed(_ next: Continuation) -> Step {
        switch next {
        case .finish(let result): return finish(result)
        case .deleteOrigin: return deleteOrigin(tag: entry?.prior?.etag)
        }
    }

    private mutating func recordRebase() -> Step {
        recordEntry(then: .done(.rebase)) { entry, task, context in
            guard let hash = task.hash else { return }
            let base = task.base
            // A new column is empty on the other side, and nobody has touched it.
            func filled(_ hashes: [UInt64?]?) -> [UInt64] {
                hash.fields.indices.map { index in hashes.flatMap { $0[index] } ?? hash.fields[index] }
            }
            entry.state = .synced
            entry.refusal = nil
            entry.contentHash = hash.whole
            entry.fieldHashes = hash.fields
            entry.setRemoteBase(filled(base?.remote))
            // The answer of old is of another projection, so it proves nothing about the new one.
            entry.remoteHash = nil
            let seen = filled(base?.seen)
            entry.seenHashes = seen == entry.remoteBase ? nil : seen
            entry.mappingVersion = context.mappingVersion
            entry.canonVersion = CanonicalForm.version
        }
    }
}

extension SiteFailure {
    /// Failures that no look at one row can settle: waiting, rights, a missing list, a silent host.
    var stopsEverything: Bool {
        switch kind {
        case .throttled, .forbidden, .unauthenticated, .unreachable, .cancelled, .missing, .locked: true
        case .transient, .stale, .gone, .refused, .conflict, .malformed, .expired, .itemLocked: false
        }
    }
}
