internal import Core

/// Definitions whose key is another one than that of their ledger (SPEC §8).
extension Applier {
    struct Rekeying {
        /// Some ledger has new keys: everything is to be looked at anew.
        var isDone = false
        /// Nothing can be given another key while an effect is in doubt.
        var isInDoubt = false
        /// Definitions whose key nobody agreed to change.
        var refused: Set<String> = []
    }

    /// Gives ledgers the keys that their tables have now, before anything is decided by them.
    func rekey(
        _ observation: Observation, _ allowed: Set<String>, _ keeper: LeaseKeeper, _ inDoubt: [String: [OpenIntent]]
    ) async throws(Failure) -> Rekeying {
        var rekeying = Rekeying()
        for work in observation.definitions where allowed.contains(work.name) {
            guard let change = work.keyChange, let id = work.registered?.id,
                let lease = keeper.term(leaseName(work.bound.definition)),
                let source = sides.sources[work.bound.definition.sourceProfile]
            else { continue }
            guard inDoubt[work.name]?.isEmpty ?? true else {
                rekeying.isInDoubt = true
                continue
            }
            var ledger: (any LedgerScan)? = try await metaStore.ledger(of: id)
            guard let look = try await Planner.rekeyed(&ledger, work, source, nil) else { continue }
            await look.scan.finish()
            if let hazard = KeyGuard.hazard(change, look.outcome, work.bound.definition),
                Planner.policy(desired, context).applied(to: [hazard]).contains(where: { $0.allowedBy == nil })
            {
                rekeying.refused.insert(work.name)
                continue
            }
            try await metaStore.rekey(
                look.outcome.rows, shape: change.new, of: id, now: context.clock.now(), under: lease)
            rekeying.isDone = true
        }
        return rekeying
    }
}
