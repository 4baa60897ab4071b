internal import Core
internal import Reconciler

/// The site as one process sees it: the network between them, and the client that waits and gives up.
struct SimulatedSite: SharePointSite {
    let world: World
    let process: Process

    // MARK: Reading

    private func read<T>(
        _ name: StaticString, _ failing: Double? = nil, _ body: () throws(SiteFailure) -> T
    ) async throws(SiteFailure) -> T {
        do throws(Gone) { try await world.pass(process, name) } catch { throw error.siteFailure }
        try checkTrust()
        await world.executor.rest(seconds: latency())
        if world.happens(process, failing ?? world.faults.unreachable) {
            throw SiteFailure(.transient, status: 503, reason: "no answer")
        }
        if world.happens(process, world.faults.throttled) { throw Self.throttled }
        let result = try body()
        do throws(Gone) { try await world.pass(process, name) } catch { throw error.siteFailure }
        return result
    }

    private static let throttled = SiteFailure(.throttled, status: 429, reason: "throttled past the deadline")

    private func latency() -> Double {
        world.happens(process, world.faults.slow) ? world.luck.seconds(1...20) : world.luck.seconds(0.02...0.4)
    }

    /// What carries requests asks the lease before each (SPEC §6).
    private func checkTrust() throws(SiteFailure) {
        guard process.trust.allows(at: world.executor.now) else {
            throw SiteFailure(.cancelled, reason: "the lease was not confirmed in time")
        }
    }

    func site() async throws(SiteFailure) -> RemoteSite { MemoryTenant.site }

    func lists() async throws(SiteFailure) -> [RemoteList] {
        try await read("lists") { () throws(SiteFailure) in world.tenant.lists.map(\.remote) }
    }

    func columns(of list: String) async throws(SiteFailure) -> [RemoteColumn] {
        try await read("columns") { () throws(SiteFailure) in
            world.tenant.lists[try world.tenant.index(list)].columns
        }
    }

    func changes(
        of list: String, from position: FeedPosition, select: [String]
    ) async throws(SiteFailure) -> FeedPage {
        try await read("changes", world.faults.feedFailure) { () throws(SiteFailure) in
            if world.isAbsent(list) { throw SiteFailure(.missing, status: 404, reason: "not found") }
            if case .link = position, world.happens(process, world.faults.expired) {
                world.trace.note("p\(process.number) is told that its position expired")
                throw SiteFailure(.expired, status: 410, reason: "expired")
            }
            var manner = world.faults.feed
            manner.unowned = world.strays(in: list)
            let page = try world.tenant.changes(
                of: list, from: position, select: select, at: world.moment, manner, &world.luck)
            world.trace.note("p\(process.number) reads \(page.words)")
            return page
        }
    }

    // MARK: Lists and columns

    /// A call that changes a list: it may be done and not be answered.
    private func change<T>(
        _ name: StaticString, _ body: () throws(SiteFailure) -> T
    ) async throws(SiteFailure) -> T {
        do throws(Gone) { try await world.pass(process, name) } catch { throw error.siteFailure }
        try checkTrust()
        world.noteStart(process, name)
        await world.executor.rest(seconds: latency())
        if world.happens(process, world.faults.throttled) { throw Self.throttled }
        if world.happens(process, world.faults.lostRequest) { throw Self.lost }
        if world.refusesWrite() { throw World.full }
        let result = try body()
        process.schemaWrites += 1
        world.trace.note("p\(process.number) \(name)")
        if world.happens(process, world.faults.lostAnswer) { throw Self.lost }
        do throws(Gone) { try await world.pass(process, name) } catch { throw error.siteFailure }
        return result
    }

    private static let lost = SiteFailure(.transient, outcome: .unknown, reason: "no answer")

    func createList(_ creation: ListCreation) async throws(SiteFailure) -> RemoteList {
        try await change("createList") { () throws(SiteFailure) in
            let list = try world.tenant.createList(creation)
            for column in creation.columns { world.noteStamp(column.name, column.description, in: list.id) }
            return list
        }
    }

    func updateList(_ list: String, _ change: ListChange) async throws(SiteFailure) {
        try await self.change("updateList") { () throws(SiteFailure) in try world.tenant.updateList(list, change) }
    }

    func createColumn(_ column: ColumnCreation, in list: String) async throws(SiteFailure) -> RemoteColumn {
        try await change("createColumn") { () throws(SiteFailure) in
            let created = try world.tenant.createColumn(column, in: list)
            world.noteStamp(column.name, column.description, in: list)
            return created
        }
    }

    func updateColumn(_ column: String, _ change: ColumnChange, in list: String) async throws(SiteFailure) {
        try await self.change("updateColumn") { () throws(SiteFailure) in
            try world.tenant.updateColumn(column, change, in: list)
            let name = world.tenant.list(list)?.columns.first { $0.id == column }?.name
            if let name, let description = change.description { world.noteStamp(name, description, in: list) }
        }
    }

    // MARK: Items

