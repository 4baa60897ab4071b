import Conformance
import Logging
import Simulation
import Synchronization
import Testing

@testable import Core
@testable import Reconciler

@Suite("Lists brought up side by side")
struct ProvisionerTests {
    private static let key = DesiredColumn(
        name: SyncKey.column, displayName: "SyncBridge key", type: .singleLineText, indexed: true, unique: true)
    private static let names = (0..<12).map { "List\($0)" }

    private static func job(_ name: String, _ site: any SharePointSite) -> Provisioner.Job {
        let planned = PlannedList(
            definition: "projects", name: name, site: "contoso", existence: .absent,
            settings: ListChange(displayName: name),
            columns: [
                PlannedColumn(
                    column: key, found: nil, change: ColumnChange(indexed: true, unique: true, hidden: true),
                    isHidden: true)
            ], titleChange: ColumnChange(required: false), titleSpec: nil)
        let stamp = Stamp(
            metaStoreID: "m", project: "p", definitionID: MetaStoreConformance.definition, prefix: "projects",
            list: name)
        return Provisioner.Job(
            machine: ProvisionMachine(planned, stamp: stamp, remoteSiteID: "site"), site: site,
            lease: MetaStoreConformance.lease)
    }

    private static func context(isStopping: @escaping @Sendable () -> Bool = { false }) -> RunContext {
        RunContext(
            now: StillClock.instant, runID: MetaStoreConformance.run, toolVersion: "1", actor: "a", clock: StillClock(),
            logger: Logger(label: "test"), makeID: { MetaStoreConformance.run }, isStopping: isStopping)
    }

    private static func store() async throws -> any MetaStore {
        let database = MemoryDatabase(now: { 1_770_000_000 }, makeID: { MetaStoreConformance.run })
        let store = database.connect()
        try await MetaStoreConformance.prepare(store)
        return store
    }

    @Test func callsOfOneListAreSerialAndThoseOfSeveralAreNot() async throws {
        let store = try await Self.store()
        let site = WatchedSite()
        var provisioner = Provisioner(metaStore: store, project: "p", context: Self.context())
        let results = try await provisioner.run(Self.names.map { Self.job($0, site) })
        #expect(try results.map { try $0?.get().list.name } == Self.names)
        let most = site.most.withLock { $0 }
        #expect(most.atOnce > 1 && most.atOnce <= 8)
        #expect(most.ofOneList == 1)
        // A list, its key and its title each.
        #expect(provisioner.schemaCalls == 3 * Self.names.count)
        let known = Set(try await store.registry(of: "p").lists.map(\.name))
        #expect(known.isSuperset(of: Self.names))
    }

    /// One that fails leaves the others alone, and each has its own answer.
    @Test func aListThatFailsIsTheOnlyOne() async throws {
        let store = try await Self.store()
        let site = WatchedSite(refusing: "List3")
        var provisioner = Provisioner(metaStore: store, project: "p", context: Self.context())
        let results = try await provisioner.run(Self.names.map { Self.job($0, site) })
        for (name, result) in zip(Self.names, results) {
            switch result {
            case .success(let list)?: #expect(list.list.name == name && name != "List3")
            case .failure(let failure)?: #expect(name == "List3" && failure.failure.kind == .forbidden)
            case nil: Issue.record("\(name) has no end")
            }
        }
    }

    @Test func nothingIsBegunAfterAStop() async throws {
        let store = try await Self.store()
        let site = WatchedSite()
        let calls = Mutex(0)
        var provisioner = Provisioner(
            metaStore: store, project: "p",
            context: Self.context(isStopping: {
                calls.withLock { calls in
                    calls += 1
                    return calls > 5
                }
            }))
        let results = try await provisioner.run(Self.names.map { Self.job($0, site) })
        #expect(results.allSatisfy { $0 == nil })
        #expect(site.calls.withLock { $0 } == 5)
        // What was made is known.
        let known = try await store.registry(of: "p").lists.filter { Self.names.contains($0.name) }
        #expect(known.isEmpty, "a list is recorded once its columns were read")
    }
}

private struct StillClock: RunClock {
    static let instant = Instant(seconds: 1_770_000_000)

    func now() -> Instant { Self.instant }
    func elapsed() -> Double { 0 }
    func wait(seconds: Double) async throws(CancellationError) {}
}

/// A site in memory that notes how many calls are under way.
private final class WatchedSite: SharePointSite {
    struct Most {
        var atOnce = 0
        var ofOneList = 0
    }

    let most = Mutex(Most())
    let calls = Mutex(0)
    private let underWay = Mutex<[String: Int]>([:])
    private let inner = MemorySite(application: nil, now: { 1_770_000_000 })
    private let refused: String?

    init(refusing name: String? = nil) { refused = name }

    private func watched<T>(
        _ list: String, _ call: () async throws(SiteFailure) -> T
    ) async throws(SiteFailure) -> T {
        calls.withLock { $0 += 1 }
        let (all, same) = underWay.withLock { underWay in
            underWay[list, default: 0] += 1
            return (underWay.values.reduce(0, +), underWay[list] ?? 0)
        }
        most.withLock { $0 = Most(atOnce: max($0.atOnce, all), ofOneList: max($0.ofOneList, same)) }
        // Whoever may run meanwhile does.
        for _ in 0..<100 { await Task.yield() }
        defer { underWay.withLock { $0[list, default: 1] -= 1 } }
        return try await call()
    }

    func site() async throws(SiteFailure) -> RemoteSite { try await inner.site() }
    func lists() async throws(SiteFailure) -> [RemoteList] { try await inner.lists() }

    func columns(of list: String) async throws(SiteFailure) -> [RemoteColumn] {
        try await watched(list) { () async throws(SiteFailure) in try await inner.columns(of: list) }
    }

    func createList(_ creation: ListCreation) async throws(SiteFailure) -> RemoteList {
        if creation.title == refused { throw SiteFailure(.forbidden, reason: "scripted") }
        return try await watched(creation.title) { () async throws(SiteFailure) in
            try await inner.createList(creation)
        }
    }

    func updateList(_ list: String, _ change: ListChange) async throws(SiteFailure) {
        try await watched(list) { () async throws(SiteFailure) in try await inner.updateList(list, change) }
    }

    func createColumn(_ column: ColumnCreation, in list: String) async throws(SiteFailure) -> RemoteColumn {
        try await watched(list) { () async throws(SiteFailure) in try await inner.createColumn(column, in: list) }
    }

    func updateColumn(_ column: String, _ change: ColumnChange, in list: String) async throws(SiteFailure) {
        try await watched(list) { () async throws(SiteFailure) in
            try await inner.updateColumn(column, change, in: list)
        }
    }

    func perform(_ requests: [ItemRequest]) async -> [Result<ItemAnswer, SiteFailure>] { await inner.perform(requests) }

    func changes(
        of list: String, from position: FeedPosition, select: [String]
    ) async throws(SiteFailure) -> FeedPage {
        try await inner.changes(of: list, from: position, select: select)
    }
}
