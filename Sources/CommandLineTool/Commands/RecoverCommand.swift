internal import ArgumentParser
internal import Composition
internal import Core
internal import MetaStore
internal import Reconciler
internal import Reports

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
        Interruption.listen { Output.diagnostic.write($0) }
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
