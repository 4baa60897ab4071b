import Testing

@testable import Core

/// The table of default column types.
@Suite("Column types that nobody named")
struct DefaultTypeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var source: SourceType
        var transforms: [Transform] = []
        var kind = ValueKind.text
        var target = "C"
        var isIndexed = false
        /// What a CHECK of the column allows.
        var allowed: [String]?
        var words: String

        var testDescription: String { "\(source) \(transforms) \(target) → \(words)" }
    }

    private func expect(_ c: Case) {
        let field = Field(
            origin: .column("c"), target: c.target, indexed: c.isIndexed, transforms: c.transforms.map { Located($0) })
        var column = SourceColumn("c", c.source)
        column.allowedValues = c.allowed
        let type = DefaultType.choose(for: field, c.source, column, kind: c.kind)
        #expect(type.words == c.words)
    }

    @Test(arguments: [
        Case(source: .smallint, kind: .number, words: "number, no decimals"),
        Case(source: .integer, kind: .number, words: "number, no decimals"),
        Case(source: .bigint, kind: .number, words: "number, no decimals"),
        Case(source: .numeric(precision: 12, scale: 2), kind: .number, words: "number, two decimals"),
        Case(source: .numeric(precision: 12, scale: 0), kind: .number, words: "number, no decimals"),
        Case(source: .numeric(precision: 12, scale: 6), kind: .number, words: "number"),
        Case(source: .numeric(precision: nil, scale: nil), kind: .number, words: "number"),
        Case(source: .double, kind: .number, words: "number"), Case(source: .real, kind: .number, words: "number"),
        Case(source: .money, kind: .number, words: "currency (en-us)"),
        Case(source: .boolean, kind: .boolean, words: "yes/no"), Case(source: .date, kind: .date, words: "date"),
        Case(source: .timestamp, kind: .timestamp(zoned: false), words: "date and time"),
        Case(source: .timestamptz, kind: .timestamp(zoned: true), words: "date and time"),
        Case(source: .uuid, words: "single-line text (255)"), Case(source: .inet, words: "single-line text (255)"),
        Case(source: .interval, words: "single-line text (255)"), Case(source: .oid, words: "single-line text (255)"),
        Case(source: .text, words: "multi-line text"), Case(source: .json, kind: .json, words: "multi-line text"),
        Case(source: .xml, words: "multi-line text"), Case(source: .bytea, words: "multi-line text"),
        Case(source: .varchar(length: 255), words: "single-line text (255)"),
        Case(source: .varchar(length: 256), words: "multi-line text"),
        Case(source: .varchar(length: nil), words: "multi-line text"),
        Case(source: .char(length: 3), words: "single-line text (255)"),
        Case(source: .char(length: 300), words: "multi-line text"),
    ])
    func plainTypes(_ c: Case) { expect(c) }

    private static func enumeration(_ labels: String...) -> SourceType {
        .enumeration(schema: "public", name: "e", labels: labels)
    }

    @Test(arguments: [
        Case(source: enumeration("a", "b"), words: "choice of 2"),
        Case(source: enumeration("a", ""), words: "single-line text (255)"),
        Case(source: enumeration("a", "b\nc"), words: "single-line text (255)"),
        Case(source: enumeration("a", String(repeating: "x", count: 256)), words: "single-line text (255)"),
        Case(source: .array(enumeration("a", "b")), kind: .list, words: "multi-choice of 2"),
        Case(source: .array(.text), kind: .list, words: "multi-choice of 0"),
        Case(source: .array(.text), kind: .json, words: "multi-line text"),
        Case(source: .text, allowed: ["x", "y", "z"], words: "choice of 3"),
        Case(source: .text, allowed: [], words: "multi-line text"),
        Case(source: .text, allowed: ["x", ""], words: "multi-line text"),
        Case(source: .integer, kind: .number, allowed: ["1", "2"], words: "number, no decimals"),
    ])
    func choices(_ c: Case) { expect(c) }

    @Test(arguments: [
        Case(source: .text, target: "Title", words: "single-line text (255)"),
        Case(source: .integer, kind: .number, target: "Title", words: "single-line text (255)"),
        Case(source: enumeration("a"), target: "Title", words: "single-line text (255)"),
        Case(source: .text, isIndexed: true, words: "single-line text (255)"),
        Case(source: .integer, kind: .number, isIndexed: true, words: "number, no decimals"),
    ])
    func titleAndIndices(_ c: Case) { expect(c) }

    @Test(arguments: [
        Case(source: .text, transforms: [.truncate(255)], words: "single-line text (255)"),
        Case(source: .text, transforms: [.truncate(256)], words: "multi-line text"),
        Case(source: .text, transforms: [.trim], words: "multi-line text"),
        Case(source: .varchar(length: 20), transforms: [.uppercase], words: "single-line text (255)"),
        Case(source: .integer, transforms: [.castToString], words: "single-line text (255)"),
        Case(source: .text, transforms: [.castToString], words: "multi-line text"),
        Case(source: .timestamptz, transforms: [.dateFormat("yyyy")], words: "single-line text (255)"),
        Case(source: .varchar(length: 20), transforms: [.jsonStringify], words: "multi-line text"),
        Case(source: .array(.text), transforms: [.join(", ")], words: "multi-line text"),
        Case(source: .array(.text), transforms: [.join(", "), .truncate(100)], words: "single-line text (255)"),
        Case(source: .double, transforms: [.round(2)], kind: .number, words: "number, two decimals"),
        Case(source: .double, transforms: [.round(2), .scale("10")], kind: .number, words: "number, two decimals"),
        Case(source: .double, transforms: [.round(3), .round(0)], kind: .number, words: "number, no decimals"),
        Case(source: .double, transforms: [.round(9)], kind: .number, words: "number"),
        Case(source: .integer, transforms: [.scale("0.01")], kind: .number, words: "number"),
        Case(source: .text, transforms: [.castToBoolean], kind: .boolean, words: "yes/no"),
        Case(source: .timestamptz, transforms: [.dateOnly], kind: .date, words: "date"),
        Case(source: .text, transforms: [.trim], target: "Title", words: "single-line text (255)"),
    ])
    func transformed(_ c: Case) { expect(c) }
}
