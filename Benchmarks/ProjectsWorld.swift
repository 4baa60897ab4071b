/// A database with one large table, a meta-store and a simulated site between which nothing is to be done.
struct ProjectsWorld: Sendable {
    let bench: Workbench
    let manifests: String
    let environment: [String: String]

    static let source = "bench_source"
    static let meta = "bench_meta"

    /// The rows that plans read, as `psql` reads them.
    static let statement = "SELECT * FROM public.projects ORDER BY id"

    /// The rules by which rows have their list, in YAML.
    enum Rules: String {
        /// Four lists, by three rules with conditions of several kinds.
        case various = """
                  - { when: { status: Active, priority: { lte: 2 } }, list: Projects_Active }
                  - { when: { status: Closed, closed_at: { olderThan: 90d } }, list: Projects_Closed }
                  - { when: { any: [ { status: Planned }, { owner: { isNull: true } } ] }, list: Projects_Planned }
                  - { default: Projects_Archive }
            """
        /// Three lists, by the state alone.
        case byStatus = """
                  - { when: { status: Active }, list: Projects_Active }
                  - { when: { status: Closed }, list: Projects_Closed }
                  - { default: Projects_Planned }
            """
    }

    /// Makes the table.
    /// - Parameter quota: The site profile's, in YAML; `nil` for one that never binds.
    static func make(
        _ bench: Workbench, _ rules: Rules = .various, quota: String? = nil
    ) async throws -> ProjectsWorld {
        let manifests = try Files.temporary("manifests") + ".yaml"
        try Files.write(definition + rules.rawValue + rest + "    quota: \(quota ?? "{}")\n", to: manifests)
        try await bench.createDatabase(source)
        try await bench.createDatabase(meta)
        try await bench.script(source, table)
        var environment = [
            "SOURCE_PG_DSN": bench.dsn(source), "NO_COLOR": "1", "SWIFT_BACKTRACE": "enable=no",
        ]
        // The smallest class of licences is what a profile without a quota has.
        if quota == nil { environment["SYNCBRIDGE_QUOTA_PER_MINUTE"] = "1000000" }
        return ProjectsWorld(bench: bench, manifests: manifests, environment: environment)
    }

    func insert(from: Int, to: Int) async throws {
        try await bench.script(
            Self.source, Self.insert + " FROM generate_series(\(from)::bigint, \(to)::bigint) AS i")
    }

    func vacuum() async throws { try await bench.execute(Self.source, "VACUUM (ANALYZE) public.projects") }

    /// Variables with which a site and a meta-store are configured too.
    func connected(to origin: String) -> [String: String] {
        environment.merging([
            "SYNCBRIDGE_META_DSN": bench.dsn(Self.meta), "AZURE_TENANT_ID": "contoso.onmicrosoft.com",
            "AZURE_CLIENT_ID": "11111111-1111-1111-1111-111111111111", "AZURE_CLIENT_SECRET": "simulator-secret",
            "SYNCBRIDGE_VAR_GRAPH_URL": origin,
        ]) { $1 }
    }

    /// Makes the ledger that an apply of all rows would have left: lists and registrations by an apply of a few rows,
    /// entries by the program's own evaluation of each row.
    func fillLedger(_ environment: [String: String]) async throws {
        try ChildProcess.expect(fill)
        try await bench.execute(Self.meta, "VACUUM (ANALYZE) syncbridge.sync_ledger")
    }

    /// Applies until every entry has the fingerprint of its row; an apply notes a part of them. Then the ledger is laid out
    /// as waves leave it that write entries with their fingerprints: without room for what every entry was before.
    /// - Returns: How many applies that took.
    func noteFingerprints(_ environment: [String: String], rows: Int) async throws -> Int {
        var applies = 0
        while try await bench.count(
            Self.meta, "SELECT count(*) FROM syncbridge.sync_ledger WHERE row_fingerprint IS NULL") > 0
        {
            guard applies * 100_000 <= rows else { throw BenchmarkError("applies do not note the rows' fingerprints") }
            try apply(environment)
            applies += 1
        }
        try await bench.execute(Self.meta, "VACUUM (FULL, ANALYZE) syncbridge.sync_ledger")
        try await bench.execute(Self.meta, "VACUUM syncbridge.sync_ledger")
        return applies
    }

