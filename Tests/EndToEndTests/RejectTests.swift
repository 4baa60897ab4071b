import Core
import GraphSimulator
import Testing

@Suite("Rejects end to end", .serialized)
struct RejectTests {
    private struct Case: Sendable {
        var code: RejectCode
        var column: String
        var type: String
        /// How the field goes on behind its source and target.
        var field: String
        var bad: String
        var good: String
    }

    private static let cases = [
        Case(
            code: .textTooLong, column: "too_long", type: "text", field: "type: text", bad: "repeat('😀', 128)",
            good: "repeat('😀', 127)"),
        Case(
            code: .controlCharacter, column: "control", type: "text", field: "type: multilineText", bad: #"E'a\x01b'"#,
            good: #"E'a\tb'"#),
        Case(code: .lineBreak, column: "line_break", type: "text", field: "type: text", bad: #"E'a\rb'"#, good: "'a'"),
        Case(
            code: .notANumber, column: "no_number", type: "text", field: "type: number", bad: "'twelve'", good: "' 12 '"
        ),
        Case(code: .notFinite, column: "not_finite", type: "float8", field: "type: number", bad: "'NaN'", good: "1"),
        Case(
            code: .precisionLoss, column: "precision", type: "bigint", field: "type: number", bad: "9007199254740993",
            good: "9007199254740992"),
        Case(
            code: .numberOutOfRange, column: "bounds", type: "int", field: "type: { number: { maximum: 10 } }",
            bad: "11", good: "10"),
        Case(
            code: .notABoolean, column: "no_flag", type: "text", field: "transform: CAST_TO_BOOLEAN", bad: "'maybe'",
            good: "'Yes'"),
        Case(
            code: .notADate, column: "no_date", type: "text", field: "transform: DATE_ONLY", bad: "'2013-02-29'",
            good: "'2013-02-28'"),
        Case(
            code: .dateOutOfRange, column: "early", type: "date", field: "type: dateOnly", bad: "'1899-12-31'",
            good: "'1900-01-01'"),
        Case(
            code: .dateIsInfinite, column: "endless", type: "timestamptz",
            field: "type: { dateTime: { format: dateTime } }", bad: "'infinity'", good: "'2013-01-01'"),
        Case(
            code: .choiceNotAllowed, column: "choice", type: "text", field: "type: { choice: { choices: [a, b] } }",
            bad: "'A'", good: "'a'"),
        // A json column keeps half a pair of surrogates, which no text can hold.
        Case(
            code: .badValue, column: "bad_json", type: "json", field: "type: multilineText", bad: #"'"\ud800"'"#,
            good: #"'"é"'"#),
    ]

    private static var manifest: String {
        let fields = cases.map { "      - { source: \($0.column), target: F_\($0.column), \($0.field) }" }
        return """
            apiVersion: syncbridge.arcore.io/v1
            kind: SyncDefinition
            metadata: { name: rejects }
            spec:
              source: { table: public.rejects, key: [id] }
              target: { list: Rejects }
              mapping:
                fields:
                  - { source: id, target: Id_ }

            """ + fields.joined(separator: "\n") + "\n  deletes: PROPAGATE\n"
    }

    /// Row 0 is good; row n has the bad value of case n; one row has no key.
    private static var tables: String {
        let columns = cases.map { "\($0.column) \($0.type)" }.joined(separator: ", ")
        var sql = "CREATE TABLE base (id int, \(columns)); CREATE VIEW rejects AS SELECT * FROM base;"
        for row in 0...cases.count {
            let values = cases.enumerated().map { $0.offset + 1 == row ? $0.element.bad : $0.element.good }
            sql += "INSERT INTO base VALUES (\(row), \(values.joined(separator: ", ")));"
        }
        return sql + "INSERT INTO base (id) VALUES (NULL);"
    }

    @Test func everyCodeOccursOnceWithItsPlaceAndStopsNoOtherRow() async throws {
        try await World.with("rejects", tables: Self.tables) { world in
            try world.write(Self.manifest)
            let plan = try await world.plan()
            let rejects = plan["dataChanges"]?.array?.first?["rejects"]?.array ?? []
            let lines = Self.manifest.split(separator: "\n", omittingEmptySubsequences: false)
            for c in Self.cases {
                let entry = rejects.first { $0["code"]?.string == c.code.rawValue }
                #expect(entry?["count"]?.integer == 1, "\(c.code)")
                #expect(entry?["field"]?.string == "F_\(c.column)")
                let index = try #require(lines.firstIndex { $0.contains("target: F_\(c.column),") })
                #expect(entry?["position"]?["file"]?.string?.hasSuffix("main.yaml") == true)
                #expect(entry?["position"]?["line"]?.integer == index + 1, "\(c.code)")
                let target = try #require(lines[index].firstRange(of: "F_")?.lowerBound)
                let column = lines[index].distance(from: lines[index].startIndex, to: target) + 1
                #expect(entry?["position"]?["column"]?.integer == column, "\(c.code)")
            }
            let noKey = rejects.first { $0["code"]?.string == "KEY_IS_NULL" }
            #expect(noKey?["count"]?.integer == 1)
            #expect(noKey?["field"]?.isNull == true)
            // The key is what is wrong, so its place is shown and not that of the mapping.
            #expect(noKey?["position"]?["line"]?.integer == 5)
            #expect(rejects.count == Self.cases.count + 1)

            try await world.apply()
            #expect(try world.items("Rejects").map(\.key) == ["rejects/0"])

            // Put right, each row arrives.
            for c in Self.cases { try await world.sql("UPDATE base SET \(c.column) = \(c.good)") }
            try await world.apply()
            #expect(try world.items("Rejects").count == Self.cases.count + 1)

            // An item whose row goes bad keeps what it has; a NULL key beside it changes nothing.
            try await world.sql("UPDATE base SET precision = 9007199254740993 WHERE id = 0")
            try await world.apply()
            let item = try #require(try world.items("Rejects").first { $0.key == "rejects/0" })
            #expect(item.fields["F_precision"]?.double == 9_007_199_254_740_992)
        }
    }

    @Test(arguments: [400, 409]) func aTakenValueWaitsInQuarantine(status: Int) async throws {
        let table = """
            CREATE TABLE codes (id int PRIMARY KEY, code text, v int);
            INSERT INTO codes VALUES (1, 'same'), (2, 'SAME'), (3, 'other'), (4, NULL), (5, NULL);
            """
        try await World.with("unique", tables: table) { world in
            _ = world.graph.handle(
                HTTPRequest(
                    "PUT", "\(world.origin)/admin/settings", headers: [HTTPHeader("Content-Type", "application/json")],
                    body: JSON(dictionaryLiteral: ("uniqueViolationStatus", .number(status))).serialized()))
            try world.write(
                """
                apiVersion: syncbridge.arcore.io/v1
                kind: SyncDefinition
                metadata: { name: codes }
                spec:
                  source: { table: public.codes }
                  target: { list: Codes }
                  mapping: { auto: {}, fields: [{ source: code, target: Code, unique: true }] }
                  deletes: PROPAGATE
                """)
            let run = try await world.run("apply", "--auto-approve")
            #expect(run.status == 17, "\(run.output)\(run.errors)")
            #expect(try world.items("Codes").count == 4)
            try await world.expectEmptyPlan()
            let rejects = try await world.plan()["dataChanges"]?.array?.first?["rejects"]?.array ?? []
            #expect(rejects.compactMap { $0["code"]?.string } == ["UNIQUE_VALUE"])
            try await world.apply()

            // The row that had to wait gets another value.
            let keys = Set(try world.items("Codes").compactMap(\.key))
            let (waiting, first) = keys.contains("codes/1") ? (2, 1) : (1, 2)
            try await world.sql("UPDATE codes SET code = 'free' WHERE id = \(waiting)")
            try await world.apply()
            #expect(try world.items("Codes").count == 5)

            // An update that is refused is not forgotten when another field brings the row back.
            try await world.sql("UPDATE codes SET code = 'Same' WHERE id = 3")
            #expect(try await world.run("apply", "--auto-approve").status == 17)
            try await world.expectEmptyPlan()
            try await world.sql(
                "UPDATE codes SET code = 'gone' WHERE id = \(first); UPDATE codes SET v = 9 WHERE id = 3")
            try await world.apply()
            let item = try #require(try world.items("Codes").first { $0.key == "codes/3" })
            #expect(item.fields["Code"]?.string == "Same")
            #expect(item.fields["v"]?.integer == 9)
        }
    }

    @Test func aKeyThatDiffersOnlyInCaseCollides() async throws {
        let table = "CREATE TABLE twins (id text PRIMARY KEY, v int); INSERT INTO twins VALUES ('x', 1);"
        try await World.with("collision", tables: table) { world in
            try world.write(
                """
                apiVersion: syncbridge.arcore.io/v1
                kind: SyncDefinition
                metadata: { name: twins }
                spec: { source: { table: public.twins }, target: { list: Twins }, deletes: PROPAGATE }
                """)
            try await world.apply()
            let site = try world.siteID()
            let lists = try JSON.parse(world.person("GET", "/sites/\(site)/lists").body)["value"]?.array ?? []
            let list = try #require(lists.first { $0["name"]?.string == "Twins" }?["id"]?.string)
            // No row of ours makes such a key: the suffix tells twins apart.
            let key = SyncKey(prefix: "twins", parts: ["A"]).text.lowercased()
            let answer = world.person(
                "POST", "/sites/\(site)/lists/\(list)/items",
                ["fields": ["Title": "Kim's", "SyncBridgeKey": .string(key)]])
            #expect(answer.status == 201)
            try await world.sql("INSERT INTO twins VALUES ('A', 2), ('B', 3)")
            let run = try await world.run("apply", "--auto-approve")
            #expect(run.status == 17, "\(run.output)\(run.errors)")
            let rejects = try await world.plan()["dataChanges"]?.array?.first?["rejects"]?.array ?? []
            #expect(rejects.compactMap { $0["code"]?.string } == ["KEY_COLLISION"])
            #expect(try world.items("Twins").contains { $0.key == SyncKey(prefix: "twins", parts: ["B"]).text })
            try await world.apply()
        }
    }
}
