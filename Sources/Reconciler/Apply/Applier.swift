package import Core

/// Converges the sites and the meta-store in rounds: observe, plan, provision, write rows; until the plan is empty.
package struct Applier {
    package struct Options: Sendable {
        /// Rounds in a row that may pass without the count of effects shrinking.
        package var roundsMax: Int
        package var migrates: Bool
        /// Rows of one wave.
        package var waveRows: Int
        /// Batches under way at once.
        package var concurrency: Int

        package init(roundsMax: Int = 5, migrates: Bool = false, waveRows: Int = 400, concurrency: Int = 4) {
            self.roundsMax = roundsMax
            self.migrates = migrates
            self.waveRows = waveRows
            self.concurrency = concurrency
        }
    }

    let desired: DesiredState
    let sides: Sides
    let context: RunContext
    let options: Options
    let metaStore: any MetaStore
    var report = ApplyReport()

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
                .auth, while: "applying", address: Address.profile(profile.name).text, source: profile.place,
                because: "the site has no credentials",
                help: "set AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, SP_HOSTNAME and SP_SITE_PATH, or "
                    + "declare a SHAREPOINT profile")
        }
        var applier = Applier(
            desired: desired, sides: sides, context: context, options: options, metaStore: metaStore)
        return try await applier.run(approve)
    }

    private mutating func run(_ approve: (PlanDocument) async -> Bool) async throws(Failure) -> ApplyReport {
        let plan = try await Planner.plan(desired, sides, context)
        report.final = plan.document
        // Problems that only the database could show: nothing is applied while there is one.
        if plan.document.diagnostics.contains(where: { $0.severity == .error }) { return report }
        let suspended = Set(desired.definitions.filter(\.suspend).map(\.name))
        let denied = Self.deniedDefinitions(plan.document, plan.observation)
        report.denied = denied.union(suspended.filter { plan.document.hasEffects(of: $0) }).sorted()
        if plan.document.isBlockedAsAWhole {
            report.denied = desired.definitions.map(\.name)
            report.isDeniedAsAWhole = true
            return report
        }
        guard await approve(plan.document) else {
            report.declined = true
            return report
        }
        let allowed = Set(desired.definitions.map(\.name)).subtracting(denied).subtracting(suspended)
        if allowed.isEmpty, plan.observation.gone.isEmpty { return report }
        try await prepareMetaStore()
        for definition in desired.definitions where allowed.contains(definition.name) {
            guard
                try await metaStore.acquireLease("\(desired.project.name)/\(definition.name)/\(definition.siteProfile)")
            else { throw Self.locked(definition) }
        }
        var record = RunRecord(
            id: context.runID, project: desired.project.name, startedAt: context.now, actor: context.actor,
            planDigest: plan.document.planDigest, schemaDigest: plan.document.schemaDigest)
        try await metaStore.beginRun(record)
        do throws(Failure) {
            try await rounds(allowed: allowed)
        } catch {
            report.failures.append(error)
        }
        record.finishedAt = context.now
        record.counts = report.countsJSON
        record.exit = Int(report.exitStatus(interruptedBy: nil).rawValue)
        do throws(Failure) { try await metaStore.endRun(record) } catch {
            if report.failures.isEmpty { report.failures.append(error) }
        }
        return report
    }

    private func prepareMetaStore() async throws(Failure) {
        switch try await metaStore.schemaState() {
        case .current: return
        case .absent: _ = try await metaStore.migrate()
        case .behind(let version, let needed):
            guard options.migrates else {
                throw Failure(
                    .denied, while: "opening the meta-store",
                    because: "its schema has version \(version), and this program needs \(needed)",
                    help: "run syncbridge migrate, or apply --migrate")
            }
            _ = try await metaStore.migrate()
        case .newer(let version, let known):
            throw Failure(
                .error, while: "opening the meta-store",
                because: "its schema has version \(version), and this program knows \(known)",
                help: "use the program that made it, or a newer one")
        }
    }

    // MARK: Rounds

    private mutating func rounds(allowed: Set<String>) async throws(Failure) {
        var before = Int.max
        var stalled = 0
        while true {
            try await register(allowed: allowed)
            let observation = try await Observer.observe(desired, sides)
            let document = try await stage(observation, allowed)
            report.final = document
            let now = Self.deniedDefinitions(document, observation).intersection(allowed)
            report.denied = Set(report.denied).union(now).sorted()
            let open = allowed.subtracting(now)
            let pending = Self.effects(document, observation, open)
            if pending == 0, !(try await hasLedgerWork(observation, open)) {
                // Whatever an earlier round could not say is done after all.
                report.failures = []
                try await conclude(observation, document, open)
                return
            }
            if context.isStopping() {
                report.stopped = true
                return
            }
            stalled = pending < before ? 0 : stalled + 1
            before = pending
            guard stalled < options.roundsMax else {
                if let unsettled = report.unsettled { report.failures.append(unsettled) }
                return
            }
            report.rounds += 1
            report.unsettled = nil
            context.progress(.round(report.rounds))
            // What failed last time is tried again, and only what this round leaves counts.
            report.failures = []
            let lists = try await provision(observation, open)
            for work in observation.definitions where open.contains(work.name) {
                try await write(work, lists)
                if report.stopped { return }
            }
            // Rights or a missing list: another round would only repeat it.
            if report.failures.contains(where: { $0.status != .unavailable }) { return }
        }
    }

    private func stage(_ observation: Observation, _ allowed: Set<String>) async throws(Failure) -> PlanDocument {
        let (metaStore, run) = (metaStore, context.runID)
        return try await Planner.document(observation, sides, context) { (work) async throws(Failure) in
            guard allowed.contains(work.name), let registered = work.registered else { return NoStage() }
            return try await metaStore.stage(run: run, definition: registered.id)
        }
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

    /// The plan is empty: specs whose manifests left nothing to do are the last-applied ones now.
    private func conclude(
        _ observation: Observation, _ document: PlanDocument, _ open: Set<String>
    ) async throws(Failure) {
        for work in observation.definitions where open.contains(work.name) {
            guard let registered = work.registered, registered.appliedFingerprint != work.fingerprint else { continue }
            try await metaStore.markApplied(definition: registered.id, fingerprint: work.fingerprint, now: context.now)
        }
        for definition in observation.gone { try await metaStore.forget(definition: definition.id, now: context.now) }
    }

    /// What a round over these definitions would do.
    private static func effects(_ document: PlanDocument, _ observation: Observation, _ open: Set<String>) -> Int {
        let rows = document.dataChanges.filter { open.contains($0.definition) }.reduce(0) { $0 + $1.counts.effects }
        let lists = observation.schema.lists.count { list in
            open.contains(list.definition) && list.readyList(observation.sites[list.site]) == nil
        }
        return rows + lists
    }

    /// Definitions that a hazard stands in the way of.
    static func deniedDefinitions(_ document: PlanDocument, _ observation: Observation) -> Set<String> {
        var denied: Set<String> = []
        for hazard in document.blockers {
            let segments = hazard.address.text.split(separator: "/").map { PercentEncoding.decode($0) ?? String($0) }
            guard segments.count > 1 else { continue }
            switch segments[0] {
            case "definition", "rows": denied.insert(segments[1])
            case "list", "column":
                let owners = observation.schema.lists.filter {
                    $0.site == segments[1] && segments.count > 2 && $0.name == segments[2]
                }
                denied.formUnion(owners.map(\.definition))
            default: break
            }
        }
        return denied
    }

    private static func locked(_ definition: SyncDefinition) -> Failure {
        Failure(
            .locked, while: "taking the lease of definition \"\(definition.name)\"",
            address: Address.definition(definition.name).text, source: definition.place,
            because: "another process is applying it", help: "wait until it has ended, then run again")
    }
}

extension PlanDocument {
    /// A hazard that concerns no single definition.
    var isBlockedAsAWhole: Bool { blockers.contains { $0.code == .definitionsVanished } }

    func hasEffects(of definition: String) -> Bool {
        dataChanges.contains { $0.definition == definition && $0.counts.effects > 0 }
    }
}

/// The stage of a definition that is not applied.
private struct NoStage: EffectStage {
    func append(_ effects: [StagedKey]) async throws(Failure) {}
    func finish() async throws(Failure) {}
    func discard() async {}
}
