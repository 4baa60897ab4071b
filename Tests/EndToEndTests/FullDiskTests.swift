import Core
import PostgreSQL
import Testing

@Suite("A meta-store whose disk is full", .serialized)
struct FullDiskTests {
    @Test func beforeTheFirstWriteIs16AndNothingIsWritten() async throws {
        try await World.with("full1", tables: ExitCodeTests.tables) { world in
            try world.write(ExitCodeTests.smallest)
            try await world.expect(0, "migrate")
            try await world.fillDisk(under: "sync_definitions")
            try await world.expect(16, "apply", "--auto-approve", says: ["53100", "help: "])
            #expect(world.writes() == 0)
            try await world.freeDisk(under: "sync_definitions")
            try await world.fillDisk(under: "sync_runs")
            try await world.expect(16, "apply", "--auto-approve", says: ["53100"])
            #expect(world.writes() == 0)
            try await world.freeDisk(under: "sync_runs")
            try await world.apply()
        }
    }

    @Test func afterItemsWereCreatedIs17AndNothingIsDoubled() async throws {
        try await World.with("full2", tables: ExitCodeTests.tables) { world in
            try world.write(ExitCodeTests.smallest)
            try await world.expect(0, "migrate")
            try await world.fillDisk(under: "sync_ledger")
            try await world.expect(17, "apply", "--auto-approve", says: ["53100", "help: "])
            try await world.freeDisk(under: "sync_ledger")
            try await world.apply()
            #expect(try world.items("Projects").count == 5)
        }
    }

    @Test(arguments: [
        "UPDATE projects SET name = name || '!'", "DELETE FROM projects WHERE id < 3",
        "INSERT INTO projects VALUES (6, 'Six')",
    ])
    func afterRowsWereWrittenIs17(change: String) async throws {
        try await World.with("full3", tables: ExitCodeTests.tables) { world in
            try world.write(ExitCodeTests.smallest)
            try await world.apply()
            try await world.sql(change)
            try await world.fillDisk(under: "sync_ledger")
            try await world.expect(17, "apply", "--auto-approve", says: ["53100"])
            try await world.freeDisk(under: "sync_ledger")
            try await world.apply()
            let expected = try await world.session.query("SELECT 'projects/' || id FROM public.projects ORDER BY id")
            #expect(
                try world.items("Projects").compactMap(\.key).sorted() == expected.compactMap { $0.text(0) }.sorted())
        }
    }
}
