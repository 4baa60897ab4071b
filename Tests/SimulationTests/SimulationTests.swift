import Simulation
import Synchronization
import Testing

@Suite("Whole runs in worlds made from a number", .serialized)
struct SimulationTests {
    /// `scripts/simulate --seed N` shows what happens in one; `scripts/simulate --seeds N` tries as many as there is time.
    @Test(arguments: 0..<10)
    func everySeedIsGreen(_ group: UInt64) async {
        for seed in group * 20..<(group + 1) * 20 {
            // A world takes its thread for itself; others want to go on in between.
            await Task.yield()
            let outcome = Simulation.run(seed: seed)
            #expect(outcome.violations.isEmpty, "scripts/simulate --seed \(seed): \(outcome.violations)")
        }
    }

    @Test(arguments: [3, 40, 77, 148, 406, 1438] as [UInt64])
    func theSameSeedIsTheSameWorld(seed: UInt64) {
        let first = Simulation.run(seed: seed)
        let second = Simulation.run(seed: seed, keepsLines: true)
        #expect(first.hash == second.hash && first.events == second.events && first.jobs == second.jobs)
        #expect(second.lines.count == second.events && Simulation.run(seed: seed + 1).hash != first.hash)
    }

    /// A check that nothing reaches proves nothing.
    @Test func manyThingsHappen() {
        var counts: [String: Int] = [:]
        for seed in 0..<40 as Range<UInt64> {
            counts.merge(Simulation.run(seed: seed).counts) { $0 + $1 }
        }
        for word in ["creates", "updates", "deletes", "values of people", "replaced values of people", "foreign items"]
        {
            #expect(counts[word, default: 0] > 0, "\(word): \(counts)")
        }
    }
}

@Suite("A seed decides the order of tasks, and time passes only when all wait")
struct VirtualExecutorTests {
    private static func order(seed: UInt64) -> [Int] {
        let executor = VirtualExecutor(seed: seed)
        let log = Log()
        for number in 0..<8 {
            Task(executorPreference: executor) {
                for step in 0..<3 {
                    log.add(number * 10 + step)
                    await Task.yield()
                }
                log.end()
            }
        }
        #expect(executor.run(until: { log.ends == 8 }) == .finished)
        return log.numbers
    }

    @Test func theSeedDecides() {
        #expect(Self.order(seed: 1) == Self.order(seed: 1))
        #expect(Self.order(seed: 1) != Self.order(seed: 2))
    }

    @Test func timePassesWhenAllWait() {
        let executor = VirtualExecutor(seed: 1)
        let log = Log()
        for seconds in [30.0, 10, 20] {
            Task(executorPreference: executor) {
                #expect(await executor.sleep(seconds: seconds))
                log.add(Int(executor.now))
                log.end()
            }
        }
        #expect(executor.run(until: { log.ends == 3 }) == .finished)
        #expect(log.numbers == [10, 20, 30])
    }

    @Test func aCancelledSleepEndsAtOnce() {
        let executor = VirtualExecutor(seed: 1)
        let log = Log()
        Task(executorPreference: executor) {
            await withTaskGroup { group in
                group.addTask {
                    #expect(await !executor.sleep(seconds: 1000))
                    log.add(Int(executor.now))
                }
                await executor.rest(seconds: 5)
                group.cancelAll()
            }
            log.end()
        }
        #expect(executor.run(until: { log.ends == 1 }) == .finished)
        #expect(log.numbers == [5])
    }

    @Test func whatCannotGoOnIsNoticed() {
        #expect(VirtualExecutor(seed: 1).run(until: { false }) == .stuck)
    }
}

/// What tasks did, in their order.
private final class Log: Sendable {
    private let state = Mutex((numbers: [Int](), ends: 0))

    var numbers: [Int] { state.withLock { $0.numbers } }
    var ends: Int { state.withLock { $0.ends } }

    func add(_ number: Int) { state.withLock { $0.numbers.append(number) } }

    func end() { state.withLock { $0.ends += 1 } }
}
