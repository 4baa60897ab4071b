import Core
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import SourceDatabase

@Suite("Waiting for a lock of another session")
struct LockWaitTests {
    private static let holder = LockHolder(relation: "public.t", process: 7, since: nil)
    private static let other = LockHolder(relation: "public.t", process: 8, since: nil)

    @Test func aHolderIsToldOnceAndEndsTheWaitWhenItsTimeIsOver() {
        var machine = LockWaitMachine(secondsMax: 60)
        #expect(machine.look(Self.holder, at: 100, stop: nil) == (true, nil))
        #expect(machine.look(Self.holder, at: 159, stop: nil) == (false, nil))
        #expect(machine.look(Self.other, at: 159.5, stop: nil) == (true, nil))
        #expect(machine.look(Self.other, at: 160, stop: nil) == (false, .tooLong(Self.other, seconds: 60)))
    }

    /// A statement that takes long for another reason has all the time it needs.
    @Test func onlyTimeInWhichSomebodyHoldsTheLockCounts() {
        var machine = LockWaitMachine(secondsMax: 60)
        #expect(machine.look(nil, at: 0, stop: .deadline) == (false, nil))
        #expect(machine.look(Self.holder, at: 100, stop: nil) == (true, nil))
        #expect(machine.look(nil, at: 150, stop: nil) == (false, nil))
        #expect(machine.look(Self.holder, at: 170, stop: nil) == (true, nil))
    }

    @Test(arguments: [(LockWait.Stop.request, Failure.Code.interrupted), (.deadline, .inProgress)])
    func aStopEndsTheWaitAtOnce(stop: LockWait.Stop, expected: Failure.Code) throws {
        var machine = LockWaitMachine(secondsMax: 60)
        let look = machine.look(Self.holder, at: 0, stop: stop)
        let verdict = try #require(look.verdict)
        let failure = Failure(.unclassified, while: "reading the table public.t", because: "canceled").ended(
            by: verdict)
        #expect(failure.code == expected)
        #expect(failure.reason.contains("public.t is locked by another session of the database (pid 7)"))
    }

    /// All that reads the table is watched: what it looks like, its rows, and some of its rows.
    @Test func theServersOwnLocksAreSeen() async throws {
        try await TestDatabase.with("lockwait") { database, session in
            try await session.script("CREATE TABLE public.t (id int PRIMARY KEY); INSERT INTO public.t VALUES (1)")
            let told = Told()
            let source = PostgreSQLRowSource(
                database.parameters, profile: "postgres",
                lockWait: LockWait(
                    secondsMax: 0, elapsed: { 0 }, pause: { _ in await Task.yield() },
                    say: { told.append($0) }))
            let relation = try await source.relation(TableName(schema: "public", name: "t"), at: nil)
            let definition = SyncDefinition(
                name: "t", sourceProfile: "postgres", table: TableName(schema: "public", name: "t"),
                siteProfile: "sharepoint", sharding: ShardingPolicy(defaultList: Located("All")), deletes: .propagate)
            let bound = try #require(Binder.bind(definition, to: relation, zone: .utc).bound)

            try await session.script("BEGIN; LOCK TABLE public.t IN ACCESS EXCLUSIVE MODE")
            let process = await session.processID
            let scan = await #expect(throws: Failure.self) { _ = try await source.scan(bound, since: nil) }
            let rows = await #expect(throws: Failure.self) { _ = try await source.rows(of: bound, keys: [["1"]]) }
            for failure in [scan, rows] {
                #expect(failure?.code == .unavailable)
                #expect(failure?.reason.contains("public.t is locked") == true)
                #expect(failure?.reason.contains("(pid \(process), in a transaction since ") == true)
                #expect(failure?.help?.contains("--lock-wait") == true)
            }
            #expect(told.holders.map(\.process) == [process, process])

            try await session.script("ROLLBACK")
            let free = try await source.rows(of: bound, keys: [["1"]])
            #expect(free.rowEnds.count == 1)
            await source.close()
        }
    }

    private final class Told: Sendable {
        private let state = Mutex<[LockHolder]>([])
        var holders: [LockHolder] { state.withLock { $0 } }
        func append(_ holder: LockHolder) { state.withLock { $0.append(holder) } }
    }
}