    /// Uses both tables as months of applies leave them, and does not clean up: of 1,000 rows 100 were updated, 20 deleted
    /// (their entries are tombstones), 10 have items that people changed, 5 have items that people deleted, and 5 were
    /// refused. A plan still finds nothing to do.
    func use() async throws {
        let rest = "substr(source_pk, 10)::bigint % 1000"
        try await bench.script(
            Self.source,
            """
            ALTER TABLE public.projects SET (autovacuum_enabled = false);
            UPDATE public.projects SET notes = notes WHERE id % 1000 < 100;
            DELETE FROM public.projects WHERE id % 1000 BETWEEN 100 AND 119;
            """)
        try await bench.script(
            Self.meta,
            """
            ALTER TABLE syncbridge.sync_ledger SET (autovacuum_enabled = false);
            UPDATE syncbridge.sync_ledger SET version = version + 1, fingerprint_version = fingerprint_version + 1
                WHERE \(rest) < 100;
            UPDATE syncbridge.sync_ledger SET version = version + 1, state = 'tombstone', row_fingerprint = NULL,
                fingerprint_key = NULL, fingerprint_version = NULL WHERE \(rest) BETWEEN 100 AND 119;
            UPDATE syncbridge.sync_ledger SET version = version + 1,
                seen_hashes = overlay(field_hashes PLACING '\\x0102030405060708'::bytea FROM 1)
                WHERE \(rest) BETWEEN 120 AND 129;
            UPDATE syncbridge.sync_ledger SET version = version + 1, state = 'deletedByPerson'
                WHERE \(rest) BETWEEN 130 AND 134;
            UPDATE syncbridge.sync_ledger SET version = version + 1, state = 'quarantined', error_class = 'REFUSED',
                refused_list_id = sp_list_id, refused_reason = 'refused', attempts = 1
                WHERE \(rest) BETWEEN 135 AND 139;
            ANALYZE syncbridge.sync_ledger;
            """)
        try await bench.script(Self.source, "ANALYZE public.projects")
    }

    /// Makes lists, ledger and items as an apply of so many rows would have left them.
    /// - Parameter every: Of so many rows one has an item; the others only seem to.
    func filled(rows: Int, every: Int = 1) async throws -> SimulatedTenant {
        let state = try Files.temporary("state")
        let first = try await emptyTenant(state: state)
        try await insert(from: 1, to: rows)
        try await vacuum()
        try ChildProcess.expect(
            fill + ["--state", state, "--every", "\(every)"])
        try await bench.execute(Self.meta, "VACUUM (ANALYZE) syncbridge.sync_ledger")
        return try SimulatedTenant.start(bench, ["--state", state, "--port", first.port])
    }

    /// Applies the table without a row, so that lists and registrations are there, and lets the tenant end.
    /// - Returns: The tenant that was. On its port the feeds' links go on.
    @discardableResult
    func emptyTenant(state: String) async throws -> SimulatedTenant {
        let tenant = try SimulatedTenant.start(bench, ["--state", state])
        try apply(connected(to: tenant.origin))
        tenant.end()
        return tenant
    }

    /// Writes the creates of all rows to a file, as other clients take them.
    func writeCreates(to path: String) throws { try ChildProcess.expect(fill + ["--creates", path]) }

    private var fill: [String] { [bench.itself, "fill", manifests, bench.dsn(Self.source), bench.dsn(Self.meta)] }

    /// How many rows a change of the table concerns; each of them once.
    struct Change: Sendable {
        var creates = 0
        var updates = 0
        var deletes = 0
        var moves = 0
    }

    func change(_ change: Change) async throws {
        let last = change.updates + change.deletes
        try await bench.script(
            Self.source,
            """
            CREATE TEMPORARY TABLE pick AS SELECT id, row_number() OVER (ORDER BY md5(id::text)) AS n FROM public.projects;
            CREATE TEMPORARY TABLE mover AS SELECT id FROM public.projects JOIN pick USING (id)
                WHERE n > \(last) AND status = 'Active' AND priority <= 2 ORDER BY n LIMIT \(change.moves);
            UPDATE public.projects SET name = name || ' II' WHERE id IN (SELECT id FROM pick WHERE n <= \(change.updates));
            DELETE FROM public.projects
                WHERE id IN (SELECT id FROM pick WHERE n > \(change.updates) AND n <= \(last));
            UPDATE public.projects SET status = 'Planned' WHERE id IN (SELECT id FROM mover);
            \(Self.insert) FROM (SELECT max(id) AS top FROM public.projects) AS t,
                generate_series(t.top + 1, t.top + \(change.creates)) AS i;
            DROP TABLE pick, mover;
            """)
    }

