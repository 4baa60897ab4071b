/// Choices that a column keeps although they are no longer wanted. A label that the source renamed or dropped may be in
/// items, and in what people filter by; SharePoint does not say where. So it stays beside the others, as one that a
/// person added does.
struct KeptChoices: Hashable {
    /// Labels of an earlier apply that the source, or the manifests, no longer have.
    private(set) var dropped: [String] = []
    /// Labels that people added.
    private(set) var added: [String] = []

    /// - Parameter applied: What was applied last, as ``ColumnSpec`` writes it.
    init(_ wanted: DesiredColumn, found: RemoteColumn, applied: String?) {
        guard let applied, case .choice(let choice) = wanted.type, case .choice(let now)? = found.type,
            choice.isMultiple == now.isMultiple
        else { return }
        let before = Self.choices(applied)
        let others = now.choices.filter { !choice.choices.containsText($0) }
        dropped = before.filter(others.containsText)
        added = others.filter { !before.containsText($0) }
    }

    private static func choices(_ applied: String) -> [String] {
        let spec = try? JSON.parse(applied)
        return spec?["choice"]?["choices"]?.array?.compactMap(\.string) ?? []
    }

    /// The column as it is wanted from now on, which is also what is remembered of it.
    func remembered(_ wanted: DesiredColumn) -> DesiredColumn { Self.column(wanted, with: dropped) }

    /// The column as it is written.
    /// - Parameter remembered: As ``remembered(_:)`` makes it.
    func written(_ remembered: DesiredColumn) -> DesiredColumn { Self.column(remembered, with: added) }

    private static func column(_ wanted: DesiredColumn, with labels: [String]) -> DesiredColumn {
        guard !labels.isEmpty, case .choice(var choice) = wanted.type else { return wanted }
        var column = wanted
        choice.choices += labels
        column.type = .choice(choice)
        return column
    }

    /// For the plan; `nil` if nothing was dropped.
    func note(at address: Address) -> SchemaNote? {
        guard !dropped.isEmpty else { return nil }
        let labels = dropped.map { "\"\($0)\"" }.joined(separator: ", ")
        return SchemaNote(
            address,
            "\(labels) is no longer one of the source's choices and stays in the column; remove it in SharePoint when no "
                + "item has it any more")
    }
}
