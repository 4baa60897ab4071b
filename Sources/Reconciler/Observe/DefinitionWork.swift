package import Core

/// One definition, ready to have its rows decided.
package struct DefinitionWork: Sendable {
    package var bound: BoundDefinition
    package var registered: RegisteredDefinition?
    package var prefix: String
    package var mappingVersion: Int
    /// Where its rows come from, as the registry records it.
    package var source: String
    package var lists: [ManagedList]
    /// All lists that the registry has of the definition; `nil` before it is registered.
    package var knownLists: Set<ListID>?
    /// Its limits, each of them set.
    package var guards = Guards.defaults
    /// Internal names of mapped columns, by list, that somebody deleted.
    package var deletedColumns: [ListID: Set<String>] = [:]
    /// Lists that are gone for good, where somebody agreed that they and their items are made anew.
    package var goneLists: [ListID] = []
    /// Lists, by index, to which items may move although they lose something.
    package var allowsLosses: Set<Int> = []
    /// Lists, by index, whose items may be written as often as their rows change.
    package var allowsLoops: Set<Int> = []
    /// Lists, by index, of whose items many may be believed to be gone at once.
    package var allowsDeletions: Set<Int> = []

    /// Lists, by index, whose days may come back as other days.
    package var allowsOtherDays: Set<Int> = []

    func allowsDeletions(in list: String) -> Bool {
        bound.lists.firstIndex(of: list).map(allowsDeletions.contains) ?? false
    }

    package var name: String { bound.definition.name }
    package var fingerprint: String { bound.definition.fingerprint }
    /// Its key is not what the ledger's keys are made of; `nil` where it is.
    package var keyChange: KeyChange? { KeyChange(from: registered?.keyShape, to: bound) }

    /// The texts of the key columns that a key of the ledger stands for, whatever the key is now.
    package func parts(of key: LedgerKey) -> [String]? { (registered?.keyShape ?? bound.keyShape).parts(of: key) }

    /// The limits are not those of the last apply. That changes no row.
    package var guardsChanged: Bool { registered?.appliedGuards.map { $0 != guards } ?? false }

    package var manifestChanged: Bool { registered?.appliedFingerprint != fingerprint }

    /// The ids of the definition's lists by index.
    package var listIDs: [ListID?] { listIDs(of: bound.lists) }

    private func listIDs(of names: [String]) -> [ListID?] {
        names.map { name in lists.first { $0.name == name && !goneLists.contains($0.id) }?.id }
    }

    package var policy: RowPolicy { bound.definition.rowPolicy }

    package var mapping: MappingHistory { mapping(of: bound, version: mappingVersion) }

    private func mapping(of form: BoundDefinition, version: Int) -> MappingHistory {
        MappingHistory(
            version: version, fields: form.fields.map(\.target), registered: registered?.mappings ?? [:])
    }

    package var decider: RowDecider { decider(of: bound, mappingVersion: mappingVersion) }

    /// What decides about rows under a form of the definition.
    /// - Parameter form: Its lists may be others than now, in another order.
    func decider(of form: BoundDefinition, mappingVersion: Int) -> RowDecider {
        func there(_ lists: Set<Int>) -> Set<Int> {
            Set(lists.compactMap { form.lists.firstIndex(of: bound.lists[$0]) })
        }
        var decider = RowDecider(
            listIDs: listIDs(of: form.lists), policy: form.definition.rowPolicy, allowsLosses: there(allowsLosses),
            allowsLoops: there(allowsLoops), mapping: mapping(of: form, version: mappingVersion))
        decider.knownLists = knownLists.map { $0.union(lists.map(\.id)).subtracting(goneLists) }
        decider.emptied = deletedColumns.mapValues { names in
            Set(form.fields.indices.filter { names.contains(form.fields[$0].target) })
        }
        return decider
    }

    /// Indices of the fields whose columns take a value once only.
    package var uniqueFields: [Int] {
        let unique = Set(bound.columns.filter(\.unique).map(\.name))
        return bound.fields.indices.filter { unique.contains(bound.fields[$0].target) }
    }

    /// The key of its rows' fingerprints.
    /// - Parameter program: The program's version.
    package func fingerprintKey(program: String) -> FingerprintKey { FingerprintKey(bound, decider, program: program) }

    package func evaluator(now: Instant) -> RowEvaluator {
        RowEvaluator(bound, prefix: prefix, now: now.seconds * 1_000_000)
    }

    /// What of the table a run at `now` reads.
    func capturePlan(now: Instant) -> CapturePlan {
        CapturePlan.decide(
            CapturePlan.Situation(
                watermark: bound.watermark, mark: registered?.captureMark, lastSnapshotAt: registered?.lastSnapshotAt,
                now: now, manifestChanged: manifestChanged || keyChange != nil,
                sourceChanged: registered.map { $0.source != source } ?? false,
                listsChanged: listIDs.contains(nil), dependsOnClock: bound.routing.dependsOnClock,
                rowsWait: policy.revertsDrift || registered?.hasWaitingRows ?? false
                    || !deletedColumns.isEmpty || !goneLists.isEmpty))
    }
}
