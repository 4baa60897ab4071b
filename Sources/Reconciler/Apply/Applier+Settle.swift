internal import Core

extension Applier {
    private static let settleRows = 400

    /// Finds out what became of effects that nobody recorded (SPEC §6, pass 0).
    /// - Returns: By definition, the intents whose requests may still arrive.
    mutating func settle(
        _ observation: Observation, _ allowed: Set<String>, _ keeper: LeaseKeeper
    ) async throws(Failure) -> [String: [OpenIntent]] {
        var inDoubt: [String: [OpenIntent]] = [:]
        doubt.ask(at: context.clock.elapsed())
        for work in observation.definitions where allowed.contains(work.name) {
            guard let definition = work.registered, let lease = keeper.term(leaseName(work.bound.definition)),
                let site = sides.sites[work.bound.definition.siteProfile],
                let source = sides.sources[work.bound.definition.sourceProfile]
            else { continue }
            var writer = WavePlanner(
                work: work, definitionID: definition.id, site: site, source: source, lease: lease,
                lists: [:], observed: observation.columns(of: work.lists),
                application: sides.applications[work.bound.definition.siteProfile], program: context.toolVersion)
            var after: LedgerKey?
            while true {
                let open = try await metaStore.openIntents(
                    of: definition.id, after: after, limit: Self.settleRows)
                guard let last = open.last else { break }
                after = last.intent.key
                let rowContext = writer.context(now: context.now, moment: context.clock.now())
                let decider = work.decider
                let elapsed = context.clock.elapsed()
                try await run(
                    open.map { intent in
                        RowTask(
                            key: intent.intent.key, syncKey: intent.intent.syncKey, action: .unchanged,
                            ledger: intent.ledger, base: intent.ledger.flatMap { decider.base(of: $0) }, open: intent,
                            mayArrive: elapsed < lastArrival(of: intent.intent.key, work.bound.definition, keeper))
                    }, rowContext, &writer)
                if report.stop != nil || writer.isStopped { break }
            }
            report.failures += writer.failures
            report.unsettled = report.unsettled ?? writer.unsettled
            if report.stop != nil { return inDoubt }
            inDoubt[work.name] = try await allOpen(definition.id)
        }
        return inDoubt
    }

    private func allOpen(_ definition: String) async throws(Failure) -> [OpenIntent] {
        var all: [OpenIntent] = []
        while true {
            let next = try await metaStore.openIntents(
                of: definition, after: all.last?.intent.key, limit: Self.settleRows)
            if next.isEmpty { return all }
            all += next
        }
    }

    private func lastArrival(of key: LedgerKey, _ definition: SyncDefinition, _ keeper: LeaseKeeper) -> Double {
        doubt.lastArrival(
            of: key, of: definition.name,
            leaseTakenAt: keeper.acquiredAt(leaseName(definition)) ?? context.clock.elapsed())
    }

    /// Waits until no request of an open intent can still arrive, after which they are settled.
    /// - Returns: `end` if nothing could arrive any more when they were asked about: asking again leads nowhere.
    mutating func outwait(
        _ inDoubt: [String: [OpenIntent]], _ open: Set<String>, _ keeper: LeaseKeeper
    ) async throws(Failure) -> Next {
        var arrivals: [Double] = []
        for definition in desired.definitions where open.contains(definition.name) {
            arrivals += (inDoubt[definition.name] ?? []).map { lastArrival(of: $0.intent.key, definition, keeper) }
        }
        switch doubt.verdict(on: arrivals) {
        case .none: break
        case .overdue(let rows):
            report.failures.append(overdue(rows))
            return .end
        case .wait(let rows, let end):
            let wait = max(end - context.clock.elapsed(), 0.05)
            context.progress(.settling(rows: rows, seconds: Int(wait.rounded(.up))))
            while context.clock.elapsed() < end, !context.shouldStop {
                do throws(CancellationError) {
                    try await context.clock.wait(seconds: min(5, max(0.05, end - context.clock.elapsed())))
                } catch { break }
            }
        }
        return .again
    }

    /// The service does not say what became of these rows, however long it is asked.
    private func overdue(_ rows: Int) -> Failure {
        let last = report.unsettled
        return Failure(
            .unavailable, while: "finding out what became of earlier requests", address: last?.address,
            source: last?.source,
            because: "the service does not answer for the items of \(rows) row\(rows == 1 ? "" : "s")"
                + (last.map { ": \($0.reason)" } ?? ""),
            help: "run again when the service answers for them; until then the rows are left alone and nothing is lost",
            facts: last?.facts ?? [:])
    }
}
