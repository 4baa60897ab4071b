internal import Core
internal import Logging

/// Plans once more, under the leases, with the keys of rows to be written kept in the meta-store.
extension Applier {
    func stage(
        _ observation: Observation, _ allowed: Set<String>, _ keeper: LeaseKeeper
    ) async throws(Failure) -> (document: PlanDocument, captured: [String: Planner.Captured]) {
        let (metaStore, run, logger) = (metaStore, context.runID, context.logger)
        let staged = try await Planner.document(observation, sides, context) { (work) async throws(Failure) in
            guard allowed.contains(work.name), let registered = work.registered,
                let lease = keeper.term(leaseName(work.bound.definition))
            else { return nil }
            return Planner.Staging(
                effects: try await metaStore.stage(run: run, definition: registered.id, under: lease),
                note: { (rows) async throws(Failure) in
                    do throws(Failure) {
                        try await metaStore.note(rows, of: registered.id, under: lease)
                        return true
                    } catch {
                        if error.code == .locked { throw error }
                        // Only the next plan is slower for it.
                        logger.warning(
                            "fingerprints of rows cannot be written", metadata: ["failure.reason": "\(error.reason)"])
                        return false
                    }
                })
        }
        // Known before anything is done because of it: what has been seen once is never taken for not being there yet.
        for work in observation.definitions where allowed.contains(work.name) {
            guard let registered = work.registered, let lease = keeper.term(leaseName(work.bound.definition)),
                let snapshot = staged.captured[work.name]?.snapshot, snapshot != registered.sourceSnapshot
            else { continue }
            try await metaStore.save(snapshot: snapshot, of: registered.id, under: lease)
        }
        return staged
    }
}
