import Core
import Testing

@testable import Manifests

@Suite("YAML 1.2 core schema")
struct YAMLTests {
    static let scalars: [(String, YAMLScalar.Resolved)] = [
        ("", .null), ("~", .null), ("null", .null), ("Null", .null), ("NULL", .null), ("nULL", .text),
        ("true", .boolean(true)), ("True", .boolean(true)), ("TRUE", .boolean(true)), ("tRUE", .text),
        ("false", .boolean(false)), ("False", .boolean(false)), ("FALSE", .boolean(false)),
        ("yes", .text), ("no", .text), ("on", .text), ("off", .text), ("y", .text), ("n", .text),
        ("0", .integer), ("-12", .integer), ("+12", .integer), ("007", .integer), ("0o17", .integer), ("0o8", .text),
        ("0x1F", .integer), ("0xg", .text), ("0x", .text), ("0b1", .text), ("1_000", .text), ("12:30", .text),
        ("1.5", .decimal), (".5", .decimal), ("1.", .decimal), ("1e3", .decimal), ("-1.5E-3", .decimal), ("1e", .text),
        (".inf", .decimal), ("-.INF", .decimal), ("+.Inf", .decimal), (".nan", .decimal), ("-.nan", .text),
        (".", .text),
        ("-", .text), ("+", .text), ("2027-03-31", .text), ("1.2.3", .text), ("=", .text), ("<<", .text),
    ]

    @Test(arguments: scalars) func resolves(text: String, expected: YAMLScalar.Resolved) {
        #expect(CoreSchema.resolve(text) == expected)
    }

    @Test func readsIntegersOfEveryBase() {
        #expect(CoreSchema.integer("0x1F") == 31)
        #expect(CoreSchema.integer("0o17") == 15)
        #expect(CoreSchema.integer("007") == 7)
        #expect(CoreSchema.integer("+5") == 5)
        #expect(CoreSchema.integer("99999999999999999999") == nil)
        #expect(CoreSchema.number("0x1F") == 31)
        #expect(CoreSchema.number("1.") == 1)
        #expect(CoreSchema.number(".5") == 0.5)
        #expect(CoreSchema.number(".inf") == nil)
    }

    func parse(_ text: String) throws -> YAMLNode {
        var diagnostics = Diagnostics()
        let documents = YAMLParser.documents(of: SourceText(file: "x", bytes: Array(text.utf8)), &diagnostics)
        #expect(diagnostics.isEmpty)
        return try #require(documents?.first)
    }

    @Test func keepsPlacesInCharacters() throws {
        let node = try parse("ä: 𝄞x\nlist:\n  - one\n  - 'two'\n")
        #expect(node["ä"]?.range == SourceRange(file: "x", line: 1, column: 4, length: 2))
        #expect(node["list"]?.sequence?.last?.range == SourceRange(file: "x", line: 4, column: 5, length: 5))
        #expect(node.entry("list")?.keyRange == SourceRange(file: "x", line: 2, column: 1, length: 4))
    }

    @Test func quotesMakeText() throws {
        let node = try parse("a: '5'\nb: !!str 5\nc: ! 5\nd: !!int \"5\"\ne: |\n  true\n")
        #expect(node["a"]?.scalar?.resolved == .text)
        #expect(node["b"]?.scalar?.resolved == .text)
        #expect(node["c"]?.scalar?.resolved == .text)
        #expect(node["d"]?.integerValue == 5)
        #expect(node["e"]?.textValue == "true\n")
    }

    @Test func repeatsWhatAliasesName() throws {
        let node = try parse("a: &a { x: 1 }\nb: *a\nc: [*a, *a]\n? &k key\n: *k\n")
        #expect(node["b"] == node["a"])
        #expect(node["c"]?.sequence?.count == 2)
        #expect(node["key"]?.textValue == "key")
    }

    @Test func anchorsEndWithTheirDocument() {
        var diagnostics = Diagnostics()
        let text = SourceText(file: "x", bytes: Array("a: &a 1\n---\nb: *a\n".utf8))
        #expect(YAMLParser.documents(of: text, &diagnostics) == nil)
        #expect(diagnostics.all.map(\.code) == [.yamlAlias])
    }

    @Test func aFileHasSeveralDocuments() throws {
        var diagnostics = Diagnostics()
        let text = SourceText(file: "x", bytes: Array("--- a\n---\n--- b\n...\n# nothing\n".utf8))
        let documents = try #require(YAMLParser.documents(of: text, &diagnostics))
        #expect(documents.compactMap(\.textValue) == ["a", "b"])
    }
}
