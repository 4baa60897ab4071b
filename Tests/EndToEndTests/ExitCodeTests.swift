import Core
import Foundation
import GraphSimulator
import PostgreSQL
import TestSupport
import Testing

@Suite("Exit statuses and what the program says with them", .serialized)
struct ExitCodeTests {
    static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL);
        INSERT INTO projects SELECT i, 'Project ' || i FROM generate_series(1, 5) i;
        """

    static let smallest = """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: projects }
        spec:
          source: { table: public.projects }
          target: { list: Projects }
          deletes: PROPAGATE
        """

    private static let nowhere = "127.0.0.1:9"

    @Test func unreachableSidesAre16() async throws {
        try await World.with("unreachable", tables: Self.tables) { world in
            try world.write(Self.smallest)
            let dsn = "postgresql://reader@\(Self.nowhere)/warehouse?sslmode=disable"
            for verb in [["plan"], ["apply", "--auto-approve"]] {
                for changes in [
                    ["SOURCE_PG_DSN": dsn], ["SYNCBRIDGE_META_DSN": dsn], ["SP_GRAPH_URL": "http://\(Self.nowhere)"],
                    ["SP_AUTHORITY_URL": "http://\(Self.nowhere)"],
                ] {
                    let run = try await Program.run(
                        verb, environment: world.environment.merging(changes) { $1 }, directory: world.folder)
                    #expect(run.status == 16, "\(changes): \(run.errors)")
                    #expect(run.errors.contains("help: "), "\(changes): \(run.errors)")
                    #expect(run.errors.contains(Self.nowhere), "\(changes): \(run.errors)")
                }
            }
            #expect(world.writes() == 0)
        }
    }

    /// As after a failover, with a connection string that still names the old server.
    @Test func aMetaStoreThatOnlyReadsIs16() async throws {
        try await World.with("standby", tables: Self.tables) { world in
            try world.write(Self.smallest)
            try await world.apply()
            try await world.sql("INSERT INTO projects VALUES (6, 'Six')")
            try world.resetCounters()
            try await world.metaScript("ALTER DATABASE \(world.meta.name) SET default_transaction_read_only = on")
            try await world.expect(16, "apply", "--auto-approve", says: ["25006", "help: ", "use the primary"])
            #expect(world.writes() == 0)
            try await world.sql("ALTER DATABASE \(world.meta.name) RESET ALL")
            try await world.apply()
        }
    }

    @Test func aWrongClientSecretIs15() async throws {
        try await World.with("secret", tables: Self.tables) { world in
            try world.write(Self.smallest)
            let run = try await world.expect(
                15, "apply", "--auto-approve", changes: ["AZURE_CLIENT_SECRET": "not-the-secret"],
                says: ["AADSTS7000215", "client secret is wrong", "help: "])
            #expect(!(run.output + run.errors).contains("not-the-secret"))
            #expect(world.writes() == 0)
        }
    }

    @Test func aWrongDatabasePasswordIs15() async throws {
        try await World.with("password", tables: Self.tables) { world in
            let name = "sb_reader_\(UInt32.random(in: 0...UInt32.max))"
            try await world.session.script(
                """
                DO $$ BEGIN CREATE ROLE by_password; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
                CREATE ROLE \(name) LOGIN PASSWORD 'right' IN ROLE by_password;
                GRANT SELECT ON public.projects TO \(name);
                """)
            func dsn(_ password: String) -> String {
                world.source.dsn.replacingOccurrences(of: "postgres@", with: "\(name):\(password)@")
            }
            try world.write(Self.smallest)
            try await world.expect(0, "plan", changes: ["SOURCE_PG_DSN": dsn("right")])
            let run = try await world.expect(
                15, "plan", changes: ["SOURCE_PG_DSN": dsn("wr0ng")],
                says: ["password authentication failed", "help: "])
            #expect(!(run.output + run.errors).contains("wr0ng"))
            // No right to read the table: the message names it.
            try await world.session.script("REVOKE SELECT ON public.projects FROM \(name)")
            try await world.expect(
                15, "plan", changes: ["SOURCE_PG_DSN": dsn("right")], says: ["projects", "SQLSTATE 42501", "help: "])
            try await world.session.script("DROP OWNED BY \(name); DROP ROLE \(name)")
        }
    }

    @Test func anApplicationWithoutRightsIs15() async throws {
        try await World.with("rights", tables: Self.tables) { world in
            try world.write(Self.smallest)
            try world.rights("none")
            try await world.expect(15, "plan", says: ["Sites.Read.All", "help: "])
            try await world.expect(15, "apply", "--auto-approve", says: ["Sites.Read.All"])
            try world.rights("read")
            try await world.expect(0, "plan")
            try await world.expect(
                15, "apply", "--auto-approve",
                says: ["creating the list", "list/sharepoint/Projects", "Sites.Manage.All"])
            try world.rights("manage")
            try await world.apply()
            // Rows only, and no right to write them: nothing was written by this run.
            try await world.sql("UPDATE projects SET name = 'New' WHERE id = 1")
            try world.rights("read")
            try await world.expect(
                15, "apply", "--auto-approve", says: ["writing rows", "rows/projects/sharepoint/Projects"])
            try world.rights("write")
            try await world.apply()
            #expect(try world.item("Projects", "projects/1").fields["Title"] != nil)
        }
    }

    @Test func namesThatDoNotExistAre11WithTheirPlace() async throws {
        try await World.with("missing", tables: Self.tables) { world in
            func tree(_ spec: String) -> String {
                Self.smallest.replacingOccurrences(of: "{ table: public.projects }", with: spec)
            }
            try world.write(tree("{ table: public.project }"))
            try await world.expect(11, "plan", says: ["main.yaml:5:", "public.project"])
            try await world.expect(11, "apply", "--auto-approve", says: ["main.yaml:5:"])
            try world.write(tree("{ table: public.projects, key: [code] }"))
            try await world.expect(11, "plan", says: ["main.yaml:5:", "code"])
            try world.write(
                Self.smallest + "\n  mapping: { fields: [{ source: naem, target: Title }] }\n")
            try await world.expect(11, "plan", says: ["main.yaml:8:", "naem", "name"])
            try world.write(tree("{ table: public.projects, where: \"deleted IS NULL\" }"))
            try await world.expect(11, "plan", says: ["main.yaml:5:", "deleted"])
            try world.write(Self.smallest)
            try await world.expect(
                11, "plan",
                changes: [
                    "SOURCE_PG_DSN": world.source.dsn.replacingOccurrences(
                        of: world.source.name, with: "no_such_database")
                ],
                says: ["no_such_database", "profile/postgres"])
            try await world.expect(
                11, "plan", changes: ["SP_SITE_PATH": "/sites/Nowhere"],
                says: ["/sites/Nowhere", "profile/sharepoint", "help: "])
            try world.write(
                """
                apiVersion: syncbridge.arcore.io/v1
                kind: ConnectionProfile
                metadata: { name: contoso }
                spec:
                  type: SHAREPOINT
                  config:
                    tenantId: contoso.onmicrosoft.com
                    clientId: 11111111-1111-1111-1111-111111111111
                    credential: { clientSecret: { secretRef: { env: AZURE_CLIENT_SECRET } } }
                    site: { hostname: contoso.sharepoint.com, path: /sites/Nowhere }
                    endpoints: { graph: "\(world.origin)", authority: "\(world.origin)" }
                """, to: "manifests/site.yaml")
            try await world.expect(11, "plan", says: ["site.yaml:", "/sites/Nowhere"])
            #expect(world.writes() == 0)
        }
    }

    @Test func aSecretThatDoesNotResolveIs15WithItsPlace() async throws {
        try await World.with("unresolved", tables: Self.tables) { world in
            try world.write(Self.smallest)
            try world.write(
                """
                apiVersion: syncbridge.arcore.io/v1
                kind: ConnectionProfile
                metadata: { name: warehouse }
                spec:
                  type: POSTGRES
                  config: { dsn: { secretRef: { env: WAREHOUSE_DSN } } }
                """, to: "manifests/warehouse.yaml")
            try await world.expect(15, "plan", says: ["warehouse.yaml:6:", "WAREHOUSE_DSN", "help: "])
            try await world.expect(0, "validate")
            try await world.expect(0, "plan", changes: ["WAREHOUSE_DSN": world.source.dsn])
        }
    }

    @Test func whatNobodyConfiguredIs15ForApplyAndAssumedEmptyForPlan() async throws {
        try await World.with("unset", tables: Self.tables) { world in
            try world.write(Self.smallest)
            try await world.expect(
                15, "apply", "--auto-approve", changes: ["SYNCBRIDGE_META_DSN": ""], says: ["SYNCBRIDGE_META_DSN"])
            try await world.expect(15, "plan", changes: ["SOURCE_PG_DSN": ""], says: ["SOURCE_PG_DSN"])
            let none = [
                "AZURE_TENANT_ID": "", "AZURE_CLIENT_ID": "", "AZURE_CLIENT_SECRET": "", "SP_HOSTNAME": "",
                "SP_SITE_PATH": "",
            ]
            try await world.expect(15, "apply", "--auto-approve", changes: none, says: ["AZURE_CLIENT_SECRET"])
            try await world.expect(0, "plan", changes: none, says: ["assumes that it is empty"])
            try await world.expect(15, "plan", changes: ["AZURE_CLIENT_SECRET": ""], says: ["AZURE_CLIENT_SECRET"])
        }
    }

    @Test func wordsOnTheCommandLine() async throws {
        try await World.with("words", tables: Self.tables) { world in
            try world.write(Self.smallest)
            try await world.expect(10, "plan", "--no-such-flag")
            try await world.expect(10, "frobnicate")
            try await world.expect(10, "plan", "--allow-hazards", "ROW_DELETE_LIMITS@**", says: ["ROW_DELETE_LIMIT@"])
            try await world.expect(2, "plan", "--detailed-exitcode")
            try await world.expect(19, "plan", "--expect-no-changes")
            try await world.expect(19, "apply", "--auto-approve", "--expect-no-changes")
            try await world.expect(20, "apply", says: ["--auto-approve"])
            #expect(world.writes() == 0)
            try world.personList("Projects")
            try await world.expect(3, "plan", "--detailed-exitcode", says: ["FOREIGN_OWNER"])
        }
    }

    @Test func aTreeWithoutADocumentIs11() async throws {
        try await World.with("empty", tables: Self.tables) { world in
            try await world.expect(11, "plan")
            try world.write("# nothing\n")
            try await world.expect(11, "plan")
        }
    }

    @Test func aLeaseThatIsHeldIs14() async throws {
        try await World.with("lease", tables: Self.tables) { world in
            try world.write(Self.smallest)
            try await world.expect(0, "migrate")
            // Another process holds it: its row with a heartbeat, and its session with the lock of the row's epoch.
            try await world.metaScript(
                """
                INSERT INTO leases VALUES ('default', 'projects', 'sharepoint', 7, 'kim@build', 'r', now(), now(), 600)
                """)
            let holder = try await Session.connect(world.meta.parameters)
            _ = try await holder.query(
                "SELECT pg_advisory_lock(hashtextextended('syncbridge lease syncbridge default/projects/sharepoint 7', 0))"
            )
            try await world.expect(
                14, "apply", "--auto-approve", says: ["definition/projects", "kim@build is applying it", "help: "])
            #expect(world.writes() == 0)
            await holder.close()
            try await world.apply("--lock-timeout", "10s")
        }
    }

    @Test func aNewerMetaStoreIs1() async throws {
        try await World.with("newer", tables: Self.tables) { world in
            try world.write(Self.smallest)
            try await world.expect(0, "migrate")
            try await world.metaScript(
                "INSERT INTO schema_migrations (version, name, checksum) VALUES (999, 'future', 'x')")
            try await world.expect(1, "plan", says: ["999", "newer one"])
            try await world.expect(1, "status", says: ["999"])
            try await world.expect(1, "drift", says: ["999"])
            try await world.expect(1, "apply", "--auto-approve", says: ["999"])
            try await world.expect(1, "migrate", says: ["999"])
            #expect(world.writes() == 0)
        }
    }
}
