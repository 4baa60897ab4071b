/// The only source of chance in the simulator: SplitMix64, from one seed, so that a failure can be played again.
struct SeededRandom: RandomNumberGenerator, Sendable {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A random GUID (RFC 9562, version 4) in lower case.
    mutating func guid() -> String {
        let high = next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var at = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    buffer[at] = 0x2D
                    at += 1
                }
                let word = index < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - (index % 16) * 4)) & 15
                buffer[at] = digit < 10 ? 0x30 + digit : 0x57 + digit
                at += 1
            }
            return at
        }
    }

    /// True in `probability` of all cases.
    mutating func chance(_ probability: Double) -> Bool {
        probability >= 1 || Double(next() >> 11) / Double(1 << 53) < probability
    }
}
