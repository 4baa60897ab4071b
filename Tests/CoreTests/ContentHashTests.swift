import TestSupport
import Testing

@testable import Core

/// Golden vectors of another implementation: Python's `struct` and `hashlib` over SPEC §10 and the table of
/// ``CanonicalForm``.
@Suite("Hashes of content")
struct ContentHashTests {
    private static let values: [Value] = [
        .text("Łódź"), .number(-0.1), .boolean(false), .instant(Instant(seconds: -1)), .date(CivilDate(days: -25_567)),
        .set(of: ["é", "b", "a", "b"]), .null, .number(.leastNonzeroMagnitude),
    ]

    private static let golden: [(form: String, hash: UInt64)] = [
        ("0100000007c581c3b364c5ba", 0x53df_f8ab_a212_9e5b), ("0200000008bfb999999999999a", 0xcd48_0410_15ec_c1af),
        ("030000000100", 0x9d06_89e4_6d7c_7105), ("0400000008ffffffffffffffff", 0x58da_26bf_ac82_0d9f),
        ("0500000004ffff9c21", 0xe947_1960_bf95_cc97),
        ("06000000100000000161000000016200000002c3a9", 0x861d_0a17_5429_e6eb), ("00", 0x6e34_0b9c_ffb3_7a98),
        ("02000000080000000000000001", 0x1b7c_476e_175d_6013),
    ]

    @Test func everyFieldHasTheHashOfItsForm() {
        for (value, golden) in zip(Self.values, Self.golden) {
            var bytes: [UInt8] = []
            CanonicalForm.append(value, to: &bytes)
            #expect(Hexadecimal.text(bytes) == golden.form, "\(value)")
        }
        #expect(ContentHash(of: Self.values).fields == Self.golden.map(\.hash))
        #expect(ContentHash.noValue == 0x6e34_0b9c_ffb3_7a98)
    }

    @Test func theWholeIsTheHashOfAllForms() {
        #expect(
            ContentHash(of: Self.values).whole.hexadecimal
                == "39dd3f9dbff708813784b59bc06e7923600e0becc0a152b7fae0f14a1ca82594")
        // A definition of no fields: the hash of nothing.
        #expect(
            ContentHash(of: []).whole.hexadecimal == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    /// What is no projection has a whole that no projection has.
    @Test func hashesWithoutValuesHaveAWholeOfTheirOwn() {
        let hash = ContentHash(fields: [1, 2])
        #expect(hash.whole.hexadecimal == "bdf179a7f31d5fe207262bfd5ba1f800bf723921bf11182c4d6c6acc25fd7731")
        #expect(hash.fields == [1, 2])
        #expect(ContentHash(fields: ContentHash(of: Self.values).fields).whole != ContentHash(of: Self.values).whole)
    }

    // MARK: Equal where the values are

    @Test(arguments: [
        (Value.number(0), Value.number(-0.0)), (.set(of: ["a", "b"]), .set(of: ["b", "a", "a", ""])),
        (.set(of: [""]), .null),
    ])
    func equalValues(left: Value, right: Value) {
        #expect(ContentHash(of: [left]) == ContentHash(of: [right]))
    }

    @Test(arguments: [
        ([Value.text("ab"), .null], [Value.text("a"), .text("b")]), ([.text("1")], [.number(1)]), ([.null], []),
        ([.null, .text("a")], [.text("a"), .null]), ([.text("é")], [.text("e\u{301}")]),
        ([.boolean(true)], [.number(1)]),
        ([.date(CivilDate(days: 0))], [.instant(Instant(seconds: 0))]), ([.set(of: ["a,b"])], [.set(of: ["a", "b"])]),
        ([.set(of: ["é"])], [.set(of: ["e\u{301}"])]), ([.text("\0")], [.null]), ([.text("a")], [.set(of: ["a"])]),
    ])
    func differentValues(left: [Value], right: [Value]) {
        #expect(ContentHash(of: left).whole != ContentHash(of: right).whole)
    }

    /// The form of a projection is read in one way only: lengths say where each field ends.
    @Test(arguments: UInt64(0)..<20)
    func noTwoProjectionsHaveOneForm(seed: UInt64) {
        var random = SplitMix(state: seed)
        var seen: [[UInt8]: [Value]] = [:]
        for _ in 0..<60 {
            let values: [Value] = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                switch Int.random(in: 0..<7, using: &random) {
                case 0: .null
                case 1, 2: .text(random.text(3, of: ["\0", "\u{1}", "a", "é", "\u{8}"]))
                case 3: .number(random.pick([0, 1, -1, 0.5, 1e300]))
                case 4: .boolean(random.isTrue(oneIn: 2))
                case 5: .date(CivilDate(days: Int32.random(in: -2...2, using: &random)))
                default: .set(of: (0..<2).map { _ in random.text(2, of: ["a", "b", "\0"]) })
                }
            }
            var form: [UInt8] = []
            for value in values { CanonicalForm.append(value, to: &form) }
            if let same = seen[form] { #expect(same == values) }
            seen[form] = values
        }
    }

    // MARK: Digests

    @Test func aDigestIsItsBytesAndComparesAsTheyDo() throws {
        let digests = (0..<50).map { Digest(of: "\($0)") }
        for digest in digests {
            #expect(Digest(digest.bytes) == digest && digest.text == "sha256:" + Hexadecimal.text(digest.bytes))
            #expect(digest.prefix == digest.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
        }
        #expect(digests.sorted().map(\.bytes) == digests.map(\.bytes).sorted { $0.lexicographicallyPrecedes($1) })
        #expect(Digest([UInt8](repeating: 0, count: 31)) == nil && Digest([UInt8](repeating: 0, count: 33)) == nil)
    }

    /// The same in place as from a copy.
    @Test func theCanonicalFormInPlaceIsTheSame() {
        for value in Self.values {
            var bytes: [UInt8] = []
            CanonicalForm.append(value, to: &bytes)
            var writer = ByteWriter()
            CanonicalForm.append(value, to: &writer)
            #expect(Array(writer.bytes) == bytes)
        }
    }
}
