internal import Core

/// The meta-store as one process sees it, with everything that can befall its calls.
struct SimulatedMetaStore: MetaStore {
    let world: World
    let process: Process

    private func call<T>(
        _ name: StaticString, _ body: (MemoryMetaStore) async throws(Failure) -> T
    ) async throws(Failure) -> T {
        do throws(Gone) { try await world.pass(process, name) } catch { throw error.failure }
        if world.happens(process, world.faults.storeFailure) {
            world.trace.note("p\(process.number) \(name): no connection")
            throw Self.broken(name)
        }
        await world.executor.rest(seconds: world.luck.seconds(0.001...0.02))
        if process.isDead { throw Gone().failure }
        let result = try await body(process.session)
        if world.happens(process, world.faults.storeDoubt) {
            world.trace.note("p\(process.number) \(name): done, and the connection broke")
            throw Self.broken(name)
        }
        do throws(Gone) { try await world.pass(process, name) } catch { throw error.failure }
        return result
    }

    private static func broken(_ name: StaticString) -> Failure {
        Failure(.unavailable, while: "asking the meta-store (\(name))", because: "the connection broke")
    }

    func schemaState() async throws(Failure) -> MetaStoreSchema {
        try await call("schemaState") { (store) throws(Failure) in try await store.schemaState() }
    }

    func migrate() async throws(Failure) -> [Int] {
        try await call("migrate") { (store) throws(Failure) in try await store.migrate() }
    }

    func registry(of project: String) async throws(Failure) -> Registry {
        try await call("registry") { (store) throws(Failure) in try await store.registry(of: project) }
    }

    func register(_ registration: DefinitionRegistration, under lease: LeaseTerm) async throws(Failure) {
        try await call("register") { (store) throws(Failure) in
            world.trace.note("p\(process.number) registers \(registration.name) v\(registration.mappingVersion)")
            try await store.register(registration, under: lease)
            world.checkEpoch(lease, process, "register")
        }
    }

    func markApplied(
        definition: String, fingerprint: String, guards: Guards, now: Instant, under lease: LeaseTerm
    ) async throws(Failure) {
        try await call("markApplied") { (store) throws(Failure) in
            try await store.markApplied(
                definition: definition, fingerprint: fingerprint, guards: guards, now: now, under: lease)
            world.checkEpoch(lease, process, "markApplied")
        }
    }

    func forget(definition: String, now: Instant, under lease: LeaseTerm) async throws(Failure) {
        try await call("forget") { (store) throws(Failure) in
            try await store.forget(definition: definition, now: now, under: lease)
            world.checkEpoch(lease, process, "forget")
        }
    }

    func save(snapshot: SourceSnapshot, of definition: String, under lease: LeaseTerm) async throws(Failure) {
        try await call("saveSourceSnapshot") { (store) throws(Failure) in
            try await store.save(snapshot: snapshot, of: definition, under: lease)
            world.checkEpoch(lease, process, "saveSourceSnapshot")
        }
    }

    func save(
        list: ManagedList, columns: [ManagedColumn], project: String, under lease: LeaseTerm
    ) async throws(Failure) {
        try await call("saveList") { (store) throws(Failure) in
            try await store.save(list: list, columns: columns, project: project, under: lease)
            world.checkEpoch(lease, process, "saveList")
        }
    }

    func save(dates: DateCheck?, of list: ListID, under lease: LeaseTerm) async throws(Failure) {
        try await call("saveDates") { (store) throws(Failure) in
            try await store.save(dates: dates, of: list, under: lease)
            world.checkEpoch(lease, process, "saveDates")
        }
    }

    func save(column: ManagedColumn, of list: ListID, under lease: LeaseTerm) async throws(Failure) {
        try await call("saveColumn") { (store) throws(Failure) in
            try await store.save(column: column, of: list, under: lease)
            world.checkEpoch(lease, process, "saveColumn")
        }
    }

    func saveSnapshot(
        project: String, side: String, subject: String, content: JSON, now: Instant, under lease: LeaseTerm
    ) async throws(Failure) {
        try await call("saveSnapshot") { (store) throws(Failure) in
            try await store.saveSnapshot(
                project: project, side: side, subject: subject, content: content, now: now, under: lease)
        }
    }

    func rows(
        of definition: String, in list: ListID, after item: Int64, limit: Int
    ) async throws(Failure) -> [KnownEntry] {
        try await call("rows") { (store) throws(Failure) in
            try await store.rows(of: definition, in: list, after: item, limit: limit)
        }
    }

    func liveRows(of project: String) async throws(Failure) -> LiveRows {
        try await call("liveRows") { (store) throws(Failure) in try await store.liveRows(of: project) }
    }

    func ledger(
        of definition: String, fingerprints key: FingerprintKey?
    ) async throws(Failure) -> any LedgerScan {
        try await call("ledger") { (store) throws(Failure) in
            try await store.ledger(of: definition, fingerprints: key)
        }
    }

    func note(
        _ rows: [FingerprintedRow], of definition: String, under lease: LeaseTerm
    ) async throws(Failure) {
        try await call("note") { (store) throws(Failure) in
            try await store.note(rows, of: definition, under: lease)
            world.checkEpoch(lease, process, "note")
        }
    }

