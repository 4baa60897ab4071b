import TestSupport
import Testing

@testable import Core

@Suite("Reading JSON")
struct JSONParserTests {
    // MARK: Limits and places

    @Test func nestsAsDeepAsItMayAndNoDeeper() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try JSON.parse(nested(128)) }
        #expect(throws: JSONError.self) { try JSON.parse(nested(129)) }
        #expect(throws: Never.self) { try JSON.parse(nested(3), depthMax: 3) }
        let error = #expect(throws: JSONError.self) { try JSON.parse(nested(4), depthMax: 3) }
        #expect(error == JSONError(reason: "more than 3 nested arrays and objects", byteOffset: 3))
        // Beside one another they are not within one another.
        #expect(throws: Never.self) { try JSON.parse("[[],[],[{}],{\"a\":[]}]", depthMax: 3) }
    }

    struct Broken: Sendable, CustomTestStringConvertible {
        var text: String
        var reason: String
        var at: Int

        var testDescription: String { text }
    }

    @Test(arguments: [
        Broken(text: "", reason: "the text ends too early", at: 0),
        Broken(text: "  ", reason: "the text ends too early", at: 2),
        Broken(text: "[1", reason: "a comma or a closing bracket is missing", at: 2),
        Broken(text: "[1,", reason: "the text ends too early", at: 3),
        Broken(text: "[1,]", reason: "an unexpected character", at: 3),
        Broken(text: "{\"a\"}", reason: "a colon is missing", at: 4),
        Broken(text: "{a:1}", reason: "a name is missing", at: 1),
        Broken(text: "{\"a\":1,}", reason: "a name is missing", at: 7),
        Broken(text: "{\"a\":1", reason: "a comma or a closing brace is missing", at: 6),
        Broken(text: "tru", reason: "an unknown word", at: 0), Broken(text: "nulL", reason: "an unknown word", at: 0),
        Broken(text: "1 1", reason: "something follows the value", at: 2),
        Broken(text: "01", reason: "something follows the value", at: 1),
        Broken(text: "-", reason: "a digit is missing", at: 1), Broken(text: "1.", reason: "a digit is missing", at: 2),
        Broken(text: ".5", reason: "an unexpected character", at: 0),
        Broken(text: "1e", reason: "a digit is missing", at: 2),
        Broken(text: "1e+", reason: "a digit is missing", at: 3),
        Broken(text: "+1", reason: "an unexpected character", at: 0),
        Broken(text: "NaN", reason: "an unexpected character", at: 0),
        Broken(text: "\"abc", reason: "a string does not end", at: 4),
        Broken(text: "\"a\\", reason: "a string does not end", at: 3),
        Broken(text: "\"a\nb\"", reason: "a control character inside a string", at: 2),
        Broken(text: "\"\\x\"", reason: "an unknown escape", at: 3),
        Broken(text: "\"\\u12\"", reason: "a short \\u escape", at: 3),
        Broken(text: "\"\\u12g4\"", reason: "a bad \\u escape", at: 3),
        Broken(text: "\"\\ud800x\"", reason: "half a surrogate pair", at: 7),
        Broken(text: "\"\\udc00\"", reason: "half a surrogate pair", at: 7),
        Broken(text: "\"\\ud800\\u0041\"", reason: "half a surrogate pair", at: 13),
    ])
    func saysWhatIsWrongAndWhere(_ c: Broken) {
        let error = #expect(throws: JSONError.self) { try JSON.parse(c.text) }
        #expect(error == JSONError(reason: c.reason, byteOffset: c.at))
    }

    /// A message is shown and logged: nothing of the text may be in it.
    @Test func anErrorQuotesNothing() {
        let error = #expect(throws: JSONError.self) { try JSON.parse("{\"password\": hunter2}") }
        #expect(error?.description == "not JSON: an unexpected character at byte 13")
    }

    @Test func everyPrefixOfATextIsRefused() throws {
        let text = Array(#"{"a":[1,-2.5e3,true,null,"é\u00e9\ud83d\ude00"],"b":{}}"#.utf8)
        #expect(throws: Never.self) { try JSON.parse(text) }
        for length in 0..<text.count {
            #expect(throws: JSONError.self) { try JSON.parse(Array(text.prefix(length))) }
        }
    }

    // MARK: Values

    @Test(arguments: [
        ("0", 0 as Int?), ("-0", 0), ("42", 42), ("42.0", 42), ("4.2e1", 42), ("4.25", nil), ("1e400", nil),
        ("9223372036854775807", .max), ("-9223372036854775808", .min), ("9223372036854775808", nil), ("\"1\"", nil),
    ])
    func integers(text: String, expected: Int?) throws { #expect(try JSON.parse(text).integer == expected) }

    /// More digits than a double has stay as they are.
    @Test(arguments: ["12345678901234567890.123456789", "1E400", "-0", "1.50", "1e-7"])
    func numbersKeepTheirText(text: String) throws {
        #expect(try JSON.parse(text) == .number(text))
        #expect(try JSON.parse(text).text() == text)
    }

    @Test func blanksAndAByteOrderMarkAreNothing() throws {
        #expect(try JSON.parse(" \t\r\n[ 1 , { \"a\" : 2 } ] \n") == [1, ["a": 2]])
        #expect(try JSON.parse([0xEF, 0xBB, 0xBF] + Array("7".utf8)) == 7)
        #expect(throws: JSONError.self) { try JSON.parse("\u{A0}1") }
    }

    @Test func ofMembersWithOneNameTheFirstIsFoundAndAllAreKept() throws {
        let value = try JSON.parse(#"{"a":1,"a":2}"#)
        #expect(value["a"] == 1 && value.members?.count == 2)
        #expect(value["b"] == nil && JSON.null["a"] == nil && JSON.array([value])["a"] == nil)
    }

    @Test func aValueIsOfOneKindOnly() {
        let all: [JSON] = [.null, true, 1, "x", [1], ["a": 1]]
        for (index, value) in all.enumerated() {
            let kinds = [
                value.isNull, value.bool != nil, value.double != nil, value.string != nil, value.array != nil,
                value.members != nil,
            ]
            #expect(kinds == (0..<6).map { $0 == index })
        }
    }

    @Test func whatJSONLacksIsNull() {
        #expect(JSON.number(Double.nan) == .null && JSON.number(-Double.infinity) == .null)
        #expect(JSON.number(0.1) == .number("0.1") && JSON.number(Int64.min).text() == "-9223372036854775808")
    }
}
