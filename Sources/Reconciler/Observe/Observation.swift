package import Core

/// Everything that was read before rows are: definitions bound to their tables, the registry, the sites, and what has to
/// be done to lists and columns.
package struct Observation: Sendable {
    package var desired: DesiredState
    package var registry: Registry
    package var sites: [String: ObservedSite]
    package var definitions: [DefinitionWork]
    package var schema: SchemaPlan
    package var diagnostics: Diagnostics
    /// What the plan takes for granted.
    package var assumptions: [String]
    /// Definitions that are registered and no longer in the manifests.
    package var gone: [RegisteredDefinition]
    /// What reading showed beside the plans of lists and rows.
    package var hazards: [Hazard] = []

    /// What was seen of the sites is of an earlier observation.
    package var isOfEarlierLook = false

    /// Whether what was seen of the sites still counts: nothing was to be done to them, and nobody has done anything to
    /// our lists since. Where something is missing, another process may have begun to make it.
    func showsSites(of now: Registry) -> Bool {
        schema.changes.isEmpty && schema.hazards.isEmpty && registry.metaStoreID == now.metaStoreID
            && registry.lists == now.lists
    }
}

extension Observation {
    /// The columns of those of these lists that were read.
    func columns(of lists: [ManagedList]) -> [ListID: [RemoteColumn]] {
        Dictionary(
            lists.compactMap { list in sites[list.site]?.columns[list.remoteID].map { (list.id, $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// Their internal names.
    func columnNames(of lists: [ManagedList]) -> [ListID: Set<String>] {
        columns(of: lists).mapValues { Set($0.map(\.name)) }
    }

    /// Definitions that are registered under another name than the manifests have, by that of the manifests.
    var renamed: [String: RegisteredDefinition] {
        Dictionary(
            definitions.compactMap { work in
                work.registered.flatMap { $0.formerName == nil ? nil : (work.name, $0) }
            }, uniquingKeysWith: { first, _ in first })
    }

    /// The list is known to exist and to be ours.
    func isReadable(_ list: ManagedList) -> Bool {
        sites[list.site]?.lists.contains { ListID($0.id) == list.id } ?? false
    }
}