    func stage(
        run: String, definition: String, under lease: LeaseTerm
    ) async throws(Failure) -> any EffectStage {
        try await call("stage") { (store) throws(Failure) in
            try await store.stage(run: run, definition: definition, under: lease)
        }
    }

    func staged(
        run: String, definition: String, actions: [RowAction], after: Int64, limit: Int
    ) async throws(Failure) -> [StagedEffect] {
        try await call("staged") { (store) throws(Failure) in
            try await store.staged(run: run, definition: definition, actions: actions, after: after, limit: limit)
        }
    }

    func open(
        _ intents: [Intent], of definition: String, run: String, under lease: LeaseTerm
    ) async throws(Failure) {
        try await call("open") { (store) throws(Failure) in
            try await store.open(intents, of: definition, run: run, under: lease)
            for intent in intents {
                world.trace.note("p\(process.number) intends \(intent.kind.rawValue) \(intent.syncKey)")
            }
            world.checkEpoch(lease, process, "open")
        }
    }

    func openIntents(
        of definition: String, after: LedgerKey?, limit: Int
    ) async throws(Failure) -> [OpenIntent] {
        try await call("openIntents") { (store) throws(Failure) in
            try await store.openIntents(of: definition, after: after, limit: limit)
        }
    }

    func commit(_ changes: LedgerCommit) async throws(Failure) {
        try await call("commit") { (store) throws(Failure) in
            try await store.commit(changes)
            world.trace.note("p\(process.number) commits \(changes.words)")
            world.checkEpoch(changes.lease, process, "commit")
            world.checkPictures(changes.changes, changes.definition, process)
        }
    }

    func forgetSent(
        at positions: [Int: Int], in list: ListID, of definition: String, under lease: LeaseTerm
    ) async throws(Failure) -> Int {
        try await call("forgetSent") { (store) throws(Failure) in
            let rows = try await store.forgetSent(at: positions, in: list, of: definition, under: lease)
            world.checkEpoch(lease, process, "forgetSent")
            return rows
        }
    }

    func forgetColumn(
        _ column: String, at positions: [Int: Int], in list: ListID, of definition: String, under lease: LeaseTerm
    ) async throws(Failure) -> Int {
        try await call("forgetColumn") { (store) throws(Failure) in
            let rows = try await store.forgetColumn(column, at: positions, in: list, of: definition, under: lease)
            world.checkEpoch(lease, process, "forgetColumn")
            return rows
        }
    }

    func forgetList(_ list: ListID, of definition: String, under lease: LeaseTerm) async throws(Failure) {
        try await call("forgetList") { (store) throws(Failure) in
            try await store.forgetList(list, of: definition, under: lease)
            world.checkEpoch(lease, process, "forgetList")
        }
    }

    func rekey(
        _ rows: [RekeyedRow], shape: KeyShape, of definition: String, now: Instant, under lease: LeaseTerm
    ) async throws(Failure) {
        try await call("rekey") { (store) throws(Failure) in
            try await store.rekey(rows, shape: shape, of: definition, now: now, under: lease)
            world.checkEpoch(lease, process, "rekey")
        }
    }

    func feedPosition(of list: ListID) async throws(Failure) -> StoredFeedPosition? {
        try await call("feedPosition") { (store) throws(Failure) in try await store.feedPosition(of: list) }
    }

    func entries(
        of definition: String, list: ListID, items: [Int64], syncKeys: [String]
    ) async throws(Failure) -> [KnownEntry] {
        try await call("entries") { (store) throws(Failure) in
            try await store.entries(of: definition, list: list, items: items, syncKeys: syncKeys)
        }
    }

    func commit(_ page: FeedCommit) async throws(Failure) {
        try await call("feedCommit") { (store) throws(Failure) in
            try await store.commit(page)
            world.trace.note("p\(process.number) observes \(page.words)")
            world.checkEpoch(page.lease, process, "feedCommit")
            world.checkPictures(page.changes, page.definition, process)
        }
    }

    func beginRun(_ run: RunRecord) async throws(Failure) {
        try await call("beginRun") { (store) throws(Failure) in try await store.beginRun(run) }
    }

    func endRun(_ run: RunRecord) async throws(Failure) {
        try await call("endRun") { (store) throws(Failure) in try await store.endRun(run) }
    }

    func runs(of project: String, limit: Int) async throws(Failure) -> [RunRecord] {
        try await call("runs") { (store) throws(Failure) in try await store.runs(of: project, limit: limit) }
    }

    func quarantined(of project: String) async throws(Failure) -> [QuarantineCount] {
        try await call("quarantined") { (store) throws(Failure) in try await store.quarantined(of: project) }
    }

    func drifted(of definition: String, after: LedgerKey?, limit: Int) async throws(Failure) -> [KnownEntry] {
        try await call("drifted") { (store) throws(Failure) in
            try await store.drifted(of: definition, after: after, limit: limit)
        }
    }

