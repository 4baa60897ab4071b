internal import Core

/// Definitions that are registered and no longer in the manifests.
extension Applier {
    /// Forgets those that the approved plan showed and whose leases are ours. Others, that another process registered
    /// meanwhile, are the next plan's to show.
    func forget(_ gone: [RegisteredDefinition], _ keeper: LeaseKeeper) async throws(Failure) {
        for definition in gone where forgettable.contains(definition.id) {
            guard let lease = definition.leases(of: desired.project.name).lazy.compactMap(keeper.term).first else {
                continue
            }
            try await metaStore.forget(definition: definition.id, now: context.now, under: lease)
        }
    }
}
