internal import Core

/// Marking the item of a row that is gone (`deletes: MARK`).
extension RowMachine {
    mutating func beginMark() -> Step {
        guard let place else { return bury(.done(.mark)) }
        return place.etag == nil ? readForMark(after: nil) : mark(tag: place.etag)
    }

    /// The mark is bound to the tag as every change is: one that arrives late must not mark the item of a row that is
    /// there again.
    private mutating func mark(tag: String?) -> Step {
        guard var place else { return bury(.done(.mark)) }
        place.etag = tag
        let fields = [JSON.Member(DeletionMark.column, .string(context.now.isoText))]
        return effect(
            .update(list: place.list.text, item: place.item, etag: tag, fields: fields), .marking,
            intent(.mark, from: place, fields: fields))
    }

    mutating func marked(_ result: Result<ItemAnswer, SiteFailure>) -> Step {
        switch result {
        case .success(.updated(let item)): return recordMark(item, .done(.mark))
        case .success: return readForMark(after: SiteFailure(.malformed, outcome: .unknown, reason: "an odd answer"))
        case .failure(let failure):
            switch failure.kind {
            case .gone: return bury(.done(.mark))
            case .refused, .conflict: return quarantine(.refused, failure)
            case .itemLocked: return locked(failure)
            default: return readForMark(after: failure)
            }
        }
    }

    private mutating func readForMark(after failure: SiteFailure?) -> Step {
        if failure?.outcome == .unknown { isInDoubt = true }
        guard let place else { return bury(.done(.mark)) }
        return read(
            .read(
                list: place.list.text, item: place.item,
                select: context.selection(in: place.list, and: [DeletionMark.column])),
            .readingForMark(after: failure))
    }

    mutating func readForMark(_ result: Result<ItemAnswer, SiteFailure>, after failure: SiteFailure?) -> Step {
        switch result {
        case .success(.item(let item)):
            if ItemMarks.isFilled(item[DeletionMark.column]) { return recordMark(item, .done(.mark)) }
            guard let failure else { return mark(tag: item.etag) }
            return retry(failure) { $0.mark(tag: item.etag) }
        case .success: return leave(SiteFailure(.malformed, reason: "an odd answer"))
        case .failure(let other) where other.kind == .gone: return bury(.done(.mark))
        case .failure(let other): return retry(other) { $0.readForMark(after: failure) }
        }
    }

    /// The item with its mark, and what it shows beside it.
    mutating func recordMark(_ item: RemoteItem, _ result: RowResult) -> Step {
        recordEntry(then: result) { entry, _, context in
            entry.endRefusal()
            entry.state = .marked
            context.see(item, in: &entry)
        }
    }
}
