import Testing

@testable import Core

/// SPEC §10, auto names. The six characters are Python's, of the SHA-256 of the source name.
@Suite("Names that columns get by themselves")
struct AutomaticNameTests {
    private static func names(_ sources: [String], table: String = "t", taken: [String] = []) -> [String?] {
        let names = ColumnNames.automatic(for: sources, of: table, taken: taken)
        return sources.map { names[$0] }
    }

    @Test(arguments: [
        // Legal as it is.
        ("cost", "cost"), ("Cost_2", "Cost_2"),
        ("abcdefghijklmnopqrstuvwxyz_12345", "abcdefghijklmnopqrstuvwxyz_12345"),
        // Cleaned.
        ("project cost", "project_cost"), ("größe", "gr__e"), ("日本", "F___"), ("1st", "F_1st"), ("_x", "F__x"),
        ("a-b", "a_b"),
        // Legal only behind the table's name.
        ("id", "customers_id"), ("ID", "customers_ID"), ("created", "customers_created"), ("order", "customers_order"),
        ("a1", "customers_a1"), ("FY2024", "customers_FY2024"), ("true", "customers_true"),
        ("title", "customers_title"),
        ("SyncBridgeKey", "customers_SyncBridgeKey"),
        // Not legal there either: the end stays what it is.
        ("customerLookupId", "customerLookupId_cryrxx"),
        ("abcdefghijklmnopqrstuvwxyz_1234567", "abcdefghijklmnopqrstuvwxy_chetwt"),
    ])
    func oneColumn(source: String, expected: String) {
        #expect(Self.names([source], table: "customers") == [expected])
        #expect(ColumnNames.problem(with: expected) == nil)
    }

    @Test func theTablesNameIsCleanedToo() {
        #expect(Self.names(["id"], table: "Kunden (alt)") == ["Kunden__alt__id"])
        #expect(Self.names(["id"], table: "2024") == ["F_2024_id"])
        // Over 32 characters with it.
        #expect(Self.names(["created"], table: "a_table_with_quite_a_long_name") == ["created_ibxp7m"])
    }

    /// Without regard to case; the earlier column, in the table's order, keeps its name.
    @Test func theEarlierColumnKeepsItsName() {
        #expect(Self.names(["name", "Name"]) == ["name", "t_Name"])
        #expect(Self.names(["Name", "name"]) == ["Name", "t_name"])
        #expect(Self.names(["größe", "Größe", "gr__e"])[0] == "gr__e")
        #expect(Self.names(["größe", "Größe"])[1] == "t_Gr__e")
        // What a table of this name would take is taken as well.
        #expect(Self.names(["t_id", "id"]) == ["t_id", "id_uvqukj"])
        #expect(Self.names(["a1", "A1"], table: "x")[0] == "x_a1")
        #expect(Self.names(["a1", "A1"], table: "x")[1]?.hasPrefix("A1_") == true)
    }

    @Test func aNameThatAFieldHasIsTaken() {
        #expect(Self.names(["cost"], taken: ["COST"]) == ["t_cost"])
        #expect(Self.names(["cost"], taken: ["COST", "T_cost"])[0]?.hasPrefix("cost_") == true)
    }

    @Test func aStoredNameStaysAndIsTakenByNobody() {
        let names = ColumnNames.automatic(for: ["id", "t_id", "x"], of: "t", stored: ["x": "t_id", "gone": "t_x"])
        #expect(names["x"] == "t_id")
        #expect(names["t_id"] == "t_t_id")
        #expect(names["id"] == "id_uvqukj")
    }

    @Test func allNamesAreLegalAndDifferent() {
        let sources = [
            "id", "ID", "Id", "iD", "a1", "A1", "title", "Title", "order", "true", "größe", "gr__e", "Gr__e", "1", "_1",
            "F_1",
            "xLookupId", "XlookupID", "", " ", "a b", "a_b", "a-b", String(repeating: "x", count: 40),
            String(repeating: "x", count: 41), "t_id", "description",
        ]
        let names = ColumnNames.automatic(for: sources, of: "t")
        #expect(names.count == sources.count && Set(names.values.map { $0.lowercased() }).count == sources.count)
        for (source, name) in names {
            #expect(ColumnNames.problem(with: name) == nil && name != "Title", "\(source) → \(name)")
        }
    }

    // MARK: Through the binding

    @Test func theBindingNamesTheTable() {
        let definition = SyncDefinition(
            name: "d", sourceProfile: "p", table: TableName(schema: nil, name: "customers"), siteProfile: "s",
            sharding: ShardingPolicy(defaultList: Located("A")), deletes: .propagate)
        let relation = SourceRelation(
            schema: "public", name: "customers", kind: .table,
            columns: [SourceColumn("id", .bigint), SourceColumn("name", .text), SourceColumn("order", .integer)],
            primaryKey: ["id"])
        let bound = Binder.bind(definition, to: relation, zone: .utc).bound
        #expect(bound?.fields.map(\.target) == ["customers_id", "Title", "customers_order"])
        // A stored name stays, whatever the rules say now.
        let stored = Binder.bind(definition, to: relation, zone: .utc, storedNames: ["id": "id_uvqukj"]).bound
        #expect(stored?.fields.first?.target == "id_uvqukj")
    }
}
