import Testing

@testable import Core

/// Which registration a definition of the manifests takes over, by its name and its earlier ones.
@Suite("Earlier names of definitions")
struct EarlierNameTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// Names that are registered, and that were forgotten. The id of each is its name in upper case.
        var registered: [String] = []
        var forgotten: [String] = []
        /// What the manifests have: a name and its earlier ones.
        var wanted: [(String, [String])]
        /// `name = id` of each that is found, then the codes of what is said.
        var expected: [String]

        var testDescription: String { name }
    }

    private static func definition(_ name: String, _ earlier: [String]) -> SyncDefinition {
        SyncDefinition(
            name: name, renamedFrom: earlier.map { Located($0) }, sourceProfile: "p",
            table: TableName(schema: nil, name: "t"), siteProfile: "s", sharding: ShardingPolicy(rules: []),
            deletes: .propagate)
    }

    private static func registered(_ name: String, isForgotten: Bool = false) -> RegisteredDefinition {
        var registered = RegisteredDefinition(id: name.uppercased(), name: name, prefix: name)
        registered.isForgotten = isForgotten
        return registered
    }

    @Test(arguments: [
        Case(name: "none", registered: ["a"], wanted: [("a", [])], expected: ["a = A"]),
        Case(name: "renamed", registered: ["a"], wanted: [("b", ["a"])], expected: ["b = A was a"]),
        Case(name: "renamed long ago", registered: ["b"], wanted: [("b", ["a"])], expected: ["b = B"]),
        Case(name: "twice renamed", registered: ["a"], wanted: [("c", ["b", "a"])], expected: ["c = A was a"]),
        Case(
            name: "both names are there", registered: ["a", "b"], wanted: [("b", ["a"])],
            expected: ["a = A", "b = B", "warning AMBIGUOUS_RENAME"]),
        Case(
            name: "two could be meant", registered: ["a", "b"], wanted: [("c", ["a", "b"])],
            expected: ["a = A", "b = B", "error AMBIGUOUS_RENAME"]),
        Case(
            name: "mistyped", registered: ["projects"], wanted: [("things", ["project"])],
            expected: ["projects = PROJECTS", "warning DANGLING_RENAME"]),
        Case(name: "nothing was ever applied", wanted: [("b", ["a"])], expected: []),
        Case(name: "taken back", forgotten: ["a"], wanted: [("a", [])], expected: ["a = A again"]),
        Case(
            name: "renamed after it was forgotten", registered: ["x"], forgotten: ["a"], wanted: [("b", ["a"])],
            expected: ["b = A was a again", "x = X"]),
        Case(
            name: "the new name was forgotten once", registered: ["a"], forgotten: ["b"], wanted: [("b", ["a"])],
            expected: ["b = A was a"]),
        Case(
            name: "two renamed at once", registered: ["a", "b"], wanted: [("c", ["a"]), ("d", ["b"])],
            expected: ["c = A was a", "d = B was b"]),
    ])
    func takesOver(_ c: Case) {
        let registry = Registry(
            metaStoreID: "m", definitions: c.registered.map { Self.registered($0) },
            forgotten: c.forgotten.map { Self.registered($0, isForgotten: true) })
        var diagnostics = Diagnostics()
        let named = registry.named(by: c.wanted.map(Self.definition), &diagnostics)
        let found = named.definitions.map { one in
            "\(one.name) = \(one.id)" + (one.formerName.map { " was \($0)" } ?? "") + (one.isForgotten ? " again" : "")
        }
        #expect(
            found + diagnostics.all.map { "\($0.severity.rawValue) \($0.code.rawValue)" } == c.expected)
    }

    @Test func saysWhichNameWasProbablyMeant() {
        let registry = Registry(metaStoreID: "m", definitions: [Self.registered("projects")])
        var diagnostics = Diagnostics()
        _ = registry.named(by: [Self.definition("things", ["project"])], &diagnostics)
        #expect(diagnostics.all.first?.help == "did you mean \"projects\"?")
    }
}
