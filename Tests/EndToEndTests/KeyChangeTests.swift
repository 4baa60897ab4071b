import Core
import Foundation
import GraphSimulator
import PostgreSQL
import Testing

/// The key's type changes, or other columns become the key: items stay with their rows, or somebody agreed that they do
/// not. Items are compared by what the simulated service shows, ids and people's columns included.
@Suite("A key that changes", .serialized)
struct KeyChangeEndTests {
    /// Rows, so few that no guard speaks.
    private static let count = 12

    /// - Parameter id: The type of the key's column.
    private static func tables(id: String = "int", cast: String = "i") -> String {
        """
        CREATE TABLE parts (id \(id) PRIMARY KEY, code text NOT NULL, tenant text NOT NULL, turn int NOT NULL, name text);
        INSERT INTO parts SELECT \(cast), 'K' || i, 't' || i % 2, i % \(count) + 1, 'Part ' || i
            FROM generate_series(1, \(count)) i;
        """
    }

    private static func tree(key: String, deletes: String = "PROPAGATE") -> String {
        """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: parts }
        spec:
          source: { table: public.parts, key: [\(key)] }
          target: { list: Parts }
          mapping: { fields: [{ source: name, target: Title }] }
          deletes: \(deletes)
        """
    }

    private static let allow = "--allow-hazards=KEY_CHANGED@definition/parts"

    /// Applied, with a column of a person's own that has a value in every item.
    private static func applied(
        _ hint: String, tables: String = tables(), key: String = "id", deletes: String = "PROPAGATE",
        _ body: @escaping @Sendable (World, [String: String]) async throws -> Void
    ) async throws {
        try await World.with(hint, tables: tables) { world in
            try world.write(tree(key: key, deletes: deletes))
            try await world.apply()
            try world.personAddsColumn("Parts", ["name": "Note", "text": .object([])])
            for item in try world.items("Parts") {
                let title = try #require(item.fields["Title"]?.string)
                try world.personEdits("Parts", item.id, ["Note": .string("note of \(title)")])
            }
            try await world.apply()
            let ids = try world.items("Parts").map { ($0.fields["Title"]?.string ?? "", $0.id) }
            try await body(world, Dictionary(uniqueKeysWithValues: ids))
        }
    }

    /// Each row has the item that it had, with people's column and the row's key of now.
    private static func expectItems(
        _ world: World, _ ids: [String: String], keys sql: String, except: Set<String> = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let rows = try await world.sourceQuery("SELECT name, \(sql) FROM parts ORDER BY 1")
        let items = try world.items("Parts")
        #expect(items.count == rows.count, sourceLocation: sourceLocation)
        for row in rows {
            let name = try #require(row[0])
            let item = try #require(items.first { $0.fields["Title"]?.string == name }, sourceLocation: sourceLocation)
            let parts = row.dropFirst().map { $0 ?? "" }
            #expect(item.key == SyncKey(prefix: "parts", parts: parts).text, sourceLocation: sourceLocation)
            guard !except.contains(name) else { continue }
            #expect(item.id == ids[name], "\(name)", sourceLocation: sourceLocation)
            #expect(item.fields["Note"]?.string == "note of \(name)", sourceLocation: sourceLocation)
        }
    }

    /// The same, and nothing is left to do or to say.
    private static func expectKept(
        _ world: World, _ ids: [String: String], keys sql: String, except: Set<String> = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await expectItems(world, ids, keys: sql, except: except, sourceLocation: sourceLocation)
        try await world.expect(0, "drift", "--detailed-exitcode", sourceLocation: sourceLocation)
        try world.resetCounters()
        let second = try await world.apply(sourceLocation: sourceLocation)
        #expect(world.writes() == 0, sourceLocation: sourceLocation)
        #expect(!second.output.contains("by people"), "\(second.output)", sourceLocation: sourceLocation)
    }

    /// The same after the meta-store was lost and rebuilt.
    private static func expectRecovered(
        _ world: World, _ ids: [String: String], keys sql: String, except: Set<String> = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await world.metaScript("DROP SCHEMA syncbridge CASCADE")
        try await world.expect(0, "recover", sourceLocation: sourceLocation)
        try await world.apply(sourceLocation: sourceLocation)
        try await expectItems(world, ids, keys: sql, except: except, sourceLocation: sourceLocation)
    }

    // MARK: Types

