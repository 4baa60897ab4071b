package import Core
internal import Logging

/// Converges the sites and the meta-store in rounds: observe, plan, provision, write rows; until the plan is empty.
package struct Applier {
    package struct Options: Sendable {
        /// Rounds in a row that may pass without the count of effects shrinking.
        package var roundsMax: Int
        package var migrates: Bool
        /// Rows of one wave.
        package var waveRows: Int
        /// Batches under way at once, at most; the site's governor lets through as many as are good.
        package var concurrency: Int
        /// A round begins no further creates after so many seconds: people's edits and changes of rows that are there
        /// come before backfill again.
        package var roundSeconds: Double
        /// How long a lease lasts without a heartbeat.
        package var leaseSeconds: Double
        /// How long to wait for a lease that another process holds.
        package var lockTimeout: Double
        /// How long after an intent was opened its request may still arrive.
        package var settleSeconds: Double
        /// The number by which the run's record says how the run ended; the front end's own.
        package var exit: @Sendable (ApplyReport) -> Int?

        package init(
            roundsMax: Int = 5, migrates: Bool = false, waveRows: Int = 320, concurrency: Int = 16,
            roundSeconds: Double = 900, leaseSeconds: Double = 60, lockTimeout: Double = 0, settleSeconds: Double = 60,
            exit: @escaping @Sendable (ApplyReport) -> Int? = { _ in nil }
        ) {
            self.roundsMax = roundsMax
            self.migrates = migrates
            self.waveRows = waveRows
            self.concurrency = concurrency
            self.roundSeconds = roundSeconds
            self.leaseSeconds = leaseSeconds
            self.lockTimeout = lockTimeout
            self.settleSeconds = settleSeconds
            self.exit = exit
        }
    }

    let desired: DesiredState
    let sides: Sides
    let context: RunContext
    let options: Options
    let metaStore: any MetaStore
    var report = ApplyReport()
    var doubt: Doubt
    /// Keys of rows whose intents stay open in this round, by definition.
    var openRows: [String: Set<LedgerKey>] = [:]
    /// The ids of definitions that are no longer in the manifests, and that this run holds the leases of.
    var forgettable: Set<String> = []
    /// Kinds of effects that the service mostly refused, by definition: no more of them is tried in this run.
    var stoppedKinds: [String: [[RowAction]: Failure]] = [:]
    /// Key columns were made again before anything else, because nothing could be settled without them.
    var hasRestoredKeyColumns = false
    /// The run has waited for the outcome of open intents because nothing else got anywhere.
    private var hasOutwaited = false
    /// When this round begins no further creates, in the clock's elapsed seconds.
    var roundEnd = Double.infinity

    /// - Parameter approve: Shown the plan before anything is written; `false` declines it.
    package static func apply(
        _ desired: DesiredState, _ sides: Sides, _ context: RunContext, _ options: Options,
        approve: (PlanDocument) async -> Bool
    ) async throws(Failure) -> ApplyReport {
        guard let metaStore = sides.metaStore else {
            throw Failure(
                .auth, while: "applying", because: "no meta-store is configured",
                help: "set SYNCBRIDGE_META_DSN to a PostgreSQL database that may hold the schema \"syncbridge\"")
        }
        let used = Set(desired.definitions.map(\.siteProfile))
        for profile in desired.sites where used.contains(profile.name) && sides.sites[profile.name] == nil {
            throw Failure(
                .auth, while: "applying", address: .profile(profile.name), source: profile.place,
                because: "the site has no credentials",
                help: "set AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, SP_HOSTNAME and SP_SITE_PATH, or "
                    + "declare a SHAREPOINT profile")
        }
        var applier = Applier(
            desired: desired, sides: sides, context: context, options: options, metaStore: metaStore,
            doubt: Doubt(margin: options.settleSeconds))
        return try await applier.run(approve)
    }

    private mutating func run(_ approve: (PlanDocument) async -> Bool) async throws(Failure) -> ApplyReport {
        // Migrating waits until the plan, for which the version before is enough, was shown and approved.
        let schema = try await metaStore.schemaState()
        if options.migrates { try schema.requireReadable() } else { try schema.requireWritable() }
        // Observation and plan.
        let begin = context.clock.elapsed()
        let plan = try await Planner.plan(desired, sides, context, looksAtFeeds: false)
        report.final = plan.document
        // Problems that only the database could show: nothing is applied while there is one.
        if plan.document.diagnostics.contains(where: { $0.severity == .error }) { return report }
        // Approval.
        var approval = Approval(
            plan.document, desired.definitions, blocked: Self.deniedDefinitions(plan.document, plan.observation),
            gone: plan.observation.gone)
        report.denied = approval.denied
        if plan.document.isBlockedAsAWhole {
            report.denied = desired.definitions.map(\.name)
            report.isDeniedAsAWhole = true
            return report
        }
        guard await approve(plan.document) else {
            report.declined = true
            return report
        }
        if approval.isEmpty { return report }
        try await prepareMetaStore()
        let renamed = plan.observation.renamed
        approval.leaveOut(try await metaStore.holds(of: desired.project.name), of: plan.document, renamed: renamed)
        (report.denied, report.held) = (approval.denied, approval.held)
        if approval.isEmpty { return report }
        forgettable = Set(approval.gone.map(\.id))
        // Leases, and rounds under them.
        let allowed = approval.allowed
        let keeper = LeaseKeeper(metaStore, context, seconds: options.leaseSeconds)
        // Whoever applies manifests in which a definition has its earlier name holds the lease of that.
        let earlier = renamed.filter { allowed.contains($0.key) }.values
        let names =
            desired.definitions.filter { allowed.contains($0.name) }.map(leaseName)
            + (approval.gone + earlier).flatMap { $0.leases(of: desired.project.name) }
        if let holder = try await keeper.acquire(names, waiting: options.lockTimeout) { throw locked(holder) }
        var record = RunRecord(
            id: context.runID, project: desired.project.name, startedAt: context.now, actor: context.actor,
            planDigest: plan.document.planDigest, schemaDigest: plan.document.schemaDigest)
        do throws(Failure) {
            try await metaStore.beginRun(record)
            try await whileKeeping(keeper) { (applier: inout Applier) async throws(Failure) in
                try await applier.rounds(allowed: allowed, keeper, Look(begin, plan.observation))
            }
        } catch {
            report.failures.append(error)
        }
        report.lateHazards = (report.final?.blockers ?? []).filter { !plan.document.blockers.contains($0) }
        if report.stop == .leaseLost { report.failures.append(leaseLost()) }
        record.finishedAt = context.clock.now()
        record.counts = report.countsJSON
        record.exit = options.exit(report)
        do throws(Failure) { try await metaStore.endRun(record) } catch {
            if report.failures.isEmpty { report.failures.append(error) }
        }
        await keeper.release()
        return report
    }

    /// Runs `body` beside the heartbeat of the leases.
    private mutating func whileKeeping(
        _ keeper: LeaseKeeper, _ body: (inout Applier) async throws(Failure) -> Void
    ) async throws(Failure) {
        let outcome = await withTaskGroup(of: Void.self) { group -> Result<Void, Failure> in
            group.addTask { await keeper.keep() }
            let outcome: Result<Void, Failure>
            do throws(Failure) { outcome = .success(try await body(&self)) } catch { outcome = .failure(error) }
            group.cancelAll()
            return outcome
        }
        try outcome.get()
    }

    func leaseName(_ definition: SyncDefinition) -> LeaseName {
        LeaseName(project: desired.project.name, definition: definition.name, site: definition.siteProfile)
    }

    private func prepareMetaStore() async throws(Failure) {
        let schema = try await metaStore.schemaState()
        switch schema {
        case .current: return
        case .absent: break
        case .previous where options.migrates: break
        case .previous, .behind, .newer: try schema.requireWritable()
        }
        _ = try await metaStore.migrate()
    }

    // MARK: Rounds

    /// A look at the sites.
    private struct Look {
        /// When it began, in the clock's elapsed seconds.
        var began: Double
        var observation: Observation

        init(_ began: Double, _ observation: Observation) {
            self.began = began
            self.observation = observation
        }
    }

    /// For how long a look at the sites serves the rounds after it, too.
    private static let lookSeconds = 60.0

    /// Looks at the sites, unless that was done a moment ago, nothing was to be done to them, and nothing failed since.
    private func observe(_ look: inout Look) async throws(Failure) -> Observation {
        let now = context.clock.elapsed()
        let serves = now - look.began < Self.lookSeconds && report.failures.isEmpty && report.unsettled == nil
        let observation = try await Observer.observe(
            desired, sides, flags: context.flags, known: serves ? look.observation : nil)
        look = Look(observation.isOfEarlierLook ? look.began : now, observation)
        return observation
    }

    /// What follows a round.
    enum Next {
        case again, end
    }

    /// Rounds until the plan is empty, or until they get nowhere.
    private mutating func rounds(
        allowed: Set<String>, _ keeper: LeaseKeeper, _ look: Look
    ) async throws(Failure) {
        var look = look
        var convergence = Convergence(roundsMax: options.roundsMax)
        while try await round(allowed, keeper, &look, &convergence) == .again {}
    }

    private mutating func round(
        _ allowed: Set<String>, _ keeper: LeaseKeeper, _ look: inout Look, _ convergence: inout Convergence
    ) async throws(Failure) -> Next {
        roundEnd = context.clock.elapsed() + options.roundSeconds
        // What is declared is registered, and everything is observed.
        try await register(allowed: allowed, keeper)
        var observation = try await observe(&look)
        if try await forgetGoneLists(observation, allowed, keeper) { return .again }
        // What an earlier run left open, and what people did, is known before anything is decided.
        let inDoubt = try await settle(observation, allowed, keeper)
        openRows = inDoubt.mapValues { Set($0.map(\.intent.key)) }
        if stops() { return .end }
        let keys = try await rekey(observation, allowed, keeper, inDoubt)
        if keys.isDone { return .again }
        if keys.isInDoubt {
            if try await restoreLostKeys(observation, allowed, keeper) { return .again }
            return try await outwait(inDoubt, allowed, keeper)
        }
        let failed = report.failures.count
        observation.hazards += try await readFeeds(observation, allowed, keeper, inDoubt)
        if stops() { return .end }
        try await restoreChangedKeys(observation, allowed, keeper)
        let unread = Array(report.failures[failed...])
        if stops() { return .end }
        // The plan of this round, with its rows staged.
        let (document, captured) = try await stage(observation, allowed, keeper)
        report.final = document
        let denied = Self.deniedDefinitions(document, observation).intersection(allowed).union(keys.refused)
        report.denied = Set(report.denied).union(denied).sorted()
        let open = allowed.subtracting(denied)
        let pending = Self.effects(document, observation, open)
        // Rows of which only the ledger changes do not count as effects.
        if pending == 0, try await !hasLedgerWork(observation, open) {
            // Whatever an earlier round could not do is done after all; what people did in a list that could not be
            // read is still not known.
            report.failures = unread
            guard inDoubt.allSatisfy({ !open.contains($0.key) || $0.value.isEmpty }) else {
                return try await outwait(inDoubt, open, keeper)
            }
            try await conclude(observation, captured, open, keeper)
            return .end
        }
        if stops() { return .end }
        guard convergence.goesOn(effects: pending, creates: Self.creates(document, open)) else {
            // What got nowhere may wait for a row in doubt: its item may have the value or the key that another needs.
            if !hasOutwaited, open.contains(where: { !(inDoubt[$0] ?? []).isEmpty }) {
                hasOutwaited = true
                convergence = Convergence(roundsMax: options.roundsMax)
                return try await outwait(inDoubt, open, keeper)
            }
            if let unsettled = report.unsettled { report.failures.append(unsettled) }
            return .end
        }
        return try await carryOut(pending, observation, open, keeper, inDoubt)
    }

    /// What a round's plan asks for: lists and columns, then rows in passes.
    /// - Parameter pending: How many effects that are.
    private mutating func carryOut(
        _ pending: Int, _ observation: Observation, _ open: Set<String>, _ keeper: LeaseKeeper,
        _ inDoubt: [String: [OpenIntent]]
    ) async throws(Failure) -> Next {
        report.rounds += 1
        report.unsettled = nil
        context.progress(.round(report.rounds))
        // What failed last time is tried again, and only what this round leaves counts.
        report.failures = []
        let writesBefore = report.itemWrites
        var lists = try await provision(observation, open, keeper)
        if stops() { return .end }
        try await beginFeeds(observation, open, keeper, &lists)
        var skipped = 0
        for work in observation.definitions where open.contains(work.name) {
            guard var writer = writer(for: work, lists, observation, keeper, inDoubt) else { continue }
            try await write(&writer)
            skipped += writer.skippedInDoubt
            if report.stop != nil { return .end }
        }
        // Rights or a missing list: another round would only repeat it. What others still have to do goes on.
        let wroteNothing = report.itemWrites == writesBefore
        if wroteNothing, report.failures.contains(where: { $0.code != .unavailable }) { return .end }
        guard skipped > 0, skipped >= pending else { return .again }
        return try await outwait(inDoubt, open, keeper)
    }

    /// Notes why nothing new is to be begun.
    mutating func stops() -> Bool {
        report.stop = report.stop ?? context.stopReason
        return report.stop != nil
    }

    private func writer(
        for work: DefinitionWork, _ lists: [String: [String: ProvisionedList]], _ observation: Observation,
        _ keeper: LeaseKeeper, _ inDoubt: [String: [OpenIntent]]
    ) -> WavePlanner? {
        guard let definition = work.registered, let site = sides.sites[work.bound.definition.siteProfile],
            let source = sides.sources[work.bound.definition.sourceProfile],
            let lease = keeper.term(leaseName(work.bound.definition))
        else { return nil }
        var writer = WavePlanner(
            work: work, definitionID: definition.id, site: site, source: source, lease: lease,
            lists: lists[work.name] ?? [:], observed: observation.columns(of: work.lists),
            application: sides.applications[work.bound.definition.siteProfile], program: context.toolVersion)
        for open in inDoubt[work.name] ?? [] { writer.inDoubt[open.intent.key] = open }
        return writer
    }

    private func hasLedgerWork(_ observation: Observation, _ open: Set<String>) async throws(Failure) -> Bool {
        for work in observation.definitions where open.contains(work.name) {
            guard let id = work.registered?.id else { continue }
            let staged = try await metaStore.staged(
                run: context.runID, definition: id, actions: RowAction.allCases, after: 0, limit: 1)
            if !staged.isEmpty { return true }
        }
        return false
    }

    /// The plan is empty: specs whose manifests left nothing to do are the last-applied ones now, and what the plan read
    /// need not be read again.
    private func conclude(
        _ observation: Observation, _ captured: [String: Planner.Captured], _ open: Set<String>, _ keeper: LeaseKeeper
    ) async throws(Failure) {
        for work in observation.definitions where open.contains(work.name) {
            guard let registered = work.registered, let lease = keeper.term(leaseName(work.bound.definition)) else {
                continue
            }
            // Where a rule asks for the time, the next plan tells from this moment what the clock did.
            let advances = work.bound.routing.dependsOnClock && registered.appliedAt != context.now
            if registered.appliedFingerprint != work.fingerprint || registered.appliedGuards != work.guards || advances
            {
                try await metaStore.markApplied(
                    definition: registered.id, fingerprint: work.fingerprint, guards: work.guards, now: context.now,
                    under: lease)
            }
            guard work.bound.watermark != nil, let captured = captured[work.name] else { continue }
            try await metaStore.recordCapture(
                definition: registered.id, mark: captured.mark, snapshotAt: captured.plan.isPartial ? nil : context.now,
                under: lease)
        }
        try await forget(observation.gone, keeper)
    }
}
