/// One parser of bytes from outside, with what must hold for every input.
///
/// A trap, a hang or memory without bound is found by whoever calls; what else must hold is thrown when it does not.
package struct FuzzTarget: Sendable {
    /// Also the name of its folder in `Tests/Fuzz/Corpus`, and what `scripts/fuzz` takes.
    package let name: String
    /// Words of the format, which a mutation by chance would never spell.
    package let words: [String]
    /// Long inputs that a parser could need more than linear time for, each from a wish for so many bytes.
    package let stretches: [@Sendable (Int) -> [UInt8]]
    /// Reads the input and looks at what came of it.
    package let check: @Sendable ([UInt8]) throws(BrokenPromise) -> Void

    init(
        _ name: String, words: [String] = [], stretches: [@Sendable (Int) -> [UInt8]] = [],
        check: @escaping @Sendable ([UInt8]) throws(BrokenPromise) -> Void
    ) {
        self.name = name
        self.words = words
        self.stretches = stretches
        self.check = check
    }

    package static let all: [FuzzTarget] = [
        .json, .graphAnswer, .batchAnswer, .tokenAnswer, .headers, .copyText, .arrayLiteral, .values, .ledgerKeys,
        .syncKeys, .stamps, .timeZones, .moments, .connectionStrings, .checkExpressions, .addressGlobs, .manifests,
        .manifestTexts,
    ]
}

/// What a parser promises and did not keep for an input.
package struct BrokenPromise: Error, CustomStringConvertible {
    package var description: String
}

/// - Throws: ``BrokenPromise`` if the condition does not hold.
func promise(_ condition: Bool, _ words: @autoclosure () -> String) throws(BrokenPromise) {
    if !condition { throw BrokenPromise(description: words()) }
}

/// The input as text, if it is UTF-8: what a database or a checked file hands on always is.
func text(_ input: [UInt8]) -> String? { String(validating: input, as: UTF8.self) }

/// `part` again and again, up to about so many bytes.
func repeated(_ part: String, upTo bytes: Int) -> String {
    String(repeating: part, count: max(1, bytes / max(1, part.utf8.count)))
}

/// The pieces that a generator makes of 0, 1, 2, …, up to about so many bytes.
func numbered(upTo bytes: Int, _ part: (Int) -> String) -> String {
    var output = ""
    var number = 0
    while output.utf8.count < bytes {
        output += part(number)
        number += 1
    }
    return output
}
