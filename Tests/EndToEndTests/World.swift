import Core
import Foundation
import GraphSimulator
import PostgreSQL
import TestSupport
import Testing

/// A whole small world: a source database, a meta-store, a simulated tenant over real HTTP, a folder of manifests, and
/// the real program to run in it.
struct World: Sendable {
    let source: TestDatabase
    let meta: TestDatabase
    /// A session in the source database.
    let session: Session
    let graph: any SimulatedService
    /// `http://127.0.0.1:PORT`
    let origin: String
    let folder: URL
    let zone: SiteTimeZone

    /// Makes a world, runs `body` in it, and takes it apart whatever happened.
    /// - Parameter server: Of another PostgreSQL server than the tests' own.
    static func with(
        _ hint: String, zone zoneName: String = "Europe/Berlin", tables: String, server: String? = nil,
        _ body: @escaping @Sendable (World) async throws -> Void
    ) async throws {
        let zone = try #require(ZoneFiles.zone(named: zoneName))
        var configuration = SimulatorConfiguration()
        configuration.timeZone = zone
        configuration.findZone = { ZoneFiles.zone(named: $0) }
        let graph = SimulatedGraph(configuration)
        try await databases(hint, tables: tables, server: server) { source, meta, session, folder in
            try await SimulatorServer(graph).whileRunning { origin in
                try await body(
                    World(
                        source: source, meta: meta, session: session, graph: graph, origin: origin, folder: folder,
                        zone: zone))
            }
        }
    }

