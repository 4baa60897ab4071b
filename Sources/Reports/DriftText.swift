package import Core
package import Reconciler

/// What people changed in SharePoint since the last apply, and what of it is not known yet.
package enum DriftText {
    /// Lines shown; JSON has all.
    private static let linesMax = 200

    package static func render(_ report: DriftReport) -> String {
        var lines = report.partial.map {
            "not known yet: what happened in \($0.text) since the last apply, which looks at all its items"
        }
        if report.entries.isEmpty { lines.append("No drift.") }
        for entry in report.entries.prefix(linesMax) {
            let list = entry.list.map { "  in \($0)" } ?? ""
            lines.append("\(entry.address.text)\(list)  \(entry.words)")
        }
        if report.entries.count > linesMax {
            lines.append("… and \(grouped(report.entries.count - linesMax)) more; --json has all of them")
        }
        if !report.notes.isEmpty {
            lines.append("Kept (what the source or the manifests no longer have; no drift):")
            for note in report.notes.prefix(linesMax) {
                lines.append("  \(note.address.text)  \(note.summary)")
            }
        }
        return TerminalText.joined(lines)
    }

    package static func json(_ report: DriftReport) -> JSON {
        [
            "kind": "DriftReport", "partial": .array(report.partial.map { .string($0.text) }),
            "drift": .array(
                report.entries.map { entry in
                    [
                        "kind": .string(entry.kind.rawValue), "address": .string(entry.address.text),
                        "list": entry.list.map(JSON.string) ?? .null, "fields": .array(entry.fields.map(JSON.string)),
                        "detail": .string(entry.words),
                    ]
                }),
            "notes": .array(report.notes.map(\.json)),
        ]
    }
}
