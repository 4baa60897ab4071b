/// Why a row would change (SPEC §5). The first that fits, in this order but for `source`, which is what is left.
package enum Cause: String, Hashable, Sendable, CaseIterable {
    case manifest, source, person, clock
}

/// Finds out why rows would change: asks what would become of each under the manifests that were applied last, and at the
/// time of the last apply. Only rows that were found to change are asked about.
package struct RowCauses: ~Copyable {
    /// How the manifests stand to those that were applied last.
    package enum Manifests: Sendable {
        /// They mean the same.
        case same
        /// Nothing was applied, or nothing that these rows can be compared with: they account for everything.
        case new
        case changed(Earlier)
    }

    /// What decided about rows under the manifests that were applied last.
    package struct Earlier: Sendable {
        /// Finds its columns in the rows of the scan, as ``BoundDefinition/reading(beside:)`` has laid them out.
        package var bound: BoundDefinition
        package var decider: RowDecider

        package init(_ bound: BoundDefinition, _ decider: RowDecider) {
            self.bound = bound
            self.decider = decider
        }
    }

    /// A row as a scan delivers it.
    package struct Row {
        /// As the definition reads it; `nil` for a row that is gone from the table or from `where`.
        package var own: CopyRow?
        /// With all that was read; `nil` where the condition of before does not hold.
        package var earlier: CopyRow?

        package init(own: CopyRow?, earlier: CopyRow?) {
            self.own = own
            self.earlier = earlier
        }
    }

    private struct Before {
        var decider: RowDecider
        var lists: [String]
        /// Fields are read, transformed and typed as now.
        var projectsAlike: Bool
    }

    private let isNew: Bool
    /// `nil`: nothing that would decide otherwise.
    private let before: Before?
    /// Of the rows as they were decided before.
    private var reader: RowReader
    private let decider: RowDecider
    private let lists: [String]
    /// At the time of the last apply; `nil` where no rule asks for the time.
    private let clock: RowEvaluator?

    /// - Parameters:
    ///   - evaluator: Of the rows as they are decided.
    ///   - decider: Likewise.
    ///   - appliedAt: The `now` of the last completed apply; `nil` before the first.
    package init(_ manifests: Manifests, _ evaluator: RowEvaluator, _ decider: RowDecider, appliedAt: Instant?) {
        self.decider = decider
        let bound = evaluator.bound
        lists = bound.lists
        switch manifests {
        case .same, .new:
            before = nil
            reader = RowReader(evaluator)
        case .changed(let earlier):
            before = Before(
                decider: earlier.decider, lists: earlier.bound.lists, projectsAlike: earlier.bound.projects(like: bound)
            )
            reader = RowReader(RowEvaluator(earlier.bound, prefix: "", now: evaluator.now))
        }
        if case .new = manifests { isNew = true } else { isNew = false }
        clock =
            bound.routing.dependsOnClock
            ? appliedAt.map { RowEvaluator(bound, prefix: "", now: $0.seconds * 1_000_000) } : nil
    }

    /// - Parameters:
    ///   - entry: What the ledger knows of the row.
    ///   - projection: What the row was decided with; `nil` for a row that is gone.
    ///   - hasKey: `false` for a row that is rejected because its key is none.
    package mutating func cause(
        of decision: RowDecision, _ entry: LedgerEntry?, _ row: Row, _ projection: Result<ContentHash, Rejection>?,
        hasKey: Bool = true
    ) -> Cause {
        guard decision.action.counts else { return .source }
        if isNew { return .manifest }
        let effect = Effect(decision, lists)
        if let before, self.effect(before, entry, row, projection, hasKey) != effect { return .manifest }
        if let clock, let own = row.own, let projection {
            let route = clock.route(of: own)
            let decided = hasKey ? decider.decide(route: route, projection: projection, ledger: entry) : nil
            let before = decided ?? RowDecision(.reject, list: route.list)
            if Effect(before, lists) != effect { return .clock }
        }
        return isAsAgreed(decision, entry) ? .person : .source
    }

    /// What would be done between which lists.
    private struct Effect: Equatable {
        var action: RowAction
        var from: ListID?
        var to: String?

        init(_ decision: RowDecision, _ lists: [String]) {
            action = decision.action
            from = decision.from
            // Of a row that is gone, only where its item is matters.
            if action != .delete, action != .mark { to = decision.list.map { lists[$0] } }
        }
    }

    /// - Returns: `nil` for a row of which there would be nothing to decide.
    private mutating func effect(
        _ before: Before, _ entry: LedgerEntry?, _ row: Row, _ projection: Result<ContentHash, Rejection>?,
        _ hasKey: Bool
    ) -> Effect? {
        guard let shown = row.earlier else {
            let index = entry.flatMap { entry in before.decider.listIDs.firstIndex { $0 == entry.list } }
            return entry.flatMap { before.decider.decideGone($0, listIndex: index) }.map { Effect($0, before.lists) }
        }
        let route = reader.route(of: shown)
        guard hasKey else { return Effect(RowDecision(.reject, list: route.list), before.lists) }
        let decision = before.decider.decide(
            route: route, projection: project(shown, before, projection), ledger: entry)
        return Effect(decision, before.lists)
    }

    private mutating func project(
        _ row: CopyRow, _ before: Before, _ known: Result<ContentHash, Rejection>?
    ) -> Result<ContentHash, Rejection> {
        if let known, before.projectsAlike { return known }
        do throws(Rejection) { try reader.project(row) } catch { return .failure(error) }
        return .success(reader.contentHash)
    }

    /// Whether projection and route are those on which both sides agreed last, so that somebody changed the other side.
    private func isAsAgreed(_ decision: RowDecision, _ entry: LedgerEntry?) -> Bool {
        guard let entry, let hash = decision.hash, let list = decision.list else { return false }
        switch decision.action {
        case .create, .update: break
        case .move, .finishMove, .delete, .mark, .archive, .rebase, .forget, .unchanged, .reject, .unrouted:
            return false
        }
        switch entry.state {
        case .synced, .archived, .deletedByPerson, .moving: break
        // The row was gone, or what is known of it is what was refused.
        case .marked, .tombstone, .quarantined: return false
        }
        guard let sent = decider.base(of: entry)?.sent else { return false }
        guard zip(sent, hash.fields).allSatisfy({ ($0 ?? ContentHash.noValue) == $1 }) else { return false }
        guard let place = entry.list ?? entry.prior?.list else { return true }
        let isGone = decider.knownLists.map { !$0.contains(place) } ?? false
        return isGone || decider.listIDs[list] == place
    }
}

extension RowAction {
    /// Whether plans count it by its cause: everything but rows that stay as they are.
    fileprivate var counts: Bool {
        switch self {
        case .create, .update, .move, .finishMove, .delete, .mark, .reject, .unrouted: true
        case .archive, .rebase, .forget, .unchanged: false
        }
    }
}

extension BoundDefinition {
    /// Whether equal rows have equal projections, where both read the same columns of the scan.
    fileprivate func projects(like other: BoundDefinition) -> Bool {
        guard zone.name == other.zone.name, reads.prefix(other.reads.count).elementsEqual(other.reads) else {
            return false
        }
        func bare(_ fields: [BoundField]) -> [BoundField] {
            fields.map { field in
                var field = field
                field.place = nil
                field.shareable = false
                field.hasDefault = false
                return field
            }
        }
        return bare(fields) == bare(other.fields)
    }
}
