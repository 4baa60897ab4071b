package import Core

/// A plan as people read it on a terminal, rendered from the document alone: what blocks first, deletes before creates,
/// symbols with words, every line with its address.
package enum PlanText {
    package static func render(_ plan: PlanDocument) -> String {
        var lines: [String] = []
        lines += header(plan)
        lines += attention(plan)
        lines += registrations(plan)
        lines += schema(plan)
        lines += rows(plan)
        lines += driftLines(plan)
        lines += noteLines(plan)
        lines += conclusion(plan)
        return TerminalText.joined(lines)
    }

    private static func header(_ plan: PlanDocument) -> [String] {
        var lines = ["syncbridge plan  project \(plan.project)" + (plan.environment.map { "  env \($0)" } ?? "")]
        for assumption in plan.assumptions { lines.append("  ! \(assumption)") }
        for target in plan.targets {
            lines.append(
                "  \(padded(target.profile, 12))  \(padded(target.type, 10))  \(target.place)")
        }
        return lines + [""]
    }

    private static func attention(_ plan: PlanDocument) -> [String] {
        let warnings = plan.diagnostics.filter { $0.severity == .warning }
        guard !plan.hazards.isEmpty || !warnings.isEmpty else { return [] }
        let blocking = plan.blockers.count
        var lines = [
            "Needs attention"
                + (blocking > 0 ? " (\(blocking) of them \(blocking == 1 ? "blocks" : "block") apply)" : "")
        ]
        for hazard in plan.hazards.sorted(by: { ($0.blocks ? 0 : 1, $0.address) < ($1.blocks ? 0 : 1, $1.address) }) {
            let place = hazard.place.map { "  \($0.text)" } ?? ""
            lines.append("  \(hazard.blocks ? "✗" : "!") \(hazard.code.rawValue)  \(hazard.address.text)\(place)")
            lines.append("      \(hazard.message)")
            if let note = hazard.note { lines.append("      \(note)") }
            if let allowed = hazard.allowedBy {
                lines.append("      allowed by \(allowed)")
            } else if hazard.blocks {
                let end = hazard.code.canBeAllowed ? ";" : "."
                lines.append("      To go on: \(hazard.remedy)\(end)")
                if hazard.code.canBeAllowed {
                    lines.append("      or --allow-hazards \(hazard.code.rawValue)@\(hazard.address.text)")
                }
            }
        }
        for warning in warnings {
            let place = warning.source.map { "  \($0.text)" } ?? ""
            lines.append("  ! \(warning.code.rawValue)\(place)")
            lines.append("      \(warning.detail)")
        }
        return lines + [""]
    }

    /// Definitions that keep their rows under another name, or after a while without manifests.
    private static func registrations(_ plan: PlanDocument) -> [String] {
        let lines = plan.registrations.filter { $0.renamedFrom != nil || $0.returns }.map { registration in
            let name = registration.renamedFrom.map { "renamed from \"\($0)\"" }
            let words = [name, registration.returns ? "in the manifests again" : nil].compactMap(\.self)
            return "  \(SchemaChange.Action.update.symbol) \(registration.address.text)  "
                + TerminalText.safe("\(words.joined(separator: ", ")): its rows keep their items and keys")
        }
        return lines.isEmpty ? [] : ["Definitions"] + lines + [""]
    }

    private static func schema(_ plan: PlanDocument) -> [String] {
        guard !plan.schemaChanges.isEmpty else { return [] }
        var lines = ["Lists and columns"]
        let order: [SchemaChange.Action] = [.delete, .replace, .forget, .create, .adopt, .update]
        let sorted = plan.schemaChanges.enumerated().sorted { left, right in
            let leftOrder = order.firstIndex(of: left.element.action) ?? 9
            let rightOrder = order.firstIndex(of: right.element.action) ?? 9
            return (leftOrder, left.offset) < (rightOrder, right.offset)
        }.map(\.element)
        let width = min(60, sorted.map { $0.address.text.count }.max() ?? 0)
        for change in sorted {
            lines.append(
                "  \(change.action.symbol) \(padded(change.action.rawValue, 7)) \(padded(change.address.text, width))  "
                    + change.summary)
        }
        if plan.schemaUnchanged > 0 { lines.append("  \(grouped(plan.schemaUnchanged)) unchanged") }
        return lines + [""]
    }

    // MARK: Rows

    static let headings = ["create", "update", "move", "delete", "reject", "unrouted", "unchanged"]

    static func cells(_ counts: RowCounts, isTotal: Bool) -> [String] {
        var move = grouped(counts.moveIn)
        if !isTotal, counts.moveOut > 0 {
            move = counts.moveIn > 0 ? "\(move) in, \(grouped(counts.moveOut)) out" : "\(grouped(counts.moveOut)) out"
        } else if !isTotal, counts.moveIn > 0 {
            move += " in"
        }
        return [
            grouped(counts.create), grouped(counts.update), move, grouped(counts.delete), grouped(counts.reject),
            grouped(counts.unrouted), grouped(counts.unchanged),
        ]
    }

    static func details(_ change: DataChange) -> [String] {
        var lines: [String] = []
        let name = name(change)
        // A line of numbers that stand for values tells nobody anything; plan.json has them.
        let samples = change.samples.filter { $0.action != .create && $0.showsSomething }.prefix(5)
        if !change.byField.isEmpty {
            let fields = change.byField.map { "\($0.field) \(grouped($0.updates))" }.joined(separator: ", ")
            lines.append("  \(name)  updates by field: \(fields)")
        }
        lines += samples.filter { $0.action == .update }.map(line)
        for move in change.moves {
            lines.append("  \(name)  \(grouped(move.count)) from \(move.from), decided by \(move.rule)")
        }
        lines += samples.filter { $0.action == .move }.map(line)
        for reject in change.rejects {
            let field = reject.field.map { " in \($0)" } ?? ""
            let place = reject.place.map { "  \($0.text)" } ?? ""
            lines.append(
                "  \(name)  \(grouped(reject.count)) rejected: \(reject.code.rawValue)\(field), \(reject.code.words)\(place)"
            )
        }
        lines += samples.filter { $0.action != .update && $0.action != .move }.map(line)
        return lines
    }

    private static func line(_ sample: DataChange.Sample) -> String {
        let fields = sample.after.map { "\($0.field): \($0.value.text)" }.joined(separator: "  ")
        return "    \(sample.action.symbol) \(sample.key.text)" + (fields.isEmpty ? "" : "   \(fields)")
    }

    private static func driftLines(_ plan: PlanDocument) -> [String] {
        guard !plan.drift.isEmpty else { return [] }
        return ["Drift (what people changed; left as it is where nothing else is said)"]
            + plan.drift.map { "  \($0.address.text)  \($0.summary)" } + [""]
    }

    private static func noteLines(_ plan: PlanDocument) -> [String] {
        guard !plan.notes.isEmpty else { return [] }
        return ["Kept (what the source or the manifests no longer have; nothing is to be done)"]
            + plan.notes.map { "  \($0.address.text)  \($0.summary)" } + [""]
    }

    private static func conclusion(_ plan: PlanDocument) -> [String] {
        let total = plan.total
        var lines: [String] = []
        if plan.isEmpty {
            lines.append(
                "No changes. \(grouped(total.unchanged)) rows and \(grouped(plan.schemaUnchanged)) lists and columns are as they should be."
            )
        } else {
            let schema = [
                (plan.count(SchemaChange.Action.create), "to create"),
                (plan.count(SchemaChange.Action.update), "to update"), (plan.count(.adopt), "to adopt"),
                (plan.count(.replace), "to replace"), (plan.count(SchemaChange.Action.delete), "to delete"),
            ].filter { $0.0 > 0 }.map { "\(grouped($0.0)) \($0.1)" }
            lines.append(
                "Plan: lists and columns \(schema.isEmpty ? "unchanged" : schema.joined(separator: ", ")); rows "
                    + "\(grouped(total.create)) create, \(grouped(total.update)) update, \(grouped(total.moveIn)) move, "
                    + "\(grouped(total.delete)) delete.")
            let estimate = plan.estimate
            lines.append(
                "Estimate: \(grouped(estimate.requests)) requests in \(grouped(estimate.batches)) batches, "
                    + "\(grouped(estimate.resourceUnits)) resource units, about \(grouped(estimate.minutes)) min.   "
                    + "Digest \(plan.planDigest.dropFirst(7).prefix(12))")
        }
        let left = [(total.reject, "rejected"), (total.unrouted, "without a list"), (total.conflict, "in conflict")]
            .filter { $0.0 > 0 }.map { "\(grouped($0.0)) \($0.1)" }
        if !left.isEmpty { lines.append("Rows left as they are: \(left.joined(separator: ", ")).") }
        let blocking = plan.blockers.count
        if blocking > 0 {
            lines.append("Not applicable until \(blocking) hazard\(blocking == 1 ? " is" : "s are") settled.")
        }
        return lines
    }

    // MARK: Layout

    /// Columns of numbers to the right, names to the left.
    static func layout(_ table: [[String]]) -> [String] {
        let widths = table[0].indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { row in
            row.enumerated().map { index, cell in
                index == 0 ? padded(cell, widths[0]) : String(repeating: " ", count: widths[index] - cell.count) + cell
            }.joined(separator: "  ")
        }
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

extension SchemaChange.Action {
    var symbol: String {
        switch self {
        case .create: "+"
        case .update: "~"
        case .replace: "±"
        case .delete: "-"
        case .adopt: "«"
        case .forget: "»"
        }
    }
}

extension RowAction {
    var symbol: String {
        switch self {
        case .create: "+"
        case .update: "~"
        case .move, .finishMove: "→"
        case .delete, .mark, .forget: "-"
        case .archive, .rebase, .unchanged, .reject, .unrouted: "·"
        }
    }
}

extension DataChange.Sample {
    fileprivate var showsSomething: Bool { ([key] + after.map(\.value)).contains { $0.isClear } }
}

extension Shown {
    fileprivate var isClear: Bool {
        if case .clear = self { true } else { false }
    }

    var text: String {
        switch self {
        case .clear(let text): text
        case .masked(let number): "‹value \(number)›"
        }
    }
}
