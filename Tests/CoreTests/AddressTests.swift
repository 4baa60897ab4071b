import Testing

@testable import Core

@Suite("Addresses")
struct AddressTests {
    static let all: [(Address, String)] = [
        (.profile("contoso"), "profile/contoso"), (.definition("projects"), "definition/projects"),
        (.list("contoso", "Projects_Active"), "list/contoso/Projects_Active"),
        (.list("contoso", "Größe & co"), "list/contoso/Gr%c3%b6%c3%9fe%20%26%20co"),
        (.column("contoso", "A/B", "ProjectCost"), "column/contoso/A%2fB/ProjectCost"),
        (.rows("projects", in: nil), "rows/projects"),
        (.rows("projects", "contoso", "Projects_Active"), "rows/projects/contoso/Projects_Active"),
        (.row("projects", key: ["42"]), "row/projects/42"),
        (.row("stays", key: ["2013", "1", "a/b", "", "100%"]), "row/stays/2013/1/a%2fb//100%25"),
    ]

    @Test(arguments: all) func whatIsPrintedIsRead(address: Address, text: String) throws {
        #expect(address.text == text)
        #expect(try Address(parsing: text) == address)
        #expect(Address.Kind(beginning: text) == address.kind)
    }

    /// People type what needs no encoding as it is, and other programs encode more than is needed.
    @Test func otherSpellingsAreTheSameAddress() throws {
        #expect(try Address(parsing: "list/contoso/Projects Active") == .list("contoso", "Projects Active"))
        #expect(try Address(parsing: "list/contoso/Gr%C3%B6%C3%9Fe").text == "list/contoso/Gr%c3%b6%c3%9fe")
        #expect(try Address(parsing: "row/%70rojects/42") == .row("projects", key: ["42"]))
    }

    @Test(arguments: [
        ("", Address.Malformed.kind), ("projects", .kind), ("Row/projects/42", .kind), ("/row/projects/42", .kind),
        ("definition", .parts(.definition)), ("definition/a/b", .parts(.definition)), ("list/contoso", .parts(.list)),
        ("column/contoso/A", .parts(.column)), ("rows/projects/contoso", .parts(.rows)), ("row/projects", .parts(.row)),
        ("row/projects/%zz", .encoding), ("row/projects/%c3", .encoding), ("profile/100%", .encoding),
    ])
    func whatIsNoAddressSaysWhy(text: String, reason: Address.Malformed) {
        #expect(throws: reason) { try Address(parsing: text) }
        #expect(reason.reason.hasPrefix("it ") || reason.reason.hasPrefix("a part of it "))
    }

    /// The order is that of the texts, so that a report is sorted as a reader would sort it.
    @Test func addressesAreSortedAsTheyRead() {
        let addresses = Self.all.map(\.0)
        #expect(
            addresses.sorted().map(\.text)
                == addresses.map(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }

    /// Two lists may differ by nothing else.
    @Test func theUnicodeFormOfANameCounts() {
        let composed = Address.list("contoso", "Gr\u{F6}\u{DF}e")
        let decomposed = Address.list("contoso", "Gro\u{308}\u{DF}e")
        #expect(composed != decomposed && Set([composed, decomposed]).count == 2)
        #expect(composed.text != decomposed.text)
    }

    @Test func aPatternMayBeAboutOneKind() {
        #expect(AddressGlob("column/contoso/**").kind == .column)
        #expect(AddressGlob("**").kind == nil && AddressGlob("*/contoso").kind == nil)
    }
}
