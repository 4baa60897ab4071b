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
}
