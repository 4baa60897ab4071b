/// Numbers that follow from one number (SplitMix64).
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// - Parameter stream: Streams of one seed have nothing to do with each other.
    package init(seed: UInt64, stream: UInt64 = 0) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 &+ stream &* 0xD1B5_4A32_D192_ED03
        _ = next()
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// From 0 to below `bound`.
    package mutating func below(_ bound: Int) -> Int { Int(truncatingIfNeeded: next() % UInt64(max(bound, 1))) }

    package mutating func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

    /// From 0 to below 1.
    package mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    package mutating func seconds(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + fraction() * (range.upperBound - range.lowerBound)
    }

    package mutating func chance(_ probability: Double) -> Bool { probability > 0 && fraction() < probability }

    package mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[below(elements.count)]
    }

    /// A UUID in lower case.
    package mutating func uuid() -> String {
        let digits = Array("0123456789abcdef")
        var text = ""
        var bits = (next(), next())
        for position in 0..<32 {
            if position == 8 || position == 12 || position == 16 || position == 20 { text.append("-") }
            let nibble = position < 16 ? bits.0 & 15 : bits.1 & 15
            if position < 16 { bits.0 >>= 4 } else { bits.1 >>= 4 }
            text.append(digits[Int(nibble)])
        }
        return text
    }
}
