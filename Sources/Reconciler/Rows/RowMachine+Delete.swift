internal import Core

extension RowMachine {
    mutating func delete(tag: String?) -> Step {
        guard let list = task.ledger?.list, let item = task.ledger?.item else { return removeEntry(.done(.delete)) }
        return send(.delete(list: list.text, item: item, etag: tag), .deleting(tag: tag))
    }

    mutating func deleted(_ result: Result<ItemAnswer, SiteFailure>) -> Step {
        switch result {
        case .success: return removeEntry(.done(.delete))
        case .failure(let failure):
            switch failure.kind {
            case .gone: return removeEntry(.done(.delete))
            case .refused, .conflict: return finish(.failed(failure))
            default: return readForDelete()
            }
        }
    }

    private mutating func readForDelete() -> Step {
        guard let list = task.ledger?.list, let item = task.ledger?.item else { return removeEntry(.done(.delete)) }
        return send(.read(list: list.text, item: item, select: context.selection()), .readingForDelete)
    }

    mutating func readForDelete(_ result: Result<ItemAnswer, SiteFailure>) -> Step {
        switch result {
        case .success(.item(let item)):
            // The row is gone, so its item goes; what a person typed since is kept in the conflicts.
            saved = []
            for index in context.fields.indices where personChanged(item, index) { save(item, index) }
            return retry(SiteFailure(.stale, reason: "the item kept changing")) { $0.delete(tag: item.etag) }
        case .success: return finish(.failed(SiteFailure(.malformed, reason: "an odd answer")))
        case .failure(let failure) where failure.kind == .gone: return removeEntry(.done(.delete))
        case .failure(let failure): return retry(failure) { $0.readForDelete() }
        }
    }
}
