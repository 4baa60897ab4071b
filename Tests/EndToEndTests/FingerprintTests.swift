import Core
import Testing

/// Rows that are known by their bytes are not read, and nothing that a person notices depends on it.
@Suite("Fingerprints of rows", .serialized)
struct FingerprintTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL, note text, closed_at timestamptz);
        INSERT INTO projects SELECT i, 'Project ' || i, CASE WHEN i % 3 = 0 THEN E'tab\\t \\\\ line\\n' END,
            CASE WHEN i % 2 = 0 THEN now() END FROM generate_series(1, 60) i;
        """

    private static func tree(_ more: String = "", transform: String = "") -> String {
        """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: projects }
        spec:
          source: { table: public.projects }
          target: { list: Projects }
          deletes: PROPAGATE
          mapping:
            fields:
              - { source: id, target: Number }
              - { source: name, target: Title\(transform) }
              - { source: note, target: Note }
        \(more)
        """
    }

    private static func missing(_ world: World) async throws -> String? {
        try await world.metaQuery("SELECT count(*) FROM sync_ledger WHERE row_fingerprint IS NULL AND state = 'synced'")
            .first?[0]
    }

    private static func entries(_ world: World) async throws -> [[String?]] {
        try await world.metaQuery(
            """
            SELECT key, version, etag, last_sync_ts, state, content_hash, encode(row_fingerprint, 'hex') FROM sync_ledger
            ORDER BY key
            """)
    }

    @Test func aWrittenRowIsKnownByItsBytes() async throws {
        try await World.with("prints", tables: Self.tables) { world in
            try world.write(Self.tree())
            try await world.apply()
            #expect(try await Self.missing(world) == "0")
            // What a wave wrote is what a scan finds: nothing is noted anew.
            let entries = try await Self.entries(world)
            try await world.expectEmptyPlan()
            try await world.apply("--expect-no-changes")
            #expect(try await Self.entries(world) == entries)
            try await world.metaScript("UPDATE sync_ledger SET row_fingerprint = NULL, fingerprint_key = NULL")
            try await world.expectEmptyPlan()
            #expect(try await Self.missing(world) == "60")
            // Noted again, and nothing but that: the same bytes under the same key.
            try world.resetCounters()
            try await world.apply("--expect-no-changes")
            #expect(try await Self.entries(world) == entries)
            #expect(world.writes() == 0)
        }
    }

    @Test func whatChangesIsSeen() async throws {
        try await World.with("printschange", tables: Self.tables) { world in
            try world.write(Self.tree())
            try await world.apply()
            try await world.sql("UPDATE projects SET note = 'new' WHERE id = 7; DELETE FROM projects WHERE id = 8")
            try await world.apply()
            #expect(try world.item("Projects", "projects/7").fields["Note"] == "new")
            #expect(try world.items("Projects").count == 59)
            #expect(try await Self.missing(world) == "0")
            // The manifest changes, and no row does.
            try world.write(Self.tree(transform: ", transform: UPPERCASE"))
            try await world.apply()
            #expect(try world.item("Projects", "projects/7").fields["Title"] == "PROJECT 7")
            #expect(try await Self.missing(world) == "0")
            try await world.expectEmptyPlan()
        }
    }

    @Test func aPersonsEditIsRevertedThoughTheRowIsTheSame() async throws {
        try await World.with("printsdrift", tables: Self.tables) { world in
            try world.write(Self.tree("  onDrift: REVERT"))
            try await world.apply()
            try world.personEdits("Projects", try world.item("Projects", "projects/5").id, ["Title": "Typed by Kim"])
            try await world.apply()
            #expect(try world.item("Projects", "projects/5").fields["Title"] == "Project 5")
            try await world.expectEmptyPlan()
            #expect(try await Self.missing(world) == "0")
        }
    }

    @Test func aLostListIsSeenThoughItsRowsAreTheSame() async throws {
        try await World.with("printslist", tables: Self.tables) { world in
            try world.write(Self.tree())
            try await world.apply()
            try world.personDeletesList("Projects", forGood: true)
            try await world.expect(12, "apply", "--auto-approve", says: ["LIST_GONE"])
            try await world.apply("--allow-hazards", "LIST_GONE@list/sharepoint/Projects")
            #expect(try world.items("Projects").count == 60)
            #expect(try await Self.missing(world) == "0")
        }
    }
}
