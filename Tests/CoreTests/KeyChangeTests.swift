import Testing

@testable import Core

@Suite("Keys that change")
struct KeyChangeTests {
    // MARK: What is made

    /// A definition over a table of these columns with this key.
    static func bound(_ columns: [SourceColumn], key: [String]) -> BoundDefinition? {
        let definition = SyncDefinition(
            name: "d", sourceProfile: "p", table: TableName(schema: nil, name: "t"), siteProfile: "s",
            sharding: ShardingPolicy(rules: [], defaultList: Located("A")), mapping: Mapping(auto: AutoMapping()),
            deletes: .propagate)
        let relation = SourceRelation(
            schema: "public", name: "t", kind: .table, columns: columns, primaryKey: key)
        return Binder.bind(definition, to: relation, zone: .utc).bound
    }

    static func shape(_ text: String) throws -> KeyShape { try #require(KeyShape(text)) }

    static func key(_ shape: KeyShape, _ parts: String...) throws -> LedgerKey { try #require(shape.ledgerKey(parts)) }

    /// What becomes of these keys, all of which have an item.
    /// - Parameter rows: As the table shows them: the new key, and the old one where a row has both.
    static func outcome(
        _ change: KeyChange, _ bound: BoundDefinition, rows: [[String?]], keys: [LedgerKey]
    ) -> KeyChange.Outcome {
        var assignment = KeyAssignment(change, bound, prefix: "d")
        let evaluator = RowEvaluator(change.reads(bound), prefix: "d", now: 0)
        var encoder = CopyTextEncoder()
        var ends: [Int] = []
        for row in rows {
            for text in row { encoder.append(text) }
            encoder.endRow()
            ends.append(encoder.bytes.count)
        }
        var view = CopyRow()
        CopyChunk(bytes: encoder.take(), rowEnds: ends).forEachRow(&view) { (row: borrowing CopyRow) in
            assignment.note(row, evaluator)
        }
        for key in keys.sorted() { assignment.assign(key, hasItem: true) }
        return assignment.finish()
    }

    // MARK: Shapes

    @Test func aShapeIsReadBackAndTellsTypesThatPrintOtherwise() throws {
        let columns = [
            SourceColumn("id", .bigint), SourceColumn("a:b,c", .text), SourceColumn("i", .interval),
            SourceColumn("n", .numeric(precision: 8, scale: 2)), SourceColumn("m", .money),
        ]
        let bound = try #require(Self.bound(columns, key: columns.map(\.name)))
        let text = "id:integer,a%3ab%2cc:text,i:interval,n:numeric,m:numeric"
        #expect(bound.keyShape.text == text)
        #expect(KeyShape(text) == bound.keyShape)
        #expect(bound.keyShape.words == "id (integer), a:b,c (text), i (interval), n (numeric), m (numeric)")
        for wrong in ["", "id", "id:", ":text", "id:text,", "a:b:c", "%zz:text"] { #expect(KeyShape(wrong) == nil) }
    }

    @Test func whatTellsTheKeysApart() throws {
        let columns = [
            SourceColumn("id", .integer), SourceColumn("code", .text), SourceColumn("tenant", .text),
            SourceColumn("weight", .double),
        ]
        func way(_ old: String, key: [String]) throws -> KeyChange.Way? {
            KeyChange(from: try Self.shape(old), to: try #require(Self.bound(columns, key: key)))?.way
        }
        #expect(try way("id:integer", key: ["id"]) == nil)
        #expect(KeyChange(from: nil, to: try #require(Self.bound(columns, key: ["id"]))) == nil)
        #expect(try way("id:numeric", key: ["id"]) == .forms)
        #expect(try way("code:inet", key: ["code"]) == .forms)
        #expect(try way("id:integer", key: ["code"]) == .rows)
        #expect(try way("id:integer", key: ["tenant", "id"]) == .rows)
        #expect(try way("id:integer,tenant:text", key: ["tenant", "id"]) == .rows)
        #expect(try way("number:integer", key: ["id"]) == .renamed)
        #expect(try way("tenant:text,number:integer", key: ["tenant", "id"]) == .renamed)
        #expect(try way("number:integer", key: ["tenant", "id"]) == .nothing)
        #expect(try way("number:integer,id:integer", key: ["id", "code"]) == .nothing)
        #expect(try way("weight:text", key: ["id"]) == .nothing)
    }

    // MARK: Forms

    /// Of each old form a text for every new one: whether it stays.
    static let translations: [(text: String, from: KeyForm, stays: Set<KeyForm>)] = [
        ("7", .integer, [.integer, .numeric, .text]), ("-7", .numeric, [.integer, .numeric, .text]),
        ("7.5", .numeric, [.numeric, .text]), ("9223372036854775808", .numeric, [.numeric, .text]),
        ("7", .text, [.integer, .numeric, .text]), ("007", .text, [.text]), ("7.50", .text, [.text]),
        ("+7", .text, [.text]), (" 7", .text, [.text]), ("", .text, [.text]), ("-0", .text, [.text]),
        ("true", .boolean, [.boolean, .text]), ("true", .text, [.boolean, .text]), ("t", .text, [.text]),
        ("2013-01-01", .date, [.date, .text]), ("2013-01-01", .text, [.date, .text]),
        ("2013-1-1", .text, [.text]), ("02013-01-01", .text, [.text]),
        ("infinity", .date, [.date, .timestamp, .timestamptz, .text]),
        ("2013-01-01T05:00:00.25", .timestamp, [.timestamp, .text]),
        ("2013-01-01T05:00:00Z", .timestamptz, [.timestamptz, .text]),
        ("2013-01-01T05:00:00Z", .text, [.timestamptz, .text]), ("2013-01-01 05:00:00", .text, [.text]),
        ("6f2a0f0e-8f5d-4d5e-9d55-0a6d1c1f7b11", .uuid, [.uuid, .text]),
        ("6f2a0f0e-8f5d-4d5e-9d55-0a6d1c1f7b11", .text, [.uuid, .text]),
        ("6F2A0F0E-8F5D-4D5E-9D55-0A6D1C1F7B11", .text, [.text]),
        ("6f2a0f0e8f5d4d5e9d550a6d1c1f7b11", .text, [.text]),
    ]

    @Test(arguments: translations)
    func aTextStaysOrIsLeft(text: String, from: KeyForm, stays: Set<KeyForm>) throws {
        for form in KeyForm.allCases {
            let old = try Self.shape("id:\(from.rawValue)")
            let key = try #require(old.ledgerKey([text]), "\(text)")
            let new = try Self.shape("id:\(form.rawValue)").ledgerKey(old.parts(of: key) ?? [])
            // A date of infinity has the text of every other infinity.
            guard !(form == .numeric && DecimalNumber(text) == nil) else { continue }
            #expect((new != nil) == stays.contains(form), "\(text) as \(form)")
        }
    }

    @Test func itemsStayWhereEveryTextDoes() throws {
        let bound = try #require(Self.bound([SourceColumn("id", .text)], key: ["id"]))
        let old = try Self.shape("id:integer")
        let change = try #require(KeyChange(from: old, to: bound))
        let keys = try (1...12).map { try Self.key(old, "\($0)") }
        let outcome = Self.outcome(change, bound, rows: (1...12).map { ["\($0)"] }, keys: keys)
        #expect(outcome.items == 12 && outcome.changed == 0 && outcome.left == 0 && outcome.newRows == 0)
        #expect(outcome.rows.allSatisfy { $0.syncKey == nil })
        #expect(outcome.rows.map(\.new) == (try (1...12).map { try Self.key(bound.keyShape, "\($0)") }))
        #expect(KeyGuard.hazard(change, outcome, bound.definition) == nil)
        #expect(KeyGuard.note(change, outcome, "d").contains("all 12 items of rows that are there keep their keys"))
    }

    @Test func aTextThatDoesNotStayIsSaid() throws {
        let bound = try #require(Self.bound([SourceColumn("id", .integer)], key: ["id"]))
        let old = try Self.shape("id:text")
        let change = try #require(KeyChange(from: old, to: bound))
        let keys = [try Self.key(old, "1"), try Self.key(old, "007"), try Self.key(old, "2")]
        let outcome = Self.outcome(change, bound, rows: [["1"], ["2"], ["7"]], keys: keys)
        #expect(outcome.items == 3 && outcome.left == 1 && outcome.unreadable == 1 && outcome.newRows == 1)
        let left = try #require(outcome.rows.first { $0.old == keys[1] })
        #expect(bound.parts(of: left.new) == nil && left.syncKey == nil)
        let hazard = try #require(KeyGuard.hazard(change, outcome, bound.definition))
        #expect(
            hazard.message
                == "the key was id (text) and is now id (integer): 2 of 3 items stay with their rows; of 1 items no row "
                + "has the key, so that each is deleted, and 1 items are made for rows without one")
        #expect(hazard.rows == 3 && hazard.address == .definition("d") && hazard.blocks)
    }

    /// `numeric(8,2)` as text is `7.00`: the row is there under another text.
    @Test func rowsThatGoWhileOthersComeAreSaid() throws {
        let bound = try #require(Self.bound([SourceColumn("id", .text)], key: ["id"]))
        let old = try Self.shape("id:numeric")
        let change = try #require(KeyChange(from: old, to: bound))
        let keys = [try Self.key(old, "7"), try Self.key(old, "8.5")]
        let comes = Self.outcome(change, bound, rows: [["7.00"], ["8.5"]], keys: keys)
        #expect(comes.left == 1 && comes.newRows == 1)
        #expect(KeyGuard.hazard(change, comes, bound.definition)?.rows == 2)
        // Gone is gone.
        let goes = Self.outcome(change, bound, rows: [["8.5"]], keys: keys)
        #expect(goes.left == 1 && KeyGuard.hazard(change, goes, bound.definition) == nil)
    }

    /// Rows come and go on any day; that many do on the day on which a type changes is said.
    @Test(arguments: [(5, false), (6, true)])
    func whereTypesPrintAlikeOnlyManyRowsAreSuspicious(rows: Int, isSaid: Bool) throws {
        let bound = try #require(Self.bound([SourceColumn("id", .text)], key: ["id"]))
        let old = try Self.shape("id:integer")
        let change = try #require(KeyChange(from: old, to: bound))
        let keys = try (0..<20).map { try Self.key(old, "\($0)") }
        let table = (0..<20).map { [$0 < rows ? "0\($0)" : "\($0)"] }
        let outcome = Self.outcome(change, bound, rows: table, keys: keys)
        #expect(outcome.left == rows && outcome.newRows == rows)
        #expect((KeyGuard.hazard(change, outcome, bound.definition) != nil) == isSaid)
    }

    @Test func whatPrintsAlike() throws {
        func printsAlike(_ old: String, _ type: SourceType) throws -> Bool? {
            let bound = try #require(Self.bound([SourceColumn("id", type)], key: ["id"]))
            return KeyChange(from: try Self.shape("id:\(old)"), to: bound)?.printsAlike
        }
        #expect(try printsAlike("integer", .text) == true)
        #expect(try printsAlike("text", .numeric(precision: nil, scale: nil)) == true)
        #expect(try printsAlike("numeric", .text) == false)
        #expect(try printsAlike("timestamp", .text) == false)
        #expect(try printsAlike("text", .inet) == false)
        #expect(try printsAlike("interval", .text) == false)
    }

    // MARK: Columns

    private func code(_ rows: [[String?]], _ ids: [String]) throws -> (KeyChange, KeyChange.Outcome, BoundDefinition) {
        let columns = [SourceColumn("id", .integer), SourceColumn("code", .integer)]
        let bound = try #require(Self.bound(columns, key: ["code"]))
        let old = try Self.shape("id:integer")
        let change = try #require(KeyChange(from: old, to: bound))
        return (change, Self.outcome(change, bound, rows: rows, keys: try ids.map { try Self.key(old, $0) }), bound)
    }

    @Test func eachRowTellsBothKeysAndKeysMayBeExchanged() throws {
        let (change, outcome, bound) = try code([["2", "1"], ["1", "2"], ["3", "3"]], ["1", "2", "3"])
        #expect(outcome.rows.map(\.syncKey) == ["d/2", "d/1", nil])
        #expect(outcome.rows.map(\.new) == [Made.key(2), Made.key(1), Made.key(3)])
        #expect(outcome.changed == 2 && outcome.left == 0 && outcome.newRows == 0)
        let hazard = try #require(KeyGuard.hazard(change, outcome, bound.definition))
        #expect(
            hazard.message
                == "the key was id (integer) and is now code (integer): 3 of 3 items stay with their rows, 2 of them with "
                + "a new key (a request each, and one more where another item still carries it)")
        #expect(hazard.remedy.contains("ids and people's columns stay"))
    }

    /// Row 1 is gone, and its key is now that of row 2: the item of row 1 gives it up.
    @Test func anItemWithoutARowGivesItsKeyUp() throws {
        let (_, outcome, bound) = try code([["1", "2"]], ["1", "2"])
        #expect(outcome.rows[1] == RekeyedRow(old: Made.key(2), new: Made.key(1), syncKey: "d/1"))
        #expect(outcome.rows[0].syncKey == "" && bound.parts(of: outcome.rows[0].new) == nil)
        #expect(outcome.left == 1 && outcome.changed == 1)
    }

    @Test func whatTwoRowsTellIsNotBelieved() throws {
        let (_, outcome, _) = try code([["5", "1"], ["6", "1"], ["7", nil], ["8", "2"]], ["1", "2"])
        #expect(outcome.left == 1 && outcome.newRows == 3)
        #expect(outcome.rows[1].syncKey == "d/8")
    }

    @Test func twoItemsOfOneNewKeyHaveDifferentEntries() throws {
        let (_, outcome, _) = try code([["5", "1"], ["5", "2"]], ["1", "2"])
        #expect(outcome.rows[0].new == Made.key(5) && outcome.left == 1)
        #expect(Set(outcome.rows.map(\.new)).count == 2)
    }

    @Test func keysThatNoRowHasAreAllDifferent() throws {
        let bound = try #require(Self.bound([SourceColumn("code", .text)], key: ["code"]))
        let old = try Self.shape("id:integer,n:integer")
        let change = try #require(KeyChange(from: old, to: bound))
        #expect(change.way == .nothing)
        var keys = try (0..<20).map { try Self.key(old, "\($0)", "-1") }
        // One that was put apart before.
        keys.append(LedgerKey(bytes: [0xFF] + keys[0].bytes))
        let outcome = Self.outcome(change, bound, rows: [["a"]], keys: keys)
        #expect(Set(outcome.rows.map(\.new)).count == 21 && outcome.left == 21 && outcome.newRows == 1)
        #expect(outcome.rows.allSatisfy { bound.parts(of: $0.new) == nil })
        let hazard = try #require(KeyGuard.hazard(change, outcome, bound.definition))
        #expect(hazard.message.contains("no row tells what its old key was"))
        #expect(hazard.remedy.contains("set `key: [id, n]`"))
    }

    @Test func aRenamedColumnKeepsItsItemsOnceSomebodyAgreed() throws {
        let bound = try #require(Self.bound([SourceColumn("number", .bigint)], key: ["number"]))
        let old = try Self.shape("id:integer")
        let change = try #require(KeyChange(from: old, to: bound))
        let outcome = Self.outcome(
            change, bound, rows: [["1"], ["2"]], keys: [try Self.key(old, "1"), try Self.key(old, "2")])
        #expect(outcome.left == 0 && outcome.changed == 0)
        let hazard = try #require(KeyGuard.hazard(change, outcome, bound.definition))
        #expect(hazard.message.contains("they count as renamed") && hazard.remedy.contains("only if"))
    }

    @Test func aLedgerWithoutItemsHasNothingToLose() throws {
        let (change, _, bound) = try code([], [])
        var outcome = KeyChange.Outcome()
        #expect(KeyGuard.hazard(change, outcome, bound.definition) == nil)
        outcome.items = 1
        #expect(KeyGuard.hazard(change, outcome, bound.definition) != nil)
    }

    @Test(arguments: [
        (["42"], "a whole number"), (["4.2"], "a number"), (["a", "7"], "text and a whole number"),
        (["2013-01-01", "true"], "a date and a truth value"), (["6f2a0f0e-8f5d-4d5e-9d55-0a6d1c1f7b11"], "a UUID"),
        (["2013-01-01T05:00:00"], "a time"), (["2013-01-01T05:00:00Z"], "a time with zone"), ([""], "text"),
    ])
    func aKeysKindHasNoValue(parts: [String], words: String) { #expect(KeyKind.words(parts) == words) }
}
