internal import Synchronization

/// How long this process may start calls: until two thirds of the lease's time after the last confirmed heartbeat
/// (SPEC §6). Whoever takes the lease over waits for all of it.
package final class TrustWindow: Sendable {
    private enum State {
        /// No lease is needed: nothing is written.
        case open
        case until(Double)
        case closed
    }

    private let state = Mutex(State.open)

    package init() {}

    /// - Parameter moment: In the clock's elapsed seconds.
    package func confirm(until moment: Double) {
        state.withLock { state in
            switch state {
            case .open, .until: state = .until(moment)
            case .closed: break
            }
        }
    }

    /// The lease is another's: no call is ever started again.
    package func close() { state.withLock { $0 = .closed } }

    package func allows(at moment: Double) -> Bool {
        state.withLock { state in
            switch state {
            case .open: true
            case .until(let end): moment < end
            case .closed: false
            }
        }
    }

    package var isClosed: Bool {
        state.withLock { state in
            switch state {
            case .open, .until: false
            case .closed: true
            }
        }
    }
}
