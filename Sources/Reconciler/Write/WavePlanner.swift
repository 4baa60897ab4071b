internal import Core

/// What the waves of one definition share: reads rows afresh by key, decides them afresh, and notes how they ended.
struct WavePlanner {
    let work: DefinitionWork
    let definitionID: String
    let site: any SharePointSite
    let source: any RowSource
    let lease: LeaseTerm
    private let targets: [String: TargetList]
    /// Lists of the definition as they were observed, also those that the rules have left, or that could not be brought up:
    /// items are moved out of them.
    private let origins: [ListID: TargetList]
    /// Names of the columns of those that were not brought up.
    private let columns: [ListID: Set<String>]
    private let zone: SiteTimeZone
    private let application: String?
    /// `nil` where no row is decided afresh.
    private let fingerprintKey: FingerprintKey?
    private(set) var waitingForValues: [RowTask] = []
    /// Rows whose item was locked.
    private var waitingForLocks: [RowTask] = []
    /// What the lists said of their items, as far as it bears on whether they can be written.
    private var writes: [ListID: ItemWrites] = [:]
    private(set) var failures: [Failure] = []
    /// A row that failed for no fault of its own and is tried again in the next round.
    private(set) var unsettled: Failure?
    /// Lists that cannot be written; the others go on.
    private var broken: Set<ListID> = []
    private(set) var isStopped = false
    /// Intents of an earlier run whose requests may still arrive, by key.
    var inDoubt: [LedgerKey: OpenIntent] = [:]
    /// Rows left alone because of that.
    private(set) var skippedInDoubt = 0
    private(set) var breaker = Breaker()
    /// Indices of the fields that hold days.
    let dateFields: [Int]
    /// Lists whose days have not been read back so far, and rows that were written there since.
    private var datesToCheck: [ListID: [RowTask]] = [:]

    init(
        work: DefinitionWork, definitionID: String, site: any SharePointSite, source: any RowSource, lease: LeaseTerm,
        lists: [String: ProvisionedList], observed: [ListID: [RemoteColumn]] = [:], application: String?,
        program: String
    ) {
        self.application = application
        self.work = work
        self.definitionID = definitionID
        self.site = site
        self.source = source
        self.lease = lease
        let ours = Set(work.bound.fields.map(\.target) + [SyncKey.column, DeletionMark.column])
        targets = Dictionary(
            uniqueKeysWithValues: lists.map { name, list in
                let index = work.bound.lists.firstIndex(of: name)
                var target = list.target(besides: ours)
                target.allowsLosses = index.map(work.allowsLosses.contains) ?? false
                target.allowsLoops = index.map(work.allowsLoops.contains) ?? false
                return (name, target)
            })
        origins = Dictionary(
            work.lists.compactMap { list in
                observed[list.id].map { (list.id, ProvisionedList(list: list, columns: $0).target(besides: ours)) }
            }, uniquingKeysWith: { first, _ in first })
        let broughtUp = Set(lists.values.map(\.list.id))
        columns = observed.filter { !broughtUp.contains($0.key) }.mapValues { Set($0.map(\.name)) }
        zone = work.bound.zone
        let listIDs = work.bound.lists.map { lists[$0]?.list.id }
        fingerprintKey =
            lists.isEmpty ? nil : FingerprintKey(work.bound, work.decider(lists: listIDs), program: program)
        dateFields = work.bound.fields.indices.filter { work.bound.fields[$0].type.isDateOnly }
        guard !dateFields.isEmpty else { return }
        for (name, list) in lists where list.list.dates?.zone != zone.name {
            if let index = work.bound.lists.firstIndex(of: name), work.allowsOtherDays.contains(index) { continue }
            datesToCheck[list.list.id] = []
        }
    }

    func context(now: Instant, moment: Instant) -> RowContext {
        var context = RowContext(of: work, now: now)
        context.moment = moment
        context.hasUniqueFields = !work.uniqueFields.isEmpty
        context.uniqueFields = work.uniqueFields.map { work.bound.fields[$0].target }
        context.columns = columns
        context.application = application
        return context
    }

    func name(of list: ListID) -> String { targets.first { $0.value.id == list }?.key ?? list.text }

    /// Reads the rows of waves by key, as they are now.
    func reader(now: Instant) -> WaveReader {
        WaveReader(work: work, source: source, fingerprintKey: fingerprintKey, now: now)
    }

