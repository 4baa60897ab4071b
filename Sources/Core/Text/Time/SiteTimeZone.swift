/// A time zone read from a TZif file (RFC 8536), for the days of a SharePoint site.
///
/// Full Foundation would bring the same at 44 MB of binary; the files are on every Linux machine.
package struct SiteTimeZone: Hashable, Sendable {
    /// As written in the manifest, `Europe/Berlin`.
    package let name: String
    /// Moments at which the offset changes, ascending, in seconds since 1970.
    private let transitions: [Int64]
    /// The offset before the first transition, then one after each; seconds east of Greenwich.
    private let offsets: [Int]
    /// The rule for all later times, if the file has one.
    private let footer: PosixZoneRule?

    /// Equal only where every moment has the same day: the zone's data, of whatever edition.
    package var data: String { "\(transitions) \(offsets) \(footer?.text ?? "")" }

    package static let utc = SiteTimeZone(name: "UTC", fixedOffset: 0)

    package init(name: String, fixedOffset: Int) {
        self.name = name
        self.transitions = []
        self.offsets = [fixedOffset]
        self.footer = nil
    }

    /// - Parameter tzif: The whole file, of version 1, 2 or later.
    /// - Returns: `nil` if the bytes are not a TZif file.
    package init?(name: String, tzif: [UInt8]) {
        guard let first = TZifBlock(tzif, at: 0, timeBytes: 4) else { return nil }
        var block = first
        var footer: PosixZoneRule?
        if first.version >= 2 {
            guard let second = TZifBlock(tzif, at: first.end, timeBytes: 8) else { return nil }
            block = second
            let rest = tzif[second.end...].dropFirst().prefix { $0 != 0x0A }
            if !rest.isEmpty {
                guard let rule = PosixZoneRule(String(decoding: rest, as: UTF8.self)) else { return nil }
                footer = rule
            }
        }
        self.name = name
        self.transitions = block.transitions
        self.offsets = block.offsets
        self.footer = footer
    }

    /// Seconds east of Greenwich at `instant`.
    package func offset(at instant: Int64) -> Int {
        if let footer, transitions.isEmpty || instant >= transitions[transitions.count - 1] {
            return footer.offset(at: instant)
        }
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= instant { low = middle + 1 } else { high = middle }
        }
        return offsets[low]
    }

    /// The civil day that people of the zone have at `instant`.
    package func day(of instant: Instant) -> CivilDate {
        let local = instant.seconds + Int64(offset(at: instant.seconds))
        return CivilDate(days: Int32(clamping: local.quotientAndRemainderFlooring(dividingBy: 86_400).quotient))
    }

    /// The first moment at which people of the zone have `day`: midnight, or later where the clocks skip midnight.
    package func firstInstant(of day: CivilDate) -> Instant {
        let midnight = Int64(day.days) * 86_400
        // Every offset is within 26 hours, so the day begins between these two moments; the search needs only that
        // `day(of:)` does not run backwards across a midnight, which holds for every zone but a few before 1900.
        var low = midnight - 26 * 3600
        var high = midnight + 26 * 3600
        // Most days begin at a midnight with the offset of noon, or of the midnight itself.
        for guess in [midnight, midnight - Int64(offset(at: midnight))] {
            let candidate = midnight - Int64(offset(at: guess))
            if self.day(of: Instant(seconds: candidate)) == day,
                self.day(of: Instant(seconds: candidate - 1)) < day
            {
                return Instant(seconds: candidate)
            }
        }
        while low < high {
            let middle = (low + high) >> 1
            if self.day(of: Instant(seconds: middle)) >= day { high = middle } else { low = middle + 1 }
        }
        return Instant(seconds: low)
    }
}

/// One data block of a TZif file.
private struct TZifBlock {
    var version: Int
    var transitions: [Int64] = []
    var offsets: [Int] = []
    /// The offset of the first byte after the block.
    var end: Int

    init?(_ bytes: [UInt8], at start: Int, timeBytes: Int) {
        guard bytes.count >= start + 44, bytes[start..<start + 4].elementsEqual("TZif".utf8) else { return nil }
        func big(_ at: Int, _ width: Int) -> Int64 {
            var value = width == 8 ? 0 : (bytes[at] & 0x80 != 0 ? Int64(-1) : 0)
            for index in at..<at + width { value = value << 8 | Int64(bytes[index]) }
            return value
        }
        let digit = bytes[start + 4]
        version = digit == 0 ? 1 : Int(digit) - 0x30
        let counts = (0..<6).map { Int(big(start + 20 + $0 * 4, 4)) }
        let (utCount, standardCount, leapCount) = (counts[0], counts[1], counts[2])
        let (timeCount, typeCount, characterCount) = (counts[3], counts[4], counts[5])
        guard counts.allSatisfy({ $0 >= 0 && $0 < 100_000 }), typeCount > 0 else { return nil }
        let times = start + 44
        let types = times + timeCount * timeBytes
        let records = types + timeCount
        end =
            records + typeCount * 6 + characterCount + leapCount * (timeBytes + 4) + standardCount + utCount
        guard end <= bytes.count else { return nil }
        let typeOffsets = (0..<typeCount).map { Int(big(records + $0 * 6, 4)) }
        // RFC 8536 §3.2; the search for a day's beginning relies on it.
        guard typeOffsets.allSatisfy({ (-89_999...93_599).contains($0) }) else { return nil }
        let indices = (0..<timeCount).map { Int(bytes[types + $0]) }
        guard indices.allSatisfy({ $0 < typeCount }) else { return nil }
        transitions = (0..<timeCount).map { big(times + $0 * timeBytes, timeBytes) }
        offsets = [typeOffsets[0]] + indices.map { typeOffsets[$0] }
    }
}
