internal import Core

/// Whether the source shows at least what the last run saw of it (SPEC §8).
extension Planner {
    /// - Parameter mayBeOlder: Somebody agreed that the source was set back.
    /// - Returns: The hazard that was agreed to; `nil` if the source is not older.
    /// - Throws: `unavailable` if it is: rows that it lacks would be taken for deleted.
    static func age(
        _ scan: any RowScan, _ work: DefinitionWork, mayBeOlder: Bool
    ) async throws(Failure) -> Hazard? {
        // Another source's transactions say nothing of this one's.
        guard let registered = work.registered, registered.source == work.source,
            let known = registered.sourceSnapshot, let now = await scan.snapshot, !now.includes(known)
        else { return nil }
        guard mayBeOlder else { throw .olderSource(work.bound.definition) }
        return Hazard(
            .sourceChanged, at: .definition(work.name), Failure.olderSourceWords,
            remedy: "look whether it was restored on purpose", place: work.bound.definition.place)
    }

    static func mayBeOlder(_ work: DefinitionWork, _ policy: HazardPolicy) -> Bool {
        let hazard = Hazard(.sourceChanged, at: .definition(work.name), "", remedy: "")
        return policy.applied(to: [hazard]).allSatisfy { $0.allowedBy != nil }
    }

    /// What a reader must know of a plan that a standby was asked for.
    static func standbyNote(_ snapshot: SourceSnapshot?, _ work: DefinitionWork) -> String? {
        guard snapshot?.isStandby == true else { return nil }
        return
            "definition \"\(work.name)\": its source is a standby, so that what its primary has had since is not in this plan"
    }
}
