/// Columns of our lists that no field fills any more, because the source lost the column or the manifests lost the field.
/// They stay and are no longer written (SPEC §3). The plan says so, and asks where one was probably renamed.
extension SchemaPlanner {
    mutating func planVanished(_ definition: BoundDefinition) {
        guard let registered = registry.definition(definition.definition.name) else { return }
        let vanished = vanished(definition, registered)
        for one in vanished {
            let reason =
                one.lostSource.map { "its source column \(quoted($0)) is gone" } ?? "no field fills it any more"
            plan.notes.append(
                SchemaNote(
                    .column(one.list.site, one.list.name, one.name),
                    "\(reason): the column is no longer written and keeps what it holds"))
            // Title is the template's own and never counted.
            if one.name != "Title" { plan.unchanged += 1 }
        }
        planRenames(vanished, definition, registered)
    }

    private func vanished(_ definition: BoundDefinition, _ registered: RegisteredDefinition) -> [VanishedColumn] {
        let site = definition.definition.siteProfile
        let written = Set(registered.mappings.values.joined())
        let wanted = Set(definition.columns.map { $0.name.lowercased() })
        var found: [VanishedColumn] = []
        for list in registry.lists(of: registered) where list.site == site && definition.lists.contains(list.name) {
            let columns = sites[site]?.columns[list.remoteID] ?? []
            for record in list.columns
            where written.contains(record.name) && !wanted.contains(record.name.lowercased())
                && !ignores(record.name, in: list.name, of: definition)
            {
                guard let column = columns.first(where: { $0.name.lowercased() == record.name.lowercased() }) else {
                    continue
                }
                let sources = registered.automaticNames.filter { $0.value == record.name }.keys.sorted()
                found.append(
                    VanishedColumn(
                        list: list, column: column, name: record.name,
                        lostSource: sources.first { definition.relation.column($0) == nil }, applied: record.applied))
            }
        }
        return found
    }

    // MARK: Renames

    /// A column that vanished beside a new one of its type was probably renamed. Only the mapping that was registered last
    /// counts: with it the question was answered.
    private mutating func planRenames(
        _ vanished: [VanishedColumn], _ definition: BoundDefinition, _ registered: RegisteredDefinition
    ) {
        let last = registered.mappings[registered.mappingVersion] ?? []
        let gone = last.compactMap { name in vanished.first { $0.name == name } }
        guard !gone.isEmpty else { return }
        let lists = registry.lists(of: registered)
        let known = Set((last + lists.flatMap { $0.columns.map(\.name) }).map { $0.lowercased() })
        let new = definition.columns.filter { column in
            !known.contains(column.name.lowercased()) && definition.fields.contains { $0.target == column.name }
        }
        let candidates = gone.map { one in new.filter { one.mayBe($0) } }
        for (index, one) in gone.enumerated() where !candidates[index].isEmpty {
            // The fields of a renamed column keep their order.
            let rivals = candidates.indices.filter { candidates[$0] == candidates[index] }
            let isPaired = rivals.count == candidates[index].count
            let pair = isPaired ? rivals.firstIndex(of: index).map { [candidates[index][$0]] } : nil
            let rows = vanished.filter { $0.name == one.name }.reduce(0) { $0 + $1.list.liveRows }
            plan.hazards.append(one.rename(to: pair ?? candidates[index], rows: rows, definition))
        }
    }
}

/// A column of one list that no field fills any more, and that is still there.
private struct VanishedColumn {
    var list: ManagedList
    var column: RemoteColumn
    /// The name that the mapping had for it.
    var name: String
    /// The column's source under `auto`, if the table no longer has it.
    var lostSource: String?
    /// The settings that were applied last, as ``ColumnSpec`` writes them.
    var applied: String?
}

extension VanishedColumn {
    /// Whether the new column could take the place of this one without being replaced.
    fileprivate func mayBe(_ new: DesiredColumn) -> Bool {
        guard let type = column.type else { return false }
        // Title is of one line whatever its source is.
        if case .text = type, case .text = new.type, name == "Title" || new.isTitle { return true }
        return type.isSameKind(as: new.type)
    }

    fileprivate func rename(to new: [DesiredColumn], rows: Int, _ definition: BoundDefinition) -> Hazard {
        let names = quoted(all: new.map(\.name))
        let only = new.count == 1 ? new.first : nil
        let begin =
            lostSource == nil ? "no field fills \(quoted(name)) any more" : "the source of \(quoted(name)) is gone"
        let outcome =
            switch only {
            case nil: "new columns are made"
            case let column? where column.isTitle: "its values go to \(names)"
            case .some: "a new column \(names) is made"
            }
        return Hazard(
            .probableRename, at: .definition(definition.definition.name),
            "\(begin), and \(names) \(new.count == 1 ? "is" : "are") new with the same type "
                + "(\((new.first ?? definition.columns.first)?.type.words ?? "")): as it stands \(outcome), and "
                + "\(quoted(name)) stays with what it holds and ages",
            rows: rows, remedy: remedy(only, definition),
            place: only?.place ?? definition.definition.mapping.place ?? definition.definition.place)
    }

    private func remedy(_ new: DesiredColumn?, _ definition: BoundDefinition) -> String {
        let mapping = definition.definition.mapping
        if let new, mapping.fields.contains(where: { $0.target == new.name }) {
            return "if the values are the same, keep the column with target: \(name) in the field of "
                + "\(quoted(new.name)); if it is another column, allow the hazard"
        }
        let source = new.map { $0.sourceColumn.map(FlowText.plain) ?? "…" } ?? "…"
        let words = displayName.map { ", displayName: \(FlowText.plain($0))" } ?? ""
        let field = "{ source: \(source), target: \(name)\(words) }"
        let isBare = mapping.fields.isEmpty && mapping.auto?.skip.isEmpty ?? false
        let advice =
            isBare ? "mapping: { auto: {}, fields: [\(field)] }" : "\(field) among the fields of the mapping"
        return new == nil
            ? "if one of them is the renamed column, keep the column with \(advice); if they are other columns, allow the "
                + "hazard"
            : "if it was renamed, keep the column with \(advice); if it is another column, allow the hazard"
    }

    /// The display name that a field of the manifests has to give, so that it stays.
    private var displayName: String? {
        let spec = applied.flatMap { try? JSON.parse($0) }
        return (spec?["displayName"]?.string).flatMap { $0 == name ? nil : $0 }
    }
}

/// Text as a value in a line of YAML that somebody copies.
private enum FlowText {
    /// Without quotation marks where YAML reads words as text.
    static func plain(_ text: String) -> String {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        let isPlain = words.allSatisfy { word in
            word.utf8.first.map(isLetter) ?? false && word.utf8.allSatisfy { isLetter($0) || isDigit($0) }
        }
        let isWord = ["true", "false", "null"].contains(text.lowercased())
        return isPlain && !isWord ? text : JSON.string(text).text(.canonical)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
