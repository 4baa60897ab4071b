/// Finds a byte, eight at a time.
enum ByteSearch {
    private static let sevens: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// The highest bit of each byte of `word` that is 0; all other bits are 0. Exact for every byte, not only the first.
    @inline(__always)
    private static func zeroBytes(_ word: UInt64) -> UInt64 {
        ~(((word & sevens) &+ sevens) | word | sevens)
    }

    /// Calls `body` with the offset of each occurrence, ascending.
    @inline(__always)
    static func forEach(_ byte: UInt8, in bytes: UnsafeRawBufferPointer, _ body: (Int) -> Void) {
        let pattern = ones &* UInt64(byte)
        var at = 0
        while at + 8 <= bytes.count {
            // Little-endian, so that the lowest bits are the first byte.
            var found = zeroBytes(
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)) ^ pattern)
            while found != 0 {
                body(at + found.trailingZeroBitCount >> 3)
                found &= found &- 1
            }
            at += 8
        }
        while at < bytes.count {
            if bytes[at] == byte { body(at) }
            at += 1
        }
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
