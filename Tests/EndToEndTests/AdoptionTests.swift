import Core
import Foundation
import Testing

@Suite("Lists and columns that exist already", .serialized)
struct AdoptionTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL, status text NOT NULL);
        INSERT INTO projects SELECT i, 'Project ' || i, 'Active' FROM generate_series(1, 10) i;
        """

    private static func tree(adopt: Bool = false, fields: String = "") -> String {
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
              - { source: status, target: Status, type: text }\(fields)
          deletes: PROPAGATE
          lists:
            Projects: { displayName: Projects, adopt: \(adopt) }
        """
    }

    @Test func aPersonsListIsLeftAloneUntilAdoptedAndThenLosesNothing() async throws {
        try await World.with("adopt", tables: Self.tables) { world in
            try world.personList(
                "Projects",
                columns: [
                    ["name": "Status", "text": [:]], ["name": "Owner", "text": [:]],
                ])
            for i in 1...30 {
                try world.personItem("Projects", ["Title": .string("Mine \(i)"), "Status": "Odd", "Owner": "Kim"])
            }
            try world.resetCounters()
            try world.write(Self.tree())
            try await world.expect(3, "plan", "--detailed-exitcode", says: ["FOREIGN_OWNER", "adopt: true"])
            try await world.expect(12, "apply", "--auto-approve", says: ["FOREIGN_OWNER", "adopt: true"])
            #expect(world.writes() == 0)

            try world.write(Self.tree(adopt: true))
            let plan = try await world.plan()
            #expect(plan["summary"]?["schema"]?["adopt"]?.integer == 2)
            #expect(plan["summary"]?["data"]?["create"]?.integer == 10)
            #expect(plan["summary"]?["data"]?["delete"]?.integer == 0)
            try await world.apply()
            let items = try world.items("Projects")
            #expect(items.count == 40)
            let people = items.filter { $0.key == nil }
            #expect(people.count == 30)
            #expect(people.allSatisfy { $0.fields["Status"] == "Odd" && $0.fields["Owner"] == "Kim" })
            #expect(Set(items.compactMap(\.key)).count == 10)

            try await world.sql("DELETE FROM projects WHERE id = 1; UPDATE projects SET name = 'X' WHERE id = 2")
            try await world.apply()
            #expect(try world.items("Projects").count == 39)
            #expect(try world.items("Projects").filter { $0.key == nil }.count == 30)
        }
    }

    @Test func aPersonsColumnInOurListIsLeftAloneUntilAdopted() async throws {
        try await World.with("adoptcol", tables: Self.tables) { world in
            try world.write(Self.tree())
            try await world.apply()
            try world.personAddsColumn("Projects", ["name": "Code", "text": [:]])
            try world.personEdits("Projects", try world.item("Projects", "projects/1").id, ["Code": "Kim's"])
            let mapped = "\n      - { source: status, target: Code, type: text }"
            try world.write(Self.tree(fields: mapped))
            try world.resetCounters()
            try await world.expect(
                12, "apply", "--auto-approve",
                says: ["FOREIGN_OWNER", "column/sharepoint/Projects/Code", "adopt: true"])
            #expect(world.writes() == 0)
            #expect(try world.item("Projects", "projects/1").fields["Code"] == "Kim's")
            try world.write(Self.tree(adopt: true, fields: mapped))
            try await world.apply()
            #expect(try world.items("Projects").count == 10)
            #expect(try world.item("Projects", "projects/2").fields["Code"] == "Active")
        }
    }

    @Test func aListOfAnotherMetaStoreIsRefused() async throws {
        try await World.with("stamped", tables: Self.tables) { world in
            try world.write(Self.tree())
            try await world.apply()
            let id = try #require(try await world.metaQuery("SELECT id FROM meta_store").first?[0])
            try world.resetCounters()
            try await world.metaScript("DROP SCHEMA syncbridge CASCADE")
            // An empty meta-store of the same project has lost something; nothing is taken over or doubled.
            try await world.expect(
                12, "apply", "--auto-approve", says: ["META_STORE_BEHIND", "list/sharepoint/Projects", "recover"])
            try world.write(Self.tree(adopt: true))
            try await world.expect(12, "apply", "--auto-approve", says: ["META_STORE_BEHIND"])
            // Another project has no business with it.
            try world.write(
                """
                apiVersion: syncbridge.arcore.io/v1
                kind: Project
                metadata: { name: other }
                """, to: "manifests/project.yaml")
            try await world.expect(
                12, "apply", "--auto-approve", says: ["FOREIGN_OWNER", id, "list/sharepoint/Projects"])
            #expect(world.writes() == 0)
        }
    }

    @Test func twoListsOfOneNameAreRefusedByName() async throws {
        try await World.with("twonames", tables: Self.tables) { world in
            let first = try world.personList("Projects")
            try world.personChanges(first, ["displayName": "Old projects"])
            try world.personList("projects 2")
            try world.personChanges("projects 2", ["displayName": "PROJECTS"])
            try world.resetCounters()
            try world.write(Self.tree(adopt: true))
            try await world.expect(12, "apply", "--auto-approve", says: ["CASE_COLLISION", "Old projects", "PROJECTS"])
            #expect(world.writes() == 0)
        }
    }

    @Test func aRenamedListIsFoundByItsIdAndItsNewNameIsKept() async throws {
        try await World.with("renamed", tables: Self.tables) { world in
            try world.write(Self.tree())
            try await world.apply()
            let id = try world.listID("Projects")
            try world.personChanges(id, ["displayName": "Our projects"])
            let plan = try await world.plan()
            #expect(plan["summary"]?["empty"] == true)
            #expect(plan["drift"]?.array?.count == 1)
            #expect(plan["drift"]?.array?.first?["summary"]?.string?.contains("Our projects") == true)
            try await world.sql("UPDATE projects SET name = 'X' WHERE id = 2")
            try await world.apply()
            #expect(try world.items(id).count == 10)
            #expect(try world.items(id).contains { $0.fields["Title"] == "X" })
            // Another list under the old name changes nothing.
            try world.personList("Other")
            try await world.expectEmptyPlan()
        }
    }

    @Test func aDeletedListIsReportedAndNeverMadeAnew() async throws {
        try await World.with("listgone", tables: Self.tables) { world in
            try world.write(Self.tree())
            try await world.apply()
            let id = try world.listID("Projects")
            try #require(world.person("DELETE", try world.path("Projects")).status == 204)
            try world.resetCounters()
            try await world.expect(3, "plan", "--detailed-exitcode", says: ["LIST_GONE", "recycle bin"])
            try await world.expect(12, "apply", "--auto-approve", says: ["LIST_GONE", "10 rows"])
            #expect(world.writes() == 0)
            try world.admin("POST", "/lists/\(id)/restore")
            try await world.expectEmptyPlan()
            #expect(try world.items("Projects").count == 10)
        }
    }

    /// An apply that ended between the creation of the list and its record.
    @Test func aStampedListThatTheRegistryDoesNotKnowIsFoundAgain() async throws {
        try await World.with("stampfound", tables: Self.tables) { world in
            try world.write(Self.tree())
            try await world.expect(0, "migrate")
            try await world.fillDisk(under: "managed_lists")
            try await world.expect(17, "apply", "--auto-approve", says: ["53100"])
            try await world.freeDisk(under: "managed_lists")
            try world.personChanges("Projects", ["displayName": "Renamed meanwhile"])
            try await world.expect(0, "apply", "--auto-approve")
            try await world.expectEmptyPlan()
            let lists = try #require(try world.admin("GET", "/lists")["lists"]?.array)
            #expect(lists.count { $0["name"]?.string?.hasPrefix("Projects") == true } == 1)
            #expect(try world.items("Projects").count == 10)
        }
    }

    @Test func registryRowsThatWereLostAreFoundByTheirStamps() async throws {
        try await World.with("lostregistry", tables: Self.tables) { world in
            try world.write(Self.tree())
            try await world.apply()
            try await world.metaScript("DELETE FROM managed_columns; DELETE FROM managed_lists;")
            // The list is known by its stamp; of its columns nobody knows whose they are.
            try await world.expect(
                12, "apply", "--auto-approve", says: ["column/sharepoint/Projects/Status", "adopt: true"])
            try world.write(Self.tree(adopt: true))
            try await world.apply()
            #expect(try world.items("Projects").count == 10)
        }
    }
}
