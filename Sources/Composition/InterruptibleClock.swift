package import Core
internal import MicrosoftGraph
internal import Reconciler

/// The system's clock, whose waits an operator's stop ends: a pause that the service asks for may last minutes, and an
/// orderly stop has seconds (SPEC §6).
package struct InterruptibleClock: GraphClock, RunClock {
    private let system = SystemGraphClock()
    /// How soon a stop is noticed, in seconds.
    private static let slice = 0.2

    package init() {}

    package func now() -> Double { system.now() }

    package func now() -> Instant { ProcessSurroundings.now() }

    package func elapsed() -> Double { ProcessSurroundings.monotonicPreciseSeconds() }

    package func wait(seconds: Double) async throws(CancellationError) {
        let end = elapsed() + seconds
        while elapsed() < end {
            if Interruption.isRequested { throw CancellationError() }
            try await system.wait(until: system.now() + min(end - elapsed(), Self.slice))
        }
    }

    package func wait(until moment: Double) async throws(CancellationError) {
        while system.now() < moment {
            if Interruption.isRequested { throw CancellationError() }
            try await system.wait(until: min(moment, system.now() + Self.slice))
        }
    }
}
