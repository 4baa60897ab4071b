package import Core

/// What people did since the last apply, looked at without recording it: for plans and for `drift`.
package struct FeedLook: Sendable {
    /// By definition: the ledger as it would be if that were recorded.
    package private(set) var entries: [String: [LedgerKey: LedgerEntry]] = [:]
    /// Lists whose feed could not tell.
    package private(set) var partial: [Address] = []
    package private(set) var hazards: [Hazard] = []
    /// Items with a key of ours that is not their row's, or that no row owns.
    package private(set) var strays: [StrayItem] = []

    package init() {}

    package static func take(
        _ observation: Observation, _ sides: Sides, _ context: RunContext
    ) async throws(Failure) -> FeedLook {
        var look = FeedLook()
        guard let metaStore = sides.metaStore else { return look }
        for work in observation.definitions {
            let profile = work.bound.definition.siteProfile
            guard let definition = work.registered, let site = sides.sites[profile] else { continue }
            let columns = observation.columns(of: work.lists)
            let readers = work.lists.filter(observation.isReadable).map { list in
                var reader = FeedReader(
                    site: site, metaStore: metaStore, context: context, work: work, definition: definition,
                    project: observation.desired.project, list: list, lease: nil,
                    application: sides.applications[profile], inDoubt: [])
                reader.know(columns)
                return reader
            }
            try await FeedReader.forEach(readers) { (reader: inout FeedReader) async throws(Failure) in
                let summary = try await reader.drain()
                if reader.isPartial { look.partial.append(.list(reader.list.site, reader.list.name)) }
                if summary.unknownWrites > 0 {
                    look.hazards.append(.metaStoreBehind(work, reader.list, summary.unknownWrites))
                    return true
                }
                if let hazard = Hazard.itemsMissing(work, reader.list, summary) {
                    look.hazards.append(hazard)
                    return true
                }
                look.strays += reader.seenStrays.map {
                    StrayItem(list: reader.list.id, item: $0.item, syncKey: $0.syncKey)
                }
                for case .put(let entry, _, _) in reader.seen {
                    look.entries[work.name, default: [:]][entry.key] = entry
                }
                return true
            }
        }
        return look
    }
}
