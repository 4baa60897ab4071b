internal import Core

extension Applier {
    private static let settleRows = 400

    /// Finds out what became of effects that nobody recorded (SPEC §6, pass 0).
    /// - Returns: By definition, the intents whose requests may still arrive.
    mutating func settle(
        _ observation: Observation, _ allowed: Set<String>, _ keeper: LeaseKeeper
    ) async throws(Failure) -> [String: [OpenIntent]] {
        var inDoubt: [String: [OpenIntent]] = [:]
        settledAt = context.clock.elapsed()
        for work in observation.definitions where allowed.contains(work.name) {
            guard let definition = work.registered, let lease = keeper.term(leaseName(work.bound.definition)),
                let site = sides.sites[work.bound.definition.siteProfile],
                let source = sides.sources[work.bound.definition.sourceProfile]
            else { continue }
            var writer = WavePlanner(
                work: work, definitionID: definition.id, site: site, source: source, lease: lease,
                lists: [:], observed: observation.columns(of: work.lists), program: context.toolVersion)
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

    /// Until when a request of a row's open intent may arrive, in the clock's elapsed seconds.
    ///
    /// Not the moment counts at which the intent was opened: its request may have waited for its turn, and was perhaps sent
    /// just before its process died or lost its lease. Nobody else sent any after the lease became ours.
    private func lastArrival(of key: LedgerKey, _ definition: SyncDefinition, _ keeper: LeaseKeeper) -> Double {
        let taken = keeper.acquiredAt(leaseName(definition)) ?? context.clock.elapsed()
        return max(taken, doubts[definition.name]?[key] ?? taken) + options.settleSeconds
    }

    /// What is known of the intents that stay open.
    enum Doubt {
        /// There are none.
        case none
        /// Their requests could still arrive; now they cannot.
        case waited
        /// Nothing of theirs could arrive any more when they were asked about, and still nobody knows what became of them.
        case overdue(rows: Int)
    }

    /// Waits until no request of an open intent can still arrive.
    func waitForDoubt(
        _ inDoubt: [String: [OpenIntent]], _ open: Set<String>, _ keeper: LeaseKeeper
    ) async throws(Failure) -> Doubt {
        var ends: [Double] = []
        for definition in desired.definitions where open.contains(definition.name) {
            ends += (inDoubt[definition.name] ?? []).map { lastArrival(of: $0.intent.key, definition, keeper) }
        }
        guard let end = ends.max() else { return .none }
        if end <= settledAt { return .overdue(rows: ends.count) }
        let wait = max(end - context.clock.elapsed(), 0.05)
        context.progress(.settling(rows: ends.count, seconds: Int(wait.rounded(.up))))
        while context.clock.elapsed() < end, !context.shouldStop {
            do throws(CancellationError) {
                try await context.clock.wait(seconds: min(5, max(0.05, end - context.clock.elapsed())))
            } catch { break }
        }
        return .waited
    }

    /// The service does not say what became of these rows, however long it is asked.
    func overdue(_ rows: Int) -> Failure {
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
