internal import Core

extension DefinitionWork {
    /// What people changed in the item of a row.
    struct Drift {
        /// Indices of fields whose item shows something else than what both sides agreed on.
        var fields: [Int] = []
        /// Nobody knows what they agreed on.
        var isUnknown = false
    }

    /// - Parameter columns: Internal names of the columns of lists that were looked at.
    func drift(of entry: LedgerEntry, _ columns: [ListID: Set<String>] = [:]) -> Drift {
        // What people typed into a list that is gone went with it, and was said then.
        if let id = entry.list, knownLists?.contains(id) == false { return Drift() }
        guard let base = decider.base(of: entry) else { return Drift() }
        // What a column held went with it.
        let there = entry.list.flatMap { columns[$0] }
        let fields = bound.fields.indices.filter { index in
            base.hasDrifted(index) && there?.contains(bound.fields[index].target) ?? true
        }
        return Drift(
            fields: fields, isUnknown: !fields.isEmpty && fields.allSatisfy { base.remote[$0] == RowBase.unknown })
    }
}