    @discardableResult
    func apply(_ environment: [String: String], _ options: [String] = []) throws -> Finished {
        try ChildProcess.expect(
            [bench.program, "apply", "-f", manifests, "--auto-approve", "--quiet"] + options, environment: environment)
    }

    func plan(_ environment: [String: String]) throws -> Finished {
        try ChildProcess.expect(
            [bench.program, "plan", "-f", manifests, "--quiet", "--detailed-exitcode"], environment: environment)
    }

    func copy() throws -> Finished {
        try ChildProcess.expect(
            [
                bench.psql, "-X", "-q", "-d", bench.dsn(Self.source), "-c",
                "\\copy (\(Self.statement)) to '/dev/null'",
            ])
    }

    private static let table = """
        CREATE TABLE public.projects (
            id bigint PRIMARY KEY,
            code text NOT NULL,
            name varchar(200) NOT NULL,
            status text NOT NULL CHECK (status IN ('Active', 'Closed', 'Planned')),
            owner varchar(120),
            priority integer NOT NULL,
            project_cost numeric(12, 2),
            is_public boolean NOT NULL,
            started_on date,
            closed_at timestamptz,
            updated_at timestamptz NOT NULL,
            notes text
        );
        """

    private static let insert = """
        INSERT INTO public.projects
        SELECT i, 'prj-' || to_char(i, 'FM0000000'),
            (ARRAY['Bridge', 'Harbour', 'Metro', 'School', 'Hospital', 'Dam', 'Tower'])[i % 7 + 1] || ' '
                || (ARRAY['Lübeck', 'Hamburg', 'Bremen', 'Kiel', 'Rostock', 'Zürich', 'Łódź', 'Århus', 'Gdańsk'])[i % 9 + 1],
            (ARRAY['Active', 'Active', 'Closed', 'Planned'])[i % 4 + 1],
            CASE WHEN i % 11 > 0 THEN ' Employee ' || i % 4999 || ' ' END, i % 3 + 1,
            (i * 7919 % 90000000 + 1000) / 8.0, i % 5 = 0, date '2010-01-01' + (i % 5000)::integer,
            CASE WHEN i % 4 = 2 THEN timestamptz '2014-03-01 10:00:00+00' + i % 90000 * interval '1 minute' END,
            timestamptz '2019-05-01 08:00:00.125+00' + i * interval '1 second',
            'Ground work, steel and finishing; the margin is ' || i % 40 || ' %, the next review in week ' || i % 52 || '.'
        """

    private static let definition = """
        apiVersion: syncbridge.arcore.io/v1
        kind: Project
        metadata: { name: bench }
        ---
        apiVersion: syncbridge.arcore.io/v1
        kind: ConnectionProfile
        metadata: { name: warehouse }
        spec: { type: POSTGRES, config: { dsn: { secretRef: { env: SOURCE_PG_DSN } } } }
        ---
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: projects }
        spec:
          source: { table: public.projects }
          deletes: PROPAGATE
          sharding:
            rules:

        """

    private static let rest = """

          mapping:
            fields:
              - { source: id, target: ProjectNumber }
              - { source: name, target: Title }
              - { source: code, target: Code, transform: [TRIM, UPPERCASE] }
              - { source: status, target: Status, type: { choice: { choices: [Active, Closed, Planned] } } }
              - { source: owner, target: Owner, transform: [TRIM, { DEFAULT: Nobody }] }
              - { source: priority, target: Priority, transform: [{ MAP: { 1: High, 2: Normal, 3: Low } }] }
              - { source: project_cost, target: ProjectCost, type: { currency: { locale: en-us } } }
              - { source: is_public, target: IsPublic }
              - { source: started_on, target: StartedOn, type: dateOnly }
              - { source: closed_at, target: ClosedAt, type: dateTime }
              - { source: updated_at, target: UpdatedAt, type: dateTime }
              - { source: notes, target: Notes, type: multilineText }
        ---
        apiVersion: syncbridge.arcore.io/v1
        kind: ConnectionProfile
        metadata: { name: contoso }
        spec:
          type: SHAREPOINT
          config:
            tenantId: contoso.onmicrosoft.com
            clientId: 11111111-1111-1111-1111-111111111111
            credential: { clientSecret: { secretRef: { env: AZURE_CLIENT_SECRET } } }
            site: { hostname: contoso.sharepoint.com, path: /sites/Operations }
            endpoints: { graph: "${GRAPH_URL:-}", authority: "${GRAPH_URL:-}" }
            timeZone: Europe/Berlin

        """
}
