internal import Core

/// What a plan asks for, what of it is denied, and what is said then.
extension Applier {
    static func creates(_ document: PlanDocument, _ open: Set<String>) -> Int {
        document.dataChanges.filter { open.contains($0.definition) }.reduce(0) { $0 + $1.counts.create }
    }

    /// What a round over these definitions would do.
    static func effects(_ document: PlanDocument, _ observation: Observation, _ open: Set<String>) -> Int {
        let rows = document.dataChanges.filter { open.contains($0.definition) }.reduce(0) { $0 + $1.counts.effects }
        let lists = observation.schema.lists.count { list in
            open.contains(list.definition) && list.readyList(observation.sites[list.site]) == nil
        }
        return rows + lists
    }

    /// Definitions that a hazard stands in the way of.
    static func deniedDefinitions(_ document: PlanDocument, _ observation: Observation) -> Set<String> {
        var denied: Set<String> = []
        for hazard in document.blockers {
            switch hazard.address {
            case .definition(let name), .rows(let name, _): denied.insert(name)
            case .list(let site, let name), .column(let site, let name, _):
                let owners = observation.schema.lists.filter { $0.site == site && $0.name == name }
                denied.formUnion(owners.map(\.definition))
            case .profile, .row: break
            }
        }
        return denied
    }

    func locked(_ holder: LeaseHolder) -> Failure {
        let definition = desired.definitions.first { $0.name == holder.name.definition }
        return Failure(
            .locked, while: "taking the lease of definition \"\(holder.name.definition)\"",
            address: .definition(holder.name.definition), source: definition?.place,
            because: "\(holder.actor) is applying it since \(holder.acquiredAt.isoText), "
                + "last heard of at \(holder.heartbeatAt.isoText)",
            help: "wait until it has ended (--lock-timeout), or see syncbridge lock list", facts: ["run": holder.run])
    }

    func leaseLost() -> Failure {
        Failure(
            .locked, while: "applying",
            because: context.trust.isClosed
                ? "another process took the lease over" : "the lease could not be confirmed in time",
            help: "nothing more was sent or recorded; run again when the other process has ended")
    }
}

extension PlanDocument {
    /// A hazard that concerns no single definition.
    var isBlockedAsAWhole: Bool { blockers.contains { $0.code == .definitionsVanished } }

    func hasEffects(of definition: String) -> Bool {
        dataChanges.contains { $0.definition == definition && $0.counts.effects > 0 }
    }
}
