/// The guards of SPEC §13: limits on what one run may change. Each trip is a hazard and allowed in the same way.
package enum RowGuards {
    /// Percentages count only above so many rows.
    static let floor = 20

    /// - Parameters:
    ///   - tally: Of a scan of changes it has to ``RowTally/know(_:of:)`` the ledger's own numbers.
    ///   - isPartial: The scan was of changes only, so that a row it lacks is not gone.
    package static func check(
        _ bound: BoundDefinition, _ tally: RowTally, registered: RegisteredDefinition?, guards: Guards,
        isPartial: Bool = false
    ) -> [Hazard] {
        let guards = guards.filled(from: .defaults)
        let name = bound.definition.name
        let address = Address.definition(name)
        let place = bound.definition.place
        let total = tally.total
        let live = tally.live
        var hazards: [Hazard] = []
        func hazard(_ code: HazardCode, _ at: Address, _ message: String, _ rows: Int, _ remedy: String) {
            hazards.append(Hazard(code, at: at, message, rows: rows, remedy: remedy, place: place))
        }
        if live > 0, total.sourceRows == 0, !isPartial {
            hazard(
                .emptySource, address,
                "\(bound.relation.schema).\(bound.relation.name) has no row now and \(live) rows had an item",
                live, "look whether the table was truncated or the predicate is wrong")
        }
        let deleteLimit = max(guards.maxDeletes ?? 20, share(guards.maxDeletePercent ?? 5, of: live))
        if total.delete > deleteLimit {
            hazard(
                .rowDeleteLimit, address,
                "\(total.delete) of \(live) rows would be deleted; the limit is \(deleteLimit)",
                total.delete, "raise guards: { maxDeletes: \(total.delete) }, or allow the hazard once")
        } else {
            for (index, list) in tally.lists.enumerated() where list.counts.delete > 0 {
                let rows = list.live
                guard list.counts.delete > max(floor, share(25, of: rows)) else { continue }
                hazard(
                    .rowDeleteLimit, .rows(name, bound.definition.siteProfile, bound.lists[index]),
                    "\(list.counts.delete) of the list's \(rows) rows would be deleted; the limit is a quarter",
                    list.counts.delete, "allow the hazard once")
            }
        }
        let rejects = tally.valueRejects
        // Of changed rows alone nothing is known about the share of all rows but that there are as many as items.
        let rows = isPartial ? max(live, total.sourceRows) : total.sourceRows
        if rejects > max(floor, share(guards.maxRejectedPercent ?? 1, of: rows)) {
            hazard(
                .rejectLimit, address, "\(rejects) of \(rows) rows would be rejected", rejects,
                "see the reasons below; change the mapping, or raise guards: { maxRejectedPercent: … }")
        }
        guard registered?.appliedFingerprint != nil else { return hazards }
        if total.create > max(1000, 3 * live) {
            hazard(
                .rowCreateLimit, address, "\(total.create) rows would be created, and there are \(live) now",
                total.create,
                "allow the hazard once if the table really grew so much")
        }
        // Those are seen in the review of the change; the others come by themselves.
        let ofManifests = tally.total(of: .manifest)
        let remapped = ofManifests.moveIn
        if remapped > 0 {
            hazard(
                .shardRuleRemaps, address,
                "\(remapped) of \(live) rows would move to another list with the changed manifests", remapped,
                "nothing to do if that is meant; a moved item gets another id and link, and loses its versions and "
                    + "permissions")
        }
        let updates = total.update - ofManifests.update
        if live >= 100, updates > max(floor, share(guards.maxUpdatePercent ?? 90, of: live)) {
            hazard(
                .rowUpdateLimit, address, "\(updates) of \(live) rows would be updated without a change of manifests",
                updates, "allow the hazard once, or set guards: { maxUpdatePercent: 100 }")
        }
        let moves = total.moveIn - remapped
        if moves > max(floor, share(20, of: live)) {
            hazard(
                .rowMoveLimit, address, "\(moves) of \(live) rows would move without a change of manifests", moves,
                "allow the hazard once if the values really changed")
        }
        return hazards
    }

    /// Registered definitions that the tree no longer has.
    package static func vanished(_ gone: [RegisteredDefinition], of registry: Registry) -> [Hazard] {
        let all = registry.definitions.count
        guard !gone.isEmpty, gone.count == all || (all >= 4 && gone.count * 2 > all) else { return [] }
        let names = gone.map(\.name).sorted()
        return [
            Hazard(
                .definitionsVanished, at: .definition("*"),
                "\(gone.count) of \(all) registered definitions are no longer in the manifests: "
                    + names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " …" : ""),
                rows: gone.reduce(0) { $0 + $1.liveRows },
                remedy: "look whether the checkout is complete (-f, -C); allow the hazard if they are meant to go")
        ]
    }

    private static func share(_ percent: Double, of rows: Int) -> Int {
        Int((Double(rows) * percent / 100).rounded(.down))
    }
}
