extension Registry {
    /// The registry as the manifests name its definitions: one that has an earlier name is found under its new one, and one
    /// that was forgotten is back if the manifests have it again.
    /// - Parameter diagnostics: Told of earlier names that mean nothing, or more than one definition.
    package func named(by definitions: [SyncDefinition], _ diagnostics: inout Diagnostics) -> Registry {
        var registry = self
        for definition in definitions {
            guard registry.definition(definition.name) == nil else {
                registry.warnOfSecond(definition, &diagnostics)
                continue
            }
            registry.takeOver(definition, &diagnostics)
        }
        registry.definitions.sort { $0.name < $1.name }
        return registry
    }

    /// The same where nobody is told.
    package func named(by definitions: [SyncDefinition]) -> Registry {
        var diagnostics = Diagnostics()
        return named(by: definitions, &diagnostics)
    }

    private mutating func takeOver(_ definition: SyncDefinition, _ diagnostics: inout Diagnostics) {
        let earlier = definition.renamedFrom
        func named(_ registered: RegisteredDefinition) -> Bool { earlier.contains { $0.value == registered.name } }
        let present = definitions.filter(named)
        let own = forgotten.filter { $0.name == definition.name }
        let candidates = [present, own, forgotten.filter(named)].first { !$0.isEmpty } ?? []
        guard let one = candidates.first else { return warnOfNothing(definition, &diagnostics) }
        guard candidates.count == 1 else {
            return diagnostics.error(
                .ambiguousRename,
                "\(quoted(definition.name)) may be \(candidates.map { quoted($0.name) }.joined(separator: " or ")) under "
                    + "another name: each of them has lists and rows of its own.",
                help: "keep the one whose rows it is to take over in renamedFrom", at: earlier.first?.place)
        }
        definitions.removeAll { $0.id == one.id }
        forgotten.removeAll { $0.id == one.id }
        var taken = one
        taken.name = definition.name
        taken.formerName = one.name == definition.name ? nil : one.name
        definitions.append(taken)
    }

    /// Nothing was registered under an earlier name. A meta-store that knows no definition at all is of an environment that
    /// was set up after the renaming.
    private func warnOfNothing(_ definition: SyncDefinition, _ diagnostics: inout Diagnostics) {
        guard let first = definition.renamedFrom.first, !definitions.isEmpty else { return }
        let names = definition.renamedFrom.map { quoted($0.value) }.joined(separator: " or ")
        let known = (definitions + forgotten).map(\.name)
        let hint = definition.renamedFrom.lazy.compactMap { closest(to: $0.value, among: known) }.first
        diagnostics.warning(
            .danglingRename,
            "No definition \(names) was ever applied in this project, so that \(quoted(definition.name)) begins anew.",
            help: hint.map { "did you mean \(quoted($0))?" } ?? "correct the name, or remove renamedFrom",
            at: first.place)
    }

    /// The definition has rows of its own, so that it cannot take over those of another.
    private func warnOfSecond(_ definition: SyncDefinition, _ diagnostics: inout Diagnostics) {
        for earlier in definition.renamedFrom where self.definition(earlier.value) != nil {
            diagnostics.warning(
                .ambiguousRename,
                "\(quoted(definition.name)) and \(quoted(earlier.value)) were both applied: the rows of "
                    + "\(quoted(earlier.value)) are not taken over. It is forgotten, and its lists and items stay.",
                help: "nothing to do if that is meant; else give the definition its old name back, or another new one",
                at: earlier.place)
        }
    }
}
