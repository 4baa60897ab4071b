import Core
import Testing

@Suite("Types end to end", .serialized)
struct TypeTests {
    /// Row 1 has typical values, rows 2 to 8 the odd ones, 50 none, and each of 100… is there for one change.
    private static var table: String {
        let cases = TypeTable.all
        let writable = cases.filter { $0.setsColumn == nil }
        let names = writable.map(\.name).joined(separator: ", ")
        func row(_ id: Int, _ values: [String]) -> String {
            "INSERT INTO types (id, c_base, \(names)) VALUES (\(id), 1, \(values.joined(separator: ", ")));"
        }
        let columns = cases.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
        let typical = writable.map { $0.values[0].sql }
        let odd = (1..<8).map { index in
            row(1 + index, writable.map { index < $0.values.count ? $0.values[index].sql : "NULL" })
        }
        let changing = cases.indices.map { row(100 + $0, typical) }
        return TypeTable.types + "CREATE TABLE types (id int PRIMARY KEY, c_base int, \(columns));"
            + row(1, typical) + odd.joined() + "INSERT INTO types (id) VALUES (50);" + changing.joined()
    }

    private static let manifest = """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: types }
        spec:
          source: { table: public.types }
          target: { list: Types }
          mapping:
            auto: { skip: [c_base, c_bytes] }
            fields:
              - { expression: "encode(c_bytes, 'hex')", target: Bytes }
          deletes: PROPAGATE
        """

    @Test func everyTypeArrivesChangesAndGoes() async throws {
        try await World.with("types", tables: Self.table) { world in
            try world.write(Self.manifest)
            try await world.apply()
            try expectFacets(world, list: "Types", TypeTable.all)

            var items = try itemsByRow(world)
            #expect(items.count == 9 + TypeTable.all.count)
            for c in TypeTable.all {
                for (index, value) in c.values.enumerated() { expect(items[1 + index], c, value.shown, "\(value.sql)") }
                expect(items[50], c, nil, "NULL")
            }

            // One change in each column, each in a row of its own.
            let changes = TypeTable.all.enumerated().map { index, c in
                "UPDATE types SET \(c.setsColumn ?? c.name) = \(c.changed.sql) WHERE id = \(100 + index);"
            }
            try await world.sql(changes.joined())
            try await expectOneUpdateOfEachField(world)
            try await world.apply()
            items = try itemsByRow(world)
            for (index, c) in TypeTable.all.enumerated() { expect(items[100 + index], c, c.changed.shown, "changed") }

            let nulls = TypeTable.all.enumerated().map { index, c in
                "UPDATE types SET \(c.setsColumn ?? c.name) = NULL WHERE id = \(100 + index);"
            }
            try await world.sql(nulls.joined())
            try await expectOneUpdateOfEachField(world)
            try await world.apply()
            items = try itemsByRow(world)
            for (index, c) in TypeTable.all.enumerated() { expect(items[100 + index], c, nil, "cleared") }
        }
    }

    private func expectOneUpdateOfEachField(_ world: World) async throws {
        let plan = try await world.plan()
        let changes = try #require(plan["dataChanges"]?.array)
        #expect(changes.count == 1)
        #expect(changes.first?["counts"]?["update"]?.integer == TypeTable.all.count)
        var updates: [String: Int] = [:]
        for entry in changes.first?["byField"]?.array ?? [] {
            updates[entry["field"]?.string ?? ""] = entry["updates"]?.integer
        }
        #expect(updates == Dictionary(TypeTable.all.map { ($0.field, 1) }) { $0 + $1 })
    }

    private func itemsByRow(_ world: World) throws -> [Int: World.Item] {
        Dictionary(
            try world.items("Types").map { item in
                (Int((item.key ?? "").split(separator: "/").last ?? "") ?? -1, item)
            }
        ) { first, _ in first }
    }

    // MARK: Days

    /// The day begins an hour late where the clocks skip midnight, and lasts 25 hours where they repeat an hour.
    @Test func daysBeginWhenTheSiteSaysSo() async throws {
        let days: [(day: String, shown: JSON)] = [
            ("2024-09-07", "2024-09-07T04:00:00Z"), ("2024-09-08", "2024-09-08T04:00:00Z"),
            ("2024-09-09", "2024-09-09T03:00:00Z"), ("2024-04-06", "2024-04-06T03:00:00Z"),
            ("2024-04-07", "2024-04-07T04:00:00Z"), ("2050-09-04", "2050-09-04T04:00:00Z"),
            ("1900-01-01", "1900-01-01T04:42:45Z"), ("8900-12-31", "8900-12-31T03:00:00Z"),
        ]
        let rows = days.map { "('\($0.day)', '\($0.day)')" }.joined(separator: ", ")
        let table = "CREATE TABLE days (id text PRIMARY KEY, d date); INSERT INTO days VALUES \(rows);"
        try await World.with("days", zone: "America/Santiago", tables: table) { world in
            try world.write(
                """
                apiVersion: syncbridge.arcore.io/v1
                kind: SyncDefinition
                metadata: { name: days }
                spec: { source: { table: public.days }, target: { list: Days }, deletes: PROPAGATE }
                """)
            try await world.apply()
            let items = try world.items("Days")
            for (day, shown) in days {
                let item = try #require(items.first { $0.key == "days/\(day)" })
                #expect(item.fields["d"] == shown, "\(day)")
            }
        }
    }
}

// MARK: - What SharePoint shows

/// The columns of a list as a person sees them, by internal name.
func columns(_ world: World, list: String) throws -> [String: JSON] {
    let site = try world.siteID()
    let lists = try JSON.parse(world.person("GET", "/sites/\(site)/lists").body)["value"]?.array ?? []
    let id = try #require(
        lists.first { $0["name"]?.string == list || $0["displayName"]?.string == list }?["id"]?.string)
    let answer = try JSON.parse(world.person("GET", "/sites/\(site)/lists/\(id)/columns").body)
    return Dictionary((answer["value"]?.array ?? []).map { ($0["name"]?.string ?? "", $0) }) { first, _ in first }
}

func expectFacets(
    _ world: World, list: String, _ cases: [TypeCase], sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let columns = try columns(world, list: list)
    for c in cases {
        let facet = columns[c.field]?[c.facet]
        #expect(facet != nil, "\(c.field): \(columns[c.field]?.text() ?? "no column")", sourceLocation: sourceLocation)
        for (name, value) in c.options {
            #expect(facet?[name] == value, "\(c.field).\(name)", sourceLocation: sourceLocation)
        }
    }
}

/// Numbers are compared as doubles, texts byte by byte.
func expect(
    _ item: World.Item?, _ c: TypeCase, _ shown: JSON?, _ comment: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let found = item?.fields[c.field]
    let isSame: Bool
    if let number = shown?.double, shown?.string == nil {
        isSame = found?.double == number && found?.double?.sign == number.sign
    } else if let text = shown?.string {
        isSame = found?.string.map { Array($0.utf8) == Array(text.utf8) } ?? false
    } else {
        isSame = found == shown
    }
    #expect(
        item != nil && isSame,
        "\(c.field), \(comment.prefix(60)): \(found?.text().prefix(80) ?? "nothing"), not \(shown?.text().prefix(80) ?? "nothing")",
        sourceLocation: sourceLocation)
}
