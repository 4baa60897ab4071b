import TestSupport
import Testing

@testable import Core

/// SPEC §7: bytes compare as the source is read; §8: that is what proves order and uniqueness.
@Suite("Ledger keys by their bytes")
struct KeyOrderTests {
    private static func bytes(_ form: KeyForm, _ text: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        _ = try #require(form.append(text, to: &bytes), "\(form) \(text)")
        return bytes
    }

    /// Made by hand from SPEC §7.
    @Test(arguments: [
        (KeyForm.integer, "42", "800000000000002a"), (.integer, "-1", "7fffffffffffffff"),
        (.integer, "-9223372036854775808", "0000000000000000"), (.integer, "9223372036854775807", "ffffffffffffffff"),
        (.boolean, "f", "00"), (.boolean, "t", "01"),
        (.uuid, "6f2a0f0e-8f5d-4d5e-9d55-0a6d1c1f7b11", "6f2a0f0e8f5d4d5e9d550a6d1c1f7b11"),
        (.date, "2013-01-01", "8000000000003d5a"), (.date, "1969-12-31", "7fffffffffffffff"),
        (.date, "infinity", "ffffffffffffffff"), (.date, "-infinity", "0000000000000000"),
        (.timestamp, "2013-01-01 05:00:00.25", "8004d233007dc490"),
        (.timestamptz, "2013-01-01 05:00:00.25+00", "8004d233007dc490"),
        (.timestamptz, "infinity", "ffffffffffffffff"), (.numeric, "1.50", "312e3500"),
        (.numeric, "-100", "2d31303000"),
        (.text, "", "00"), (.text, "é", "c3a900"),
    ])
    func goldenBytes(form: KeyForm, text: String, expected: String) throws {
        #expect(Hexadecimal.text(try Self.bytes(form, text)) == expected)
    }

    // MARK: Order

