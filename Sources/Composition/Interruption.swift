internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// SIGINT and SIGTERM: the first asks for an orderly stop, the second ends the program at once. Nothing is lost by
/// either: what was done is recorded, and the rest is found again.
package enum Interruption {
    private static let requested = Atomic<Int32>(0)

    package static var isRequested: Bool { requested.load(ordering: .relaxed) != 0 }

    package enum Signal: Hashable, Sendable {
        case interrupt, terminate
    }

    /// The signal that asked first.
    package static var firstSignal: Signal? {
        switch requested.load(ordering: .relaxed) {
        case 0: nil
        case SIGTERM: .terminate
        default: .interrupt
        }
    }

    /// - Parameter say: Told of the first request, on another thread.
    package static func listen(say: @escaping @Sendable (String) -> Void) {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if requested.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
                say("Stopping: finishing what is under way. Once more stops at once.\n")
            }
            source.resume()
            // Kept for as long as the process lives.
            _ = Unmanaged.passRetained(source as AnyObject)
        }
        signal(SIGPIPE, SIG_IGN)
    }
}
