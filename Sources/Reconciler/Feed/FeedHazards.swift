internal import Core

extension Hazard {
    /// A list holds writes of this program that the ledger does not know.
    static func metaStoreBehind(_ work: DefinitionWork, _ list: ManagedList, _ count: Int) -> Hazard {
        Hazard(
            .metaStoreBehind, at: .definition(work.name),
            "the list \(list.name) holds \(count) writes of this program that the meta-store does not know: "
                + "it is an older state than the list", rows: count,
            remedy: "run syncbridge recover, which reads and writes nothing but the meta-store",
            place: work.bound.definition.place)
    }

    /// Many items of a list are missing at once.
    static func itemsMissing(_ work: DefinitionWork, _ list: ManagedList, _ summary: FeedSummary) -> Hazard? {
        guard let missing = summary.refusedDeletions else { return nil }
        let profile = work.bound.definition.siteProfile
        return Hazard(
            .rowDeleteLimit, at: .rows(work.name, profile, list.name),
            "at least \(missing) of the \(summary.rowsOfList ?? missing) items of the list \(list.name) are missing since "
                + "the last apply: somebody deleted them, or the service does not show them", rows: missing,
            remedy:
                "look into the site's recycle bin and restore them; or allow the hazard, and their rows stay without "
                + "an item and are reported",
            place: work.bound.definition.place)
    }
}
