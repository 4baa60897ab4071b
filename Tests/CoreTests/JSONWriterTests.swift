import TestSupport
import Testing

@testable import Core

/// RFC 8785, which all digests are made of.
@Suite("Writing JSON")
struct JSONWriterTests {
    /// RFC 8785, Appendix B: bits of a double and its text.
    @Test(
        arguments: [
            (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"), (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"), (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"), (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"), (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"), (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"), (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"), (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"), (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] as [(UInt64, String)])
    func numbersOfTheStandard(bits: UInt64, expected: String) {
        let value = Double(bitPattern: bits)
        #expect(ShortestDecimal.text(value) == expected)
        #expect(JSON.number(value).text(.canonical) == expected)
    }

    @Test(arguments: UInt64(0)..<10)
    func everyDoubleReadsBackAndHasOneText(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<100 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            let text = ShortestDecimal.text(value)
            #expect(Double(text) == value, "\(text)")
            #expect(!text.hasPrefix("+") && !text.hasSuffix(".0") && !text.contains("E"))
            // The same number however it is spelled.
            #expect(JSON.number(value.description).text(.canonical) == text)
        }
    }

    /// The sample of RFC 8785 §3.2.2 and §3.2.3.
    @Test func theSampleOfTheStandard() throws {
        let text = #"""
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """#
        #expect(
            try JSON.parse(text).text(.canonical)
                == #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
                + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#)
    }

    /// RFC 8785 §3.2.3: by UTF-16 units, so that the emoji comes before the dalet with dagesh.
    @Test func membersAreSortedByUTF16() throws {
        let text = #"""
            {"\u20ac": "Euro", "\r": "CR", "\ufb33": "Dalet", "1": "One", "\ud83d\ude00": "Emoji", "\u0080": "Ctrl",
            "\u00f6": "Latin"}
            """#
        let sorted = try JSON.parse(try JSON.parse(text).serialized(.canonical))
        #expect(
            sorted.members?.compactMap(\.value.string) == ["CR", "One", "Ctrl", "Latin", "Euro", "Emoji", "Dalet"])
    }

    @Test(arguments: [
        ("-0", "0"), ("0.0", "0"), ("-0.0e5", "0"), ("1E2", "100"), ("100", "100"), ("1e21", "1e+21"),
        ("9007199254740993", "9007199254740992"), ("123456789012345", "123456789012345"),
        ("-999999999999999", "-999999999999999"),
    ])
    func canonicalNumbersDoNotDependOnTheirSpelling(text: String, expected: String) throws {
        #expect(try JSON.parse(text).text(.canonical) == expected)
    }

    // MARK: Layouts

    private static let value: JSON = ["b": [1, [], ["a": .object([])]], "a": "x\n"]

    @Test func compactKeepsTheOrder() {
        #expect(Self.value.text() == #"{"b":[1,[],{"a":{}}],"a":"x\n"}"#)
    }

    @Test func prettyIndentsByTwoAndEndsALine() {
        let lines = [
            "{", "  \"b\": [", "    1,", "    [],", "    {", "      \"a\": {}", "    }", "  ],", "  \"a\": \"x\\n\"",
            "}", "",
        ]
        #expect(Self.value.text(.pretty) == lines.joined(separator: "\n"))
    }

    @Test(arguments: UInt64(0)..<20)
    func whatIsWrittenIsReadBack(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        for _ in 0..<30 {
            let value = Self.value(&random, depth: 3)
            for layout in [JSONLayout.compact, .pretty] { #expect(try JSON.parse(value.serialized(layout)) == value) }
            // Canonical text is its own canonical text.
            let canonical = value.serialized(.canonical)
            #expect(try JSON.parse(canonical).serialized(.canonical) == canonical)
        }
    }

    private static func value(_ random: inout SplitMix, depth: Int) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(random.isTrue(oneIn: 2))
        case 2: return .number(random.pick(["0", "-1", "1.50", "2e5", "12345678901234567890"]))
        case 3, 4: return .string(random.text(8))
        case 5: return .array((0..<Int.random(in: 0...3, using: &random)).map { _ in value(&random, depth: depth - 1) })
        default:
            return .object(
                (0..<Int.random(in: 0...3, using: &random)).map { index in
                    JSON.Member("\(index)" + random.text(3), value(&random, depth: depth - 1))
                })
        }
    }
}
