internal import Core

/// What an approved plan lets be applied, and what stands in the way of the rest. Pure.
struct Approval: Hashable {
    /// The definitions that are applied.
    private(set) var allowed: Set<String>
    /// Registered definitions that are no longer in the manifests, and that are forgotten.
    private(set) var gone: [RegisteredDefinition]
    /// Definitions that would be applied if nothing stood in the way; sorted.
    private(set) var denied: [String]
    /// What operators hold of all this.
    private(set) var held: [Hold] = []

    /// - Parameter blocked: The definitions that a hazard stands in the way of.
    init(
        _ plan: PlanDocument, _ definitions: [SyncDefinition], blocked: Set<String>, gone: [RegisteredDefinition]
    ) {
        let suspended = Set(definitions.filter(\.suspend).map(\.name))
        allowed = Set(definitions.map(\.name)).subtracting(blocked).subtracting(suspended)
        denied = blocked.union(suspended.filter { plan.hasEffects(of: $0) }).sorted()
        self.gone = gone
    }

    /// Nothing is left to apply.
    var isEmpty: Bool { allowed.isEmpty && gone.isEmpty }

    /// Takes out what operators hold, whichever of its names a hold has.
    /// - Parameter renamed: Definitions that are still registered under another name, by their new ones.
    mutating func leaveOut(
        _ holds: [Hold], of plan: PlanDocument, renamed: [String: RegisteredDefinition] = [:]
    ) {
        for hold in holds {
            let definitions = allowed.filter {
                hold.covers($0) || renamed[$0].map { hold.covers($0.registeredName) } ?? false
            }
            let vanished = gone.map(\.name).filter { hold.covers($0) }
            guard !definitions.isEmpty || !vanished.isEmpty else { continue }
            allowed.subtract(definitions)
            gone.removeAll { hold.covers($0.name) }
            held.append(hold)
            deny(vanished)
            guard !definitions.isEmpty else { continue }
            // A hold of the whole project names those that had something to do, if there are any.
            let stopped = definitions.filter { plan.hasEffects(of: $0) || hold.definition != nil }
            deny(stopped.isEmpty ? definitions : stopped)
        }
    }

    private mutating func deny(_ names: some Sequence<String>) { denied = Set(denied).union(names).sorted() }
}
