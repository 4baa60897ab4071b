internal import ArgumentParser
internal import Composition
internal import Core
internal import Logging
internal import Reconciler
internal import Reports

struct PlanCommand: ParsableCommand, Verb {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show every list and column and count every row that would change. Writes nothing.")

    @OptionGroup var manifests: ManifestOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var side: SideOptions
    @OptionGroup var documents: PlanOutputOptions
    @OptionGroup var locks: LockWaitOptions

    @Flag(name: .customLong("detailed-exitcode"), help: "2 if there are changes, 3 if a hazard is not allowed.")
    var detailedExitcode = false

    func perform() async throws(Failure) -> ExitStatus {
        let reports = try documents.reports()
        let lockWait = try locks.seconds()
        let desired = try manifests.desired(output)
        return try await Call.run(desired, output, side, lockWait: lockWait, writesNothing: true) {
            (call) async throws(Failure) in
            let plan = try await Planner.plan(desired, call.sides, call.context)
            try Call.refuseInvalid(plan.document, output)
            try documents.write(plan.document, reports)
            if output.json {
                Output.standard.write(plan.document.json.text(.pretty))
            } else {
                Output.standard.write(PlanText.render(plan.document))
            }
            if documents.expectNoChanges, !plan.document.isEmpty { return .unexpectedChanges }
            guard detailedExitcode else { return .ok }
            if !plan.document.blockers.isEmpty { return .needsApproval }
            return plan.document.isEmpty ? .ok : .changes
        }
    }
}

/// Where a plan is written besides the screen.
struct PlanOutputOptions: ParsableArguments {
    @Option(name: [.customLong("out"), .customLong("plan-json")], help: "Write plan.json to this file.")
    var out: String?

    @Option(name: .long, help: "Write a report, KIND=FILE; KIND is json. May be repeated.")
    var report: [String] = []

    @Flag(name: .customLong("expect-no-changes"), help: "Exit with 19 if the plan is not empty.")
    var expectNoChanges = false

    /// The files to write, checked before anything is done.
    func reports() throws(Failure) -> [String] {
        var files = out.map { [$0] } ?? []
        for text in report {
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0] == "json" else {
                throw Failure(
                    .usage, while: "reading --report \(text)", because: "this version writes KIND json only",
                    help: "for example --report json=plan.json")
            }
            files.append(String(parts[1]))
        }
        return files
    }

    func write(_ plan: PlanDocument, _ files: [String]) throws(Failure) {
        for file in files { try ProcessSurroundings.write(plan.json.serialized(.pretty), to: file) }
    }
}

/// One call of a verb that touches a side: the services, the clock, and what is shown meanwhile.
struct Call: Sendable {
    let sides: Sides
    let context: RunContext
    let progress: Progress
    let composition: Services

    /// - Parameters:
    ///   - deadline: Seconds from now after which no new work is begun.
    ///   - lockWait: Seconds for which a lock of another session of the source is waited for.
    static func run(
        _ desired: DesiredState, _ output: OutputOptions, _ side: SideOptions, deadline: Double? = nil,
        lockWait: Double = LockWaitOptions.usual, writesNothing: Bool = false,
        _ body: (Call) async throws(Failure) -> ExitStatus
    ) async throws(Failure) -> ExitStatus {
        let flags = try side.flags()
        let progress = Progress(isQuiet: output.quiet, clock: { ProcessSurroundings.monotonicSeconds() })
        let allowed =
            side.allowEndpoint
            + (ProcessSurroundings.variable("SYNCBRIDGE_ALLOWED_ENDPOINTS") ?? "").split(separator: ",").map {
                String($0)
            }
        let trust = TrustWindow()
        let logger = LogSetup.logger(output)
        let clock = InterruptibleClock()
        let end = deadline.map { clock.elapsed() + $0 }
        let composition = try await Services.make(
            desired, allowedEndpoints: allowed, writesNothing: writesNothing,
            lockWait: .of(seconds: lockWait, until: end, clock, progress), logger: logger, trust: trust,
            observe: { progress.note($0) })
        let context = RunContext(
            now: ProcessSurroundings.now(), runID: ProcessSurroundings.makeID(), toolVersion: ProgramVersion.text,
            actor: ProcessSurroundings.actor, flags: flags, clock: clock, trust: trust, logger: logger,
            deadline: end, makeID: { ProcessSurroundings.makeID() },
            progress: { progress.note($0) }, isStopping: { Interruption.isRequested })
        let call = Call(sides: composition.sides, context: context, progress: progress, composition: composition)
        let result: Result<ExitStatus, Failure>
        do throws(Failure) { result = .success(try await body(call)) } catch { result = .failure(error) }
        await composition.close()
        return try result.get()
    }

    /// Problems that only the database or the site could show: their places, and exit 11.
    static func refuseInvalid(_ plan: PlanDocument, _ output: OutputOptions) throws(Failure) {
        guard plan.diagnostics.contains(where: { $0.severity == .error }) else { return }
        var diagnostics = Diagnostics()
        diagnostics.append(contentsOf: plan.diagnostics)
        DiagnosticsPrinter.print(diagnostics, to: .diagnostic, output)
        throw ManifestOptions.invalid(diagnostics)
    }
}
