internal import Core

/// What people took away, and what of it is made again (SPEC §11).
extension Applier {
    /// Forgets lists that are gone for good, where somebody agreed to that.
    /// - Returns: Whether there were any: then everything is to be looked at anew.
    func forgetGoneLists(
        _ observation: Observation, _ allowed: Set<String>, _ keeper: LeaseKeeper
    ) async throws(Failure) -> Bool {
        var forgot = false
        for work in observation.definitions where allowed.contains(work.name) {
            guard let id = work.registered?.id, let lease = keeper.term(leaseName(work.bound.definition)) else {
                continue
            }
            for list in work.goneLists {
                try await metaStore.forgetList(list, of: id, under: lease)
                forgot = true
            }
        }
        return forgot
    }

    /// Forgets what the columns held that are about to be made again: a crash between the two leaves rows to be written.
    func forgetDeletedColumns(
        _ planned: PlannedList, _ work: DefinitionWork, _ keeper: LeaseKeeper
    ) async throws(Failure) {
        guard case .found(_, let managed?, _) = planned.existence, let registered = work.registered,
            let lease = keeper.term(leaseName(work.bound.definition))
        else { return }
        for column in planned.deletedColumns.sorted() {
            let positions = registered.mappings.compactMapValues { $0.firstIndex(of: column) }
            _ = try await metaStore.forgetColumn(
                column, at: positions, in: managed.id, of: registered.id, under: lease)
        }
    }
}