    @Test(arguments: [
        ("numericint", "numeric", "int USING id::int"), ("inttext", "int", "text USING id::text"),
        ("texttype", "varchar(20)", "bigint USING id::bigint"),
    ])
    func aTypeWhoseTextsStayKeepsAllItemsWithoutARequest(hint: String, from: String, to: String) async throws {
        let tables = Self.tables(id: from, cast: from.hasPrefix("varchar") ? "i::text" : "i")
        try await Self.applied(hint, tables: tables) { world, ids in
            // One that a person deleted stays deleted, whatever its key is read as.
            try world.personDeletes("Parts", try #require(ids["Part 3"]))
            try await world.apply()
            try await world.sql("ALTER TABLE parts ALTER COLUMN id TYPE \(to)")
            let plan = try await world.expect(
                2, "plan", "--detailed-exitcode",
                says: ["11 items of rows that are there keep their keys", "without a request"])
            #expect(!(plan.output + plan.errors).contains("KEY_CHANGED"))
            try await world.expect(
                2, "drift", "--detailed-exitcode", says: ["row/parts/3", "a person deleted its item"])
            try world.resetCounters()
            try await world.apply()
            #expect(world.writes() == 0)
            try await world.expect(
                2, "drift", "--detailed-exitcode", says: ["row/parts/3", "a person deleted its item"])
            try await world.sql("DELETE FROM parts WHERE name = 'Part 3'")
            try await world.apply()
            // The ledger finds rows and items by the keys of now.
            try await world.sql("UPDATE parts SET name = name || '!'")
            try await world.apply()
            try await world.sql("UPDATE parts SET name = rtrim(name, '!')")
            try await world.apply()
            try await Self.expectItems(world, ids, keys: "id::text")
            try await Self.expectRecovered(world, ids, keys: "id::text")
        }
    }

    /// A rebuilding keeps what only the ledger knows, under the keys of now.
    @Test func recoverGivesTheLedgerItsNewKeysFirst() async throws {
        try await Self.applied("rekeyrecover") { world, ids in
            try world.personDeletes("Parts", try #require(ids["Part 3"]))
            try await world.apply()
            try await world.sql("ALTER TABLE parts ALTER COLUMN id TYPE text USING id::text")
            try await world.expect(0, "recover")
            try world.resetCounters()
            try await world.apply()
            #expect(world.writes() == 0)
            #expect(try world.items("Parts").count == Self.count - 1)
        }
    }

    @Test func textsThatDoNotStayBlockUntilSomebodyAgrees() async throws {
        let tables = Self.tables(id: "text", cast: "CASE WHEN i < 3 THEN lpad(i::text, 3, '0') ELSE i::text END")
        try await Self.applied("leading", tables: tables) { world, ids in
            try await world.sql("ALTER TABLE parts ALTER COLUMN id TYPE int USING id::int")
            try world.resetCounters()
            try await world.expect(
                12, "apply", "--auto-approve", says: ["KEY_CHANGED", "10 of 12 items stay", "of 2 items no row"])
            #expect(world.writes() == 0)
            try await world.apply(Self.allow)
            try await Self.expectKept(world, ids, keys: "id::text", except: ["Part 1", "Part 2"])
            try await Self.expectRecovered(world, ids, keys: "id::text", except: ["Part 1", "Part 2"])
        }
    }

    // MARK: Columns

    @Test(arguments: [
        ("tocode", "code", "code"), ("topair", "tenant, id", "tenant, id::text"), ("toturn", "turn", "turn::text"),
    ])
    func otherColumnsKeepAllItemsOnceSomebodyAgreed(hint: String, key: String, sql: String) async throws {
        try await Self.applied(hint) { world, ids in
            try world.write(Self.tree(key: key))
            try world.resetCounters()
            try await world.expect(3, "plan", "--detailed-exitcode", says: ["KEY_CHANGED", "12 of 12 items stay"])
            try await world.expect(12, "apply", "--auto-approve", says: ["KEY_CHANGED"])
            #expect(world.writes() == 0)
            try await world.expect(2, "plan", "--detailed-exitcode", Self.allow)
            try await world.apply(Self.allow)
            // In a cycle each item is in the way of another.
            #expect(world.writes("patchItem") == (hint == "toturn" ? 2 : 1) * Self.count)
            #expect(world.writes("createItem") == 0 && world.writes("deleteItem") == 0)
            try await Self.expectKept(world, ids, keys: sql)
            try await Self.expectRecovered(world, ids, keys: sql)
        }
    }

    @Test func aRenamedColumnKeepsItsItems() async throws {
        try await Self.applied("rename") { world, ids in
            try await world.sql("ALTER TABLE parts RENAME COLUMN id TO number")
            try world.write(Self.tree(key: "number"))
            try await world.expect(12, "apply", "--auto-approve", says: ["KEY_CHANGED", "count as renamed"])
            try world.resetCounters()
            try await world.apply(Self.allow)
            #expect(world.writes() == 0)
            try await Self.expectKept(world, ids, keys: "number::text")
        }
    }

    @Test func withoutTheOldColumnItemsAreMadeAnewOnceSomebodyAgreed() async throws {
        try await Self.applied("dropped") { world, ids in
            try await world.sql("ALTER TABLE parts DROP COLUMN id")
            try world.write(Self.tree(key: "code"))
            try world.resetCounters()
            try await world.expect(
                12, "apply", "--auto-approve",
                says: ["KEY_CHANGED", "0 of 12 items stay", "12 items no row has", "let the table or view show"])
            #expect(world.writes() == 0)
            try await world.apply(Self.allow)
            #expect(world.writes("createItem") == Self.count && world.writes("deleteItem") == Self.count)
            let all = Set(ids.keys)
            try await Self.expectKept(world, ids, keys: "code", except: all)
            try await Self.expectRecovered(world, ids, keys: "code", except: all)
        }
    }

    /// What is really deleted is guarded besides.
    @Test func theGuardsSpeakOfWhatIsDeleted() async throws {
        try await Self.applied("guarded") { world, _ in
            try await world.sql("ALTER TABLE parts DROP COLUMN id")
            let tree = Self.tree(key: "code").replacingOccurrences(
                of: "  deletes:", with: "  guards: { maxDeletes: 3 }\n  deletes:")
            try world.write(tree)
            try await world.expect(12, "apply", "--auto-approve", Self.allow, says: ["ROW_DELETE_LIMIT"])
            #expect(try world.items("Parts").count == Self.count)
        }
    }

    /// Row 1 is gone, its key is row 2's now, and its item stays by `deletes: RETAIN`.
    @Test func anItemThatStaysGivesItsKeyToTheRowThatHasIt() async throws {
        try await Self.applied("givesup", deletes: "RETAIN") { world, ids in
            try await world.sql("DELETE FROM parts WHERE id = 1; UPDATE parts SET turn = id - 1")
            try world.write(Self.tree(key: "turn", deletes: "RETAIN"))
            try await world.apply(Self.allow)
            let items = try world.items("Parts")
            #expect(items.count == Self.count)
            for item in items {
                let name = try #require(item.fields["Title"]?.string)
                let number = try #require(Int(name.dropFirst(5)))
                #expect(item.id == ids[name])
                #expect(item.key == (number == 1 ? nil : "parts/\(number - 1)"))
            }
            try world.resetCounters()
            try await world.apply()
            #expect(world.writes() == 0)
        }
    }

    // MARK: In the middle

    static let moments = [
        "before|1|giving the rows of the ledger their new keys",
        "during|1|giving the rows of the ledger their new keys",
        "after|1|giving the rows of the ledger their new keys", "after|1|HTTP batch PATCH",
        "during|2|HTTP batch PATCH",
    ]

    @Test(arguments: moments)
    func aKillIsAsIfThereHadBeenNone(moment: String) async throws {
        try await Self.applied("killed") { world, ids in
            try world.write(Self.tree(key: "turn"))
            let run = try await Program.run(
                ["apply", "--auto-approve", Self.allow],
                environment: world.environment.merging(["SYNCBRIDGE_CRASH_AT": moment]) { $1 },
                directory: world.folder)
            #expect(run.status == 128 + SIGKILL, "\(run.output)\(run.errors)")
            let drift = try await world.run("drift")
            #expect(!drift.output.contains("somebody"), "\(drift.output)")
            if !moment.hasPrefix("before|1|giving"), !moment.hasPrefix("during|1|giving") {
                #expect(drift.output.contains("the next apply writes it"), "\(drift.output)")
                // What the ledger knows of keys that are still to be written is not lost by a rebuilding.
                try await world.expect(0, "recover")
            }
            try await world.apply(Self.allow)
            try await Self.expectKept(world, ids, keys: "turn::text")
            try await Self.expectRecovered(world, ids, keys: "turn::text")
        }
    }

    // MARK: Recovery

    /// The meta-store is lost, and the key is another one than the items were made with.
    @Test(arguments: [("lostcode", "code", "a whole number"), ("lostpair", "tenant, id", "a whole number")])
    func aLostMetaStoreAndAnotherKeyDoubleNothing(hint: String, key: String, kind: String) async throws {
        try await Self.applied(hint) { world, ids in
            try await world.metaScript("DROP SCHEMA syncbridge CASCADE")
            try world.write(Self.tree(key: key))
            try world.resetCounters()
            try await world.expect(
                12, "recover",
                says: ["12 of 12 items carry a key that no row has", "12 rows have no item", kind, "set `key` back"])
            try await world.expect(12, "apply", "--auto-approve", says: ["META_STORE_BEHIND"])
            #expect(world.writes() == 0)
            // The way that the refusal shows.
            try world.write(Self.tree(key: "id"))
            try await world.expect(0, "recover")
            try await world.apply()
            try world.write(Self.tree(key: key))
            try await world.apply(Self.allow)
            try await Self.expectKept(world, ids, keys: key == "code" ? "code" : "tenant, id::text")
        }
    }

    /// A meta-store that is there knows what the items were made with.
    @Test func recoverRefusesAKeyThatWasNotAppliedYet() async throws {
        try await Self.applied("notyet") { world, ids in
            try world.write(Self.tree(key: "code"))
            try await world.expect(12, "recover", says: ["the key was id (integer)", "set `key` back to id (integer)"])
            try await world.apply(Self.allow)
            try await Self.expectKept(world, ids, keys: "code")
        }
    }
}
