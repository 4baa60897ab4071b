internal import Core

extension RowMachine {
    /// What a person typed is saved before it goes with its item.
    mutating func beginDelete() -> Step {
        if context.fields.indices.contains(where: { task.base?.hasDrifted($0) ?? false }) { return readForDelete() }
        return delete(tag: task.ledger?.etag)
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
            case .refused, .conflict: return leave(failure)
            default:
                if failure.outcome == .unknown { isInDoubt = true }
                return readForDelete()
            }
        }
    }

    private mutating func readForDelete() -> Step {
        guard let place else { return bury(.done(.delete)) }
        return read(
            .read(list: place.list.text, item: place.item, select: context.selection()), .readingForDelete)
    }

    mutating func readForDelete(_ result: Result<ItemAnswer, SiteFailure>) -> Step {
        switch result {
        case .success(.item(let item)):
            // The row is gone, so its item goes; what a person typed since is kept in the conflicts.
            saved = []
            for index in context.fields.indices where personChanged(item, index) { save(item, index) }
            return retry(SiteFailure(.stale, reason: "the item kept changing")) { $0.delete(tag: item.etag) }
        case .success: return leave(SiteFailure(.malformed, reason: "an odd answer"))
        case .failure(let failure) where failure.kind == .gone: return bury(.done(.delete))
        case .failure(let failure): return retry(failure) { $0.readForDelete() }
        }
    }
}
