internal import Core

/// Rows by the cause of their change.
extension PlanText {
    /// What the change of manifests does to rows, then, a line for each list, what the next run would do anyway, and all of
    /// it together.
    static func rows(_ plan: PlanDocument) -> [String] {
        guard !plan.dataChanges.isEmpty else { return [] }
        let ofManifests = plan.dataChanges.filter { !$0.counts(of: .manifest).isNothing }
        let anyway = anyway(plan)
        let isUnchanged = ofManifests.isEmpty && !plan.registrations.contains(where: \.isOfRows)
        var lines: [String] = []
        if isUnchanged {
            // There is nothing that the next run would not do anyway.
        } else if ofManifests.isEmpty {
            lines += ["\(ownHeading): no row changes with it", ""]
        } else if anyway.isEmpty {
            lines.append(ownHeading)
        } else {
            lines += table(ownHeading, ofManifests, withUnchanged: false) { $0.counts(of: .manifest) } + [""]
        }
        if !anyway.isEmpty {
            let heading =
                isUnchanged ? "The manifests are unchanged; the next run would do" : "What the next run would do anyway"
            lines += [heading] + anyway + [""]
        }
        lines += table("Rows", plan.dataChanges, withUnchanged: true) { $0.counts }
        for change in plan.dataChanges { lines += details(change) }
        return lines + [""]
    }

    private static let ownHeading = "What this change of the manifests does"

    static func name(_ change: DataChange) -> String { "\(change.definition) → \(change.list ?? "(no list)")" }

    private static func table(
        _ heading: String, _ changes: [DataChange], withUnchanged: Bool, _ counts: (DataChange) -> RowCounts
    ) -> [String] {
        let last = withUnchanged ? 0 : 1
        var table: [[String]] = [[heading] + headings.dropLast(last)]
        for change in changes {
            table.append(["  \(name(change))"] + cells(counts(change), isTotal: false).dropLast(last))
        }
        if changes.count > 1 {
            let total = changes.map(counts).reduce(RowCounts(), +)
            table.append(["  total"] + cells(total, isTotal: true).dropLast(last))
        }
        return layout(table)
    }

    /// `projects → Active  3 create, 2 update (source), 1 update (person)`
    private static func anyway(_ plan: PlanDocument) -> [String] {
        let lines = plan.dataChanges.compactMap { change -> (name: String, words: String)? in
            let words = Cause.allCases.filter { $0 != .manifest }.compactMap { cause -> String? in
                let effects = effects(change.counts(of: cause))
                return effects.isEmpty ? nil : "\(effects.joined(separator: ", ")) (\(cause.rawValue))"
            }
            return words.isEmpty ? nil : (name(change), words.joined(separator: ", "))
        }
        let width = lines.map(\.name.count).max() ?? 0
        return lines.map { "  \(padded($0.name, width))  \($0.words)" }
    }

    private static func effects(_ counts: RowCounts) -> [String] {
        [
            (counts.create, "create"), (counts.update, "update"), (counts.moveIn, "move in"),
            (counts.moveOut, "move out"), (counts.delete, "delete"), (counts.pull, "pull"),
        ].filter { $0.0 > 0 }.map { "\(grouped($0.0)) \($0.1)" }
    }
}

extension DataChange {
    fileprivate func counts(of cause: Cause) -> RowCounts { causes[cause] ?? RowCounts() }
}

extension RowCounts {
    fileprivate var isNothing: Bool { self == RowCounts() }
}

extension PlanDocument.Registration {
    /// The definition is read by other manifests than at the last apply.
    fileprivate var isOfRows: Bool {
        switch action {
        case .create, .update: true
        case .delete, .forget, .unchanged: false
        }
    }
}
