internal import Synchronization

/// Everything that happened in a simulated world, as one number and, if asked for, as text.
package final class Trace: Sendable {
    private struct State {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        var events = 0
        var lines: [String] = []
    }

    private let state = Mutex(State())
    private let keepsLines: Bool
    private let now: @Sendable () -> Double

    package init(keepsLines: Bool, now: @escaping @Sendable () -> Double) {
        self.keepsLines = keepsLines
        self.now = now
    }

    /// Of all events in their order: equal for equal traces.
    package var hash: UInt64 { state.withLock { $0.hash } }
    package var events: Int { state.withLock { $0.events } }
    package var lines: [String] { state.withLock { $0.lines } }

    /// - Parameters:
    ///   - text: One short line; the hash is of what it says and of the time.
    package func note(_ text: String) {
        let moment = now()
        state.withLock { state in
            state.events += 1
            for byte in text.utf8 { Self.mix(byte, &state.hash) }
            var bits = moment.bitPattern
            for _ in 0..<8 {
                Self.mix(UInt8(truncatingIfNeeded: bits), &state.hash)
                bits >>= 8
            }
            if keepsLines { state.lines.append("\(Self.clock(moment)) \(text)") }
        }
    }

    private static func mix(_ byte: UInt8, _ hash: inout UInt64) {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }

    /// Seconds with three digits behind the point, right-aligned.
    private static func clock(_ seconds: Double) -> String {
        let milliseconds = Int(seconds * 1000)
        let fraction = String(milliseconds % 1000)
        let text =
            "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
        return String(repeating: " ", count: max(0, 10 - text.count)) + text
    }
}
