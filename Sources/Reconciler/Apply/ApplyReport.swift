package import Core

/// What an apply did, and what it left undone.
package struct ApplyReport: Sendable {
    package struct ListReport: Hashable, Sendable {
        package var address: Address
        package var webURL: String
    }

    /// Rows that were refused for the same reason.
    package struct RefusedRows: Hashable, Sendable {
        package var definition: String
        /// `list/…`; `nil` for rows without one.
        package var list: Address?
        package var code: RejectCode
        /// The internal name of the column that the service named.
        package var field: String?
        /// Of the first of them.
        package var reason: String
        package var rows: Int
    }

    /// Rows by what was done to them.
    package var done: [RowAction: Int] = [:]
    /// Items that people deleted and that stay deleted.
    package var leftDeleted = 0
    package var quarantined: [RejectCode: Int] = [:]
    /// The same by list and column, in the order of their first rows.
    package var refused: [RefusedRows] = []
    /// Calls that created or changed lists and columns.
    package var schemaCalls = 0
    package var failures: [Failure] = []
    /// Writes of items that the service did, whether or not they could be recorded.
    var itemWrites = 0
    /// The first row of the last round that failed for no fault of its own, for when nothing else says why work is left.
    var unsettled: Failure?
    /// Definitions that a hazard, a guard or `suspend` kept from being applied.
    package var denied: [String] = []
    /// A hazard of the whole project denied the plan before anybody was asked to approve it.
    package var isDeniedAsAWhole = false
    /// A hazard became known when rows of its definition were written already.
    package var isDeniedLate = false
    package var declined = false
    package var rounds = 0
    package var lists: [ListReport] = []
    /// The plan after the last round; `nil` if there was none.
    package var final: PlanDocument?
    /// Hazards that only became known after the plan was approved.
    package var lateHazards: [Hazard] = []
    /// Why it ended before everything was done.
    package var stop: StopReason?
    /// What operators hold.
    package var held: [Hold] = []
    /// Outcomes of effects of earlier runs that were found out.
    package var settled = 0
    /// Items that people changed, or restored, since the last run.
    package var changedByPeople = 0
    /// Items whose key somebody had changed or cleared, and that have it again.
    package var keysRestored = 0
    /// By column: items of it that hold something else than was sent, because the service keeps it otherwise.
    package var normalised: [Address: Int] = [:]
    /// Columns whose default the service did not take.
    package var ignoredDefaults: [Address] = []
    /// Items that people deleted since the last run.
    package var deletedByPeople = 0

    package var stopped: Bool { stop == .request }

    package init() {}

    package var wroteSomething: Bool { schemaCalls > 0 || itemWrites > 0 }

    /// Items that were created, changed, moved or deleted.
    package var written: Int {
        [RowAction.create, .update, .move, .finishMove, .delete, .mark].reduce(0) { $0 + (done[$1] ?? 0) }
    }

    mutating func note(_ result: RowResult) {
        switch result {
        case .done(let action): done[action == .finishMove ? .move : action, default: 0] += 1
        case .leftDeleted: leftDeleted += 1
        case .quarantined(let code, _): quarantined[code, default: 0] += 1
        case .settled: settled += 1
        case .uniqueValue, .unsettled, .failed: break
        }
    }

    /// Adds a row that was refused to those that are like it.
    mutating func note(refused code: RejectCode, _ failure: SiteFailure?, of definition: String, in list: Address?) {
        let like = refused.firstIndex {
            $0.definition == definition && $0.list == list && $0.code == code && $0.field == failure?.field
        }
        if let like {
            refused[like].rows += 1
        } else {
            refused.append(
                RefusedRows(
                    definition: definition, list: list, code: code, field: failure?.field,
                    reason: failure?.explanation ?? failure?.reason ?? code.words, rows: 1))
        }
    }

    /// Why this apply did not do all that it was to do; empty if it did, and if it was declined.
    /// - Parameter isInterrupted: Whether a signal asked this process to stop.
    package func shortcomings(isInterrupted: Bool) -> Set<Failure.Code> {
        if declined { return [] }
        var codes: Set<Failure.Code> = []
        let refused = quarantined.values.reduce(0, +)
        if refused > 0 { codes.insert(.partial) }
        if isInterrupted, stopped { codes.insert(.interrupted) }
        // After a write these leave a definition unfinished. A call that a stop cut short is the stop's, and no failure of
        // its own.
        let becomesPartial: Set<Failure.Code> = [
            .invalid, .denied, .stale, .locked, .auth, .unavailable, .unclassified,
        ]
        for failure in failures {
            codes.insert(wroteSomething && becomesPartial.contains(failure.code) ? .partial : failure.code)
        }
        // A guard stops only definitions without a write.
        if isDeniedAsAWhole || !denied.isEmpty { codes.insert(isDeniedLate ? .partial : .denied) }
        if stop == .deadline { codes.insert(.inProgress) }
        if failures.isEmpty, stop == nil, leavesWork { codes.insert(.notConverged) }
        return codes
    }

    /// Whether the last plan still had rows to write that nothing forbade.
    private var leavesWork: Bool {
        final?.dataChanges.contains { $0.counts.effects > 0 && !denied.contains($0.definition) } ?? false
    }

    /// The counts that the run's record keeps.
    package var countsJSON: JSON {
        .object(
            RowAction.allCases.compactMap { action in
                done[action].map { JSON.Member(action.rawValue, .number($0)) }
            } + [
                JSON.Member("rejected", .number(final?.total.reject ?? 0)),
                JSON.Member("unrouted", .number(final?.total.unrouted ?? 0)),
                JSON.Member("leftDeleted", .number(leftDeleted)), JSON.Member("settled", .number(settled)),
                JSON.Member("changedByPeople", .number(changedByPeople)),
                JSON.Member("deletedByPeople", .number(deletedByPeople)),
                JSON.Member("quarantined", .number(quarantined.values.reduce(0, +))),
                JSON.Member("schemaCalls", .number(schemaCalls)), JSON.Member("rounds", .number(rounds)),
                JSON.Member("failures", .array(failures.map { .string($0.operation) })),
            ])
    }
}
