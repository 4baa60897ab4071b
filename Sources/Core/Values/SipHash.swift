/// SipHash with an answer of 128 bits: a fast digest of short inputs that nobody without the key can make collide.
///
/// - SeeAlso: Aumasson and Bernstein, "SipHash: a fast short-input PRF", and `siphash.c` of its authors.
package enum SipHash {
    /// - Parameters:
    ///   - rounds: Rounds for each word, and at the end of each half. 2 and 4 are those of the authors; 1 and 3 are faster
    ///     by half, and what hash tables take.
    @inline(__always)
    package static func hash128(
        _ bytes: UnsafeRawBufferPointer, key: (UInt64, UInt64), rounds: (word: Int, end: Int)
    ) -> (UInt64, UInt64) {
        var state = State(key)
        var at = 0
        while at + 8 <= bytes.count {
            state.take(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)), rounds.word)
            at += 8
        }
        // The rest, and the lowest byte of the length on top.
        var last = UInt64(truncatingIfNeeded: bytes.count) << 56
        var shift: UInt64 = 0
        while at < bytes.count {
            last |= UInt64(bytes[at]) << shift
            shift += 8
            at += 1
        }
        state.take(last, rounds.word)
        return state.end(rounds.end)
    }

    private struct State {
        private var v0: UInt64
        private var v1: UInt64
        private var v2: UInt64
        private var v3: UInt64

        @inline(__always)
        init(_ key: (UInt64, UInt64)) {
            v0 = key.0 ^ 0x736f_6d65_7073_6575
            // The last bits tell 128 bits from 64.
            v1 = key.1 ^ 0x646f_7261_6e64_6f6d ^ 0xEE
            v2 = key.0 ^ 0x6c79_6765_6e65_7261
            v3 = key.1 ^ 0x7465_6462_7974_6573
        }

        @inline(__always)
        mutating func take(_ word: UInt64, _ rounds: Int) {
            v3 ^= word
            for _ in 0..<rounds { mix() }
            v0 ^= word
        }

        @inline(__always)
        mutating func end(_ rounds: Int) -> (UInt64, UInt64) {
            v2 ^= 0xEE
            for _ in 0..<rounds { mix() }
            let first = v0 ^ v1 ^ v2 ^ v3
            v1 ^= 0xDD
            for _ in 0..<rounds { mix() }
            return (first, v0 ^ v1 ^ v2 ^ v3)
        }

        @inline(__always)
        private mutating func mix() {
            v0 = v0 &+ v1
            v1 = Self.rotated(v1, 13) ^ v0
            v0 = Self.rotated(v0, 32)
            v2 = v2 &+ v3
            v3 = Self.rotated(v3, 16) ^ v2
            v0 = v0 &+ v3
            v3 = Self.rotated(v3, 21) ^ v0
            v2 = v2 &+ v1
            v1 = Self.rotated(v1, 17) ^ v2
            v2 = Self.rotated(v2, 32)
        }

        @inline(__always)
        private static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 { word << bits | word >> (64 - bits) }
    }
}
