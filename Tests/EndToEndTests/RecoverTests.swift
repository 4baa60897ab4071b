import Core
import Foundation
import GraphSimulator
import Testing

@Suite("Recovery of a lost meta-store", .serialized)
struct RecoverTests {
    /// Rows, of which a third changes; 310 in every test run.
    private static let factor = Scale.factor
    private static let count = 300 * factor

    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, code text NOT NULL, name text, status text NOT NULL, cost int);
        INSERT INTO projects SELECT i, 'C' || i, 'Project ' || i, CASE WHEN i % 3 = 0 THEN 'Done' ELSE 'Active' END, i
            FROM generate_series(1, \(count)) i;
        """

    private static let tree = """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: projects }
        spec:
          source: { table: public.projects, key: [code] }
          sharding:
            rules:
              - { when: { status: Active }, list: Active }
              - { default: Rest }
          mapping:
            fields:
              - { source: name, target: Title }
              - { source: cost, target: Cost }
          deletes: PROPAGATE
        """

    /// What a ledger says, without what only tells how it came about.
    private static func ledger(_ world: World) async throws -> [[String?]] {
        try await world.metaQuery(
            """
            SELECT encode(key, 'hex'), source_pk, state, sp_list_id, sp_item_id::text, etag, encode(content_hash, 'hex'),
                encode(field_hashes, 'hex'), mapping_version::text, encode(seen_hashes, 'hex')
            FROM sync_ledger WHERE state <> 'tombstone' ORDER BY key
            """)
    }

    private static let changes = """
        UPDATE projects SET name = name || ' changed' WHERE id <= \(60 * factor);
        UPDATE projects SET status = CASE status WHEN 'Done' THEN 'Active' ELSE 'Done' END WHERE id BETWEEN \(60 * factor + 1) AND \(80 * factor);
        DELETE FROM projects WHERE id BETWEEN \(80 * factor + 1) AND \(90 * factor);
        INSERT INTO projects SELECT i, 'C' || i, 'New ' || i, 'Active', i FROM generate_series(\(count + 1), \(count + 20 * factor)) i;
        """

    /// A number as the program shows it.
    private static func grouped(_ number: Int) -> String {
        number < 1000 ? "\(number)" : "\(grouped(number / 1000)),\(String(number % 1000 + 1000).dropFirst())"
    }

    /// Recovers, applies, and expects that nothing in SharePoint was touched and the ledger is what it was.
    private static func expectRecovery(_ world: World, ledger before: [[String?]]) async throws {
        try world.resetCounters()
        let count = grouped(310 * factor)
        try await world.expect(
            0, "recover", says: ["\(count) rows have their item", "nothing but the meta-store was written"])
        #expect(world.writes() == 0)
        try await world.apply()
        #expect(world.writes("createItem") + world.writes("patchItem") + world.writes("deleteItem") == 0)
        #expect(try await ledger(world) == before)
        // And it goes on from there.
        try await world.sql("UPDATE projects SET name = 'later' WHERE id = 1; DELETE FROM projects WHERE id = 2")
        try await world.apply()
        #expect(try world.items("Active").count + world.items("Rest").count == 310 * factor - 1)
    }

    @Test func aDroppedSchemaIsRebuiltByReading() async throws {
        try await World.with("dropped", tables: Self.tables) { world in
            try world.write(Self.tree)
            try await world.apply()
            try await world.sql(Self.changes)
            try await world.apply()
            let before = try await Self.ledger(world)
            try await world.metaScript("DROP SCHEMA syncbridge CASCADE")
            try await world.expect(3, "plan", "--detailed-exitcode", says: ["META_STORE_BEHIND", "syncbridge recover"])
            try await world.expect(12, "apply", "--auto-approve", says: ["META_STORE_BEHIND"])
            try await Self.expectRecovery(world, ledger: before)
        }
    }

    @Test func anOlderStateIsNoticedAndBroughtUpToDate() async throws {
        try await World.with("restored", tables: Self.tables) { world in
            try world.write(Self.tree)
            try await world.apply()
            let dump = try await Dump.take(world.meta)
            try await world.sql(Self.changes)
            try await world.apply()
            let before = try await Self.ledger(world)
            try await world.metaScript("DROP SCHEMA syncbridge CASCADE")
            try await dump.restore(into: world.meta)
            // The lists hold writes of ours that this state has never heard of.
            try await world.sql("UPDATE projects SET name = 'not yet' WHERE id = \(150 * Self.factor)")
            try world.resetCounters()
            try await world.expect(12, "apply", "--auto-approve", says: ["META_STORE_BEHIND", "syncbridge recover"])
            #expect(world.writes() == 0)
            try await world.sql(
                "UPDATE projects SET name = 'Project \(150 * Self.factor)' WHERE id = \(150 * Self.factor)")
            try await Self.expectRecovery(world, ledger: before)
        }
    }

    @Test func aDifferenceWithoutABaseStaysUntilTheRowChanges() async throws {
        try await World.with("unknownbase", tables: Self.tables) { world in
            try world.write(Self.tree)
            try await world.apply()
            try world.personEdits("Active", try world.item("Active", "projects/C1~" + Self.suffix(1)).id, ["Cost": 99])
            try await world.metaScript("DROP SCHEMA syncbridge CASCADE")
            try await world.expect(0, "recover", says: ["1 items differ from their row"])
            try world.resetCounters()
            try await world.apply()
            #expect(world.writes("patchItem") == 0)
            try await world.sql("UPDATE projects SET cost = 7 WHERE id = 1")
            try await world.apply()
            #expect(try world.item("Active", "projects/C1~" + Self.suffix(1)).fields["Cost"]?.double == 7)
            #expect(try await world.metaQuery("SELECT field, value::text FROM sync_conflicts") == [["Cost", "99"]])
        }
    }

    private static func suffix(_ id: Int) -> String {
        String(SyncKey(prefix: "projects", parts: ["C\(id)"]).text.suffix(6))
    }

    @Test func stampsOfAnotherMetaStoreAreNotTakenOver() async throws {
        try await World.with("twostores", tables: Self.tables) { world in
            try world.write(Self.tree)
            try await world.expect(11, "recover", says: ["no list of the site carries a stamp of this project"])
            try await world.apply()
            try await world.metaScript("UPDATE meta_store SET id = gen_random_uuid()")
            try await world.expect(12, "recover", says: ["stamps of more than one meta-store"])
        }
    }
}

@Suite("Erasing a row's values", .serialized)
struct EraseTests {
    @Test func noByteOfAnErasedRowIsLeftInADump() async throws {
        let tables = """
            CREATE TABLE people (id bigint PRIMARY KEY, name text, note text);
            INSERT INTO people SELECT i, 'Person ' || i, 'n' FROM generate_series(1, 30) i;
            INSERT INTO people VALUES (42, 'canary-name', 'canary-note');
            """
        try await World.with("erase", tables: tables) { world in
            try world.write(
                """
                apiVersion: syncbridge.arcore.io/v1
                kind: SyncDefinition
                metadata: { name: people }
                spec: { source: { table: public.people }, target: { list: People }, deletes: PROPAGATE }
                """)
            try await world.apply()
            try world.personEdits("People", try world.item("People", "people/42").id, ["Title": "canary-typed"])
            try await world.sql("UPDATE people SET name = 'canary-second' WHERE id = 42")
            try await world.apply()
            #expect(try await Dump.take(world.meta).text.contains("canary-typed"))
            // While an effect is in doubt its values are needed.
            try world.fault(.badGatewayBeforeWrite, ["batch"])
            try await world.sql("UPDATE people SET name = 'canary-third' WHERE id = 42")
            _ = try await world.run("apply", "--auto-approve")
            try world.clearFaults()
            if try await world.metaQuery("SELECT count(*) FROM sync_intents") == [["1"]] {
                try await world.expect(12, "rows", "erase", "row/people/42", says: ["syncbridge apply"])
            }
            try await world.apply()
            try await world.expect(0, "rows", "erase", "row/people/42", says: ["removed"])
            let dump = try await Dump.take(world.meta).text
            #expect(!dump.contains("canary"))
            #expect(dump.contains("people/42"))
            try await world.expectEmptyPlan()
        }
    }
}
