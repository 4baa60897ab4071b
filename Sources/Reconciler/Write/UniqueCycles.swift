internal import Core

/// Rows whose unique values stand in each other's way: each wants what another holds. No order of writing helps; one of
/// them has to let go first.
enum UniqueCycles {
    /// A value that one item of a list can have.
    fileprivate struct Place: Hashable {
        var list: ListID
        var value: UInt64
    }

    /// An update of the first row, in key order, of a cycle: it takes away the value that another waits for.
    ///
    /// Values are unique in a list. A row that changes lists holds its value in the list where its item is, and wants one
    /// in the other.
    /// - Parameter unique: Indices of the fields whose values are unique.
    /// - Returns: `nil` if there is no cycle: then a value that is wanted is held by somebody else.
    static func breaking(_ waiting: [RowTask], unique: [Int]) -> RowTask? {
        let tasks = waiting.filter(\.canLetGo).sorted { $0.key < $1.key }
        for field in unique {
            var holders: [Place: Int] = [:]
            for (index, task) in tasks.enumerated() {
                if let held = task.held(field) { holders[held] = index }
            }
            for start in tasks.indices {
                var at = start
                var steps = 0
                while let wanted = tasks[at].wanted(field), let next = holders[wanted], next != at,
                    steps <= tasks.count
                {
                    at = next
                    steps += 1
                    if at == start { return clearing(field, of: tasks[start]) }
                }
            }
        }
        return nil
    }

    /// An update that writes nothing but an empty value.
    private static func clearing(_ field: Int, of task: RowTask) -> RowTask {
        var clearing = task
        clearing.action = .update
        if task.action == .move { (clearing.target, clearing.origin) = (task.origin, nil) }
        clearing.values[field] = .null
        clearing.changedFields = [field]
        // The ledger records what the item then holds: the old values, and nothing in this field.
        var fields = (task.base?.sent ?? []).map { $0 ?? ContentHash.noValue }
        if fields.indices.contains(field) { fields[field] = ContentHash.noValue }
        clearing.hash = ContentHash(fields: fields)
        return clearing
    }
}

extension RowTask {
    /// The row has an item whose values are known.
    fileprivate var canLetGo: Bool {
        switch action {
        case .update, .move: base != nil && hash != nil && ledger?.list != nil
        case .create, .finishMove, .delete, .mark, .archive, .rebase, .forget, .unchanged, .reject, .unrouted: false
        }
    }

    /// Where the row's item stands in another's way.
    fileprivate func held(_ field: Int) -> UniqueCycles.Place? {
        guard let list = ledger?.list, let value = base?.seen[field], value != ContentHash.noValue else { return nil }
        return UniqueCycles.Place(list: list, value: value)
    }

    /// What the row waits for. A move writes every field, an update those that changed.
    fileprivate func wanted(_ field: Int) -> UniqueCycles.Place? {
        guard action == .move || changedFields.contains(field), let list = target?.id,
            let value = hash?.fields[field], value != ContentHash.noValue
        else { return nil }
        return UniqueCycles.Place(list: list, value: value)
    }
}

extension RowTask {
    /// The same row after another step of it was recorded.
    func continuing(from entry: LedgerEntry, _ decider: RowDecider) -> RowTask {
        var task = self
        task.ledger = entry
        task.base = decider.base(of: entry)
        return task
    }
}
