internal import Core
internal import Reconciler
internal import Synchronization

/// The course of a world: some steps with faults, then quiet, and what must be true then.
extension World {
    func live() async {
        fillTables()
        // Who breaks something needs something that is there.
        if !extras.isEmpty { _ = await run() }
        for _ in 0..<blueprint.steps {
            await step()
            if !checker.violations.isEmpty { return await end() }
        }
        await end()
        guard checker.violations.isEmpty else { return }
        await quieten()
    }

    private func step() async {
        switch random.below(100) {
        case 0..<28: changeRows()
        case 28..<52: if blueprint.hasPeople { for _ in 0..<random.within(1...3) { actAsPerson() } }
        case 52..<85:
            guard processes.count(where: { !$0.hasEnded }) < 2 else { break }
            let process = start(settings())
            if random.chance(0.4) { await wait(for: process, seconds: 600) }
        case 85..<90: await executor.rest(seconds: random.seconds(30...400))
        case 90..<93: changeManifests()
        case 93..<96:
            guard let process = random.pick(processes.filter { !$0.hasEnded }) else { break }
            process.wallOffset += Int64(random.pick([-7200, -600, 90, 600, 7200, 200_000]) ?? 0)
            trace.note("p\(process.number) has its clock moved to \(process.wallOffset) s")
        // Where nobody refuses a second item, two processes must never write at the same time.
        case 96: if blueprint.rules.enforcesUnique { await breakLease() }
        default: break
        }
        actByExtras()
        await executor.rest(seconds: random.chance(0.8) ? random.seconds(0.02...2) : random.seconds(2...40))
    }

    private func settings() -> RunSettings {
        var settings = RunSettings()
        settings.options = Applier.Options(
            roundsMax: random.pick([2, 5]) ?? 5, waveRows: random.pick([3, 8, 400]) ?? 400,
            concurrency: random.within(1...4), roundSeconds: random.pick([2, 60, 900]) ?? 900,
            lockTimeout: random.pick([0, 0, 30, 150]) ?? 0)
        if random.chance(0.1) { settings.deadlineSeconds = random.seconds(0.5...40) }
        if random.chance(0.06) { settings.stopAfter = random.seconds(0.1...30) }
        return settings
    }

    func changeManifests() {
        let index = random.below(versions.count)
        versions[index] = (versions[index] + 1) % max(blueprint.parts[index].versions.count, 1)
        trace.note("manifests: \(versions)")
    }

    private func breakLease() async {
        let names = blueprint.parts.map { LeaseName(project: "simulated", definition: $0.name, site: "sharepoint") }
        guard let name = random.pick(names) else { return }
        let session = database.connect()
        let isBroken = (try? await session.breakLease(name)) ?? false
        trace.note("an operator breaks the lease of \(name.definition): \(isBroken)")
    }

    private func wait(for process: Process, seconds: Double) async {
        let end = executor.now + seconds
        while !process.hasEnded, executor.now < end { await executor.rest(seconds: 1) }
    }

    /// Nothing goes wrong any more; what is under way ends.
    private func end() async {
        hasFaults = false
        trace.note("the faults stop")
        endMoods()
        let limit = executor.now + 20_000
        while processes.contains(where: { !$0.hasEnded }) || pending > 0 {
            await executor.rest(seconds: 5)
            guard executor.now < limit else {
                violated("I15", "a run does not end")
                // What hangs is given up, so that nothing outlives its world.
                for process in processes where !process.hasEnded { kill(process, "the end") }
                await executor.rest(seconds: 1000)
                return
            }
        }
    }

    // MARK: Quiet

    private func quieten() async {
        // Old enough for every rule that asks for age, and for every window of time. Where the mapping changed, what people
        // did meanwhile is seen when all items are looked at again, which is once a day.
        let changesMapping = blueprint.parts.contains { $0.versions.count > 1 }
        await executor.rest(seconds: changesMapping ? 100_000 : 1400)
        guard await converge() else { return }
        checkEnd()
        judgeBeforeRetry()
        guard checker.violations.isEmpty else { return }
        if await retryQuarantined() {
            guard await converge() else { return }
            checkEnd()
            guard checker.violations.isEmpty else { return }
        }
        judgeEnd()
        guard checker.violations.isEmpty else { return }
        await checkSecondApply()
        if !extras.isEmpty, checker.violations.isEmpty { await judgeDrift() }
    }

    private func run() async -> Process {
        let process = start(RunSettings(isSpared: true))
        await wait(for: process, seconds: 5000)
        return process
    }

    /// Runs until one has nothing to do.
    private func converge() async -> Bool {
        var last: Process?
        for _ in 0..<8 {
            let process = await run()
            last = process
            if process.isQuiet { return true }
            await executor.rest(seconds: 20)
        }
        let report = last?.report
        let reasons = (report?.failures ?? []).map(\.reason) + [last?.failure?.reason].compactMap { $0 }
        violated(
            "I2",
            "eight runs without a fault do not end: \(last?.ending ?? "") \(reasons) "
                + "\(report?.final?.total.effects ?? -1) effects, "
                + "hazards \(report?.final?.blockers.map(\.code.rawValue) ?? [])")
        return false
    }

    private func retryQuarantined() async -> Bool {
        var count = 0
        let session = database.connect()
        for definition in database.state.withLock({ $0.definitions.map(\.registered) }) {
            let name = LeaseName(project: "simulated", definition: definition.name, site: "sharepoint")
            guard
                case .acquired(let lease)? = try? await session.acquireLease(
                    name, actor: "an operator", run: "retry", seconds: 60)
            else { continue }
            count += (try? await session.retry(definition: definition.id, key: nil, under: lease)) ?? 0
            try? await session.release([lease])
        }
        hasRetried = true
        if count > 0 { trace.note("an operator lets \(count) refused rows be tried again") }
        return count > 0
    }

    private func checkSecondApply() async {
        func ledger() -> [String: [LedgerKey: MemoryDatabase.Row]] { database.state.withLock { $0.ledgers } }
        let before = ledger()
        let process = await run()
        if !process.isQuiet { violated("I2", "a second apply is not quiet: \(process.ending)") }
        if ledger() != before { violated("I2", "a second apply changes the ledger") }
        if process.report?.final?.isEmpty != true { violated("I2", "the plan after an apply is not empty") }
    }
}

extension Process {
    /// It had nothing to do, and says so.
    var isQuiet: Bool {
        guard let report else { return false }
        return itemWrites == 0 && schemaWrites == 0 && !report.declined
            && report.shortcomings(isInterrupted: false).isEmpty
    }
}
