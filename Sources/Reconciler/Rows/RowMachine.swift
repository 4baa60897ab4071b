package import Core

/// The protocol of one row, as a step machine: an event in, the next step out. It performs nothing itself.
///
/// Every step can be repeated: an update and a delete carry the tag they were planned on, a create carries the row's key
/// into a column whose values are unique, and an unclear outcome is looked at before anything is sent again (SPEC §11).
package struct RowMachine: Sendable {
    package enum Event: Hashable, Sendable {
        case start
        case answered(Result<ItemAnswer, SiteFailure>)
        /// What the last step asked to record is durable.
        case recorded
    }

    package enum Step: Hashable, Sendable {
        case send(ItemRequest)
        case record(LedgerCommit.Change, saved: [LedgerCommit.Saved])
        case finish(RowResult)
    }

    enum State: Hashable, Sendable {
        case idle
        // Create, also as the second half of a move.
        case creating
        case findingKey(after: SiteFailure)
        case clearingDefaults(item: RemoteItem)
        case adopting(item: RemoteItem)
        // Update
        case updating(tag: String?)
        case readingForUpdate(after: SiteFailure)
        // Delete
        case deleting(tag: String?)
        case readingForDelete
        // Move
        case readingOrigin
        case deletingOrigin(tag: String?)
        case rereadingOrigin
        case rereadingTarget(origin: RemoteItem)
        case carryingForward(origin: RemoteItem)
        case marking(tag: String?)
        case recording(then: Continuation)
        case finished
    }

    /// What follows once a record is durable.
    enum Continuation: Hashable, Sendable {
        case finish(RowResult)
        case deleteOrigin
    }

    package let task: RowTask
    let context: RowContext
    var state = State.idle
    var attempts = 0
    /// The entry as last recorded, or as found.
    var entry: LedgerEntry?
    /// The old item of a move, as it was when its values were taken along.
    var moved: RemoteItem?
    /// People's values of columns that are not mapped, for the new item of a move.
    var carried: [JSON.Member] = []
    /// Values of people for mapped fields, by index: they stay.
    var kept: [Int: JSON] = [:]
    var saved: [LedgerCommit.Saved] = []

    package init(_ task: RowTask, _ context: RowContext) {
        self.task = task
        self.context = context
        self.entry = task.ledger
    }

    package var isFinished: Bool { state == .finished }

    package mutating func step(_ event: Event) -> Step {
        switch (state, event) {
        case (.idle, .start): return begin()
        case (.recording(let next), .recorded): return proceed(next)
        case (_, .answered(let result)):
            if case .failure(let failure) = result, failure.stopsEverything { return finish(.failed(failure)) }
            return answered(result)
        case (_, .start), (_, .recorded):
            preconditionFailure("a row got an event that its state cannot have")
        }
    }

    private mutating func begin() -> Step {
        switch task.action {
        case .create: return create()
        case .update: return update(tag: task.ledger?.etag)
        case .delete: return delete(tag: task.ledger?.etag)
        case .mark: return mark(tag: task.ledger?.etag)
        case .move: return readOrigin()
        case .finishMove: return deleteOrigin(tag: task.ledger?.prior?.etag)
        case .archive: return recordEntry(then: .done(.archive)) { entry, _, _ in entry.state = .archived }
        case .rebase: return recordRebase()
        case .forget: return removeEntry(.done(.forget))
        case .unchanged, .reject, .unrouted: return finish(.done(task.action))
        }
    }

    private mutating func answered(_ result: Result<ItemAnswer, SiteFailure>) -> Step {
        switch state {
        case .creating: return created(result)
        case .findingKey(let failure): return foundKey(result, after: failure)
        case .clearingDefaults(let item): return clearedDefaults(result, item)
        case .adopting(let item): return adopted(result, item)
        case .updating: return updated(result)
        case .readingForUpdate(let failure): return readForUpdate(result, after: failure)
        case .deleting: return deleted(result)
        case .readingForDelete: return readForDelete(result)
        case .readingOrigin: return readOrigin(result)
        case .deletingOrigin: return deletedOrigin(result)
        case .rereadingOrigin: return rereadOrigin(result)
        case .rereadingTarget(let origin): return rereadTarget(result, origin)
        case .carryingForward(let origin): return carriedForward(result, origin)
        case .marking: return marked(result)
        case .idle, .recording, .finished: preconditionFailure("an answer that nobody waited for")
        }
    }

    // MARK: Steps that every protocol uses

    mutating func send(_ request: ItemRequest, _ next: State) -> Step {
        state = next
        return .send(request)
    }

    mutating func finish(_ result: RowResult) -> Step {
        state = .finished
        return .finish(result)
    }

    /// The failure, unless the request may be tried once more.
    mutating func retry(_ failure: SiteFailure, _ again: (inout RowMachine) -> Step) -> Step {
        attempts += 1
        guard attempts < context.attemptsMax else { return finish(.failed(failure)) }
        return again(&self)
    }

    mutating func record(_ entry: LedgerEntry, then next: Continuation) -> Step {
        let replaced = self.entry?.version
        var entry = entry
        entry.version = (replaced ?? 0) + 1
        self.entry = entry
        state = .recording(then: next)
        defer { saved = [] }
        return .record(.put(entry, sourceKey: task.syncKey, replaces: replaced), saved: saved)
    }

    mutating func removeEntry(_ result: RowResult) -> Step {
        guard let entry else { return finish(result) }
        state = .recording(then: .finish(result))
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
            entry.state = .synced
            entry.contentHash = hash.whole
            // The answer of old is of another projection, so it proves nothing about the new one.
            entry.remoteHash = nil
            entry.fieldHashes = hash.fields
            entry.mappingVersion = context.mappingVersion
            entry.canonVersion = CanonicalForm.version
        }
    }

    /// The service refuses the row's content. With unique columns it may be about a value that is still elsewhere.
    mutating func refused(_ failure: SiteFailure) -> Step {
        guard context.hasUniqueFields else { return quarantine(.refused, failure) }
        return context.quarantinesUniqueValues ? quarantine(.uniqueValue, failure) : finish(.uniqueValue(failure))
    }

    /// Keeps the row away from the service until either side changes.
    mutating func quarantine(_ code: RejectCode, _ failure: SiteFailure?) -> Step {
        var entry = entry ?? LedgerEntry(key: task.key, state: .quarantined)
        entry.state = .quarantined
        entry.refusal = code
        entry.contentHash = task.hash?.whole
        // What the refused fields hold on the other side is not what was sent: no hash of a value, so that they are
        // written again with whatever comes next.
        entry.fieldHashes = task.hash?.fields ?? []
        for index in task.changedFields where entry.fieldHashes.indices.contains(index) { entry.fieldHashes[index] = 0 }
        entry.mappingVersion = context.mappingVersion
        return record(entry, then: .finish(.quarantined(code, failure)))
    }
}

extension SiteFailure {
    /// Failures that no look at one row can settle: waiting, rights, a missing list, a silent host.
    var stopsEverything: Bool {
        switch kind {
        case .throttled, .forbidden, .unauthenticated, .unreachable, .cancelled, .missing, .locked: true
        case .transient, .stale, .gone, .refused, .conflict, .malformed, .expired: false
        }
    }
}
