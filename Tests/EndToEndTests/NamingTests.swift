import Core
import Testing

@Suite("Names and titles end to end", .serialized)
struct NamingTests {
    private static func manifest(_ table: String, _ spec: String = "") -> String {
        """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: \(table) }
        spec:
          source: { table: public.\(table) }
          target: { list: L\(table) }
          deletes: PROPAGATE
        \(spec)
        """
    }

    /// Columns that SharePoint would rename, refuse or take for one.
    @Test func oddColumnsGetNamesThatLast() async throws {
        let odd = [
            "ID2", "created", "Author", "FY2024", "true", "customerLookupId", "Cost", "cost", "größe", "grüße", "_x",
            "9lives",
            "with space", "a_column_name_that_is_much_too_long_for_sharepoint",
            "a_column_name_that_is_much_too_long_for_sharepoint2",
            "Title", "description", "semi;colon", "quo\"\"te", "SyncBridgeKey", "x", "日本",
        ]
        let columns = odd.map { "\"\($0)\" text" }.joined(separator: ", ")
        let values = odd.indices.map { "'v\($0)'" }.joined(separator: ", ")
        let tables = "CREATE TABLE odd (id int PRIMARY KEY, \(columns)); INSERT INTO odd VALUES (1, \(values));"
        try await World.with("names", tables: tables) { world in
            try world.write(Self.manifest("odd"))
            try await world.apply()
            let item = try #require(try world.items("Lodd").first)
            let fields = item.fields.filter { $0.value.string?.hasPrefix("v") == true }
            #expect(Set(fields.values.compactMap(\.string)) == Set(odd.indices.map { "v\($0)" }))
            // Names are legal, short, and differ by more than case.
            #expect(fields.keys.allSatisfy { $0.utf8.count <= 32 })
            #expect(Set(fields.keys.map { $0.lowercased() }).count == odd.count)
            #expect(fields["Cost"]?.string == "v6" && fields["x"]?.string == "v20")
            #expect(fields["F_9lives"]?.string == "v11" && fields["gr__e"]?.string == "v8")

            // A column that would now get the name of another keeps away from it; every name stays.
            try await world.sql("ALTER TABLE odd DROP COLUMN \"Cost\"; UPDATE odd SET cost = 'v7b'")
            try await world.apply()
            let after = try #require(try world.items("Lodd").first)
            let name = try #require(fields.first { $0.value.string == "v7" }?.key)
            #expect(after.fields[name]?.string == "v7b")
        }
    }

    @Test func titlesComeFromTitleThenNameThenTheKey() async throws {
        let tables = """
            CREATE TABLE twofold (id int PRIMARY KEY, name text, title text); INSERT INTO twofold VALUES (1, 'n', 't');
            CREATE TABLE named (id int PRIMARY KEY, name varchar(300));
            INSERT INTO named VALUES (1, 'n'), (2, repeat('x', 256)), (3, NULL);
            CREATE TABLE neither (a text, b text, v int, PRIMARY KEY (a, b));
            INSERT INTO neither VALUES ('A/b', 'ü', 1), (E'two\\nlines', '', 1), (repeat('😀', 200), 'x', 1), ('a', repeat('b', 300), 1);
            CREATE TABLE numbered (id int PRIMARY KEY, title int); INSERT INTO numbered VALUES (1, 5);
            """
        try await World.with("titles", tables: tables) { world in
            try world.write(
                ["twofold", "named", "neither", "numbered"].map { Self.manifest($0) }.joined(separator: "\n---\n"))
            let rejects = try await world.plan()["dataChanges"]?.array?.flatMap { $0["rejects"]?.array ?? [] } ?? []
            #expect(rejects.map { $0["code"]?.string } == ["TEXT_TOO_LONG"])
            #expect(rejects.map { $0["field"]?.string } == ["Title"])
            try await world.apply()
            let both = try #require(try world.items("Ltwofold").first)
            #expect(both.fields["Title"] == "t" && both.fields["name"] == "n")
            let named = try world.items("Lnamed")
            #expect(named.count == 2)
            #expect(named.first { $0.key == "named/1" }?.fields["Title"] == "n")
            #expect(named.first { $0.key == "named/3" }?.fields["Title"]?.string ?? "" == "")
            #expect(try columns(world, list: "Lnamed")["Title"]?["required"] == false)
            let titles = Set(try world.items("Lneither").compactMap { $0.fields["Title"]?.string })
            #expect(
                titles == [
                    "A/b ü", "two lines ", String(repeating: "😀", count: 127),
                    "a " + String(repeating: "b", count: 253),
                ])
            let number = try #require(try world.items("Lnumbered").first)
            #expect(number.fields["Title"] == "1")

            // From then on the title is the people's.
            let site = try world.siteID()
            let lists = try JSON.parse(world.person("GET", "/sites/\(site)/lists").body)["value"]?.array ?? []
            let list = try #require(lists.first { $0["name"]?.string == "Lnumbered" }?["id"]?.string)
            world.person("PATCH", "/sites/\(site)/lists/\(list)/items/\(number.id)/fields", ["Title": "Kim's"])
            try await world.sql("UPDATE numbered SET title = 6")
            try await world.apply()
            #expect(try world.items("Lnumbered").first?.fields["Title"] == "Kim's")
        }
    }
}
