internal import ArgumentParser
internal import Core
internal import Reconciler

struct DriftCommand: ParsableCommand, Verb {
    static let configuration = CommandConfiguration(
        commandName: "drift",
        abstract: "Show what people changed or deleted, and items that no row owns. Writes nothing.")

    @OptionGroup var manifests: ManifestOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var side: SideOptions
    @OptionGroup var locks: LockWaitOptions

    @Flag(name: .customLong("detailed-exitcode"), help: "2 if there is any.")
    var detailedExitcode = false

    func perform() async throws(Failure) -> ExitStatus {
        let lockWait = try locks.seconds()
        let desired = try manifests.desired(output)
        return try await Call.run(desired, output, side, lockWait: lockWait, writesNothing: true) {
            (call) async throws(Failure) in
            let report = try await DriftReport.make(desired, call.sides, call.context)
            Output.standard.write(output.json ? DriftText.json(report).text(.pretty) : DriftText.render(report))
            return detailedExitcode && !report.entries.isEmpty ? .changes : .ok
        }
    }
}

enum DriftText {
    /// Lines shown; JSON has all.
    private static let linesMax = 200

    static func render(_ report: DriftReport) -> String {
        var lines = report.partial.map {
            "not known yet: what happened in \($0.text) since the last apply, which looks at all its items"
        }
        if report.entries.isEmpty { lines.append("No drift.") }
        for entry in report.entries.prefix(linesMax) {
            let list = entry.list.map { "  in \($0)" } ?? ""
            lines.append(TerminalText.safe("\(entry.address.text)\(list)  \(entry.words)"))
        }
        if report.entries.count > linesMax {
            lines.append("… and \(grouped(report.entries.count - linesMax)) more; --json has all of them")
        }
        if !report.notes.isEmpty {
            lines.append("Kept (what the source or the manifests no longer have; no drift):")
            for note in report.notes.prefix(linesMax) {
                lines.append(TerminalText.safe("  \(note.address.text)  \(note.summary)"))
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static func json(_ report: DriftReport) -> JSON {
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
