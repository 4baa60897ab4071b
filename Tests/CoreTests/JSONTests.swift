import Testing

@testable import Core

@Suite("JSON")
struct JSONTests {
    @Test(arguments: [
        (0.1, "0.1"), (-0.0, "0"), (1e21, "1e+21"), (1e20, "100000000000000000000"), (123456.75, "123456.75"),
        (1e-6, "0.000001"), (1e-7, "1e-7"), (Double.leastNonzeroMagnitude, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9_007_199_254_740_992, "9007199254740992"), (-2.5, "-2.5"), (1.25e-9, "1.25e-9"), (100, "100"),
    ])
    func numbersAreSpelledAsECMAScriptDoes(value: Double, expected: String) {
        #expect(ShortestDecimal.text(value) == expected)
    }

    @Test func readsWhatItWrites() throws {
        let text = #"{"b":[1,2.50,true,null],"a":"tab\t quote\" \u00e9 \ud83d\ude00","":{}}"#
        let value = try JSON.parse(text)
        #expect(try JSON.parse(value.serialized(.pretty)) == value)
        #expect(value.text(.canonical) == #"{"":{},"a":"tab\t quote\" é 😀","b":[1,2.5,true,null]}"#)
    }

    @Test(arguments: [
        "", "{", "[1,]", "01", "1.", "nul", "\"\\x\"", "\"\\ud800\"", "{\"a\" 1}", "1 2", "\"\u{1}\"",
        String(repeating: "[", count: 200),
    ])
    func refuses(text: String) {
        #expect(throws: JSONError.self) { try JSON.parse(text) }
    }

    @Test func handsOnElementsOneByOne() throws {
        let text = #"{"value":"none","more":[7],"value":[1,{"value":[2]},[]],"last":null}"#
        var elements: [JSON] = []
        let rest = try JSON.parse(Array(text.utf8), elementsOf: "value") { elements.append($0) }
        #expect(elements == [1, ["value": [2]], []])
        #expect(rest == ["value": "none", "more": [7], "value": [], "last": .null])
        // A text that is cut is no text, whatever came before.
        #expect(throws: JSONError.self) { try JSON.parse(Array(text.utf8.dropLast()), elementsOf: "value") { _ in } }
        #expect(try JSON.parse(Array("[1]".utf8), elementsOf: "value") { _ in Issue.record("an element") } == [1])
    }
}
