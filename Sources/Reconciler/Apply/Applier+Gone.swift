internal import Core

/// Definitions that are registered and no longer in the manifests.
extension Applier {
    /// The leases of a definition that is gone: whoever still applies it, by manifests that have it, holds one of them.
    func leaseNames(_ gone: RegisteredDefinition) -> [LeaseName] {
        // One that was never applied under a lease has no site: a lease of its name alone keeps two runs apart.
        let sites = gone.leaseSites.isEmpty ? [""] : gone.leaseSites
        return sites.map { LeaseName(project: desired.project.name, definition: gone.name, site: $0) }
    }

    /// Forgets those that the approved plan showed and whose leases are ours. Others, that another process registered
    /// meanwhile, are the next plan's to show.
    func forget(_ gone: [RegisteredDefinition], _ keeper: LeaseKeeper) async throws(Failure) {
        for definition in gone where forgettable.contains(definition.id) {
            guard let lease = leaseNames(definition).lazy.compactMap(keeper.term).first else { continue }
            try await metaStore.forget(definition: definition.id, now: context.now, under: lease)
        }
    }
}

extension Observation {
    /// Definitions that are registered under another name than the manifests have, as they are registered, by their new names.
    var renamed: [String: RegisteredDefinition] {
        let known = definitions.compactMap { work -> (String, RegisteredDefinition)? in
            guard var registered = work.registered, let name = registered.formerName else { return nil }
            registered.name = name
            return (work.name, registered)
        }
        return Dictionary(known, uniquingKeysWith: { first, _ in first })
    }
}
