import Core
import Testing

@Suite("Plan writes nothing", .serialized)
struct PlanWritesNothingTests {
    /// Everything in a database that a plan could have touched: relations, their rows, and the counters of writes.
    private static let catalog = """
        SELECT (SELECT string_agg(c.oid::regclass || ' ' || c.relkind::text || ' ' || c.relfilenode::text, ',' ORDER BY c.oid)
                FROM pg_class c WHERE c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg\\_%'
                    OR nspname = 'information_schema')),
            (SELECT string_agg(nspname, ',' ORDER BY oid) FROM pg_namespace),
            (SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::text FROM pg_stat_user_tables)
        """

    @Test func withoutAMetaStoreSchemaAndWithOne() async throws {
        try await World.with("pure", tables: ExitCodeTests.tables) { world in
            try world.write(ExitCodeTests.smallest)
            for round in ["without a meta-store", "with one", "with changes"] {
                if round == "with one" { try await world.apply() }
                if round == "with changes" {
                    try await world.sql("UPDATE projects SET name = 'New'; DELETE FROM projects WHERE id = 1")
                }
                try world.resetCounters()
                let state = try Self.withoutTokens(try world.admin("GET", "/state"))
                let meta = try await world.metaQuery(Self.catalog)
                let rows = try await Self.rows(world)
                for arguments in [
                    ["plan"], ["plan", "--json"], ["plan", "--detailed-exitcode", "--out", "plan.json"],
                ] {
                    _ = try await Program.run(arguments, environment: world.environment, directory: world.folder)
                }
                try await world.expect(0, "plan", changes: ["SYNCBRIDGE_META_DSN": ""], says: ["no meta-store"])
                #expect(world.writes() == 0, "\(round)")
                #expect(try Self.withoutTokens(try world.admin("GET", "/state")) == state, "\(round)")
                #expect(
                    try await world.metaQuery(Self.catalog).map { $0.prefix(2) } == meta.map { $0.prefix(2) },
                    "\(round)")
                #expect(try await Self.rows(world) == rows, "\(round)")
            }
        }
    }

    /// All rows of the meta-store with the transactions that wrote them.
    private static func rows(_ world: World) async throws -> [String] {
        let tables = try await world.metaQuery(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'syncbridge' ORDER BY 1")
        var rows: [String] = []
        for table in tables.compactMap({ $0[0] }) {
            rows += try await world.metaQuery("SELECT xmin || ' ' || t::text FROM \(table) t ORDER BY ctid").compactMap
            { $0[0] }
        }
        return rows
    }

    /// Sites with their lists and items; tokens and clocks move on.
    private static func withoutTokens(_ state: JSON) throws -> JSON { state["sites"] ?? .null }
}
