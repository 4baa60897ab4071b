internal import ArgumentParser
internal import Core
internal import MetaStore
internal import Reconciler

struct RecoverCommand: ParsableCommand, Verb {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Rebuild the meta-store from manifests, lists and source after it was lost or restored.",
        discussion: "Reads lists and tables, and writes nothing but the meta-store.")

    @OptionGroup var manifests: ManifestOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var side: SideOptions

    func perform() async throws(Failure) -> ExitStatus {
        let desired = try manifests.desired(output)
        Interruption.listen()
        return try await Call.run(desired, output, side) { (call) async throws(Failure) in
            guard let metaStore = call.composition.metaStore else {
                throw Failure(
                    .auth, while: "recovering", because: "no meta-store is configured",
                    help: "set SYNCBRIDGE_META_DSN to a PostgreSQL database that may hold the schema \"syncbridge\"")
            }
            let report = try await Recoverer.recover(
                desired, call.sides, metaStore, call.context, leaseSeconds: Settings.leaseSeconds)
            Output.standard.write(
                output.json
                    ? RecoverText.json(report, call.composition.resourceUnits).text(.pretty)
                    : RecoverText.render(report, resourceUnits: call.composition.resourceUnits))
            return .ok
        }
    }
}

enum RecoverText {
    static func render(_ report: Recoverer.Report, resourceUnits: Int) -> String {
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
            if definition.strays > 0 { lines.append("  \(grouped(definition.strays)) items belong to no row") }
            if definition.dropped > 0 {
                lines.append(
                    "  \(grouped(definition.dropped)) entries of before were dropped: nothing was found for them")
            }
        }
        if lines.isEmpty { lines.append("No list of these definitions was found.") }
        lines.append("Read for \(grouped(resourceUnits)) resource units; nothing but the meta-store was written.")
        lines.append("Now run syncbridge plan.")
        return lines.joined(separator: "\n") + "\n"
    }

    static func json(_ report: Recoverer.Report, _ resourceUnits: Int) -> JSON {
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
