import Core
import Testing

@Suite("Column names")
struct NamingTests {
    @Test(arguments: ["Title", "Cost", "Project_Cost", "A", "Abcd1", "ABCD2024", "F_1", "LookupIdX"]) func legal(
        name: String
    ) {
        #expect(ColumnNames.problem(with: name) == nil)
    }

    @Test(arguments: [
        "", "title", "TITLE", "1a", "_a", "a b", "a-b", "ä", "A1", "FY2024", "ABC9", "true", "FALSE", "XLookupId",
        "ID", "Id", "created", "Author", "Description", "Order", "GUID", "SyncBridgeKey",
        "abcdefghijklmnopqrstuvwxyz_123456",
    ]) func illegal(name: String) {
        #expect(ColumnNames.problem(with: name) != nil)
    }

    @Test func automaticNames() {
        let sources = ["id", "name", "project cost", "1st", "größe", "a1", "Name", "created", "xlookupid"]
        let names = ColumnNames.automatic(for: sources, of: "t", taken: ["Title"])
        #expect(names["name"] == "name")
        #expect(names["project cost"] == "project_cost")
        #expect(names["1st"] == "F_1st")
        #expect(names["größe"] == "gr__e")
        #expect(names["a1"] == "t_a1")
        #expect(names["Name"] == "t_Name", "collides with an earlier column but for case")
        #expect(names["id"] == "t_id")
        for name in names.values { #expect(ColumnNames.problem(with: name) == nil, "\(name)") }
        #expect(Set(names.values.map { $0.lowercased() }).count == sources.count)
    }

    @Test func longNamesAreCut() {
        let long = String(repeating: "abcdefghij", count: 4)
        let name = ColumnNames.automatic(for: [long], of: "t")[long]
        // base32 of the SHA-256 of the source name, by coreutils: sha256sum | xxd -r -p | base32
        #expect(name == "abcdefghijabcdefghijabcde_s2ziry")
    }

    @Test func storedNamesStay() {
        let names = ColumnNames.automatic(for: ["a", "b"], of: "t", stored: ["b": "a", "gone": "x"])
        #expect(names["b"] == "a")
        #expect(names["a"] == "t_a")
    }

    @Test(arguments: [
        ("project_cost", "Project cost"), ("ProjectCost", "Project cost"), ("id", "Id"), ("URL", "URL"),
        ("customer-URL", "Customer URL"), ("__x__y", "X y"), ("_", "_"), ("started_on", "Started on"),
        ("größe", "Größe"),
    ]) func words(source: String, expected: String) {
        #expect(ColumnNames.displayWords(of: source) == expected)
    }
}
