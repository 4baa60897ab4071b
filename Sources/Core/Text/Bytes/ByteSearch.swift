/// Finds bytes, eight at a time.
enum ByteSearch {
    private static let sevens: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// The highest bit of each byte of `word` that is 0; all other bits are 0. Exact for every byte, not only the first.
    @inline(__always)
    private static func zeroBytes(_ word: UInt64) -> UInt64 {
        ~(((word & sevens) &+ sevens) | word | sevens)
    }

    /// Splits `bytes` at each `separator`, and looks for `other` on the way.
    /// - Parameter parts: Gets where the parts are, as many as there is room for.
    /// - Parameter most: So many parts are enough; what is behind them need not be looked at.
    /// - Returns: The number of parts, and whether `other` occurs where was looked.
    @inline(__always)
    static func split(
        _ bytes: UnsafeRawBufferPointer, at separator: UInt8, lookingFor other: UInt8,
        into parts: UnsafeMutableBufferPointer<Range<Int>>, most: Int = .max
    ) -> (count: Int, hasOther: Bool) {
        let pattern = ones &* UInt64(separator)
        let otherPattern = ones &* UInt64(other)
        var others: UInt64 = 0
        var (count, start, at) = (0, 0, 0)
        while at + 8 <= bytes.count {
            // Little-endian, so that the lowest bits are the first byte.
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            let difference = word ^ otherPattern
            others |= (difference &- ones) & ~difference & highs
            var found = zeroBytes(word ^ pattern)
            while found != 0 {
                let end = at + found.trailingZeroBitCount >> 3
                if count < parts.count { parts[count] = Range(uncheckedBounds: (start, end)) }
                count += 1
                start = end + 1
                found &= found &- 1
                if count == most { return (count, others != 0) }
            }
            at += 8
        }
        while at < bytes.count {
            if bytes[at] == separator {
                if count < parts.count { parts[count] = Range(uncheckedBounds: (start, at)) }
                count += 1
                start = at + 1
                if count == most { return (count, others != 0) }
            } else if bytes[at] == other {
                others = 1
            }
            at += 1
        }
        if count < parts.count { parts[count] = Range(uncheckedBounds: (start, bytes.count)) }
        return (count + 1, others != 0)
    }

    /// Not 0 if a byte of `word` is a control character or may begin a noncharacter. A borrow may make it so for others,
    /// never the other way round.
    @inline(__always)
    static func unwritable(_ word: UInt64) -> UInt64 {
        let below = (word &- ones &* 0x20) & ~word & highs
        let delete = word ^ (ones &* 0x7F)
        let lead = word ^ (ones &* UInt64(Noncharacters.lead))
        return below | ((delete &- ones) & ~delete & highs) | ((lead &- ones) & ~lead & highs)
    }

    @inline(__always)
    static func contains(_ byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Bool {
        let pattern = ones &* UInt64(byte)
        var at = 0
        while at + 8 <= bytes.count {
            if zeroBytes(bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self) ^ pattern) != 0 { return true }
            at += 8
        }
        while at < bytes.count {
            if bytes[at] == byte { return true }
            at += 1
        }
        return false
    }
}