    /// Decides each row of a wave afresh: one that has gone or changed its action since it was staged is left for the next
    /// round.
    mutating func tasks(for wave: ReadWave) -> [RowTask] {
        let decider = work.decider(lists: work.bound.lists.map { targets[$0]?.id })
        var tasks: [RowTask] = []
        for effect in wave.staged {
            guard var task = task(for: effect, row: wave.rows[effect.staged.key], decider),
                !task.lists.contains(where: broken.contains), isReady(task)
            else { continue }
            if let open = inDoubt[task.key] {
                guard task.repeats(open.intent) else {
                    skippedInDoubt += 1
                    continue
                }
                task.repeated = open.intent
            }
            tasks.append(task)
        }
        return tasks
    }

    private func task(for effect: StagedEffect, row: ReadWave.Row?, _ decider: RowDecider) -> RowTask? {
        let ledger = effect.ledger
        let base = ledger.flatMap { decider.base(of: $0) }
        guard let row else {
            guard let ledger, let decision = decider.decideGone(ledger, listIndex: nil),
                decision.action == effect.staged.action
            else { return nil }
            return RowTask(
                key: effect.staged.key, syncKey: effect.sourceKey ?? "", action: decision.action, ledger: ledger,
                base: base, target: target(ledger.list), origin: origin(of: decision.action, ledger))
        }
        let decision = decider.decide(route: row.route, projection: row.projection, ledger: ledger)
        guard decision.action == effect.staged.action else { return nil }
        let list = decision.list.flatMap { targets[work.bound.lists[$0]] }
        // The list could not be provisioned: its rows wait.
        if list == nil, decision.action != .rebase, decision.action != .finishMove { return nil }
        return RowTask(
            key: effect.staged.key, syncKey: row.key.syncKey.text, keyParts: row.key.parts, action: decision.action,
            values: row.values, hash: decision.hash, claim: claim(row, decision, list),
            changedFields: decision.changedFields, ledger: ledger, base: base,
            target: decision.action == .finishMove ? target(ledger?.list) : list,
            origin: origin(of: decision.action, ledger))
    }

    /// - Parameter list: Where the row belongs.
    private func claim(_ row: ReadWave.Row, _ decision: RowDecision, _ list: TargetList?) -> FingerprintClaim? {
        guard let list, let hash = decision.hash, let fingerprintKey, let fingerprint = row.fingerprint else {
            return nil
        }
        return FingerprintClaim(
            fingerprint: fingerprint, key: fingerprintKey.id, content: hash.whole, list: list.id,
            mappingVersion: work.mappingVersion)
    }

    private func origin(of action: RowAction, _ ledger: LedgerEntry?) -> TargetList? {
        switch action {
        case .move: target(ledger?.list)
        case .finishMove: target(ledger?.prior?.list)
        default: nil
        }
    }

    private func target(_ list: ListID?) -> TargetList? {
        list.flatMap { id in targets.values.first { $0.id == id } ?? origins[id] }
    }

    /// Nobody knows what people have in a list whose columns were not read: nothing is moved out of it.
    private func isReady(_ task: RowTask) -> Bool {
        switch task.action {
        case .move: task.origin != nil || task.ledger?.list == nil
        case .finishMove: task.origin != nil || task.ledger?.prior == nil
        case .create, .update, .delete, .mark, .archive, .rebase, .forget, .unchanged, .reject, .unrouted: true
        }
    }

    // MARK: Ends

    mutating func note(_ result: RowResult, of task: RowTask) {
        breaker.note(result)
        if task.open == nil { inDoubt[task.key] = nil }
        switch result {
        case .done:
            for list in task.lists { writes[list, default: ItemWrites()].done += 1 }
            noteDates(of: task)
        case .leftDeleted, .quarantined, .settled: break
        case .unsettled: if task.open == nil { skippedInDoubt += 1 }
        case .uniqueValue: waitingForValues.append(task)
        case .failed(let failure):
            let list = task.target?.id ?? task.ledger?.list
            let report = failure.failure(
                while: "writing rows",
                address: .rows(work.name, work.bound.definition.siteProfile, list.map { name(of: $0) }),
                source: work.bound.definition.place)
            if failure.kind == .cancelled { return }
            if let list, failure.concernsItem(of: task), !saysListIsClosed(list) {
                if failure.kind == .itemLocked, task.isOneEffect {
                    waitingForLocks.append(task)
                } else {
                    unsettled = unsettled ?? report
                }
            } else if failure.concernsOneList || failure.kind == .itemLocked {
                let isNew = task.lists.count { broken.insert($0).inserted } > 0
                if isNew { failures.append(report) }
            } else if failure.stopsEverything {
                isStopped = true
                if failures.isEmpty { failures.append(report) }
            } else {
                unsettled = unsettled ?? report
            }
        }
    }

