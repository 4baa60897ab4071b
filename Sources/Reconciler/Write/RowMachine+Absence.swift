internal import Core

extension RowMachine {
    /// A 404 for one item, until it is proved. The service answers 404 with the same code for an item whose list is
    /// missing, and now and then for an item that exists (FACTS 13).
    struct Absence: Hashable, Sendable {
        var list: String
        var item: Int64
        /// What was asked for was to change it: an earlier sending of the same request may be why it is gone.
        var isOfWrite: Bool
        /// What waited for the answer that was a 404.
        var wait: Wait
        var failure: SiteFailure

        /// - Returns: `nil` unless an item that was named by its id is said to be gone for the first time.
        init?(of request: ItemRequest?, _ wait: Wait, _ failure: SiteFailure) {
            guard failure.kind == .gone else { return nil }
            if case .askingAgain = wait { return nil }
            switch request {
            case .update(let list, let item, _, _), .delete(let list, let item, _):
                (self.list, self.item, isOfWrite) = (list, item, true)
            case .read(let list, let item, _): (self.list, self.item, isOfWrite) = (list, item, false)
            case .create, .find, .probe, nil: return nil
            }
            self.wait = wait
            self.failure = failure
        }

        /// The item was seen after the service had said that it is gone.
        var disproof: SiteFailure {
            SiteFailure(
                .transient, outcome: failure.outcome, status: failure.status, code: failure.code,
                reason: "the service answers that the item does not exist, and shows it", requestID: failure.requestID)
        }
    }

    /// The list must have answered since, and its answer must not show the item.
    mutating func askList(_ absence: Absence) -> Step {
        // A write that was sent again and found nothing may have been done the first time, whatever keeps this from being
        // found out.
        if absence.isOfWrite, absence.failure.outcome == .unknown { isInDoubt = true }
        // Without the column of keys a list cannot be asked for one.
        if context.lacks(SyncKey.column, in: ListID(absence.list)) {
            return read(.probe(list: absence.list), .askingList(absence))
        }
        return read(.find(list: absence.list, key: task.syncKey, select: [SyncKey.column]), .askingList(absence))
    }

    mutating func listAnswered(_ result: Result<ItemAnswer, SiteFailure>, _ absence: Absence) -> Step {
        switch result {
        case .success(.found(let items)):
            // A lookup by key can be blind for an item, so that its silence is no proof either.
            guard !items.contains(where: { $0.id == absence.item }) else {
                return answered(absence.wait, .failure(absence.disproof))
            }
            return read(.read(list: absence.list, item: absence.item, select: []), .askingAgain(absence))
        case .success: return leave(absence, SiteFailure(.malformed, reason: "an odd answer"))
        // Also where the list lost its keys just now: its refusal to look for one does not say what items it has.
        case .failure(let failure): return leave(absence, failure)
        }
    }

    /// Nobody knows whether the item is gone, nor whether a write of ours was done.
    private mutating func leave(_ absence: Absence, _ failure: SiteFailure) -> Step {
        if absence.isOfWrite { isInDoubt = true }
        return leave(failure)
    }

    mutating func askedAgain(_ result: Result<ItemAnswer, SiteFailure>, _ absence: Absence) -> Step {
        switch result {
        case .success: answered(absence.wait, .failure(absence.disproof))
        // Its list may have gone since that answered.
        case .failure(let failure) where failure.kind == .gone:
            read(.probe(list: absence.list), .provingList(absence))
        case .failure(let failure): leave(absence, failure)
        }
    }

    mutating func listProved(_ result: Result<ItemAnswer, SiteFailure>, _ absence: Absence) -> Step {
        switch result {
        case .success(.found(let items)):
            let isThere = items.contains { $0.id == absence.item }
            return answered(absence.wait, .failure(isThere ? absence.disproof : absence.failure))
        case .success: return leave(absence, SiteFailure(.malformed, reason: "an odd answer"))
        case .failure(let failure): return leave(absence, failure)
        }
    }

    /// The item cannot be written. Whether its list can is not for this answer to say: the row is kept away only in the
    /// pass that comes when the list has shown that it takes writes.
    mutating func locked(_ failure: SiteFailure) -> Step {
        // An earlier request may still arrive when the lock is lifted.
        if isInDoubt { return finish(.unsettled) }
        return context.quarantinesLockedItems ? quarantine(.itemLocked, failure) : leave(failure)
    }
}
