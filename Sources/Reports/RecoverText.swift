package import Core
package import Reconciler

/// Which rows found their item again after the meta-store was lost.
package enum RecoverText {
    package static func render(_ report: Recoverer.Report, resourceUnits: Int) -> String {
        var lines: [String] = []
        for definition in report.definitions {
            lines.append(
                "definition/\(definition.name)  \(grouped(definition.rows)) rows have their item "
                    + "in \(definition.lists.joined(separator: ", "))")
            if definition.unknownBase > 0 {
                lines.append(
                    "  \(grouped(definition.unknownBase)) items differ from their row, and nobody knows who changed "
                        + "them: they stay as they are until the row changes")
            }
            if definition.gone > 0 {
                lines.append("  \(grouped(definition.gone)) items have no row: the next plan says what becomes of them")
            }
            if definition.strays > 0 {
                lines.append(
                    "  \(grouped(definition.strays)) items belong to no row: they stay, and syncbridge drift lists them"
                )
            }
            if definition.dropped > 0 {
                lines.append(
                    "  \(grouped(definition.dropped)) entries of before were dropped: nothing was found for them")
            }
        }
        if lines.isEmpty { lines.append("No list of these definitions was found.") }
        lines.append("Read for \(grouped(resourceUnits)) resource units; nothing but the meta-store was written.")
        lines.append("Now run syncbridge plan.")
        return TerminalText.joined(lines)
    }

    package static func json(_ report: Recoverer.Report, _ resourceUnits: Int) -> JSON {
        [
            "kind": "RecoverReport", "resourceUnits": .number(resourceUnits),
            "definitions": .array(
                report.definitions.map { definition in
                    [
                        "address": .string(Address.definition(definition.name).text),
                        "lists": .array(definition.lists.map(JSON.string)), "rows": .number(definition.rows),
                        "unknownBase": .number(definition.unknownBase), "gone": .number(definition.gone),
                        "strays": .number(definition.strays), "dropped": .number(definition.dropped),
                    ]
                }),
        ]
    }
}
