/// Which transactions of its server a reading of the source saw, so that a later reading that sees fewer is noticed: a
/// standby that is behind, a server that took over without the last of them, or one that was restored (decision 0019).
package struct SourceSnapshot: Hashable, Sendable {
    /// Every transaction below is over.
    package var oldestRunning: UInt64
    /// No transaction from here on is seen.
    package var next: UInt64
    /// Transactions between the two that were not over, ascending. A standby does not say which.
    package var running: [UInt64]
    package var isStandby: Bool
    /// How far the server's log was written, or replayed, just before; `nil` if the server does not say.
    package var position: UInt64?

    /// - Parameters:
    ///   - text: As `txid_current_snapshot()` prints it: `10:20:10,14`.
    ///   - position: As a `pg_lsn` is printed: `0/16B3748`.
    /// - Returns: `nil` for any other text.
    package init?(_ text: String, isStandby: Bool, position: String?) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let oldest = UInt64(parts[0]), let next = UInt64(parts[1]), oldest <= next else {
            return nil
        }
        let running = parts[2].split(separator: ",").map { UInt64($0) }
        guard running.allSatisfy({ $0 != nil }) else { return nil }
        oldestRunning = oldest
        self.next = next
        self.running = running.compactMap(\.self).sorted()
        self.isStandby = isStandby
        self.position = position.flatMap(Self.position)
    }

    private static func position(_ text: String) -> UInt64? {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let high = UInt32(halves[0], radix: 16), let low = UInt32(halves[1], radix: 16) else {
            return nil
        }
        return UInt64(high) << 32 | UInt64(low)
    }

    /// Whether all that `other` saw is seen here, too. Exact on a primary. A standby that cannot prove it counts by how far
    /// it has replayed.
    package func includes(_ other: SourceSnapshot) -> Bool {
        guard next >= other.next else { return false }
        // What a standby saw for certain ends with the oldest that ran.
        let seen = other.isStandby ? other.oldestRunning : other.next
        guard isStandby else { return running.allSatisfy { $0 >= seen || other.running.contains($0) } }
        guard oldestRunning < seen, let position, let known = other.position else { return true }
        return position >= known
    }

    // MARK: As the registry keeps it

    /// `10:20:10,14 primary 0/16B3748`; `-` where the position is not known.
    package var text: String {
        let running = running.map(String.init).joined(separator: ",")
        let hex = position.map { String($0 >> 32, radix: 16) + "/" + String($0 & 0xFFFF_FFFF, radix: 16) }
        return "\(oldestRunning):\(next):\(running) \(isStandby ? "standby" : "primary") \(hex ?? "-")"
    }

    /// - Returns: `nil` for any other text.
    package init?(text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 3 else { return nil }
        self.init(words[0], isStandby: words[1] == "standby", position: words[2])
    }
}
