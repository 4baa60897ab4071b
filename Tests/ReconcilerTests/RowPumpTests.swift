import Conformance
import Core
import Logging
import Simulation
import Synchronization
import Testing

@testable import Reconciler

@Suite("The pump loses no row")
struct RowPumpTests {
    /// Twenty rows, whose intents are written while the lease is confirmed, and that would leave while it is not.
    @Test func rowsWhoseLeaseIsInDoubtWhenTheyWouldLeaveEndTheRun() async throws {
        let database = MemoryDatabase(now: { 1_770_000_000 }, makeID: { MetaStoreConformance.run })
        let store = database.connect()
        try await MetaStoreConformance.prepare(store)
        let site = MemorySite(application: nil, now: { 1_770_000_000 })
        let list = try await site.createList(ListCreation(title: "Projects", description: "", columns: []))
        let clock = SettableClock()
        let trust = TrustWindow()
        trust.confirm(until: 40)
        let pump = RowPump(
            site: site, metaStore: store,
            context: RunContext(
                now: clock.now(), runID: MetaStoreConformance.run, toolVersion: "1", actor: "a", clock: clock,
                trust: trust, logger: Logger(label: "test"), makeID: { MetaStoreConformance.run }),
            project: "p", definition: MetaStoreConformance.definition, lease: MetaStoreConformance.lease, concurrency: 4
        )
        let rowContext = RowContext(
            fields: [], codec: FieldCodec(zone: .utc), mapping: MappingHistory(version: 1, fields: []),
            hasUniqueFields: false, now: clock.now())
        let tasks = (0..<UInt8(WaveMachine.batchMax)).map { number in
            RowTask(
                key: MetaStoreConformance.key(number), syncKey: "projects/\(number)", action: .create,
                hash: ContentHash(of: []), target: TargetList(id: ListID(list.id)))
        }
        var ended: [WaveMachine.Ended] = []
        var notes = 0
        let outcome = await pump.run(
            read: { (last: RowPump.Work?) in
                // The heartbeat gets through.
                clock.set(30)
                return last == nil ? RowPump.Work(tasks: tasks, context: rowContext) : nil
            },
            decide: { $0 },
            note: {
                ended += $0
                notes += 1
                // The intents took their time.
                if notes == 2 { clock.set(41) }
                return true
            })
        #expect(outcome.failure == nil && outcome.stop == .leaseLost && outcome.itemWrites == 0)
        let open = try await store.openIntents(of: MetaStoreConformance.definition, after: nil, limit: 50)
        #expect(open.count == 20)
        let items = site.edit { $0.lists.first?.items.count }
        #expect(items == 0)
        #expect(ended.isEmpty)
    }
}

extension RowPumpTests {
    /// A person typed the key of a row whose create is in doubt into another row's item. That is no news of the create, and is
    /// put back when nothing is in doubt any more.
    @Test(arguments: [true, false]) func anotherRowsItemSaysNothingOfACreateInDoubt(mayArrive: Bool) async throws {
        let store = MemoryDatabase(now: { 1_770_000_000 }, makeID: { MetaStoreConformance.run }).connect()
        try await MetaStoreConformance.prepare(store)
        let site = MemorySite(application: nil, now: { 1_770_000_000 })
        let list = try await site.createList(
            ListCreation(
                title: "Projects", description: "",
                columns: [ColumnCreation(name: SyncKey.column, displayName: "Key", type: .singleLineText)]))
        _ = await site.perform([
            .create(list: list.id, fields: [JSON.Member(SyncKey.column, "projects/1")])
        ])
        let other = LedgerEntry(
            key: MetaStoreConformance.key(2), state: .synced, list: ListID(list.id), item: 1, etag: "\"e,1\"")
        try await store.commit(MetaStoreConformance.commit([.put(other, sourceKey: "projects/2", replaces: nil)]))
        var intent = MetaStoreConformance.intent(1, .create)
        (intent.list, intent.from, intent.saved, intent.fields) = (ListID(list.id), nil, [], [])
        try await store.open(
            [intent], of: MetaStoreConformance.definition, run: MetaStoreConformance.run,
            under: MetaStoreConformance.lease)
        let clock = SettableClock()
        let pump = RowPump(
            site: site, metaStore: store,
            context: RunContext(
                now: clock.now(), runID: MetaStoreConformance.run, toolVersion: "1", actor: "a", clock: clock,
                logger: Logger(label: "test"), makeID: { MetaStoreConformance.run }),
            project: "p", definition: MetaStoreConformance.definition, lease: MetaStoreConformance.lease, concurrency: 4
        )
        let task = RowTask(
            key: intent.key, syncKey: intent.syncKey, action: .unchanged,
            open: OpenIntent(intent: intent, openedAt: Instant(seconds: 0), ledger: nil), mayArrive: mayArrive)
        let rowContext = RowContext(
            fields: [], codec: FieldCodec(zone: .utc), mapping: MappingHistory(version: 1, fields: []),
            hasUniqueFields: false, now: clock.now())
        var results: [RowResult] = []
        let outcome = await pump.run(RowPump.Work(tasks: [task], context: rowContext)) {
            results += $0.map(\.result)
            return true
        }
        #expect(outcome.failure == nil && results == [mayArrive ? .unsettled : .settled])
        let open = try await store.openIntents(of: MetaStoreConformance.definition, after: nil, limit: 9)
        #expect(open.count == (mayArrive ? 1 : 0))
    }
}

private final class SettableClock: RunClock {
    private let seconds = Mutex(0.0)

    func set(_ moment: Double) { seconds.withLock { $0 = moment } }
    func now() -> Instant { Instant(seconds: 1_770_000_000) }
    func elapsed() -> Double { seconds.withLock { $0 } }
    func wait(seconds: Double) async throws(CancellationError) {}
}
