import Core
import Foundation
import Testing

/// Items that we deleted with their rows and that a person takes out of the recycle bin, also where the ledger has
/// forgotten them: a restore wins over any tombstone.
@Suite("Items out of the recycle bin", .serialized)
struct RestoredItemTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL);
        INSERT INTO projects SELECT i, 'Project ' || i FROM generate_series(1, 30) i;
        """

    /// A world in which the row 30 and its item are gone.
    /// - Parameter isRecent: The item was made just now; else so long ago that the ledger need not know of it.
    private static func deleted(
        _ hint: String, isRecent: Bool = true, _ body: @escaping @Sendable (World, String) async throws -> Void
    ) async throws {
        try await World.with(hint, tables: tables) { world in
            if isRecent {
                let clock = try #require(try world.admin("GET", "/clock")["milliseconds"]?.double)
                let ahead = Date().timeIntervalSince1970 - clock / 1000
                try world.admin("POST", "/clock", .object([.init("advanceSeconds", .number(max(0, ahead)))]))
            }
            try world.write(
                ExitCodeTests.smallest + """

                    ---
                    apiVersion: syncbridge.arcore.io/v1
                    kind: Project
                    metadata: { name: default }
                    spec: { retention: { tombstones: 90d } }
                    """)
            try await world.apply()
            let item = try world.item("Projects", "projects/30").id
            try await world.sql("DELETE FROM projects WHERE id = 30")
            try await world.apply()
            // What an apply leaves behind, the next one forgets.
            try await world.apply()
            #expect(try world.items("Projects").count == 29)
            try await body(world, item)
        }
    }

    private static func restore(_ item: String, _ world: World) throws {
        try world.admin("POST", "/lists/\(try world.listID("Projects"))/items/\(item)/restore")
    }

    /// The item stays, is reported, and belongs to its row as soon as that is there again.
    private static func expectKept(_ item: String, _ world: World) async throws {
        try await world.apply()
        #expect(try world.items("Projects").count == 30)
        try await world.expect(2, "drift", "--detailed-exitcode", says: ["item \(item)", "no row owns it"])
        try await world.sql("INSERT INTO projects VALUES (30, 'Project 30')")
        try await world.apply()
        #expect(try world.items("Projects").count == 30)
        #expect(try world.item("Projects", "projects/30").id == item)
    }

    private static func graves(_ world: World) async throws -> [[String?]] {
        try await world.metaQuery("SELECT count(*)::text FROM sync_ledger WHERE state = 'tombstone'")
    }

    @Test func stayThoughTheLedgerForgotThem() async throws {
        try await Self.deleted("forgotten", isRecent: false) { world, item in
            // As the retention does in time.
            try await world.metaScript("DELETE FROM sync_ledger WHERE state = 'tombstone'")
            try Self.restore(item, world)
            let plan = try await world.run("plan")
            #expect(!plan.output.contains("META_STORE_BEHIND"), "\(plan.output)")
            try await Self.expectKept(item, world)
        }
    }

    @Test func stayAfterTheLedgerWasRebuilt() async throws {
        try await Self.deleted("rebuilt") { world, item in
            #expect(try await Self.graves(world) == [["1"]])
            try Self.restore(item, world)
            try await world.expect(0, "recover", says: ["29 rows have their item", "1 items belong to no row"])
            try await Self.expectKept(item, world)
        }
    }

    /// Whether a person restored it or a later state of the meta-store made it cannot be told: nothing is lost.
    @Test func stayWhereTheLedgerIsOlder() async throws {
        try await Self.deleted("olderledger") { world, item in
            try await world.metaScript("DELETE FROM sync_ledger WHERE state = 'tombstone'")
            try Self.restore(item, world)
            try await world.expect(3, "plan", "--detailed-exitcode", says: ["META_STORE_BEHIND"])
            try await world.expect(0, "recover", says: ["1 items belong to no row"])
            try await Self.expectKept(item, world)
        }
    }
}
