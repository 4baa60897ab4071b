import Core
import GraphSimulator
import Testing

@Suite("People's edits at the time of writing", .serialized)
struct PeopleTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL, status text NOT NULL, cost int);
        INSERT INTO projects SELECT i, 'Project ' || i, 'Active', i FROM generate_series(1, 10) i;
        """

    private static func tree(deletes: String = "PROPAGATE") -> String {
        """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: projects }
        spec:
          source: { table: public.projects }
          sharding:
            rules:
              - { when: { status: Active }, list: Active }
              - { default: Rest }
          mapping:
            fields:
              - { source: name, target: Title }
              - { source: cost, target: Cost }
          deletes: \(deletes)
        """
    }

    private static func applied(
        _ hint: String, deletes: String = "PROPAGATE", _ body: @escaping @Sendable (World) async throws -> Void
    ) async throws {
        try await World.with(hint, tables: tables) { world in
            try world.write(tree(deletes: deletes))
            try await world.apply()
            try await body(world)
        }
    }

    private static func conflicts(_ world: World) async throws -> [String] {
        try await world.metaQuery(
            "SELECT source_pk || ' ' || field || ' ' || value::text FROM sync_conflicts ORDER BY 1"
        )
        .compactMap { $0[0] }
    }

    /// Nothing is to be written, and still nobody knows what people did.
    @Test func aListWhoseChangesCannotBeReadIsReported() async throws {
        try await World.with("unread", tables: Self.tables) { world in
            try world.write(ExitCodeTests.smallest)
            try await world.apply()
            try world.fault(.locked, ["delta"])
            try await world.expect(
                16, "apply", "--auto-approve", "--quiet", says: ["reading what changed in the list", "Projects"])
            try world.clearFaults()
            try await world.apply()
        }
    }

    @Test func anEditOfAnotherFieldIsKept() async throws {
        try await Self.applied("otherfield") { world in
            let item = try world.item("Active", "projects/1").id
            try world.personEdits("Active", item, ["Cost": 99])
            try await world.sql("UPDATE projects SET name = 'From the source' WHERE id = 1")
            try await world.apply()
            let after = try world.item("Active", "projects/1")
            #expect(after.fields["Title"] == "From the source")
            #expect(after.fields["Cost"]?.double == 99)
            #expect(try await Self.conflicts(world) == [])
        }
    }

    @Test func anEditOfTheSameFieldLosesAndIsSaved() async throws {
        try await Self.applied("samefield") { world in
            try world.personEdits("Active", try world.item("Active", "projects/1").id, ["Title": "Kim's", "Cost": 5])
            try world.personEdits("Active", try world.item("Active", "projects/2").id, ["Title": "From the source"])
            try await world.sql("UPDATE projects SET name = 'From the source' WHERE id <= 2")
            try await world.apply()
            #expect(try world.item("Active", "projects/1").fields["Title"] == "From the source")
            #expect(try world.item("Active", "projects/1").fields["Cost"]?.double == 5)
            #expect(try await Self.conflicts(world) == ["projects/1 Title \"Kim's\""])
            // The next change of the source finds nothing new to save.
            try await world.sql("UPDATE projects SET name = 'Again' WHERE id = 1")
            try await world.apply()
            #expect(try await Self.conflicts(world).count == 1)
        }
    }

    @Test func anItemThatAPersonDeletedStaysDeleted() async throws {
        try await Self.applied("deleted") { world in
            try world.personDeletes("Active", try world.item("Active", "projects/1").id)
            try world.personDeletes("Active", try world.item("Active", "projects/2").id)
            try await world.sql(
                "UPDATE projects SET name = 'New' WHERE id = 1; UPDATE projects SET status = 'Done' WHERE id = 2")
            try await world.expect(0, "apply", "--auto-approve", says: ["2 items were found deleted by people"])
            try await world.expectEmptyPlan()
            #expect(try world.items("Active").count == 8)
            #expect(try world.items("Rest").isEmpty)
            try await world.sql("UPDATE projects SET name = 'Newer' WHERE id = 1")
            try await world.expectEmptyPlan()
            try await world.sql("DELETE FROM projects WHERE id <= 2")
            try await world.apply()
            #expect(try world.items("Active").count == 8)
        }
    }

    @Test func aMoveCarriesPeoplesColumnsAndTheirEdits() async throws {
        try await Self.applied("carry") { world in
            for list in ["Active", "Rest"] {
                try world.personAddsColumn(list, ["name": "Notes", "text": [:]])
                try world.personAddsColumn(
                    list, ["name": "Tags", "choice": ["choices": ["a", "b", "c"], "displayAs": "checkBoxes"]])
            }
            try world.personEdits(
                "Active", try world.item("Active", "projects/1").id,
                ["Notes": "call back", "Tags@odata.type": "Collection(Edm.String)", "Tags": ["a", "c"], "Cost": 77])
            try world.personEdits("Active", try world.item("Active", "projects/2").id, ["Title": "Kim's title"])
            try await world.sql(
                "UPDATE projects SET status = 'Done' WHERE id = 1; UPDATE projects SET status = 'Done', name = 'S' WHERE id = 2"
            )
            try await world.apply()
            let moved = try world.item("Rest", "projects/1")
            #expect(moved.fields["Notes"] == "call back")
            #expect(moved.fields["Tags"]?.array?.compactMap(\.string).sorted() == ["a", "c"])
            // Of a mapped field that the source did not change, too.
            #expect(moved.fields["Cost"]?.double == 77)
            #expect(try world.item("Rest", "projects/2").fields["Title"] == "S")
            #expect(try await Self.conflicts(world) == ["projects/2 Title \"Kim's title\""])
            #expect(try world.items("Active").count == 8)
        }
    }

    /// The old item of a move is edited after it was copied: the run in between ended before the old one was deleted.
    @Test func anEditOfTheOldItemDuringAMoveArrivesInTheNew() async throws {
        try await Self.applied("midmove") { world in
            for list in ["Active", "Rest"] { try world.personAddsColumn(list, ["name": "Notes", "text": [:]]) }
            try await world.sql("UPDATE projects SET status = 'Done' WHERE id = 1")
            let old = try world.item("Active", "projects/1").id
            try world.fault(.locked, ["deleteItem"])
            try await world.expect(17, "apply", "--auto-approve", says: ["locked"])
            #expect(try world.items("Rest").count == 1)
            try world.personEdits("Active", old, ["Notes": "typed meanwhile", "Title": "Kim's"])
            try world.clearFaults()
            try await world.apply()
            let moved = try world.item("Rest", "projects/1")
            #expect(moved.fields["Notes"] == "typed meanwhile")
            #expect(try world.items("Active").count == 9)
            // The mapped field is the source's; the person's value is kept, in the item or in the conflicts.
            let saved = try await Self.conflicts(world)
            #expect(moved.fields["Title"] == "Kim's" || saved == ["projects/1 Title \"Kim's\""])
        }
    }

    @Test func aDeleteSavesWhatPeopleTyped() async throws {
        try await Self.applied("savedelete") { world in
            try world.personEdits("Active", try world.item("Active", "projects/1").id, ["Cost": 55])
            try await world.sql("DELETE FROM projects WHERE id <= 2")
            try await world.apply()
            #expect(try world.items("Active").count == 8)
            #expect(try await Self.conflicts(world) == ["projects/1 Cost 55"])
        }
    }

    @Test func retainKeepsTheItemAndTheRowTakesItOverAgain() async throws {
        try await Self.applied("retain", deletes: "RETAIN") { world in
            let item = try world.item("Active", "projects/1").id
            try await world.sql("DELETE FROM projects WHERE id <= 2")
            try world.resetCounters()
            let plan = try await world.plan()
            #expect(plan["summary"]?["data"]?["delete"]?.integer == 0)
            try await world.apply()
            #expect(world.writes() == 0)
            #expect(try world.items("Active").count == 10)
            #expect(try await world.metaQuery("SELECT count(*) FROM sync_ledger WHERE state = 'archived'") == [["2"]])
            try await world.sql("INSERT INTO projects VALUES (1, 'Back', 'Active', 1)")
            try await world.apply()
            #expect(try world.item("Active", "projects/1").id == item)
            #expect(try world.item("Active", "projects/1").fields["Title"] == "Back")
        }
    }

    @Test func markSaysWhenTheRowWentAndComesOffWhenItReturns() async throws {
        try await Self.applied("mark", deletes: "MARK") { world in
            let item = try world.item("Active", "projects/1").id
            #expect(try world.item("Active", "projects/1").fields["SyncBridgeDeletedAt"] == nil)
            try await world.sql("DELETE FROM projects WHERE id <= 3")
            try world.personEdits("Active", try world.item("Active", "projects/2").id, ["Title": "Kim's"])
            try world.personDeletes("Active", try world.item("Active", "projects/3").id)
            let plan = try await world.plan()
            // The third has no item to mark any more, and the plan has seen that.
            #expect(plan["summary"]?["data"]?["delete"]?.integer == 2)
            try await world.apply()
            #expect(try world.items("Active").count == 9)
            #expect(
                try world.item("Active", "projects/1").fields["SyncBridgeDeletedAt"]?.string?.hasPrefix("20") == true)
            #expect(try world.item("Active", "projects/2").fields["Title"] == "Kim's")
            try await world.sql("INSERT INTO projects VALUES (1, 'Project 1', 'Active', 1)")
            try await world.apply()
            let back = try world.item("Active", "projects/1")
            #expect(back.id == item)
            #expect(back.fields["SyncBridgeDeletedAt"]?.isNull ?? true)
            // A marked row that comes back elsewhere moves, without the mark.
            try await world.sql("INSERT INTO projects VALUES (2, 'Project 2', 'Done', 2)")
            try await world.apply()
            #expect(try world.item("Rest", "projects/2").fields["SyncBridgeDeletedAt"]?.isNull ?? true)
            #expect(try world.items("Active").count == 8)
        }
    }
}

@Suite("People's edits known before anything is pushed", .serialized)
struct FeedTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL, cost int);
        INSERT INTO projects SELECT i, 'Project ' || i, i FROM generate_series(1, 10) i;
        """

    private static func tree(_ onDrift: String) -> String {
        """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: projects }
        spec:
          source: { table: public.projects }
          target: { list: Projects }
          mapping:
            fields:
              - { source: name, target: Title }
              - { source: cost, target: Cost }
          deletes: PROPAGATE
          onDrift: \(onDrift)
        """
    }

    private static func applied(
        _ hint: String, _ onDrift: String = "REPORT", _ body: @escaping @Sendable (World) async throws -> Void
    ) async throws {
        try await World.with(hint, tables: tables) { world in
            try world.write(tree(onDrift))
            try await world.apply()
            try await body(world)
        }
    }

    private static func conflicts(_ world: World) async throws -> [String] {
        try await world.metaQuery(
            "SELECT source_pk || ' ' || field || ' ' || value::text FROM sync_conflicts ORDER BY 1"
        )
        .compactMap { $0[0] }
    }

    @Test func anEditIsKnownPerFieldWithoutBeingWritten() async throws {
        try await Self.applied("known") { world in
            try world.personEdits("Projects", try world.item("Projects", "projects/1").id, ["Cost": 99])
            try await world.expect(2, "drift", "--detailed-exitcode", says: ["row/projects/1", "people changed Cost"])
            #expect(try await world.metaQuery("SELECT 1 FROM sync_ledger WHERE seen_hashes IS NOT NULL").isEmpty)
            try world.resetCounters()
            try await world.expect(0, "apply", "--auto-approve", says: ["1 items were changed by people"])
            try await world.expect(2, "drift", "--detailed-exitcode", says: ["row/projects/1", "people changed Cost"])
            #expect(world.writes() == 0)
            try await world.expect(0, "rows", "show", "row/projects/1", says: ["people changed Cost"])
            // The next change of another field goes out at once under the tag that was seen.
            try await world.sql("UPDATE projects SET name = 'S' WHERE id = 1")
            try world.resetCounters()
            try await world.apply()
            #expect(world.writes("patchItem") == 1)
            #expect(world.counters()["requests"]?["getItem"]?.integer ?? 0 == 0)
            let after = try world.item("Projects", "projects/1")
            #expect(after.fields["Title"] == "S" && after.fields["Cost"]?.double == 99)
            try await world.expect(0, "rows", "show", "row/projects/1", says: ["people changed Cost"])
        }
    }

    @Test func revertTakesEditsBackAndKeepsThem() async throws {
        try await Self.applied("revert", "REVERT") { world in
            try world.personEdits("Projects", try world.item("Projects", "projects/1").id, ["Cost": 99])
            try world.personDeletes("Projects", try world.item("Projects", "projects/2").id)
            try await world.apply()
            #expect(try world.item("Projects", "projects/1").fields["Cost"]?.double == 1)
            #expect(try world.item("Projects", "projects/2").fields["Title"] == "Project 2")
            #expect(try await Self.conflicts(world) == ["projects/1 Cost 99"])
        }
    }

    @Test func aRestoredItemIsTheRowsAgain() async throws {
        try await Self.applied("restored") { world in
            let item = try world.item("Projects", "projects/1").id
            try world.personDeletes("Projects", item)
            try await world.apply()
            #expect(try world.items("Projects").count == 9)
            try await world.sql("UPDATE projects SET name = 'while it was away' WHERE id = 1")
            try await world.apply()
            #expect(try world.items("Projects").count == 9)
            try world.admin("POST", "/lists/\(try world.listID("Projects"))/items/\(item)/restore")
            try await world.apply()
            #expect(try world.item("Projects", "projects/1").id == item)
            #expect(try world.item("Projects", "projects/1").fields["Title"] == "while it was away")
            #expect(try world.items("Projects").count == 10)
        }
    }

    @Test func anUnchangedDefinitionCostsOneUnitAList() async throws {
        try await Self.applied("oneunit") { world in
            try await world.apply()
            try world.resetCounters()
            try await world.expect(0, "apply", "--auto-approve")
            #expect(world.counters()["requests"]?["delta"]?.integer == 1)
            #expect(world.counters()["requests"]?["listItems"]?.integer ?? 0 == 0)
        }
    }

    @Test(arguments: ["expired", "errorElements"])
    func whatTheFeedCannotSayIsFoundByLookingAtAllItems(_ anomaly: String) async throws {
        try await Self.applied("anomaly") { world in
            try await world.apply()
            try world.personDeletes("Projects", try world.item("Projects", "projects/3").id)
            try world.personEdits("Projects", try world.item("Projects", "projects/4").id, ["Title": "Kim's"])
            switch anomaly {
            case "expired": try world.admin("POST", "/delta/expire", [:])
            default: try world.setting("deltaErrorElementPercent", 100)
            }
            try await world.expect(0, "apply", "--auto-approve", says: ["1 items were found deleted by people"])
            #expect(
                try await world.metaQuery("SELECT source_pk FROM sync_ledger WHERE state = 'deletedByPerson'") == [
                    ["projects/3"]
                ])
            try await world.expect(0, "rows", "show", "row/projects/4", says: ["people changed Title"])
            try await world.expectEmptyPlan()
        }
    }
}
