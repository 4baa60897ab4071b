internal import Core
internal import Logging

extension Applier {
    /// Reads what people did in every list of these definitions, and records it.
    /// - Returns: Hazards of definitions whose ledger knows less than their lists.
    mutating func readFeeds(
        _ observation: Observation, _ allowed: Set<String>, _ keeper: LeaseKeeper, _ inDoubt: [String: [OpenIntent]]
    ) async throws(Failure) -> [Hazard] {
        var hazards: [Hazard] = []
        for work in observation.definitions where allowed.contains(work.name) {
            let readers = work.lists.filter(observation.isReadable).compactMap {
                feedReader(work, $0, keeper, inDoubt[work.name] ?? [], observation.columns(of: work.lists))
            }
            let areLong = report.itemWrites > 0
            try await FeedReader.forEach(readers, areLong: areLong) {
                (reader: inout FeedReader) async throws(Failure) in
                let summary: FeedSummary
                do throws(Failure) { summary = try await reader.drain() } catch {
                    // A list that cannot be read is not written either, and says so itself; the others go on.
                    guard !error.code.endsTheRun else { throw error }
                    report.failures.append(error)
                    return true
                }
                report.changedByPeople += summary.changed
                for (field, items) in summary.normalised {
                    let column = Address.column(reader.list.site, reader.list.name, work.bound.fields[field].target)
                    report.normalised[column, default: 0] += items
                }
                if let hazard = Hazard.itemsMissing(work, reader.list, summary) {
                    hazards.append(hazard)
                } else {
                    report.deletedByPeople += summary.deleted
                }
                if summary.unknownWrites > 0 {
                    // Whoever took the lease meanwhile may have made them, and records them.
                    guard await keeper.beat() else {
                        report.stop = report.stop ?? .leaseLost
                        return false
                    }
                    hazards.append(.metaStoreBehind(work, reader.list, summary.unknownWrites))
                }
                return !stops()
            }
            if stops() { return hazards }
        }
        return hazards
    }

    /// Takes the position of lists that are new, before anything is written to them. A list that holds what the ledger knows
    /// nothing of is not written.
    mutating func beginFeeds(
        _ observation: Observation, _ open: Set<String>, _ keeper: LeaseKeeper,
        _ lists: inout [String: [String: ProvisionedList]]
    ) async throws(Failure) {
        for work in observation.definitions where open.contains(work.name) {
            let provisioned = (lists[work.name] ?? [:]).values.map(\.list).sorted { $0.name < $1.name }
            let readers = provisioned.filter { list in
                !work.lists.contains { $0.id == list.id && observation.isReadable($0) }
            }.compactMap { feedReader(work, $0, keeper, []) }
            try await FeedReader.forEach(readers) { (reader: inout FeedReader) async throws(Failure) in
                let list = reader.list
                do throws(Failure) {
                    let summary = try await reader.drain()
                    guard summary.unknownWrites > 0 else { return true }
                    lists[work.name]?[list.name] = nil
                    report.failures.append(Self.unknownWrites(work, list, summary.unknownWrites))
                } catch {
                    guard !error.code.endsTheRun else { throw error }
                    // Without a position the next round looks at all items.
                    context.logger.info(
                        "no position in the change feed", metadata: ["list.name": "\(list.name)"])
                }
                return true
            }
        }
    }

    private static func unknownWrites(_ work: DefinitionWork, _ list: ManagedList, _ count: Int) -> Failure {
        let hazard = Hazard.metaStoreBehind(work, list, count)
        return Failure(
            .denied, while: "reading what the list holds", address: .list(list.site, list.name),
            source: work.bound.definition.place, because: hazard.message, help: hazard.remedy)
    }

    private func feedReader(
        _ work: DefinitionWork, _ list: ManagedList, _ keeper: LeaseKeeper, _ open: [OpenIntent],
        _ columns: [ListID: [RemoteColumn]] = [:]
    ) -> FeedReader? {
        let profile = work.bound.definition.siteProfile
        guard let definition = work.registered, let site = sides.sites[profile],
            let lease = keeper.term(leaseName(work.bound.definition))
        else { return nil }
        var reader = FeedReader(
            site: site, metaStore: metaStore, context: context, work: work, definition: definition,
            project: desired.project, list: list, lease: lease, application: sides.applications[profile],
            inDoubt: Set(open.map(\.intent.key)))
        let creates = open.map(\.intent).filter { $0.kind == .create && $0.list == list.id }
        reader.keysInDoubt = Set(creates.map(\.syncKey))
        reader.know(columns)
        return reader
    }
}
