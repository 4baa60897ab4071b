package import Core
internal import Glibc
package import Logging

/// Time as the client sees it, so that tests move it by hand.
package protocol GraphClock: Sendable {
    /// Seconds since 1970-01-01T00:00:00Z, which never go back. `Retry-After` may name a date, so they begin as wall time.
    func now() -> Double
    /// Returns at or after this moment, at once if it has passed.
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    func wait(until moment: Double) async throws(CancellationError)
}

/// The machine's clock: wall time as it was when the process first asked, and the seconds since. Whoever sets the clock of
/// the machine meanwhile neither lengthens a wait nor ends one.
package struct SystemGraphClock: GraphClock {
    /// Between wall time and the monotonic seconds.
    private let offset: Double
    private let monotonic: @Sendable () -> Double

    package init() { self.init(offset: Self.offset, monotonic: Self.monotonic) }

    /// - Parameters:
    ///   - wall: Asked once.
    ///   - monotonic: Seconds from an arbitrary origin.
    package init(wall: () -> Double, monotonic: @escaping @Sendable () -> Double) {
        self.init(offset: wall() - monotonic(), monotonic: monotonic)
    }

    private init(offset: Double, monotonic: @escaping @Sendable () -> Double) {
        self.offset = offset
        self.monotonic = monotonic
    }

    private static let offset = read(CLOCK_REALTIME) - monotonic()

    /// Goes on while the machine sleeps, as the service's clock does.
    @Sendable private static func monotonic() -> Double { read(CLOCK_BOOTTIME) }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    package func now() -> Double { offset + monotonic() }

    package func wait(until moment: Double) async throws(CancellationError) {
        let seconds = moment - now()
        guard seconds > 0 else { return }
        do { try await Task.sleep(for: .milliseconds((seconds * 1000).rounded(.up))) } catch {
            throw CancellationError()
        }
    }
}

/// Chance as the client sees it.
package struct GraphRandomness: Sendable {
    /// A number from 0 to below 1.
    package var unit: @Sendable () -> Double
    /// A new GUID, 36 characters.
    package var identifier: @Sendable () -> String

    package init(unit: @escaping @Sendable () -> Double, identifier: @escaping @Sendable () -> String) {
        self.unit = unit
        self.identifier = identifier
    }

    package static let system = GraphRandomness(
        unit: { Double.random(in: 0..<1) },
        identifier: {
            // RFC 9562, version 4.
            var digits = (0..<32).map { _ in Int.random(in: 0..<16) }
            digits[12] = 4
            digits[16] = 8 | digits[16] & 3
            let text = digits.map { String($0, radix: 16) }.joined()
            var groups: [Substring] = []
            var rest = text[...]
            for length in [8, 4, 4, 4, 12] {
                groups.append(rest.prefix(length))
                rest = rest.dropFirst(length)
            }
            return groups.joined(separator: "-")
        })
}

/// What the client does that a person who waits would like to know.
package enum GraphEvent: Hashable, Sendable {
    /// The service asked for a pause; no request of this client leaves before its end.
    /// - Parameters:
    ///   - seconds: Whole, rounded up: `throttled, waiting 17 s`.
    ///   - until: Seconds since 1970.
    case throttled(seconds: Int, until: Double)
    /// A request waits for the quota, and those behind it too; `seconds` and `until` as above.
    case waiting(QuotaWait, seconds: Int, until: Double)
    /// A request failed and is sent again after `seconds`.
    case retrying(operation: String, seconds: Double, reason: String)
}

/// All that the client takes from its surroundings.
package struct GraphSurroundings: Sendable {
    package var clock: any GraphClock
    package var randomness: GraphRandomness
    package var logger: Logger
    /// Called from any thread; must return quickly.
    package var observe: @Sendable (GraphEvent) -> Void

    package init(
        clock: any GraphClock = SystemGraphClock(), randomness: GraphRandomness = .system, logger: Logger,
        observe: @escaping @Sendable (GraphEvent) -> Void = { _ in }
    ) {
        self.clock = clock
        self.randomness = randomness
        self.logger = logger
        self.observe = observe
    }
}
