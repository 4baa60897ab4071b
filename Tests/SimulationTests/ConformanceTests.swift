import Conformance
import Core
import GraphSimulator
import Logging
import MicrosoftGraph
import Simulation
import Synchronization
import Testing

@Suite("What is in memory does what the real ones do")
struct ConformanceTests {
    @Test(arguments: MetaStoreConformance.Case.allCases)
    func metaStore(_ what: MetaStoreConformance.Case) async throws { try await Self.memory().check(what) }

    @Test(arguments: MetaStoreConformance.FencedWrite.allCases)
    func anOldEpochChangesNothing(_ write: MetaStoreConformance.FencedWrite) async throws {
        try await Self.memory().checkFence(write)
    }

    private static func memory() -> MetaStoreConformance {
        let database = MemoryDatabase(
            now: { 1_770_000_000 }, makeID: { "11111111-2222-4333-8444-555555555555" })
        return MetaStoreConformance(
            connect: { database.connect() }, ageHeartbeats: { database.ageHeartbeats(seconds: $0) },
            savedValues: {
                database.state.withLock { state in
                    Dictionary(state.conflicts.map { ($0.saved.field, $0.saved.value) }, uniquingKeysWith: { $1 })
                }
            }, contents: { database.state.withLock { $0.contents } })
    }

    @Test(arguments: RowSourceConformance.Case.allCases)
    func rowSource(_ what: RowSourceConformance.Case) async throws {
        let tables = zip(RowSourceConformance.relations, RowSourceConformance.rows).map { relation, rows in
            var table = MemoryTable(relation)
            for row in rows { table.put(row) }
            return table
        }
        let source = MemoryRowSource(tables)
        try await RowSourceConformance(source, empty: { source.edit { $0[0].rows = [:] } }).check(what)
    }

    @Test(arguments: SiteConformance.Case.allCases)
    func siteInMemory(_ what: SiteConformance.Case) async throws {
        let application = "11111111-1111-1111-1111-111111111111"
        let site = MemorySite(application: application, now: { 1_770_000_000 })
        let conformance = SiteConformance(
            site, application: application,
            edit: { list, item, fields in
                let answer = site.edit {
                    $0.perform(
                        .update(list: list, item: item, etag: nil, fields: fields), by: .person, at: 1_770_000_000)
                }
                _ = try answer.get()
            },
            restore: { list, item in
                let isRestored = site.edit { $0.restore(list, item, at: 1_770_000_000) }
                #expect(isRestored)
            }, act: { act in site.edit { Self.perform(act, &$0) } })
        try await conformance.check(what)
    }

    /// The same through Graph's client and the simulated service.
    @Test(arguments: SiteConformance.Case.allCases)
    func siteThroughGraph(_ what: SiteConformance.Case) async throws {
        let graph = SimulatedGraph()
        let application = "11111111-1111-1111-1111-111111111111"
        let origin = "http://simulator"
        let endpoints = try #require(GraphEndpoints(cloud: .global, graph: origin, authority: origin))
        let surroundings = GraphSurroundings(
            clock: StandingClock(), logger: Logger(label: "conformance", factory: { _ in SwiftLogNoOpLogHandler() }))
        let transport = SimulatedTransport(graph)
        let policy = RetryMachine.Policy()
        let tokens = TokenCache(
            ClientCredentials(
                tenant: "contoso.onmicrosoft.com", clientID: application, secret: "simulator-secret"),
            endpoints: endpoints, transport: transport, policy: policy, surroundings: surroundings)
        let client = GraphClient(
            endpoints: endpoints, tokens: tokens, transport: transport,
            settings: GraphSettings(version: "1", retries: policy), surroundings: surroundings)
        let site = GraphSite(client: client, hostname: "contoso.sharepoint.com", sitePath: "/sites/Operations")
        @Sendable func act(_ method: String, _ path: String, _ body: JSON) throws {
            let answer = graph.handle(HTTPRequest(method, "\(origin)/admin\(path)", body: body.serialized()))
            try #require((200..<300).contains(answer.status), "\(String(decoding: answer.body, as: UTF8.self))")
        }
        let conformance = SiteConformance(
            site, application: application,
            edit: { list, item, fields in
                try act("PATCH", "/lists/\(list)/items/\(item)", ["person": "Kim", "fields": .object(fields)])
            },
            restore: { list, item in try act("POST", "/lists/\(list)/items/\(item)/restore", ["person": "Kim"]) },
            act: { what in
                let (method, path, body) = Self.call(what)
                try act(method, path, body)
            })
        try await conformance.check(what)
    }
}

extension ConformanceTests {
    private static func perform(_ act: PeoplesAct, _ tenant: inout MemoryTenant) {
        switch act {
        case .deleteColumn(let list, let name): tenant.deleteColumn(name, in: list)
        case .addColumn(let list, let name): tenant.addPeoplesColumn(name, in: list, isWritable: true)
        case .renameColumn(let list, let name, let text): tenant.editColumn(name, in: list) { $0.displayName = text }
        case .describeColumn(let list, let name, let text): tenant.editColumn(name, in: list) { $0.description = text }
        case .requireColumn(let list, let name): tenant.editColumn(name, in: list) { $0.required = true }
        case .removeChoice(let list, let name, let choice):
            tenant.editColumn(name, in: list) { column in
                guard case .choice(var options)? = column.type else { return }
                options.choices.removeAll { $0 == choice }
                column.type = .choice(options)
            }
        case .deleteList(let list): tenant.deleteList(list, forGood: false)
        case .restoreList(let list):
            let isRestored = tenant.restoreList(list)
            #expect(isRestored)
        case .endList(let list): tenant.deleteList(list, forGood: true)
        case .lock(let list, let item, let status): tenant.lock(list, item, status: status)
        }
    }

    /// The same by the simulator's administration.
    private static func call(_ act: PeoplesAct) -> (method: String, path: String, body: JSON) {
        switch act {
        case .deleteColumn(let list, let name): ("DELETE", "/lists/\(list)/columns/\(name)", [:])
        case .addColumn(let list, let name):
            ("POST", "/lists/\(list)/columns", ["name": .string(name), "text": [:]])
        case .renameColumn(let list, let name, let text):
            ("PATCH", "/lists/\(list)/columns/\(name)", ["displayName": .string(text)])
        case .describeColumn(let list, let name, let text):
            ("PATCH", "/lists/\(list)/columns/\(name)", ["description": .string(text)])
        case .requireColumn(let list, let name): ("PATCH", "/lists/\(list)/columns/\(name)", ["required": true])
        case .removeChoice(let list, let name, let choice):
            ("PATCH", "/lists/\(list)/columns/\(name)", ["removeChoices": [.string(choice)]])
        case .deleteList(let list): ("DELETE", "/lists/\(list)", [:])
        case .restoreList(let list): ("POST", "/lists/\(list)/restore", [:])
        case .endList(let list): ("DELETE", "/lists/\(list)", ["forGood": true])
        case .lock(let list, let item, let status):
            (
                status == nil ? "DELETE" : "PUT", "/lists/\(list)/items/\(item)/lock",
                status.map { ["status": .number($0)] } ?? [:]
            )
        }
    }
}

/// Stands still until somebody waits.
private final class StandingClock: GraphClock {
    private let moment = Mutex(1_768_035_600.0)

    func now() -> Double { moment.withLock { $0 } }

    func wait(until end: Double) async throws(CancellationError) { moment.withLock { $0 = max($0, end) } }
}
