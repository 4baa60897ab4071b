internal import MicrosoftGraph

/// The system's clock, whose waits an operator's stop ends: a pause that the service asks for may last minutes, and an
/// orderly stop has seconds (SPEC §6).
struct InterruptibleClock: GraphClock {
    private let system = SystemGraphClock()
    /// How soon a stop is noticed, in seconds.
    private static let slice = 0.2

    func now() -> Double { system.now() }

    func wait(until moment: Double) async throws(CancellationError) {
        while now() < moment {
            if Interruption.isRequested { throw CancellationError() }
            try await system.wait(until: min(moment, now() + Self.slice))
        }
    }
}
