internal import CPostgres
internal import Dispatch
internal import Synchronization

/// Stops the statement that a session's thread is blocked in, from any other thread.
///
/// A cancel request names the session, not the statement: one that is late would hit the next statement. So a request
/// goes out only while its statement is running, and a statement is not over until the request under way is.
final class Canceller: Sendable {
    private struct State {
        var key: CancelKey?
        var current: UInt64 = 0
        var isRunning = false
    }

    private static let retryMilliseconds = 200
    private let state = Mutex(State())

    func connected(_ key: sending CancelKey?) {
        let key = key
        state.withLock { $0.key = key }
    }

    func disconnected() {
        state.withLock { $0.key = nil }
    }

    /// A statement begins. Its ticket is for ``cancel(_:)``; one that was already cancelled is for ``isCancelled(_:)``.
    func begin() -> UInt64 {
        state.withLock { state in
            state.current += 1
            state.isRunning = true
            return state.current
        }
    }

    func end() {
        state.withLock { $0.isRunning = false }
    }

    /// Asks the server to stop the statement, again and again until it is over: a request that arrives before the
    /// statement does is lost.
    func cancel(_ ticket: UInt64) {
        DispatchQueue.global().async { [self] in
            let isRunning = state.withLock { state in
                guard state.isRunning, state.current == ticket, let key = state.key else { return false }
                key.send()
                return true
            }
            guard isRunning else { return }
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Self.retryMilliseconds)) { [self] in
                cancel(ticket)
            }
        }
    }
}

/// Owns one PGcancel.
/// - Note: Sendable without the compiler's check: the pointer never changes, libpq's manual calls PQcancel safe from any
///   thread, and it is freed once, when nobody holds this object.
final class CancelKey: @unchecked Sendable {
    private let pointer: OpaquePointer

    init?(connection: OpaquePointer) {
        guard let pointer = PQgetCancel(connection) else { return nil }
        self.pointer = pointer
    }

    deinit { PQfreeCancel(pointer) }

    /// Blocks for one short connection to the server. A failure is not reported: the caller asks again or gives up.
    func send() {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { words in
            _ = PQcancel(pointer, words.baseAddress, Int32(words.count))
        }
    }
}
