/// Whether a list that is there has room for what is to come: people's columns and columns of before take theirs.
extension SchemaPlanner {
    mutating func planLimits(_ planned: PlannedList, _ found: [RemoteColumn]) {
        let theirs = found.filter { !ColumnNames.isOfEveryList($0.name) }
        let new = planned.columns.filter { $0.found == nil }
        let bytes = ListLimits.titleBytes + theirs.reduce(0) { $0 + $1.rowBytes }
        let newBytes = new.reduce(0) { $0 + $1.column.type.rowBytes }
        var problems: [String] = []
        if newBytes > 0, bytes + newBytes > ListLimits.rowBytes {
            problems.append(
                "its columns take \(grouped(bytes)) bytes of a row and would take \(grouped(newBytes)) more; a row has "
                    + grouped(ListLimits.rowBytes))
        }
        let indexes = found.count { $0.indexed || $0.unique }
        let newIndexes = planned.columns.count { column in
            let hasOne = column.found.map { $0.indexed || $0.unique } ?? false
            return !hasOne && (column.change.indexed == true || column.change.unique == true)
        }
        if newIndexes > 0, indexes + newIndexes > ListLimits.indexes {
            problems.append(
                "it has \(indexes) indexes and would get \(newIndexes) more; a list has \(ListLimits.indexes)")
        }
        guard !problems.isEmpty else { return }
        plan.hazards.append(
            Hazard(
                .listTooWide, at: .list(planned.site, planned.name), problems.joined(separator: "; "),
                remedy:
                    "leave fields out, take `indexed` or `unique` off some, or let somebody remove columns and indexes "
                    + "from the list that nobody needs", place: planned.place))
    }
}