    func strays(of project: String) async throws(Failure) -> [StrayItem] {
        try await call("strays") { (store) throws(Failure) in try await store.strays(of: project) }
    }

    func recordCapture(
        definition: String, mark: CaptureMark?, snapshotAt: Instant?, under lease: LeaseTerm
    ) async throws(Failure) {
        try await call("recordCapture") { (store) throws(Failure) in
            try await store.recordCapture(
                definition: definition, mark: mark, snapshotAt: snapshotAt, under: lease)
            world.checkEpoch(lease, process, "recordCapture")
        }
    }

    func quarantinedRows(of definition: String, limit: Int) async throws(Failure) -> [KnownEntry] {
        try await call("quarantinedRows") { (store) throws(Failure) in
            try await store.quarantinedRows(of: definition, limit: limit)
        }
    }

    func retry(definition: String, key: LedgerKey?, under lease: LeaseTerm) async throws(Failure) -> Int {
        try await call("retry") { (store) throws(Failure) in
            try await store.retry(definition: definition, key: key, under: lease)
        }
    }

    func entry(of definition: String, key: LedgerKey) async throws(Failure) -> KnownEntry? {
        try await call("entry") { (store) throws(Failure) in try await store.entry(of: definition, key: key) }
    }

    func close() async {}

    // MARK: Leases

    func acquireLease(
        _ name: LeaseName, actor: String, run: String, seconds: Double
    ) async throws(Failure) -> LeaseOutcome {
        let asked = world.executor.now
        return try await call("acquireLease") { (store) throws(Failure) in
            let outcome = try await store.acquireLease(name, actor: actor, run: run, seconds: seconds)
            switch outcome {
            case .acquired(let term):
                world.trace.note("p\(process.number) takes the lease of \(name.definition), epoch \(term.epoch)")
                process.leases += 1
                if process.leases == 1 { process.trustedUntil = asked + seconds * 2 / 3 }
            case .held(let holder): world.trace.note("p\(process.number) finds \(holder.actor) applying")
            }
            return outcome
        }
    }

    func renew(_ terms: [LeaseTerm]) async throws(Failure) -> [LeaseTerm] {
        let asked = world.executor.now
        return try await call("renew") { (store) throws(Failure) in
            let kept = try await store.renew(terms)
            if kept.count == terms.count { process.trustedUntil = max(process.trustedUntil, asked + 40) }
            return kept
        }
    }

    func release(_ terms: [LeaseTerm]) async throws(Failure) {
        try await call("release") { (store) throws(Failure) in try await store.release(terms) }
    }

    func breakLease(_ name: LeaseName) async throws(Failure) -> Bool {
        try await call("breakLease") { (store) throws(Failure) in try await store.breakLease(name) }
    }

    func leases(of project: String) async throws(Failure) -> [LeaseHolder] {
        try await call("leases") { (store) throws(Failure) in try await store.leases(of: project) }
    }

    func hold(_ hold: Hold) async throws(Failure) {
        try await call("hold") { (store) throws(Failure) in try await store.hold(hold) }
    }

    func releaseHold(project: String, definition: String?) async throws(Failure) -> Bool {
        try await call("releaseHold") { (store) throws(Failure) in
            try await store.releaseHold(project: project, definition: definition)
        }
    }

    func holds(of project: String) async throws(Failure) -> [Hold] {
        try await call("holds") { (store) throws(Failure) in try await store.holds(of: project) }
    }
}

extension LedgerCommit {
    /// For a trace.
    var words: String {
        (changes.map(\.words) + saved.map { "saves \($0.sourceKey) \($0.field)" }
            + (closed.isEmpty ? [] : ["closes \(closed.count)"])).joined(separator: ", ")
    }
}

extension FeedCommit {
    /// For a trace.
    var words: String {
        (["\(list.text.prefix(8)) → \(position.link ?? "unfinished")"] + changes.map(\.words)
            + strays.map { "stray \($0.syncKey) #\($0.item)" }).joined(separator: ", ")
    }
}

extension LedgerCommit.Change {
    /// For a trace: beside item and version the mapping's, and by position the fields that are kept otherwise than they were
    /// sent (`≈`) and those that show something else than was agreed on (`≠`).
    fileprivate var words: String {
        switch self {
        case .put(let entry, let key, _):
            let item = entry.item.map { " #\($0)" } ?? ""
            let refusal = entry.refusal.map { " \($0.code.rawValue)" } ?? ""
            return "\(key) \(entry.state.rawValue)\(item) v\(entry.version) m\(entry.mappingVersion)"
                + entry.different(entry.remoteHashes, from: entry.fieldHashes, "≈")
                + entry.different(entry.seenHashes, from: entry.remoteBase, "≠") + refusal
        case .remove(_, let version): return "removal v\(version)"
        }
    }
}

extension LedgerEntry {
    fileprivate func different(_ hashes: [UInt64]?, from others: [UInt64], _ sign: String) -> String {
        guard let hashes, hashes != others else { return "" }
        let positions = hashes.indices.filter { !others.indices.contains($0) || hashes[$0] != others[$0] }
        return " \(sign)" + positions.map(String.init).joined(separator: ",")
    }
}
