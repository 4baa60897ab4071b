package import Core
internal import Testing

/// What every source of rows does, over two tables that whoever runs the suite has made.
package struct RowSourceConformance: Sendable {
    /// The tables, and their rows, as PostgreSQL makes them.
    package static let schema = """
        CREATE TABLE public.things (id bigint PRIMARY KEY, name text, cost numeric, at timestamptz, done boolean NOT NULL);
        INSERT INTO public.things VALUES
            (10, 'ten', 1.50, '2026-01-01 10:00:00+00', true), (-3, E'tab\\tand \\\\ back', NULL, NULL, false),
            (2, E'\\b\\f\\x0B\\r\\n\\\\N', 0, '1999-12-31 23:59:59+00', true), (3, '', 0, NULL, true),
            (9000000000, 'é', 12345678901234567890, NULL, false);
        CREATE TABLE public.words (word text, part integer, name text, PRIMARY KEY (word, part));
        INSERT INTO public.words VALUES ('b', 1, 'x'), ('B', 2, 'y'), ('a', 10, 'z'), ('a', 9, NULL), ('é', 1, 'w');
        """

    package static let relations = [
        SourceRelation(
            schema: "public", name: "things", kind: .table,
            columns: [
                SourceColumn("id", .bigint, isNullable: false), SourceColumn("name", .text),
                SourceColumn("cost", .numeric(precision: nil, scale: nil)), SourceColumn("at", .timestamptz),
                SourceColumn("done", .boolean, isNullable: false),
            ], primaryKey: ["id"]),
        SourceRelation(
            schema: "public", name: "words", kind: .table,
            columns: [
                SourceColumn("word", .text, isNullable: false), SourceColumn("part", .integer, isNullable: false),
                SourceColumn("name", .text),
            ], primaryKey: ["word", "part"]),
    ]

    /// The same rows, column by column; a column that is absent is NULL.
    package static let rows: [[[String: String]]] = [
        [
            ["id": "10", "name": "ten", "cost": "1.50", "at": "2026-01-01 10:00:00+00", "done": "t"],
            ["id": "-3", "name": "tab\tand \\ back", "done": "f"],
            [
                "id": "2", "name": "\u{8}\u{c}\u{b}\r\n\\N", "cost": "0", "at": "1999-12-31 23:59:59+00", "done": "t",
            ],
            ["id": "3", "name": "", "cost": "0", "done": "t"],
            ["id": "9000000000", "name": "é", "cost": "12345678901234567890", "done": "f"],
        ],
        [
            ["word": "b", "part": "1", "name": "x"], ["word": "B", "part": "2", "name": "y"],
            ["word": "a", "part": "10", "name": "z"], ["word": "a", "part": "9"],
            ["word": "é", "part": "1", "name": "w"],
        ],
    ]

    let source: any RowSource
    /// Deletes the rows of `things` beside the source.
    let empty: @Sendable () async throws -> Void

    package init(_ source: any RowSource, empty: @escaping @Sendable () async throws -> Void) {
        self.source = source
        self.empty = empty
    }

    package enum Case: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case relationsAreDescribed, rowsComeInTheOrderOfTheirKeys, textsAreOrderedByTheirBytes
        case rowsAreReadByTheirKeys, aRowByKeyHasTheBytesOfTheScan, aScanIsOfOneMoment
        case onlyRowsOfTheConditionAreRead, aWiderScanHasTheColumnsOfBoth, aWiderScanHasTheRowsOfBoth

        package var testDescription: String { rawValue }
    }

    package func check(_ what: Case) async throws {
        switch what {
        case .relationsAreDescribed: try await relationsAreDescribed()
        case .rowsComeInTheOrderOfTheirKeys: try await rowsComeInOrder()
        case .textsAreOrderedByTheirBytes: try await textsAreOrdered()
        case .rowsAreReadByTheirKeys: try await rowsAreRead()
        case .aRowByKeyHasTheBytesOfTheScan: try await rowsHaveTheBytesOfTheScan()
        case .aScanIsOfOneMoment: try await aScanIsOfOneMoment()
        case .onlyRowsOfTheConditionAreRead: try await conditionsAreKept()
        case .aWiderScanHasTheColumnsOfBoth: try await columnsOfBothAreRead()
        case .aWiderScanHasTheRowsOfBoth: try await rowsOfBothAreRead()
        }
    }

    private func relationsAreDescribed() async throws {
        for expected in Self.relations {
            let found = try await source.relation(TableName(schema: "public", name: expected.name), at: nil)
            #expect(found.columns == expected.columns && found.primaryKey == expected.primaryKey)
        }
        do throws(Failure) {
            _ = try await source.relation(TableName(schema: "public", name: "nothing"), at: nil)
            Issue.record("a relation that is not there was found")
        } catch {
            #expect(error.code == .invalid)
        }
        #expect(try await source.identity().database.isEmpty == false)
    }

    private func rowsComeInOrder() async throws {
        let bound = try await bound("things")
        let things = Self.rows[0]
        let expected = [1, 2, 3, 0, 4].map { index in bound.columnNames.map { things[index][$0] } }
        #expect(try await scanned(bound) == expected)
    }

    private func textsAreOrdered() async throws {
        let bound = try await bound("words")
        #expect(try await scanned(bound).map { ($0[0] ?? "") + ($0[1] ?? "") } == ["B2", "a9", "a10", "b1", "é1"])
    }

    private func rowsAreRead() async throws {
        let things = try await bound("things")
        let found = try await source.rows(of: things, keys: [["2"], ["77"], ["-3"]])
        #expect(Set(texts(found).compactMap { $0[0] }) == ["2", "-3"])
        #expect(try await source.rows(of: things, keys: []) == CopyChunk())
        let words = try await bound("words")
        let word = try await source.rows(of: words, keys: [["a", "9"], ["A", "9"], ["b", "2"]])
        #expect(texts(word).map { Array($0.prefix(2)) } == [["a", "9"]])
    }

    /// A fingerprint that was made of a row by key is compared with one of the scan.
    private func rowsHaveTheBytesOfTheScan() async throws {
        for (table, rows) in zip(["things", "words"], Self.rows) {
            let bound = try await bound(table)
            let keys = rows.map { row in bound.key.map { row[$0.column] ?? "" } }
            let byKey = lines(try await source.rows(of: bound, keys: keys))
            var scanned: [[UInt8]] = []
            let scan = try await source.scan(bound)
            while let chunk = try await scan.next() { scanned += lines(chunk) }
            await scan.finish()
            #expect(byKey.count == rows.count && Set(byKey) == Set(scanned))
        }
    }

    private func lines(_ chunk: CopyChunk) -> [[UInt8]] {
        zip([0] + chunk.rowEnds, chunk.rowEnds).map { Array(chunk.bytes[$0..<$1]) }
    }

    private func aScanIsOfOneMoment() async throws {
        let bound = try await bound("things")
        let scan = try await source.scan(bound)
        try await empty()
        #expect(try await rest(of: scan).count == 5)
        #expect(try await scanned(bound).isEmpty)
        #expect(try await source.rows(of: bound, keys: [["2"]]).rowEnds.isEmpty)
    }

    private func conditionsAreKept() async throws {
        for (condition, ids) in [
            ("cost = '0'", ["2", "3"]), ("name <> 'ten'", ["-3", "2", "3", "9000000000"]),
            ("at IS NULL", ["-3", "3", "9000000000"]),
            ("at IS NOT NULL", ["2", "10"]),
        ] {
            let bound = try await bound("things", where: condition)
            #expect(try await scanned(bound).compactMap { $0[0] } == ids, "\(condition)")
            let byKey = try await source.rows(of: bound, keys: Self.rows[0].map { [$0["id"] ?? ""] })
            #expect(Set(texts(byKey).compactMap { $0[0] }) == Set(ids), "\(condition)")
        }
    }

    private func columnsOfBothAreRead() async throws {
        var bound = try await bound("things", fields: ["name"])
        let other = try await self.bound("things", fields: ["done", "name", "cost"])
        bound.wider = bound.reading(beside: other).wider
        let first = try await scanned(bound).first
        #expect(first == ["-3", "tab\tand \\ back", "f", nil])
        // What is read by key is the definition's own.
        let byKey = texts(try await source.rows(of: bound, keys: [["3"]]))
        #expect(byKey == [["3", ""]])
    }

    private func rowsOfBothAreRead() async throws {
        let rows: [(String?, String?, [[String?]])] = [
            (
                "cost = '0'", "at IS NULL",
                [
                    ["-3", nil, "f", "f", "t"], ["2", "0", "t", "t", "f"], ["3", "0", "t", "t", "t"],
                    ["9000000000", "12345678901234567890", "f", "f", "t"],
                ]
            ),
            (nil, "name = 'ten'", [["10", "1.50", "t", "t", "t"]]),
            ("name = 'ten'", nil, [["10", "1.50", "t", "t", "t"]]),
        ]
        for (own, others, some) in rows {
            var bound = try await bound("things", fields: ["cost"], where: own)
            let other = try await self.bound("things", fields: ["done"], where: others)
            bound.wider = bound.reading(beside: other).wider
            let found = try await scanned(bound)
            #expect(found.filter { row in some.contains { $0[0] == row[0] } } == some, "\(own ?? "") \(others ?? "")")
            #expect(found.count == (own == nil || others == nil ? 5 : some.count))
            #expect(found.map { $0.suffix(2) }.allSatisfy { $0.contains("t") && !$0.contains(nil) })
            bound.wider = nil
            let alone = try await scanned(bound)
            #expect(found.filter { $0[3] == "t" }.map { Array($0.prefix(2)) } == alone)
        }
    }

    // MARK: Reading

    /// Everything of a table, in the order of its columns.
    private func bound(
        _ table: String, fields: [String]? = nil, where condition: String? = nil
    ) async throws -> BoundDefinition {
        let relation = try await source.relation(TableName(schema: "public", name: table), at: nil)
        let definition = SyncDefinition(
            name: table, sourceProfile: "postgres", table: TableName(schema: "public", name: table),
            predicate: condition.map { Located($0) }, siteProfile: "sharepoint",
            sharding: ShardingPolicy(defaultList: Located("All")),
            mapping: fields.map { names in
                Mapping(fields: names.map { Field(origin: .column($0), target: $0.uppercased()) })
            } ?? Mapping(auto: AutoMapping()), deletes: .propagate)
        return try #require(Binder.bind(definition, to: relation, zone: .utc).bound)
    }

    private func scanned(_ bound: BoundDefinition) async throws -> [[String?]] {
        try await rest(of: try await source.scan(bound))
    }

    private func rest(of scan: any RowScan) async throws -> [[String?]] {
        var rows: [[String?]] = []
        while let chunk = try await scan.next() { rows += texts(chunk) }
        await scan.finish()
        return rows
    }

    private func texts(_ chunk: CopyChunk) -> [[String?]] {
        var row = CopyRow()
        var rows: [[String?]] = []
        chunk.forEachRow(&row) { (row: borrowing CopyRow) in
            var texts: [String?] = []
            for field in 0..<row.count { texts.append(row.text(field)) }
            rows.append(texts)
        }
        return rows
    }
}

extension BoundDefinition {
    /// The columns that are read, in their order.
    fileprivate var columnNames: [String] {
        reads.map { read in
            switch read.expression {
            case .column(let name, _): name
            case .sql(let sql, _): sql
            }
        }
    }
}
