package import Core

/// Makes the plan: a pure function of what was observed, carried through all rows. Takes no lock and writes nothing.
package enum Planner {
    package struct Outcome: Sendable {
        package var document: PlanDocument
        package var observation: Observation
    }

    /// - Parameter looksAtFeeds: Whether what people did since the last apply is in the plan; an apply reads it itself.
    package static func plan(
        _ desired: DesiredState, _ sides: Sides, _ context: RunContext, looksAtFeeds: Bool = true
    ) async throws(Failure) -> Outcome {
        var observation = try await Observer.observe(desired, sides, flags: context.flags)
        let look = looksAtFeeds ? try await FeedLook.take(observation, sides, context) : FeedLook()
        observation.hazards += look.hazards
        observation.assumptions += look.partial.map {
            "what people did in \($0.text) since the last apply is not known: the next apply looks at all its items"
        }
        return Outcome(
            document: try await document(observation, sides, context, stage: nil, seen: look.entries).document,
            observation: observation)
    }

    /// What was read of a definition's table.
    package struct Captured: Hashable, Sendable {
        package var plan: CapturePlan
        /// Of the snapshot that was read.
        package var mark: CaptureMark?
        package var snapshot: SourceSnapshot?
    }

    /// - Parameter stage: Opens the stage of a definition's effects; `nil` for a plan that only counts.
    /// - Returns: Also, by definition, what was read.
    package static func document(
        _ observation: Observation, _ sides: Sides, _ context: RunContext, stage: StageOpener?,
        seen: [String: [LedgerKey: LedgerEntry]] = [:]
    ) async throws(Failure) -> (document: PlanDocument, captured: [String: Captured]) {
        var document = PlanDocument(
            planID: context.runID, createdAt: context.now.isoText, toolVersion: context.toolVersion,
            project: observation.desired.project.name, environment: observation.desired.environment)
        document.assumptions = observation.assumptions
        document.targets = targets(observation)
        document.schemaChanges = observation.schema.changes
        document.schemaUnchanged = observation.schema.unchanged
        document.drift = observation.schema.drift
        document.notes = observation.schema.notes
        var hazards = observation.schema.hazards + observation.hazards
        var mask = Mask()
        var digests: [String] = []
        var rowsBySite: [String: RowCounts] = [:]
        var captured: [String: Captured] = [:]
        let policy = policy(observation.desired, context)
        for work in observation.definitions {
            let capture = work.capturePlan(now: context.now)
            let read = try await read(
                work, capture, sides, context, stage: stage, seen: seen[work.name] ?? [:],
                mayBeOlder: mayBeOlder(work, policy))
            var tally = read.tally
            if let hazard = read.hazard { hazards.append(hazard) }
            if let note = standbyNote(read.snapshot, work) { document.assumptions.append(note) }
            if let keys = read.keys {
                hazards += keyHazards(keys, work, &document)
                rowsBySite[work.bound.definition.siteProfile, default: RowCounts()].update += keys.outcome.changed
            }
            if let note = read.note { document.assumptions.append(note) }
            if capture.isPartial, tally.mayTripGuards, let id = work.registered?.id, let metaStore = sides.metaStore {
                tally.know(try await metaStore.liveRows(of: observation.desired.project.name), of: id)
            }
            captured[work.name] = Captured(plan: capture, mark: read.mark, snapshot: read.snapshot)
            if let note = partialNote(work, capture) { document.assumptions.append(note) }
            document.dataChanges += DataChange.entries(of: work.bound, tally, mask: &mask)
            digests.append(tally.digest?.hexadecimal ?? "")
            rowsBySite[work.bound.definition.siteProfile, default: RowCounts()] =
                rowsBySite[work.bound.definition.siteProfile, default: RowCounts()] + tally.total
            hazards += definitionHazards(work, tally, read.repeated, isPartial: capture.isPartial)
            document.registrations.append(registration(work, tally))
        }
        document.registrations += observation.gone.map { .init(.definition($0.name), .forget) }
        hazards += RowGuards.vanished(observation.gone, of: observation.registry)
        let addresses = addresses(document, hazards)
        if stage == nil { try refuseIdleFlags(context.flags, addresses) }
        var diagnostics = observation.diagnostics
        policy.warnOfIdle(among: addresses, &diagnostics)
        document.diagnostics = diagnostics.sorted()
        document.hazards = policy.applied(to: hazards)
        document.rowsDigest = Digest(of: digests.joined(separator: " ")).text
        document.estimate = estimate(observation, rowsBySite)
        return (document, captured)
    }

    /// What a reader must know of a plan that saw changed rows only.
    private static func partialNote(_ work: DefinitionWork, _ capture: CapturePlan) -> String? {
        guard case .changes(let since) = capture, let watermark = work.bound.watermark,
            let last = work.registered?.lastSnapshotAt
        else { return nil }
        let due = Instant(seconds: last.seconds + watermark.snapshotEvery)
        return
            "definition \"\(work.name)\": only rows changed since \(since.column) \(since.text) were read; deleted rows "
            + "and late commits are found by the next whole read, which is due at \(due.isoText)"
    }

    /// All that a plan tells of.
    private static func addresses(_ document: PlanDocument, _ hazards: [Hazard]) -> [Address] {
        document.targets.map { .profile($0.profile) } + document.registrations.map(\.address)
            + document.schemaChanges.map(\.address) + document.dataChanges.map(\.address)
            + document.dataChanges.compactMap { (change) -> Address? in
                guard case .rows(_, let shard?) = change.address else { return nil }
                return .list(shard.site, shard.list)
            } + document.drift.map(\.address) + document.notes.map(\.address) + hazards.map(\.address)
    }

    /// A glob that matches nothing in the plan was mistyped: better said than found out by a hazard that still blocks.
    private static func refuseIdleFlags(_ flags: [HazardPolicy.Flag], _ addresses: [Address]) throws(Failure) {
        for flag in flags where !addresses.contains(where: flag.at.matches) {
            // Columns that are as they should be are not in the plan.
            if flag.at.kind == .column { continue }
            throw Failure(
                .usage, while: "reading --allow-hazards \(flag.code.rawValue)@\(flag.at.text)",
                because: "nothing in the plan has such an address",
                help: "copy the address from the plan; nothing was written")
        }
    }

    /// What is written while a definition's rows are decided.
    package struct Staging: Sendable {
        var effects: any EffectStage
        /// Gives entries the fingerprints of rows that were read and found unchanged; `false`: no more of them.
        var note: @Sendable ([FingerprintedRow]) async throws(Failure) -> Bool

        /// So many rows get one in one reading, so that a run whose every row needs one takes seconds longer, not minutes.
        static let notedMax = 250_000
    }

    package typealias StageOpener = @Sendable (DefinitionWork) async throws(Failure) -> Staging?

    private static func definitionHazards(
        _ work: DefinitionWork, _ tally: RowTally, _ repeated: Int, isPartial: Bool
    ) -> [Hazard] {
        let address = Address.definition(work.name)
        let place = work.bound.definition.place
        var hazards: [Hazard] = []
        if let known = work.registered?.source, known != work.source {
            hazards.append(
                Hazard(
                    .sourceChanged, at: address, "its rows came from \(known) and would now come from \(work.source)",
                    remedy: "look whether the profile means the right database", place: place))
        }
        if repeated > 0 {
            hazards.append(
                Hazard(
                    .keyNotUnique, at: address, "\(repeated) rows have a key that another row has too", rows: repeated,
                    remedy: "name columns in `key` that identify a row", place: place))
        }
        if let looser = LooserGuards.hazard(work.registered?.appliedGuards, work.guards, work.bound.definition) {
            hazards.append(looser)
        }
        return hazards
            + RowGuards.check(
                work.bound, tally, registered: work.registered, guards: work.guards, isPartial: isPartial)
    }

    private static func registration(_ work: DefinitionWork, _ tally: RowTally) -> PlanDocument.Registration {
        guard let registered = work.registered else { return .init(.definition(work.name), .create) }
        let isUpdate = work.manifestChanged || work.keyChange != nil || work.guardsChanged || registered.isOutOfDate
        return .init(
            .definition(work.name), isUpdate ? .update : .unchanged, renamedFrom: registered.formerName,
            returns: registered.isForgotten)
    }

    private static func targets(_ observation: Observation) -> [PlanDocument.Target] {
        let sources = Set(observation.definitions.map(\.bound.definition.sourceProfile)).sorted().map { name in
            let tables = observation.definitions.filter { $0.bound.definition.sourceProfile == name }
                .map { "\($0.bound.relation.schema).\($0.bound.relation.name)" }
            return PlanDocument.Target(profile: name, type: "postgresql", place: tables.joined(separator: ", "))
        }
        let sites = observation.sites.sorted { $0.key < $1.key }.map { name, site in
            PlanDocument.Target(
                profile: name, type: "sharepoint", place: site.site?.webURL ?? "not asked, assumed to be empty")
        }
        return sources + sites
    }

    private static func estimate(_ observation: Observation, _ rows: [String: RowCounts]) -> Estimate {
        observation.desired.sites.reduce(Estimate()) { sum, profile in
            let lists = observation.schema.lists.filter { $0.site == profile.name }
            return sum
                + Estimate(
                    schemaCalls: lists.reduce(0) { $0 + $1.calls }, lists: lists.count,
                    rows: rows[profile.name] ?? RowCounts(), quota: profile.quota)
        }
    }
}

extension PlannedList {
    /// Requests that bring the list to what is wanted.
    fileprivate var calls: Int {
        guard existence != .blocked else { return 0 }
        let columns = columns.reduce(0) { sum, column in
            let isMadeWithList = column.column.name == SyncKey.column && existence == .absent
            return sum + (column.found == nil && !isMadeWithList ? 1 : 0) + (column.change.isEmpty ? 0 : 1)
        }
        let settingsCalls = (titleChange.isEmpty ? 0 : 1) + (settings.isEmpty ? 0 : 1)
        return columns + settingsCalls + (existence == .absent ? 1 : 0)
    }
}
