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
        var waves = [tasks]
        var ended: [WaveMachine.Ended] = []
        var notes = 0
        let outcome = await pump.run(
            feed: {
                // The heartbeat gets through.
                clock.set(30)
                return waves.popLast().map { ($0, rowContext) }
            },
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

private final class SettableClock: RunClock {
    private let seconds = Mutex(0.0)

    func set(_ moment: Double) { seconds.withLock { $0 = moment } }
    func now() -> Instant { Instant(seconds: 1_770_000_000) }
    func elapsed() -> Double { seconds.withLock { $0 } }
    func wait(seconds: Double) async throws(CancellationError) {}
}
