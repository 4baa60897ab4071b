internal import ArgumentParser
internal import Composition
internal import Core
internal import Logging
internal import Manifests
internal import MetaStore
internal import Reconciler
internal import Reports

struct ApplyCommand: ParsableCommand, Verb {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Plan, ask, and converge SharePoint and the meta-store until the plan is empty."
    )

    @OptionGroup var manifests: ManifestOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var side: SideOptions
    @OptionGroup var documents: PlanOutputOptions
    @OptionGroup var locks: LockWaitOptions

    @Flag(name: .customLong("auto-approve"), help: "Do not ask. Allows no hazard.")
    var autoApprove = false

    @Flag(name: .long, help: "Bring the meta-store's schema up to date when the plan is approved.")
    var migrate = false

    @Option(name: .customLong("max-rounds"), help: "Rounds in a row that may pass without progress.")
    var maxRounds = 5

    @Option(
        name: .long,
        help: "Begin nothing new after so long, such as 50m, and end with 22 if work is left. Run again to go on.")
    var deadline: String?

    @Option(
        name: .customLong("lock-timeout"), help: "How long to wait for a lease that another process holds, such as 5m.")
    var lockTimeout: String?

    @Option(name: .customLong("if-locked"), help: "skip: end with 0 if another process is applying.")
    var ifLocked: IfLocked?

    enum IfLocked: String, ExpressibleByArgument, CaseIterable {
        case skip
    }

    func perform() async throws(Failure) -> ExitStatus {
        do throws(Failure) { return try await apply() } catch {
            guard error.code == .locked, ifLocked == .skip else { throw error }
            Output.diagnostic.write("Skipped: \(error.reason).\n")
            emit(["type": "exit", "code": 0, "name": "ok", "skipped": true])
            return .ok
        }
    }

    private func apply() async throws(Failure) -> ExitStatus {
        let reports = try documents.reports()
        let timeout = try DurationOption.seconds(lockTimeout, of: "--lock-timeout") ?? 0
        let end = try DurationOption.seconds(deadline, of: "--deadline")
        let lockWait = try locks.seconds()
        let desired = try manifests.desired(output)
        Interruption.listen { Output.diagnostic.write($0) }
        let status = try await Call.run(desired, output, side, deadline: end, lockWait: lockWait) {
            (call) async throws(Failure) in
            emit(["type": "version", "tool": "syncbridge", "version": .string(ProgramVersion.text)])
            var writeFailure: Failure?
            var unexpected = false
            let report = try await Applier.apply(
                desired, call.sides, call.context,
                Applier.Options(
                    roundsMax: maxRounds, migrates: migrate, roundSeconds: Settings.roundSeconds,
                    leaseSeconds: Settings.leaseSeconds, lockTimeout: timeout, settleSeconds: Settings.settleSeconds,
                    exit: { Int($0.exitStatus(interruptedBy: nil).rawValue) })
            ) { plan in
                do throws(Failure) { try documents.write(plan, reports) } catch { writeFailure = error }
                unexpected = documents.expectNoChanges && !plan.isEmpty
                call.progress.expect(plan)
                show(plan)
                if writeFailure != nil || unexpected { return false }
                return plan.isEmpty || autoApprove || Prompt.confirm()
            }
            if let final = report.final { try Call.refuseInvalid(final, output) }
            if let writeFailure { throw writeFailure }
            if unexpected { return .unexpectedChanges }
            if report.isDeniedAsAWhole, let final = report.final { show(final) }
            show(report, call)
            if report.final != nil, report.stop != .leaseLost { await prune(desired, call) }
            return report.exitStatus(interruptedBy: ExitStatus.ofSignal)
        }
        emit(["type": "exit", "code": .number(Int(status.rawValue)), "name": .string(status.name)])
        return status
    }

    /// What was kept long enough goes, a bounded part at a time; that it did not is nothing that an apply fails for.
    private func prune(_ desired: DesiredState, _ call: Call) async {
        guard let metaStore = call.composition.metaStore else { return }
        do throws(Failure) {
            guard case .current = try await metaStore.schemaState() else { return }
            _ = try await metaStore.prune(
                project: desired.project.name, keeping: desired.project.retention, now: ProcessSurroundings.now())
        } catch {
            call.context.logger.warning("retention was not enforced", metadata: ["failure.reason": "\(error.reason)"])
        }
    }

    private func emit(_ event: JSON) {
        if output.json { Output.standard.write(event.text() + "\n") }
    }

    private func show(_ plan: PlanDocument) {
        if output.json {
            emit(["type": "plan", "plan": plan.json])
        } else {
            Output.standard.write(PlanText.render(plan))
        }
    }

    private func show(_ report: ApplyReport, _ call: Call) {
        if output.json {
            emit(ApplyText.json(report))
        } else {
            Output.standard.write(ApplyText.render(report, resourceUnits: call.composition.resourceUnits))
        }
        for failure in report.failures where failure.code != .interrupted {
            Output.diagnostic.write(FailureText.render(failure))
        }
    }
}

/// Asks the person at the terminal.
enum Prompt {
    /// - Returns: `false` without a terminal to ask on.
    static func confirm() -> Bool {
        guard ProcessSurroundings.inputIsTerminal else {
            Output.diagnostic.write("There is no terminal to ask on. Use --auto-approve to apply without asking.\n")
            return false
        }
        Output.diagnostic.write("Apply these changes? Only \"yes\" will be accepted: ")
        return readLine() == "yes"
    }
}
