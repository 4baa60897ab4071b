/// Makes inputs out of others, always the same ones from the same seed.
package struct Mutator {
    private var state: UInt64
    private let corpus: [[UInt8]]
    private let words: [[UInt8]]

    /// - Parameter corpus: The inputs to begin with; may be empty.
    package init(seed: UInt64, corpus: [[UInt8]], words: [String]) {
        self.state = seed
        self.corpus = corpus.isEmpty ? [[]] : corpus
        self.words = words.map { Array($0.utf8) } + Mutator.troublesome.map { Array($0.utf8) }
    }

    /// What breaks arithmetic, lengths and encodings in any format.
    private static let troublesome = [
        "0", "-1", "9223372036854775807", "-9223372036854775808", "18446744073709551616", "999999999999999999",
        "1e400", "1e20000", "NaN", "Infinity", "-infinity", "\u{0}", "\u{1B}", "\u{FEFF}", "\u{0301}", "\u{1F469}",
    ]

    /// The next input: one of the corpus after one to four changes.
    package mutating func next() -> [UInt8] {
        var input = corpus[below(corpus.count)]
        for _ in 0...below(4) { change(&input) }
        return input
    }

    private mutating func change(_ input: inout [UInt8]) {
        let place = below(input.count + 1)
        let end = min(input.count, place + 1 + below(16))
        switch below(9) {
        case 0: if place < input.count { input[place] ^= 1 << UInt8(below(8)) }
        case 1: if place < input.count { input[place] = UInt8(below(256)) }
        case 2: input.insert(UInt8(below(256)), at: place)
        case 3: input.removeSubrange(place..<end)
        case 4: input.insert(contentsOf: input[place..<end], at: place)
        case 5: input.insert(contentsOf: words[below(words.count)], at: place)
        case 6: input.replaceSubrange(place..<end, with: words[below(words.count)])
        case 7:
            let other = corpus[below(corpus.count)]
            input = Array(input.prefix(place)) + other.suffix(below(other.count + 1))
        default: input.removeSubrange(place...)
        }
    }

    private mutating func below(_ bound: Int) -> Int { Int(random() % UInt64(max(1, bound))) }

    /// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators").
    private mutating func random() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
