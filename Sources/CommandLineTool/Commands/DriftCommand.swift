internal import ArgumentParser
internal import Core
internal import Reconciler
internal import Reports

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