    private static func uuid(_ random: inout SplitMix) -> String {
        let digits = Array(Hexadecimal.text((0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
    }

    /// A value by chance: its text as PostgreSQL prints it, and what it compares by.
    private static func value(_ form: KeyForm, _ random: inout SplitMix) -> (
        text: String, order: [UInt8], number: Int64
    ) {
        switch form {
        case .integer:
            let number =
                random.isTrue(oneIn: 2)
                ? Int64.random(in: -300...300, using: &random) : Int64.random(in: .min ... .max, using: &random)
            return ("\(number)", [], number)
        case .boolean:
            let flag = random.isTrue(oneIn: 2)
            return (flag ? "t" : "f", [], flag ? 1 : 0)
        case .date:
            let days = Int32.random(in: -2_440_588...2_932_896, using: &random)
            return (PostgreSQLText.isoText(days: Int(days)), [], Int64(days))
        case .timestamp, .timestamptz:
            let micros = Int64.random(in: -210_866_803_200_000_000...253_402_300_799_000_000, using: &random)
            let text = PostgreSQLText.isoText(microseconds: micros, zoned: false)
            let isBC = text.hasSuffix(" BC")
            let clock = (isBC ? String(text.dropLast(3)) : text).map { $0 == "T" ? " " : "\($0)" }.joined()
            return (clock + (form == .timestamptz ? "+00" : "") + (isBC ? " BC" : ""), [], micros)
        case .uuid:
            let text = uuid(&random)
            return (text, Array(text.utf8.filter { $0 != 0x2D }), 0)
        case .numeric:
            // Ordered byte by byte by their text, as the source is read.
            let text =
                "\(random.pick(["", "-"]))\(Int.random(in: 1...999, using: &random)).\(random.pick(["0", "5", "25", "50", "500"]))"
            return (text, Array(text.utf8), 0)
        case .text:
            let text = random.text(6, of: ["a", "B", "z", " ", "/", "é", "中", "😀", "~", "\u{1}"])
            return (text, Array(text.utf8), 0)
        }
    }

    @Test(arguments: KeyForm.allCases, UInt64(0)..<4)
    func bytesCompareAsValuesDo(form: KeyForm, seed: UInt64) throws {
        var random = SplitMix(state: seed)
        for _ in 0..<60 {
            let (left, right) = (Self.value(form, &random), Self.value(form, &random))
            let (a, b) = (try Self.bytes(form, left.text), try Self.bytes(form, right.text))
            // Two texts of one number are one key.
            guard left.text != right.text, a != b else { continue }
            let expected =
                left.order.isEmpty && right.order.isEmpty
                ? left.number < right.number : left.order.lexicographicallyPrecedes(right.order)
            #expect(a.lexicographicallyPrecedes(b) == expected, "\(left.text) \(right.text)")
        }
    }

    /// Of several columns the first that differs decides, however long the texts are.
    @Test(arguments: UInt64(0)..<8)
    func keysOfSeveralColumnsCompareColumnByColumn(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let forms = (0..<3).map { _ in random.pick([KeyForm.text, .integer, .date, .uuid, .boolean]) }
        for _ in 0..<60 {
            var left = LedgerKey(bytes: [])
            var right = LedgerKey(bytes: [])
            var decided: Bool?
            var (leftBytes, rightBytes): ([UInt8], [UInt8]) = ([], [])
            for form in forms {
                let one = Self.value(form, &random)
                let other = random.isTrue(oneIn: 2) ? one : Self.value(form, &random)
                let (a, b) = (try Self.bytes(form, one.text), try Self.bytes(form, other.text))
                if decided == nil, a != b { decided = a.lexicographicallyPrecedes(b) }
                leftBytes += a
                rightBytes += b
            }
            (left, right) = (LedgerKey(bytes: leftBytes), LedgerKey(bytes: rightBytes))
            #expect((left < right) == (decided ?? false))
        }
    }

    /// `"a"` comes before `"a\u{1}"` and `"ab"`: the zero byte at the end is less than every byte of a text.
    @Test func aBeginningComesBeforeTheWhole() throws {
        let texts = ["", "a", "a\u{1}", "a ", "aa", "ab", "b"]
        let keys = try texts.map { LedgerKey(bytes: try Self.bytes(.text, $0) + (try Self.bytes(.integer, "9"))) }
        #expect(keys.shuffled().sorted() == keys)
    }

    // MARK: There and back

    @Test(arguments: KeyForm.allCases, UInt64(0)..<4)
    func aKeyReadsBackAndItsTextGivesTheSameBytes(form: KeyForm, seed: UInt64) throws {
        var random = SplitMix(state: seed)
        for _ in 0..<40 {
            let value = Self.value(form, &random)
            var bytes: [UInt8] = []
            let canonical = try #require(form.append(value.text, to: &bytes))
            let key = LedgerKey(bytes: bytes)
            #expect(key.parts([form]) == [canonical], "\(value.text)")
            #expect(LedgerKey(parts: [canonical], forms: [form]) == key, "\(canonical)")
        }
    }

    @Test func bytesOfAnotherFormAreNoKey() throws {
        let number = LedgerKey(bytes: try Self.bytes(.integer, "7"))
        #expect(
            number.parts([.integer]) == ["7"] && number.parts([.integer, .integer]) == nil && number.parts([]) == nil)
        #expect(number.parts([.uuid]) == nil && LedgerKey(bytes: [2]).parts([.boolean]) == nil)
        #expect(LedgerKey(bytes: [0x61]).parts([.text]) == nil, "no end")
        #expect(LedgerKey(bytes: [0xFF, 0]).parts([.text]) == nil, "no UTF-8")
        #expect(LedgerKey(bytes: [0x80, 0, 0, 1, 0, 0, 0, 0]).parts([.date]) == nil, "a day of no calendar")
    }

    @Test(arguments: [
        (KeyForm.integer, "007"), (.integer, "+7"), (.integer, "1.0"), (.integer, "9223372036854775808"),
        (.boolean, "t"),
        (.uuid, "6F2A0F0E-8F5D-4D5E-9D55-0A6D1C1F7B11"), (.uuid, "6f2a0f0e8f5d4d5e9d550a6d1c1f7b11"),
        (.date, "2013-1-1"), (.timestamp, "2013-01-01 05:00:00"), (.timestamp, "2013-01-01T05:00:00.250"),
        (.timestamptz, "2013-01-01T05:00:00"), (.timestamp, "2013-01-01T05:00:00Z"), (.numeric, "1.50"),
    ])
    func aTextThatIsNotCanonicalIsNoPart(form: KeyForm, text: String) {
        #expect(LedgerKey(parts: [text], forms: [form]) == nil)
    }

    @Test func asManyPartsAsColumns() {
        #expect(LedgerKey(parts: ["1"], forms: [.integer, .integer]) == nil)
        #expect(LedgerKey(parts: ["1", "2"], forms: [.integer]) == nil)
        #expect(LedgerKey(parts: [], forms: [])?.bytes == [])
    }

    /// SPEC §8: floats, json, bytea and arrays are refused.
    @Test func typesThatHaveNoOneTextAreNoKeys() {
        let refused: [SourceType] = [
            .real, .double, .json, .jsonb, .bytea, .xml, .array(.text), .composite(schema: "s", name: "c"),
        ]
        for type in refused { #expect(KeyForm.of(type) == nil, "\(type.description)") }
        let native: [SourceType] = [
            .smallint, .integer, .bigint, .oid, .boolean, .uuid, .date, .timestamp, .timestamptz,
        ]
        for type in native { #expect(KeyForm.of(type)?.ordersNatively == true, "\(type.description)") }
        let texts: [SourceType] = [
            .numeric(precision: 8, scale: 2), .money, .text, .varchar(length: 3), .char(length: 3), .name, .inet, .time,
            .enumeration(schema: "s", name: "e", labels: []),
        ]
        for type in texts { #expect(KeyForm.of(type)?.ordersNatively == false, "\(type.description)") }
    }
}
