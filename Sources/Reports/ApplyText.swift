package import Core
package import Reconciler

/// The end of an apply, for people and for programs.
package enum ApplyText {
    package static func render(_ report: ApplyReport, resourceUnits: Int) -> String {
        if report.declined { return "Declined. Nothing was written.\n" }
        var lines: [String] = []
        let words: [(RowAction, String)] = [
            (.create, "created"), (.update, "updated"), (.move, "moved"), (.delete, "deleted"),
            (.mark, "marked as deleted"), (.archive, "archived"), (.rebase, "rebased"),
        ]
        let done = words.compactMap { action, word in report.done[action].map { "\(grouped($0)) \(word)" } }
        if report.isDeniedAsAWhole {
            lines.append("Denied as a whole. Nothing was written; see above how to go on.")
        } else if !report.denied.isEmpty {
            let names = report.denied
            lines.append(
                "Denied: \(names.joined(separator: ", ")). Nothing was written for \(names.count == 1 ? "it" : "them"); see above how to go on."
            )
        }
        if report.wroteSomething || !done.isEmpty {
            lines.append(
                "Applied in \(report.rounds) round\(report.rounds == 1 ? "" : "s"): "
                    + (done.isEmpty ? "no rows" : done.joined(separator: ", "))
                    + "; lists and columns \(schema(report.schemaCalls)); "
                    + "\(grouped(resourceUnits)) resource units.")
        }
        for refused in report.refused {
            let list = refused.list.map { " in \($0.text)" } ?? ""
            lines.append("  \(grouped(refused.rows)) refused: \(refused.code.rawValue)\(list), \(refused.code.words)")
            if refused.reason != refused.code.words { lines.append("    \(refused.reason)") }
            lines.append("    Next: syncbridge status names the rows; \(next(refused)).")
        }
        for hazard in report.lateHazards {
            lines.append("  \(hazard.code.rawValue)  \(hazard.address.text)")
            lines.append("    \(hazard.message). To go on: \(hazard.remedy).")
        }
        for (column, items) in report.normalised.sorted(by: { $0.key.text < $1.key.text }) {
            lines.append(
                "  NORMALISED  \(column.text): SharePoint keeps \(grouped(items)) value\(items == 1 ? "" : "s") in another "
                    + "form than they were sent; that counts as equal from now on")
        }
        for column in report.ignoredDefaults {
            lines.append(
                "  SharePoint did not take the default of \(column.text): items that people create there begin without it"
            )
        }
        for hold in report.held {
            let what = hold.definition.map { "definition \"\($0)\"" } ?? "the project"
            lines.append(
                "Held: \(what), by \(hold.actor) since \(hold.since.isoText): "
                    + "\(hold.reason). syncbridge lock release lets it go.")
        }
        if report.settled > 0 {
            lines.append("  \(grouped(report.settled)) effects of an interrupted run were looked up and settled")
        }
        if report.changedByPeople > 0 {
            lines.append("  \(grouped(report.changedByPeople)) items were changed by people")
        }
        if report.deletedByPeople > 0 {
            lines.append("  \(grouped(report.deletedByPeople)) items were found deleted by people")
        }
        if report.leftDeleted > 0 {
            lines.append("  \(grouped(report.leftDeleted)) items were deleted by people and stay deleted")
        }
        if let final = report.final, report.stop == nil, report.failures.isEmpty, report.denied.isEmpty,
            !report.isDeniedAsAWhole
        {
            lines.append(
                final.total.effects == 0
                    ? "The next plan is empty: \(grouped(final.total.unchanged)) rows as they should be."
                    : "Not converged: \(grouped(final.total.effects)) changes are left. Run syncbridge plan.")
        }
        if report.stopped || report.failures.contains(where: { $0.code == .interrupted }) {
            lines.append("Stopped on request. Run again to go on.")
        }
        if report.stop == .deadline, let final = report.final {
            lines.append(
                "The deadline is over: \(grouped(final.total.effects)) changes were to be made. Run again to go on.")
        }
        if !report.lists.isEmpty, report.schemaCalls > 0 {
            lines.append("Lists:")
            for list in report.lists { lines.append("  \(list.address.text)  \(list.webURL)") }
            lines.append("To pin one in Teams: open a channel, +, Lists, add an existing list, paste its address.")
        }
        return TerminalText.joined(lines)
    }

    /// A call may make a list with all its columns.
    private static func schema(_ calls: Int) -> String {
        calls == 0 ? "unchanged" : "changed by \(grouped(calls)) call\(calls == 1 ? "" : "s")"
    }

    private static func next(_ refused: ApplyReport.RefusedRows) -> String {
        refused.code.nextStep(Address.definition(refused.definition).text)
    }

    package static func json(_ report: ApplyReport) -> JSON {
        [
            "type": "apply_summary", "rounds": .number(report.rounds), "counts": report.countsJSON,
            "denied": .array(report.denied.map(JSON.string)), "declined": .bool(report.declined),
            "hazards": .array(
                report.lateHazards.map { ["code": .string($0.code.rawValue), "address": .string($0.address.text)] }),
            "converged": .bool(report.final?.total.effects == 0),
            "lists": .array(
                report.lists.map { ["address": .string($0.address.text), "webUrl": .string($0.webURL)] }),
            "refused": .array(
                report.refused.map { refused in
                    [
                        "definition": .string(refused.definition),
                        "list": refused.list.map { .string($0.text) } ?? .null,
                        "code": .string(refused.code.rawValue), "field": refused.field.map(JSON.string) ?? .null,
                        "reason": .string(refused.reason), "rows": .number(refused.rows),
                        "next": .string(next(refused)),
                    ]
                }),
            "failures": .array(report.failures.map { FailureText.json($0, ExitStatus($0.code)) }),
        ]
    }
}
