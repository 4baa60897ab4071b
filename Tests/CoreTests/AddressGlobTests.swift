import TestSupport
import Testing

@testable import Core

@Suite("Patterns of addresses")
struct AddressGlobTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var pattern: String
        var yes: [Address] = []
        var no: [Address] = []

        var testDescription: String { pattern }
    }

    private static let column = Address.column("contoso", "Projects_Active", "Cost")
    private static let list = Address.list("contoso", "Projects_Active")

    @Test(arguments: [
        Case(pattern: "**", yes: [column, list, .definition("d"), .profile("p")]),
        Case(pattern: "*", no: [column, list, .definition("d")]),
        Case(pattern: "*/*", yes: [.definition("d"), .profile("p")], no: [list, column]),
        Case(pattern: "column/**", yes: [column], no: [list]),
        Case(pattern: "column/**/Cost", yes: [column], no: [.column("contoso", "A", "Costs")]),
        Case(pattern: "**/Cost", yes: [column, .list("s", "Cost")], no: [list]),
        Case(pattern: "column/*/Projects_*/Cost", yes: [column], no: [.column("contoso", "Orders", "Cost")]),
        Case(pattern: "list/contoso/*Active", yes: [list], no: [.list("contoso", "Active_not")]),
        Case(pattern: "list/contoso/P*_*e", yes: [list], no: [.list("contoso", "Projects_Old")]),
        // `**` is also no segment at all.
        Case(pattern: "list/contoso/Projects_Active/**", yes: [list]),
        Case(pattern: "**/list/**/contoso/**", yes: [list], no: [column]),
        Case(pattern: "list/contoso", no: [list]), Case(pattern: "", no: [list, .definition("d")]),
        // With case, and over the encoded text.
        Case(pattern: "LIST/**", no: [list]), Case(pattern: "list/s/a%20*", yes: [.list("s", "a b")]),
    ])
    func patterns(_ c: Case) {
        for address in c.yes { #expect(AddressGlob(c.pattern).matches(address), "\(address.text)") }
        for address in c.no { #expect(!AddressGlob(c.pattern).matches(address), "\(address.text)") }
    }

    /// The matcher goes back to one star only. One that tries everything says the same.
    @Test(arguments: UInt64(0)..<20)
    func saysWhatTryingEverythingSays(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<50 {
            let pattern = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                random.pick(["*", "**", "a", "b", "a*", "*b", "a*b", "*a*"])
            }
            let segments = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                (0..<Int.random(in: 1...4, using: &random)).map { _ in random.pick(["a", "b"]) }.joined()
            }
            let text = segments.joined(separator: "/")
            #expect(
                AddressGlob(pattern.joined(separator: "/")).matches(text: text)
                    == Self.matches(pattern[...], segments[...]), "\(pattern) \(text)")
        }
    }

    private static func matches(_ pattern: ArraySlice<String>, _ segments: ArraySlice<String>) -> Bool {
        guard let part = pattern.first else { return segments.isEmpty }
        if part == "**" {
            return (segments.startIndex...segments.endIndex).contains { matches(pattern.dropFirst(), segments[$0...]) }
        }
        guard let segment = segments.first else { return false }
        return fits(Array(part)[...], Array(segment)[...]) && matches(pattern.dropFirst(), segments.dropFirst())
    }

    private static func fits(_ part: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
        guard let first = part.first else { return text.isEmpty }
        if first == "*" { return (text.startIndex...text.endIndex).contains { fits(part.dropFirst(), text[$0...]) } }
        return text.first == first && fits(part.dropFirst(), text.dropFirst())
    }

    /// A pattern of many stars from a command line takes no time.
    @Test func manyStarsTakeNoTime() {
        let pattern = String(repeating: "*a", count: 60) + "b"
        #expect(!AddressGlob(pattern).matches(text: String(repeating: "a", count: 600)))
    }
}
