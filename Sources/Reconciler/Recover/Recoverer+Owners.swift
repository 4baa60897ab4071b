internal import Core

/// Whose lists are recovered.
extension Recoverer {
    /// The id under which a definition is recovered: the one it is registered under, else the one that its lists carry.
    /// - Parameters:
    ///   - stamps: Of the lists that the definition names.
    ///   - owners: The names of the definitions that this run has recovered, by their ids.
    /// - Returns: `nil` if no list is there.
    /// - Throws: `denied` if the lists belong to another definition, or to several.
    func owner(
        of stamps: [Stamp], _ work: DefinitionWork, _ registry: Registry, _ owners: [String: String]
    ) throws(Failure) -> String? {
        guard let first = stamps.first else { return nil }
        let own = work.registered?.id ?? first.definitionID
        func name(_ stamp: Stamp) -> String? { registry.owner(of: stamp)?.name ?? owners[stamp.definitionID] }
        let other: Stamp?
        if work.registered != nil {
            // One of its own is enough: the others are not looked at.
            other = stamps.contains { $0.definitionID == own } ? nil : first
        } else {
            other = stamps.first { $0.definitionID != own || name($0) != nil }
        }
        guard let other else { return own }
        throw Failure(
            .denied, while: "recovering", address: .definition(work.name),
            source: work.bound.definition.place,
            because: "the list \(quoted(other.list)) was made for "
                + (name(other).map { "the definition \(quoted($0))" } ?? "another definition"),
            help: help(name(other), work))
    }

    private func help(_ other: String?, _ work: DefinitionWork) -> String {
        guard let other else { return "choose another list name" }
        if desired.definitions.contains(where: { $0.name == other }) {
            return
                "a list belongs to one definition: choose another list name, or give the list back to \(quoted(other))"
        }
        return "if \(quoted(work.name)) is \(quoted(other)) under a new name, write metadata: { name: \(work.name), "
            + "renamedFrom: \(other) }; else choose another list name"
    }
}
