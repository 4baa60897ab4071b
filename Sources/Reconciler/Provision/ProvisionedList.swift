package import Core

/// A list that is ready for rows.
package struct ProvisionedList: Hashable, Sendable {
    package var list: ManagedList
    package var columns: [RemoteColumn]
    /// Internal names of columns whose default was sent, and which have none.
    package var ignoredDefaults: [String]

    package init(list: ManagedList, columns: [RemoteColumn], ignoredDefaults: [String] = []) {
        self.ignoredDefaults = ignoredDefaults
        self.list = list
        self.columns = columns
    }

    /// Columns that people fill and that can be written: none of ours, none of the system's.
    package func peoplesColumns(besides ours: Set<String>) -> Set<String> {
        let template: Set<String> = ["ContentType", "Attachments", "Edit"]
        return Set(
            columns.filter { column in
                column.type != nil && !column.readOnly && !column.hidden && !column.name.hasPrefix("_")
                    && !template.contains(column.name) && !ours.contains(column.name)
            }.map(\.name))
    }

    /// Columns that people fill and that cannot be written: kinds that Graph, or this version, does not write.
    package func fixedColumns(besides ours: Set<String>) -> Set<String> {
        let template: Set<String> = ["ContentType", "Attachments", "Edit"]
        return Set(
            columns.filter { column in
                column.type == nil && column.facet != nil && column.facet != "calculated" && !column.readOnly
                    && !column.hidden && !column.name.hasPrefix("_") && !template.contains(column.name)
                    && !ours.contains(column.name)
            }.map(\.name))
    }
}
