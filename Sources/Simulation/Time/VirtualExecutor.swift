internal import Synchronization

/// Runs tasks on one thread, the next ready job picked by a seed, with a time that passes only when nothing is ready.
///
/// With ``Task/init(executorPreference:operation:)`` everything a task starts runs here: children, default actors and
/// what nonisolated functions do. The same seed and the same tasks give the same order.
package final class VirtualExecutor: TaskExecutor {
    package enum Ending: Hashable, Sendable {
        case finished
        /// Nothing is ready, nothing is waited for, and the work is not done.
        case stuck
        /// More jobs than any sensible run needs.
        case endless
    }

    private struct Timer {
        enum Target {
            case sleeper(Int)
            case event(@Sendable () -> Void)
        }

        var at: Double
        /// Of timers for the same moment the first that was set comes first.
        var order: Int
        var target: Target

        func isBefore(_ other: Timer) -> Bool { at < other.at || at == other.at && order < other.order }
    }

    private struct State {
        var ready: [UnownedJob] = []
        var random: SeededRandom
        var now = 0.0
        var jobs = 0
        var order = 0
        /// A binary heap, the earliest first.
        var timers: [Timer] = []
        var sleepers: [Int: CheckedContinuation<Bool, Never>] = [:]
    }

    private let state: Mutex<State>
    private let jobsMax: Int

    package init(seed: UInt64, jobsMax: Int = 2_000_000) {
        state = Mutex(State(random: SeededRandom(seed: seed, stream: 1)))
        self.jobsMax = jobsMax
    }

    /// Seconds since the beginning.
    package var now: Double { state.withLock { $0.now } }

    /// Jobs that were run so far.
    package var jobs: Int { state.withLock { $0.jobs } }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.ready.append(job) }
    }

    /// Runs jobs, and lets time pass when there are none, until the work is done.
    package func run(until isDone: () -> Bool) -> Ending {
        while !isDone() {
            if let job = takeReady() {
                job.runSynchronously(on: asUnownedTaskExecutor())
                if jobs > jobsMax { return .endless }
            } else if !advance() {
                return .stuck
            }
        }
        return .finished
    }

    private func takeReady() -> UnownedJob? {
        state.withLock { state in
            guard !state.ready.isEmpty else { return nil }
            state.jobs += 1
            let index = state.ready.count == 1 ? 0 : state.random.below(state.ready.count)
            state.ready.swapAt(index, state.ready.count - 1)
            return state.ready.removeLast()
        }
    }

    /// Moves on to the next timer.
    private func advance() -> Bool {
        enum Due {
            case nothing
            case stale
            case sleeper(CheckedContinuation<Bool, Never>)
            case event(@Sendable () -> Void)
        }
        let due = state.withLock { state -> Due in
            guard let timer = Self.pop(&state.timers) else { return .nothing }
            switch timer.target {
            case .sleeper(let id):
                // One that was cancelled does not move the time.
                guard let continuation = state.sleepers.removeValue(forKey: id) else { return .stale }
                state.now = max(state.now, timer.at)
                return .sleeper(continuation)
            case .event(let action):
                state.now = max(state.now, timer.at)
                return .event(action)
            }
        }
        switch due {
        case .nothing: return false
        case .stale: return true
        case .sleeper(let continuation): continuation.resume(returning: true)
        case .event(let action): action()
        }
        return true
    }

    // MARK: Waiting

    /// Returns when so many seconds have passed.
    /// - Returns: `false` if the task was cancelled before.
    package func sleep(seconds: Double) async -> Bool {
        let id = state.withLock { state -> Int in
            state.order += 1
            return state.order
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(returning: false) }
                state.withLock { state in
                    state.sleepers[id] = continuation
                    Self.push(
                        Timer(at: state.now + max(seconds, 0), order: id, target: .sleeper(id)), &state.timers)
                }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.resume(returning: false)
        }
    }

    /// Returns when so many seconds have passed, whether or not the task is cancelled.
    package func rest(seconds: Double) async {
        await withCheckedContinuation { continuation in
            after(seconds: seconds) { continuation.resume() }
        }
    }

    /// Does something when so many seconds have passed, whatever becomes of the task that asks for it.
    package func after(seconds: Double, _ action: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.order += 1
            Self.push(
                Timer(at: state.now + max(seconds, 0), order: state.order, target: .event(action)), &state.timers)
        }
    }

    // MARK: The heap

    private static func push(_ timer: Timer, _ heap: inout [Timer]) {
        heap.append(timer)
        var at = heap.count - 1
        while at > 0 {
            let parent = (at - 1) / 2
            guard heap[at].isBefore(heap[parent]) else { return }
            heap.swapAt(at, parent)
            at = parent
        }
    }

    private static func pop(_ heap: inout [Timer]) -> Timer? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var at = 0
        while true {
            var least = at
            for child in [2 * at + 1, 2 * at + 2] where child < heap.count && heap[child].isBefore(heap[least]) {
                least = child
            }
            if least == at { return first }
            heap.swapAt(at, least)
            at = least
        }
    }
}
