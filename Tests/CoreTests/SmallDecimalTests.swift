import TestSupport
import Testing

@testable import Core

@Suite("Decimals without memory of their own")
struct SmallDecimalTests {
    private static func texts(_ random: inout SplitMix) -> [String] {
        (0..<200).map { _ in
            let digits = (0..<Int.random(in: 1...18, using: &random)).map { _ in "\(random.pick(Array(0...9)))" }
            let point = Int.random(in: 0...digits.count, using: &random)
            return random.pick(["", "", "-", "+"]) + digits[..<point].joined()
                + (point < digits.count ? "." : "") + digits[point...].joined()
        }
    }

    private func small(_ text: String) -> SmallDecimal? {
        Array(text.utf8).withUnsafeBytes { SmallDecimal($0) }
    }

    private func text(_ number: SmallDecimal?) -> String? {
        var scratch = ScratchText()
        return number?.text(in: &scratch).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: UInt64(0)..<10)
    func saysWhatDecimalNumbersSay(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let all = Self.texts(&random)
        for (left, right) in zip(all, all.shuffled(using: &random)) {
            let (large, other) = (try #require(DecimalNumber(left)), try #require(DecimalNumber(right)))
            let (number, second) = (try #require(small(left)), try #require(small(right)))
            #expect(text(number) == large.text)
            #expect(number.compared(to: second) == (large < other ? -1 : large == other ? 0 : 1), "\(left) \(right)")
            #expect((number == second) == (large == other))
            if let double = number.double { #expect(double == large.double, "\(left)") }
            let places = Int.random(in: 0...18, using: &random)
            #expect(text(number.rounded(places: places)) == large.rounded(places: places).text, "\(left) \(places)")
            if let product = number.multiplied(by: second) { #expect(text(product) == (large * other).text) }
        }
    }

    @Test(arguments: ["", "-", ".", "1e3", "NaN", "1.2.3", " 1", "1 ", "1234567890123456789", "0x1", "Infinity"])
    func leavesOthersAlone(text: String) {
        #expect(small(text) == nil)
    }
}
