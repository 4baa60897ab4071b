internal import Core
internal import Logging
internal import Reconciler
internal import Synchronization

/// A whole world made from one number: a table, a site, a meta-store, processes that apply, people, and what goes wrong.
///
/// `@unchecked Sendable`: used by one thread only, the one that runs the jobs of `executor`.
final class World: @unchecked Sendable {
    let seed: UInt64
    /// What this world has beside what every world has.
    var extras: Extras
    let executor: VirtualExecutor
    let trace: Trace
    let blueprint: Blueprint
    let database: MemoryDatabase
    /// Every version of every definition, bound to its table.
    let bound: [[BoundDefinition]]
    var checker = Checker()
    /// Of the people, the table and the schedule.
    var random: SeededRandom
    /// Of faults.
    var luck: SeededRandom
    var tenant: MemoryTenant
    var tables: [MemoryTable]
    /// Which version of each definition the manifests have.
    var versions: [Int]
    var processes: [Process] = []
    var hasFaults = true
    /// Requests that are still to take effect.
    var pending = 0
    var identifiers: SeededRandom
    /// What goes wrong by the extras of this world, now.
    var moods = Moods()
    /// An operator let refused rows be tried again.
    var hasRetried = false
    var hasEnded = false

    /// The moment at which every world begins, in seconds since 1970.
    static let beginning = 1_770_000_000.0

    init(seed: UInt64, extras chosen: Set<Extra>, keepsLines: Bool) {
        self.seed = seed
        var extras = Extras(chosen, seed: seed)
        let executor = VirtualExecutor(seed: seed)
        self.executor = executor
        trace = Trace(keepsLines: keepsLines) { executor.now }
        var plan = SeededRandom(seed: seed, stream: 2)
        var blueprint = Blueprint(&plan)
        blueprint.add(&extras)
        self.blueprint = blueprint
        self.extras = extras
        random = SeededRandom(seed: seed, stream: 3)
        luck = SeededRandom(seed: seed, stream: 4)
        identifiers = SeededRandom(seed: seed, stream: 5)
        tenant = MemoryTenant(rules: blueprint.rules)
        tables = blueprint.parts.map { MemoryTable($0.relation) }
        versions = blueprint.parts.map { _ in 0 }
        let ids = Mutex(SeededRandom(seed: seed, stream: 6))
        database = MemoryDatabase(now: { World.beginning + executor.now }, makeID: { ids.withLock { $0.uuid() } })
        bound = blueprint.parts.map { part in
            part.versions.compactMap { Binder.bind($0, to: part.relation, zone: .utc).bound }
        }
        if blueprint.rules.answersDiffer { checker.count(Extra.answersDiffer.rawValue) }
        if blueprint.rules.ignoresDefaults { checker.count(Extra.defaultsIgnored.rawValue) }
        if blueprint.rules.defaultsWin { checker.count(Extra.defaultsWin.rawValue) }
    }

    /// Seconds since 1970, truly.
    var moment: Double { Self.beginning + executor.now }

    var faults: Faults { hasFaults ? blueprint.faults : .none }

    /// Items of a list that have a key of ours, are known, and are no row's.
    func strays(in list: String) -> Set<Int64> {
        database.state.withLock { Set(($0.strays[ListID(list)] ?? [:]).keys) }
    }

    // MARK: Processes

    struct RunSettings {
        var options = Applier.Options()
        var deadlineSeconds: Double?
        var stopAfter: Double?
        var isSpared = false
    }

    /// Starts a run of the program.
    func start(_ settings: RunSettings) -> Process {
        let process = Process(number: processes.count + 1, session: database.connect())
        process.isSpared = settings.isSpared
        process.startedAt = executor.now
        processes.append(process)
        trace.note("p\(process.number) starts")
        if let seconds = settings.stopAfter { executor.after(seconds: seconds) { process.isStopping = true } }
        Task(executorPreference: executor) { await self.apply(process, settings) }
        return process
    }

    /// What a run of the program gets from outside.
    func context(_ process: Process, deadline: Double? = nil) -> RunContext {
        let clock = ProcessClock(world: self, process: process)
        return RunContext(
            now: clock.now(), runID: identifiers.uuid(), toolVersion: "simulated", actor: "p\(process.number)",
            flags: flags, clock: clock, trust: process.trust,
            logger: Logger(label: "simulated", factory: { _ in SwiftLogNoOpLogHandler() }),
            deadline: deadline.map { executor.now + $0 },
            makeID: { self.identifiers.uuid() }, isStopping: { process.isStopping || process.isDead })
    }

