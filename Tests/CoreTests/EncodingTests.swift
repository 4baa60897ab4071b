import TestSupport
import Testing

@testable import Core

@Suite("Encodings of bytes and numbers")
struct EncodingTests {
    /// RFC 4648 §10, in lower case and without padding.
    @Test(arguments: [
        ("", ""), ("f", "my"), ("fo", "mzxq"), ("foo", "mzxw6"), ("foob", "mzxw6yq"), ("fooba", "mzxw6ytb"),
        ("foobar", "mzxw6ytboi"),
    ])
    func base32(text: String, expected: String) { #expect(Base32.text(text.utf8) == expected) }

    @Test func base32OfADigestHas52Characters() {
        let all = Base32.text([UInt8](repeating: 0xFF, count: 32))
        // 256 bits are 51 whole fives and one bit, which is the first of the last character.
        #expect(all == String(repeating: "7", count: 51) + "q")
    }

    @Test func hexadecimal() {
        #expect(Hexadecimal.text([]) == "")
        #expect(Hexadecimal.text([0x00, 0x0F, 0xA5, 0xFF]) == "000fa5ff")
    }

    @Test(arguments: [
        ("", ""), ("AZaz09._-", "AZaz09._-"), ("a b", "a%20b"), ("~", "%7e"), ("%", "%25"), ("/", "%2f"),
        ("é", "%c3%a9"), ("😀", "%f0%9f%98%80"), ("\0", "%00"), ("\u{7f}", "%7f"),
    ])
    func percentEncodingIsByteByByteInLowerCase(text: String, expected: String) {
        #expect(PercentEncoding.encode(text) == expected)
        #expect(PercentEncoding.decode(expected) == text)
    }

    @Test(arguments: ["%", "%4", "%zz", "%c3", "%ff", "a%4", "%é0", "%+1", "% 1"])
    func whatIsNoEncodingIsRefused(text: String) { #expect(PercentEncoding.decode(text) == nil) }

    @Test func upperCaseDigitsAndPlainCharactersAreReadToo() {
        #expect(PercentEncoding.decode("%C3%A9 ü/~") == "é ü/~")
    }

    @Test(arguments: UInt64(0)..<10)
    func everyTextComesBackInPlainCharacters(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<100 {
            let text = random.text(30)
            let encoded = PercentEncoding.encode(text)
            #expect(PercentEncoding.decode(encoded).map { Array($0.utf8) } == Array(text.utf8))
            #expect(
                encoded.utf8.allSatisfy { byte in
                    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-%".utf8.contains(byte)
                })
        }
    }

    @Test(arguments: [
        (0, "0"), (7, "7"), (999, "999"), (1000, "1,000"), (12_345, "12,345"), (1_000_000, "1,000,000"),
        (-1000, "-1,000"), (-999, "-999"), (Int.min, "-9,223,372,036,854,775,808"),
    ])
    func numbersForPeople(number: Int, expected: String) { #expect(grouped(number) == expected) }

    @Test(arguments: [(0, 4, "0000"), (43, 2, "43"), (12_345, 4, "12345"), (-43, 4, "-0043"), (0, 0, "0")])
    func paddedNumbers(number: Int, width: Int, expected: String) { #expect(padded(number, width) == expected) }

    @Test(arguments: [
        ("", nil as Int?), ("0", 0), ("007", 7), ("999999999999999999", 999_999_999_999_999_999),
        ("1000000000000000000", nil), ("1a", nil), ("-1", nil), ("+1", nil), ("١", nil), (" 1", nil),
    ])
    func runsOfDigits(text: String, expected: Int?) {
        #expect(decimalDigits(text.utf8) == expected)
    }

    // MARK: Line ends

    @Test(arguments: [
        ("", ""), ("a\nb", "a\nb"), ("a\r\nb", "a\nb"), ("a\rb", "a\nb"), ("\r\r\n\n\r", "\n\n\n\n"), ("\n\r", "\n\n"),
        ("é\r\n", "é\n"),
    ])
    func lineEndsAreUnified(text: String, expected: String) {
        #expect(Array(LineEnds.unified(text).utf8) == Array(expected.utf8))
        #expect(LineEnds.unified(LineEnds.unified(text)) == LineEnds.unified(text))
    }

    // MARK: Characters that XML cannot hold

    @Test(arguments: UInt64(0)..<10)
    func noncharactersAreFoundWhereverTheyAre(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<100 {
            let text = random.text(20, of: ["a", "\u{FFFD}", "\u{FFFE}", "\u{FFFF}", "\u{FEFF}", "\u{EFBF}", "é", "😀"])
            let expected = text.unicodeScalars.contains { $0.value == 0xFFFE || $0.value == 0xFFFF }
            #expect(Noncharacters.occur(in: text.utf8) == expected)
        }
    }
}
