internal import Core

extension RowMachine {
    /// An item in which a person may have typed is read first: what goes with it is saved.
    mutating func beginDelete() -> Step {
        let isAsWeLeftIt = task.base.map { !$0.hasDrifted && $0.mayHold.isEmpty } ?? false
        guard let place, place.etag == nil || !isAsWeLeftIt else { return delete(tag: place?.etag) }
        return readForDelete(after: nil)
    }

    mutating func delete(tag: String?) -> Step {
        guard var place else { return bury(.done(.delete)) }
        place.etag = tag
        return effect(
            .delete(list: place.list.text, item: place.item, etag: tag), .deleting, intent(.delete, from: place))
    }

    mutating func deleted(_ result: Result<ItemAnswer, SiteFailure>) -> Step {
        switch result {
        case .success: return bury(.done(.delete))
        case .failure(let failure):
            switch failure.kind {
            case .gone: return bury(.done(.delete))
            case .refused, .conflict: return quarantine(.refused, failure)
            case .itemLocked: return locked(failure)
            default:
                if failure.outcome == .unknown { isInDoubt = true }
                return readForDelete(after: SiteFailure(.stale, reason: "the item kept changing"))
            }
        }
    }

    private mutating func readForDelete(after failure: SiteFailure?) -> Step {
        guard let place else { return bury(.done(.delete)) }
        return read(
            .read(list: place.list.text, item: place.item, select: context.selection(in: place.list)),
            .readingForDelete(after: failure))
    }

    mutating func readForDelete(_ result: Result<ItemAnswer, SiteFailure>, after failure: SiteFailure?) -> Step {
        switch result {
        case .success(.item(let item)):
            // The row is gone, so its item goes; what a person typed since is kept in the conflicts.
            forgetSaved(besides: item)
            for index in context.fields.indices where personChanged(item, index) { save(item, index) }
            guard let failure else { return delete(tag: item.etag) }
            return retry(failure) { $0.delete(tag: item.etag) }
        case .success: return leave(SiteFailure(.malformed, reason: "an odd answer"))
        case .failure(let other) where other.kind == .gone: return bury(.done(.delete))
        case .failure(let other): return retry(other) { $0.readForDelete(after: failure) }
        }
    }
}