    /// The same with the simulator as a program of its own, which can be killed.
    static func withProcess(
        _ hint: String, tables: String, server: String? = nil,
        _ body: @escaping @Sendable (World, SimulatorProcess) async throws -> Void
    ) async throws {
        let zone = try #require(ZoneFiles.zone(named: "Europe/Berlin"))
        try await databases(hint, tables: tables, server: server) { source, meta, session, folder in
            let simulator = try await SimulatorProcess.start(
                state: folder.appendingPathComponent("simulator.json"), zone: zone.name)
            let outcome: Result<Void, any Error>
            do {
                try await body(
                    World(
                        source: source, meta: meta, session: session, graph: simulator, origin: simulator.origin,
                        folder: folder, zone: zone), simulator)
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            await simulator.end()
            try outcome.get()
        }
    }

    /// Makes what every world needs beside its tenant.
    private static func databases(
        _ hint: String, tables: String, server: String?,
        _ body: (TestDatabase, TestDatabase, Session, URL) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sb-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("manifests"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let meta = try await TestDatabase.make("meta_\(hint)", server: server)
        let outcome: Result<Void, any Error>
        do {
            try await TestDatabase.with(hint, server: server) { source, session in
                if !tables.isEmpty { try await session.script("SET search_path = public; \(tables)") }
                try await body(source, meta, session, folder)
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try await meta.drop()
        try outcome.get()
    }

    /// Everything the smallest tree needs.
    var environment: [String: String] {
        [
            "SOURCE_PG_DSN": source.dsn, "SYNCBRIDGE_META_DSN": meta.dsn, "AZURE_TENANT_ID": "contoso.onmicrosoft.com",
            "AZURE_CLIENT_ID": "11111111-1111-1111-1111-111111111111", "AZURE_CLIENT_SECRET": "simulator-secret",
            "SP_HOSTNAME": "contoso.sharepoint.com", "SP_SITE_PATH": "/sites/Operations", "SP_TIME_ZONE": zone.name,
            "SP_GRAPH_URL": origin, "SP_AUTHORITY_URL": origin,
            // Back-off and quota without waiting.
            "SYNCBRIDGE_QUOTA_PER_MINUTE": "1000000",
            "SYNCBRIDGE_BACKOFF_MIN_MS": "1", "SYNCBRIDGE_BACKOFF_MAX_MS": "5", "SYNCBRIDGE_YOUTH_MS": "2000",
            "SYNCBRIDGE_SETTLE_MS": "1000",
        ]
    }

    func write(_ text: String, to file: String = "manifests/main.yaml") throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(file))
    }

    func remove(_ file: String) throws { try FileManager.default.removeItem(at: folder.appendingPathComponent(file)) }

    /// Runs the program. `changes` go over the environment; an empty value takes a variable away.
    func run(_ arguments: String..., changes: [String: String] = [:]) async throws -> ProgramRun {
        let all = environment.merging(changes) { $1 }.filter { !$0.value.isEmpty }
        return try await Program.run(arguments, environment: all, directory: folder)
    }

    func sql(_ text: String) async throws { try await session.script("SET search_path = public; \(text)") }

    /// One statement in the source database, in a session of its own; its rows as text.
    @discardableResult
    func sourceQuery(_ sql: String) async throws -> [[String?]] { try await Self.query(source, schema: "public", sql) }

    static func query(_ database: TestDatabase, schema: String, _ sql: String) async throws -> [[String?]] {
        let session = try await Session.connect(database.parameters)
        let outcome: Result<[[String?]], any Error>
        do {
            try await session.script("SET search_path = \(schema)")
            let rows = try await session.query(sql)
            outcome = .success(rows.map { row in rows.columns.indices.map { row.text($0) } })
        } catch {
            outcome = .failure(error)
        }
        await session.close()
        return try outcome.get()
    }

    // MARK: What every test ends with

    /// Applies, and expects that all went well and that the next plan is empty.
    @discardableResult
    func apply(
        _ extra: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> ProgramRun {
        let all = environment.filter { !$0.value.isEmpty }
        let run = try await Program.run(["apply", "--auto-approve"] + extra, environment: all, directory: folder)
        #expect(run.status == 0, "\(run.output)\(run.errors)", sourceLocation: sourceLocation)
        try await expectEmptyPlan(sourceLocation: sourceLocation)
        return run
    }

    func expectEmptyPlan(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let run = try await run("plan", "--detailed-exitcode", "--json")
        #expect(
            run.status == 0, "the next plan is not empty\n\(run.output)\(run.errors)", sourceLocation: sourceLocation)
    }

    /// Expects that what is there stays right: the next apply writes nothing and drift tells nothing, and both again after the
    /// meta-store was lost and made anew from manifests, stamps, keys and source.
    /// - Parameter isRight: Looks at every item and asks the program nothing.
    func expectLastingly(
        sourceLocation: SourceLocation = #_sourceLocation, _ isRight: () async throws -> Void
    ) async throws {
        try await isRight()
        try await expectNothingToDo(sourceLocation)
        _ = try await metaQuery("DROP SCHEMA syncbridge CASCADE")
        try await expect(0, "recover", sourceLocation: sourceLocation)
        try await expectNothingToDo(sourceLocation)
        try await isRight()
    }

    private func expectNothingToDo(_ sourceLocation: SourceLocation) async throws {
        try resetCounters()
        try await apply(sourceLocation: sourceLocation)
        #expect(writes() == 0, sourceLocation: sourceLocation)
        try await expect(0, "drift", "--detailed-exitcode", sourceLocation: sourceLocation)
    }

    func plan(sourceLocation: SourceLocation = #_sourceLocation) async throws -> JSON {
        let run = try await run("plan", "--json")
        return try JSON.parse(run.output)
    }

    // MARK: What is in SharePoint, asked independently of the program

    struct Item: Sendable {
        var id: String
        var key: String?
        var fields: [String: JSON]
    }

    /// Every item of a list with all its fields, in the order of their ids.
    func items(_ list: String) throws -> [Item] {
        let answer = graph.handle(HTTPRequest("GET", "\(origin)/admin/lists/\(list)/items?format=json"))
        guard answer.status == 200 else { return [] }
        let items = try JSON.parse(answer.body)["items"]?.array ?? []
        return items.map { item in
            let fields = Dictionary((item["fields"]?.members ?? []).map { ($0.name, $0.value) }) { first, _ in first }
            return Item(id: item["id"]?.string ?? "", key: fields["SyncBridgeKey"]?.string, fields: fields)
        }
    }

    /// A Graph call in the name of a person: no token, no quota, no faults.
    @discardableResult
    func person(_ method: String, _ path: String, _ body: JSON? = nil) -> HTTPResponse {
        graph.handle(
            HTTPRequest(
                method, "\(origin)/v1.0\(path)",
                headers: [
                    HTTPHeader("X-Simulator-Person", "Kim"), HTTPHeader("Content-Type", "application/json"),
                ], body: body?.serialized()))
    }

    /// The id of the simulated site.
    func siteID() throws -> String {
        let answer = person("GET", "/sites/contoso.sharepoint.com:/sites/Operations")
        return try #require(try JSON.parse(answer.body)["id"]?.string)
    }

    func counters() -> JSON { (try? admin("GET", "/counters")) ?? .null }
}
