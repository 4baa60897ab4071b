import Testing

@testable import Core

/// Names that an earlier apply gave to columns of the source, and what may take them away.
@Suite("Stored names of columns")
struct StoredNameTests {
    private static func targets(_ columns: [String], stored: [String: String], fields: [Field] = []) -> [String: String]
    {
        let definition = SyncDefinition(
            name: "d", sourceProfile: "p", table: TableName(schema: nil, name: "t"), siteProfile: "s",
            sharding: ShardingPolicy(defaultList: Located("A")), mapping: Mapping(auto: AutoMapping(), fields: fields),
            deletes: .propagate)
        let relation = SourceRelation(
            schema: "public", name: "t", kind: .table,
            columns: [SourceColumn("key", .bigint)] + columns.map { SourceColumn($0, .text) }, primaryKey: ["key"])
        let bound = Binder.bind(definition, to: relation, zone: .utc, storedNames: stored).bound
        return Dictionary((bound?.fields ?? []).map { ($0.sourceColumn ?? "", $0.target) }) { "\($0), \($1)" }
    }

    @Test func titleStaysWithTheColumnThatHasIt() {
        let targets = Self.targets(["name", "title"], stored: ["name": "Title"])
        #expect(targets["name"] == "Title")
        #expect(targets["title"] == "t_title")
        #expect(Self.targets(["name", "title"], stored: [:])["title"] == "Title")
    }

    @Test func aNameThatAFieldTookIsNotGivenTwice() {
        let field = Field(origin: .column("full_name"), target: "Title")
        let targets = Self.targets(["full_name", "name"], stored: ["name": "Title"], fields: [field])
        #expect(targets["full_name"] == "Title" && targets["name"] == "name")
        let other = Self.targets(["b", "a"], stored: ["a": "X", "b": "X"])
        #expect(Set(other.values).count == 3)
    }
}
