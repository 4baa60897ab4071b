internal import Core

extension Applier {
    private static let settleRows = 400

    /// Finds out what became of effects that nobody recorded (SPEC §6, pass 0).
    /// - Returns: By definition, the intents whose requests may still arrive.
    mutating func settle(
        _ observation: Observation, _ allowed: Set<String>, _ keeper: LeaseKeeper
    ) async throws(Failure) -> [String: [OpenIntent]] {
        var inDoubt: [String: [OpenIntent]] = [:]
        for work in observation.definitions where allowed.contains(work.name) {
            guard let definition = work.registered, let lease = keeper.term(leaseName(work.bound.definition)),
                let site = sides.sites[work.bound.definition.siteProfile],
                let source = sides.sources[work.bound.definition.sourceProfile]
            else { continue }
            var writer = RowWriter(
                work: work, definitionID: definition.id, site: site, source: source, lease: lease,
                settleMargin: settleMargin, lists: [:])
            var after: LedgerKey?
            while true {
                let open = try await metaStore.openIntents(
                    of: definition.id, after: after, limit: Self.settleRows)
                guard let last = open.last else { break }
                after = last.intent.key
                let rowContext = writer.context(now: context.now, moment: context.clock.now())
                let decider = work.decider
                try await run(
                    open.map { intent in
                        RowTask(
                            key: intent.intent.key, syncKey: intent.intent.syncKey, action: .unchanged,
                            ledger: intent.ledger, base: intent.ledger.flatMap { decider.base(of: $0) }, open: intent)
                    }, rowContext, &writer)
                if report.stop != nil || writer.isStopped { break }
            }
            report.failures += writer.failures
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

    /// Waits until no request of an open intent can still arrive.
    /// - Returns: `false` if there is none, and nothing to wait for.
    func waitForDoubt(_ inDoubt: inout [String: [OpenIntent]], _ open: Set<String>) async throws(Failure) -> Bool {
        let intents = inDoubt.filter { open.contains($0.key) }.values.flatMap(\.self)
        guard !intents.isEmpty else { return false }
        let now = context.clock.now().seconds
        let wait = intents.map { max(1, settleMargin - (now - $0.openedAt.seconds)) }.max() ?? 1
        context.progress(.settling(rows: intents.count, seconds: Int(clamping: wait)))
        let end = context.clock.elapsed() + Double(wait)
        while context.clock.elapsed() < end, !context.shouldStop {
            do throws(CancellationError) {
                try await context.clock.wait(seconds: min(5, max(0.05, end - context.clock.elapsed())))
            } catch { break }
        }
        return true
    }
}
