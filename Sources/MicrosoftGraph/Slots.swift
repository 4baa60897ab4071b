internal import Synchronization

/// A number of places that tasks take and give back; who finds none waits in line. Cancellation ends the waiting.
final class Slots: Sendable {
    private struct State {
        var limit: Int
        var taken = 0
        var lastTicket = 0
        var line: [(ticket: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    }

    private let state: Mutex<State>

    init(limit: Int) { state = Mutex(State(limit: limit)) }

    /// - Returns: Whether a place was taken; `false` if the task is cancelled, and then there is nothing to give back.
    func enter() async -> Bool {
        let ticket = state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isIn: Bool? = state.withLock { state in
                    // A cancellation that came before is seen here; a later one finds the line.
                    if Task.isCancelled { return false }
                    if state.taken < state.limit {
                        state.taken += 1
                        return true
                    }
                    state.line.append((ticket, continuation))
                    return nil
                }
                if let isIn { continuation.resume(returning: isIn) }
            }
        } onCancel: {
            let left = state.withLock { state in
                state.line.firstIndex { $0.ticket == ticket }.map { state.line.remove(at: $0).continuation }
            }
            left?.resume(returning: false)
        }
    }

    func leave() { admit { $0.taken -= 1 } }

    func setLimit(_ limit: Int) { admit { $0.limit = max(1, limit) } }

    private func admit(after change: (inout State) -> Void) {
        let admitted = state.withLock { state in
            change(&state)
            let count = min(max(0, state.limit - state.taken), state.line.count)
            defer { state.line.removeFirst(count) }
            state.taken += count
            return state.line.prefix(count).map(\.continuation)
        }
        for continuation in admitted { continuation.resume(returning: true) }
    }
}
