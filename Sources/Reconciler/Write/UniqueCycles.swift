internal import Core

/// Rows whose unique values stand in each other's way: each wants what another holds. No order of writing helps; one of
/// them has to let go first.
enum UniqueCycles {
    /// An update of the first row, in key order, of a cycle: it takes away the value that another waits for.
    /// - Parameter unique: Indices of the fields whose values are unique.
    /// - Returns: `nil` if there is no cycle: then a value that is wanted is held by somebody else.
    static func breaking(_ waiting: [RowTask], unique: [Int]) -> RowTask? {
        let tasks = waiting.filter { $0.action == .update && $0.base != nil && $0.hash != nil }
            .sorted { $0.key < $1.key }
        for field in unique {
            var holders: [UInt64: Int] = [:]
            for (index, task) in tasks.enumerated() {
                if let held = task.base?.seen[field], held != ContentHash.noValue { holders[held] = index }
            }
            for start in tasks.indices {
                var at = start
                var steps = 0
                while let wanted = tasks[at].hash?.fields[field], tasks[at].changedFields.contains(field),
                    let next = holders[wanted], next != at, steps <= tasks.count
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
    /// The same row after another step of it was recorded.
    func continuing(from entry: LedgerEntry, _ decider: RowDecider) -> RowTask {
        var task = self
        task.ledger = entry
        task.base = decider.base(of: entry)
        return task
    }
}