    func perform(_ requests: [ItemRequest]) async -> [Result<ItemAnswer, SiteFailure>] {
        do throws(Gone) { try await world.pass(process, "perform") } catch {
            // It may have died when the batch was on its way.
            if world.blueprint.rules.enforcesUnique, world.luck.chance(0.4),
                process.trust.allows(at: world.executor.now)
            {
                for request in requests where request.isWrite { later(request, of: 0.1...20) }
            }
            return requests.map { _ in .failure(error.siteFailure) }
        }
        if world.happens(process, world.faults.queue) {
            await world.executor.rest(seconds: world.luck.seconds(5...120))
            await world.standStill(process)
        }
        do throws(SiteFailure) { try checkTrust() } catch { return requests.map { _ in .failure(error) } }
        if process.isDead { return requests.map { _ in .failure(Gone().siteFailure) } }
        if requests.contains(where: \.isWrite) { world.noteStart(process, "perform") }
        if world.happens(process, world.faults.unreachable) {
            return requests.map { _ in .failure(SiteFailure(.unreachable, reason: "the host does not answer")) }
        }
        // From here on the service acts, whatever becomes of the process.
        var answers: [Int: Result<ItemAnswer, SiteFailure>] = [:]
        let keys = requests.map { world.begin($0, process) }
        for index in requests.indices.shuffled(using: &world.luck) {
            await world.executor.rest(seconds: latency() / Double(requests.count))
            answers[index] = await part(requests[index])
        }
        for key in keys.compactMap({ $0 }) { process.underWay.remove(key) }
        do throws(Gone) { try await world.pass(process, "answers") } catch {
            return requests.map { _ in .failure(error.siteFailure) }
        }
        return requests.indices.map { answers[$0] ?? .failure(Self.lost) }
    }

    private func part(_ request: ItemRequest) async -> Result<ItemAnswer, SiteFailure> {
        let faults = world.faults
        process.resourceUnits += request.resourceUnits
        if let failure = world.mood(for: request) {
            world.trace.note("p\(process.number) \(request.words): \(failure.status ?? 0)")
            if request.isWrite { process.itemWrites += 1 } else { process.itemReads += 1 }
            return .failure(failure)
        }
        guard request.isWrite else {
            process.itemReads += 1
            if world.happens(process, faults.transient) {
                return .failure(SiteFailure(.transient, status: 500, reason: "an error of the service"))
            }
            if world.happens(process, faults.throttled) { return .failure(Self.throttled) }
            return world.effect(request, process)
        }
        process.itemWrites += 1
        if world.happens(process, faults.throttled) { return .failure(Self.throttled) }
        if world.happens(process, faults.locked) {
            return .failure(SiteFailure(.locked, status: 423, reason: "locked"))
        }
        if world.happens(process, faults.conflict), request.tag != nil {
            return .failure(SiteFailure(.stale, status: 409, reason: "a save conflict"))
        }
        if world.happens(process, faults.transient) {
            return .failure(SiteFailure(.transient, status: 500, reason: "an error of the service"))
        }
        if world.happens(process, faults.lostRequest) {
            world.trace.note("p\(process.number) \(request.words): lost")
            return .failure(doubt(request))
        }
        if world.happens(process, faults.late) {
            world.trace.note("p\(process.number) \(request.words): given up")
            later(request, of: Faults.lateSeconds)
            return .failure(doubt(request))
        }
        let answer = world.effect(request, process)
        if case .success = answer, world.happens(process, faults.lostAnswer) {
            world.trace.note("p\(process.number) \(request.words): its answer is lost")
            return .failure(doubt(request, isDone: true))
        }
        return answer
    }

    /// What a client says that waited in vain, or that sent again and was told what the first try had done.
    private func doubt(_ request: ItemRequest, isDone: Bool = false) -> SiteFailure {
        var kinds = world.faults.doubts
        if isDone, request.tag != nil {
            if case .delete = request { kinds.append(.gone) } else { kinds.append(.stale) }
        }
        return SiteFailure(world.luck.pick(kinds) ?? .transient, outcome: .unknown, reason: "no answer")
    }

    private func later(_ request: ItemRequest, of seconds: ClosedRange<Double>) {
        world.pending += 1
        let (world, process) = (world, process)
        world.executor.after(seconds: world.luck.seconds(seconds)) {
            world.pending -= 1
            _ = world.effect(request, process, isLate: true)
        }
    }
}

extension ItemRequest {
    var isWrite: Bool {
        switch self {
        case .create, .update, .delete: true
        case .read, .find, .probe: false
        }
    }

    /// The tag that the request is bound to.
    var tag: String? {
        switch self {
        case .update(_, _, let etag, _), .delete(_, _, let etag): etag
        case .create, .read, .find, .probe: nil
        }
    }

    /// For a trace.
    var words: String {
        let name = list.prefix(8)
        switch self {
        case .create(_, let fields):
            return "create in \(name): \(JSON.object(fields).text())"
        case .update(_, let item, let etag, let fields):
            return "update \(name)#\(item) if \(etag?.suffix(4) ?? "any"): \(JSON.object(fields).text())"
        case .delete(_, let item, let etag): return "delete \(name)#\(item) if \(etag?.suffix(4) ?? "any")"
        case .read(_, let item, _): return "read \(name)#\(item)"
        case .find(_, let key, _): return "find \(key) in \(name)"
        case .probe: return "probe \(name)"
        }
    }
}

extension FeedPage {
    /// For a trace.
    var words: String {
        let entries = entries.map { entry in
            switch entry {
            case .item(let observed): "#\(observed.item.id)\(observed.item.etag.split(separator: ",").last ?? "")"
            case .removed(let id): "-\(id)"
            case .unreadable: "?"
            }
        }
        switch next {
        case .more(let link): return "[\(entries.joined(separator: " "))] more \(link)"
        case .done(let link): return "[\(entries.joined(separator: " "))] done \(link)"
        }
    }
}
