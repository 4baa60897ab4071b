import Conformance
import Core
import MetaStore
import Migrations
import PostgreSQL

/// A schema of the version before, filled as a program of that version fills it: by its tables and its functions.
enum EarlierSchema {
    static var version: Int { Migrations.all.dropLast().last?.version ?? 0 }

    static func make(_ store: PostgreSQLMetaStore, _ session: Session) async throws {
        _ = try await store.migrate(through: version)
        try await session.script("SET search_path = syncbridge, pg_catalog")
        for (name, sql) in Migrations.functions where functions.contains(name) {
            try await session.script(String(decoding: sql, as: UTF8.self))
            try await session.script(
                "INSERT INTO schema_functions (name, checksum) VALUES ('\(name)', '\(Digest(of: sql).hexadecimal)')")
        }
        try await session.script(registry)
        try await write(session, keys: ["01", "02", "03"], new: 3)
        try await session.script(effects)
    }

    /// Those that the program of that version has.
    private static let functions = [
        "open_intents_v2", "quota_exchange_v2", "require_definition_v2", "write_ledger_v2",
    ]

    private static let definition = MetaStoreConformance.definition
    private static let run = MetaStoreConformance.run

    private static let registry = """
        INSERT INTO sync_definitions (id, project, name, key_prefix, source_table, sync_mode, sharding_policy, pending_spec,
            applied_spec, applied_fingerprint, applied_at, source_identity, mapping_version, capture_mark, last_snapshot_at)
        VALUES ('\(definition)', 'p', 'projects', 'projects', 'public.projects', 'ONE_WAY_PUSH', '{"rules":[]}', '{"v":2}',
            '{"v":1}', 'f', '2026-02-01Z', 's', 2,
            '{"column":"updated_at","kind":"timestamptz","value":1,"shape":"s"}', '2026-02-01Z');
        INSERT INTO field_mappings VALUES
            ('\(definition)', 1, 1, 'title', 'Title', '', true),
            ('\(definition)', 2, 1, 'title', 'Title', '', true), ('\(definition)', 2, 2, 'cost', 'Cost', 'TRIM', false);
        INSERT INTO managed_lists VALUES
            ('list', 'p', '\(definition)', 'Projects', 'contoso', 's', 'https://x/Lists/Projects', false, 'Projects', '');
        INSERT INTO managed_columns VALUES ('list', 'Cost', 'c1', '{}'), ('list', 'Note', NULL, NULL);
        INSERT INTO leases VALUES
            ('p', 'projects', 'contoso', 1, 'a', '\(run)', '2026-02-01Z', clock_timestamp(), 86400);
        INSERT INTO holds VALUES ('p', '', 'audit', 'kim', '2026-02-01Z');
        INSERT INTO sync_runs VALUES
            ('\(run)', 'p', '2026-02-01Z', '2026-02-02Z', 'kim', 'd', 's', '{"create":3}', 0);
        """

    private static let effects = """
        INSERT INTO delta_positions VALUES ('list', 'a,b', 'link', '2026-02-01Z', '2026-02-01Z');
        INSERT INTO stray_items VALUES ('list', 9, 'projects/9', '2026-02-01Z');
        INSERT INTO sync_conflicts (project, sync_def_id, key, source_pk, field, value, run_id, saved_at)
        VALUES ('p', '\(definition)', '\\x0001', 'projects/1', 'Title', '"theirs"', '\(run)', '2026-02-01Z');
        INSERT INTO staged_effects VALUES
            ('\(run)', '\(definition)', 1, '\\x0001', '{1}', 'update', 'Projects', sha256('1'));
        SELECT open_intents_v2('p', 'projects', 'contoso', 1, '\(definition)', '\(run)', ARRAY['\\x0001'::bytea],
            ARRAY['projects/1'], ARRAY['update'], ARRAY['list'], ARRAY['list'], ARRAY[10::bigint], ARRAY['"e,1"'],
            ARRAY['{"fields":{"Title":"x"},"written":[0],"mapping":2}'::json]);
        SELECT out_booking FROM quota_exchange_v2('contoso', 'app', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 5,
            100, 200, 10000, 60, 5, 10, NULL);
        """

    /// Writes entries as the program before does: one in step, one that a person changed, one that is refused; `keys` end
    /// with these, and those behind them are in step.
    static func write(_ session: Session, keys: [String], new: Int, version: Int = 1) async throws {
        func all(_ text: (Int) -> String) -> String { keys.indices.map(text).joined(separator: ", ") }
        func first(_ at: Int, _ value: String, else other: String = "NULL") -> String {
            keys[at] == "03" ? value : other
        }
        let values = [
            "ARRAY[\(all { "'\\x00\(keys[$0])'" })]::bytea[]", "ARRAY[\(all { _ in "\(version)" })]::bigint[]",
            "ARRAY[\(all { "'projects/\(keys[$0])'" })]",
            "ARRAY[\(all { first($0, "'quarantined'", else: "'synced'") })]",
            "ARRAY[\(all { _ in "'list'" })]", "ARRAY[\(all { "\(Int(keys[$0], radix: 16) ?? 0) * 10" })]::bigint[]",
            "ARRAY[\(all { _ in "'\"e,1\"'" })]", "ARRAY[\(all { "sha256('\(keys[$0])')" })]",
            "ARRAY[\(all { "sha256('\(keys[$0])')" })]",
            "ARRAY[\(all { _ in "'\\x00000000000000010000000000000002'" })]::bytea[]",
            "ARRAY[\(all { _ in "2" })]::bigint[]", "ARRAY[\(all { _ in "1" })]::bigint[]", "NULL", "NULL", "NULL",
            "ARRAY[\(all { keys[$0] == "02" ? "'\\x00000000000000030000000000000002'" : "NULL" })]::bytea[]",
            "NULL", "NULL", "NULL", "NULL", "ARRAY[\(all { first($0, "'REFUSED'") })]::text[]", "NULL",
            "ARRAY[\(all { first($0, "'no'") })]::text[]", "NULL", "ARRAY[\(all { first($0, "2") })]::bigint[]",
            "NULL", "NULL", "NULL",
        ]
        try await session.script(
            """
            SET search_path = syncbridge, pg_catalog;
            SELECT write_ledger_v2('p', '\(definition)', '2026-02-01Z', 'projects', 'contoso', 1, \(new),
                \(values.joined(separator: ",\n    ")))
            """)
    }
}