    /// Counts an item that could not be written.
    /// - Returns: Whether the list itself seems to be closed: several of its items are, and none was written.
    private mutating func saysListIsClosed(_ list: ListID) -> Bool {
        writes[list, default: ItemWrites()].refused += 1
        return writes[list]?.saysListIsClosed ?? false
    }

    /// Rows whose items alone are locked: their list took other writes, or hardly any were tried.
    mutating func takeWaitingForLocks() -> [RowTask] {
        defer { waitingForLocks = [] }
        return waitingForLocks.filter { task in !task.lists.contains(where: broken.contains) }
    }

    mutating func beginKind() { breaker = Breaker() }

    /// Nothing more of the definition is written.
    mutating func stop() { isStopped = true }

    // MARK: Days that are read back

    /// So many rows of a list tell.
    private static let rowsToCheck = 25

    private mutating func noteDates(of task: RowTask) {
        guard let list = task.target?.id, let waiting = datesToCheck[list], waiting.count < Self.rowsToCheck else {
            return
        }
        let wrote: Bool
        switch task.action {
        case .create, .move: wrote = dateFields.contains { task.values[$0] != .null }
        case .update: wrote = dateFields.contains { task.changedFields.contains($0) && task.values[$0] != .null }
        case .delete, .mark, .archive, .rebase, .forget, .finishMove, .unchanged, .reject, .unrouted: wrote = false
        }
        if wrote { datesToCheck[list]?.append(task) }
    }

    mutating func takeDatesToCheck() -> [ListID: [RowTask]] {
        defer { for list in datesToCheck.keys { datesToCheck[list] = [] } }
        return datesToCheck.filter { !$0.value.isEmpty }
    }

    mutating func datesAreRight(in list: ListID) { datesToCheck[list] = nil }

    /// Whether an item shows a day as it was sent: as its first moment in the profile's zone.
    func keepsDay(_ value: Value, _ shown: JSON?) -> Bool {
        guard case .date(let day) = value, let text = shown?.string, let instant = Instant(isoText: text) else {
            return false
        }
        return instant == zone.firstInstant(of: day)
    }

    mutating func add(_ failure: Failure) { failures.append(failure) }

    mutating func takeWaitingForValues() -> [RowTask] {
        defer { waitingForValues = [] }
        return waitingForValues
    }
}

/// How writes of one list's items went in this run.
private struct ItemWrites {
    var done = 0
    /// Locked or forbidden.
    var refused = 0

    /// As many items may be locked one by one before their list is suspected.
    private static let handful = 5

    var saysListIsClosed: Bool { done == 0 && refused > Self.handful }
}

extension RowTask {
    /// Where it fails nothing of it was done, so that it can be begun again as it is.
    fileprivate var isOneEffect: Bool {
        switch action {
        case .update, .delete, .mark: true
        case .create, .move, .finishMove, .archive, .rebase, .forget, .unchanged, .reject, .unrouted: false
        }
    }

    /// The lists that the row's protocol writes to.
    var lists: [ListID] { Array(Set([target?.id, ledger?.list, ledger?.prior?.list].compactMap { $0 })) }
}

extension SiteFailure {
    /// An answer about an item that exists. A create is about its list.
    fileprivate func concernsItem(of task: RowTask) -> Bool {
        kind == .itemLocked || kind == .forbidden && task.action != .create && task.ledger?.item != nil
    }

    /// Other lists of the definition may well be writable.
    fileprivate var concernsOneList: Bool {
        switch kind {
        case .forbidden, .missing, .locked: true
        default: false
        }
    }
}

extension DefinitionWork {
    /// The decider with lists that were only just created.
    func decider(lists: [ListID?]) -> RowDecider {
        var decider = decider
        decider.listIDs = zip(lists, listIDs).map { $0 ?? $1 }
        decider.knownLists?.formUnion(lists.compactMap { $0 })
        return decider
    }
}

extension ProvisionedList {
    /// The list as the row protocol sees it.
    /// - Parameter ours: Names of columns that are written by us.
    func target(besides ours: Set<String>) -> TargetList {
        TargetList(
            id: list.id, peoplesColumns: peoplesColumns(besides: ours), fixedColumns: fixedColumns(besides: ours),
            keyIsUnique: columns.first { $0.name == SyncKey.column }?.unique ?? false)
    }
}
