import MicrosoftGraph
import Synchronization
import Testing

/// Runs tasks one after another on the calling thread, and lets time pass only when none of them can go on: minutes of
/// many clients in milliseconds, and the same each time.
final class VirtualTime: TaskExecutor, GraphClock {
    private struct Timer {
        var moment: Double
        var number: Int
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now: Double
        var jobs: [UnownedJob] = []
        var timers: [Timer] = []
        var lastNumber = 0
        var isDone = false
    }

    private let state: Mutex<State>

    init(now: Double = 1_000_000) { state = Mutex(State(now: now)) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
    }

    func now() -> Double { state.withLock { $0.now } }

    func wait(until moment: Double) async throws(CancellationError) {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard moment > state.now, !Task.isCancelled else { return false }
                    state.timers.append(Timer(moment: moment, number: number, continuation: continuation))
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            let timer = state.withLock { state in
                state.timers.firstIndex { $0.number == number }.map { state.timers.remove(at: $0) }
            }
            timer?.continuation.resume()
        }
        if Task.isCancelled { throw CancellationError() }
    }

    func sleep(_ seconds: Double) async { try? await wait(until: now() + seconds) }

    /// Runs `body` and all it starts to the end.
    func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task(executorPreference: self) {
            defer { self.state.withLock { $0.isDone = true } }
            try await body()
        }
        drive()
        task.cancel()
        try await task.value
    }

    private func drive() {
        while true {
            let (jobs, isDone) = state.withLock { state in
                defer { state.jobs = [] }
                return (state.jobs, state.isDone)
            }
            for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
            if !jobs.isEmpty { continue }
            if isDone { return }
            let timer: Timer? = state.withLock { state in
                let next = state.timers.indices.min {
                    (state.timers[$0].moment, state.timers[$0].number)
                        < (state.timers[$1].moment, state.timers[$1].number)
                }
                guard let next else { return nil }
                let timer = state.timers.remove(at: next)
                state.now = max(state.now, timer.moment)
                return timer
            }
            guard let timer else {
                Issue.record("nothing can go on")
                return
            }
            timer.continuation.resume()
        }
    }
}

/// The same numbers for the same seed (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