    func sides(_ process: Process) -> Sides {
        Sides(
            sources: ["postgres": SimulatedRowSource(world: self, process: process)],
            sites: ["sharepoint": SimulatedSite(world: self, process: process)],
            metaStore: SimulatedMetaStore(world: self, process: process), zones: ["sharepoint": .utc],
            applications: ["sharepoint": Blueprint.application])
    }

    private func apply(_ process: Process, _ settings: RunSettings) async {
        let (context, sides) = (context(process, deadline: settings.deadlineSeconds), sides(process))
        // Manifests that change while it runs are the next one's.
        let desired = blueprint.desired(versions)
        for definition in desired.definitions {
            process.mappedFields[definition.name] = Set(definition.mapping.fields.map(\.target))
        }
        do throws(Failure) {
            process.report = try await Applier.apply(
                desired, sides, context, settings.options, approve: { _ in true })
        } catch {
            process.failure = error
        }
        process.session.end()
        process.hasEnded = true
        process.endedAt = min(process.endedAt, executor.now)
        trace.note("p\(process.number) ends: \(process.ending)")
        ended(process)
    }

    /// What no run may say, however it went.
    private func ended(_ process: Process) {
        let failures = (process.report?.failures ?? []) + [process.failure].compactMap { $0 }
        for failure in failures where failure.code == .internal || failure.facts["SQLSTATE"] != nil {
            violated("run", "p\(process.number): \(failure.operation): \(failure.reason)")
        }
        for change in process.report?.final?.dataChanges ?? [] where !change.causesAddUp {
            violated("run", "p\(process.number): the causes of \(change.address.text) do not add up to its counts")
        }
        // A plan takes no lock: what another run does to lists meanwhile can look foreign to it.
        let wasAlone = !processes.contains {
            $0 !== process && $0.startedAt <= executor.now && $0.endedAt >= process.startedAt
        }
        // What people did to lists and columns may stand in the way of one run; the runs in the end must have done with it.
        guard extras.isEmpty else { return }
        for hazard in process.report?.final?.blockers ?? [] where wasAlone || hazard.code != .foreignOwner {
            violated("run", "p\(process.number): \(hazard.code.rawValue): \(hazard.message)")
        }
    }

    /// Guards of numbers of rows have tests of their own; these worlds are small. An operator also lets the program mend
    /// what people broke for good.
    private var flags: [HazardPolicy.Flag] {
        var codes: [HazardCode?] = [
            .rowDeleteLimit, .rowMoveLimit, .rowUpdateLimit, .rowCreateLimit, .rejectLimit, .emptySource,
            .uniqueOnExisting,
        ]
        // Where rows come and go on the day of the change, somebody has to look at it.
        if extras.has(.keyTypeChanged) { codes.append(.keyChanged) }
        if extras.has(.keyColumnDeleted) { codes.append(HazardCode(rawValue: "KEYS_LOST")) }
        if extras.has(.listsEnded), !extras.has(.listsDeleted) || !hasFaults { codes.append(.listGone) }
        return codes.compactMap { $0 }.map { HazardPolicy.Flag(code: $0, at: AddressGlob("**")) }
    }

    func kill(_ process: Process, _ place: StaticString) {
        guard !process.isDead else { return }
        process.isDead = true
        process.endedAt = executor.now
        process.session.end()
        trace.note("p\(process.number) dies at \(place)")
    }

    // MARK: Boundaries

    /// A boundary of an effect: here a process may die, or be stopped for a while.
    func pass(_ process: Process, _ place: StaticString) async throws(Gone) {
        if process.isDead { throw Gone() }
        if !process.isSpared {
            if luck.chance(faults.crash) {
                kill(process, place)
                throw Gone()
            }
            if luck.chance(faults.pause) {
                let seconds = luck.seconds(5...400)
                process.pausedUntil = max(process.pausedUntil, executor.now + seconds)
                trace.note("p\(process.number) stands still for \(Int(seconds)) s at \(place)")
            }
        }
        await standStill(process)
        if process.isDead { throw Gone() }
    }

    /// Returns when the process goes on.
    func standStill(_ process: Process) async {
        while executor.now < process.pausedUntil, !process.isDead {
            await executor.rest(seconds: process.pausedUntil - executor.now)
        }
    }

    func happens(_ process: Process, _ probability: Double) -> Bool {
        !process.isSpared && luck.chance(probability)
    }
}

extension DataChange {
    /// Every row that changes or is held back has one cause.
    fileprivate var causesAddUp: Bool {
        var sum = causes.values.reduce(RowCounts(), +)
        (sum.sourceRows, sum.unchanged) = (counts.sourceRows, counts.unchanged)
        return sum == counts
    }
}
