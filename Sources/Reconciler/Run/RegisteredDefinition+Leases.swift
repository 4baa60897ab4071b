internal import Core

extension RegisteredDefinition {
    /// The leases under the name that it is registered under: whoever applies manifests that have it so holds one of them.
    func leases(of project: String) -> [LeaseName] {
        // One that was never applied under a lease has no site: a lease of its name alone keeps two runs apart.
        let sites = leaseSites.isEmpty ? [""] : leaseSites
        return sites.map { LeaseName(project: project, definition: registeredName, site: $0) }
    }
}
