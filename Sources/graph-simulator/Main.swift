internal import ArgumentParser
internal import Core
internal import Dispatch
internal import Glibc
internal import GraphSimulator

@main
struct GraphSimulatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph-simulator",
        abstract: "Simulates Microsoft Graph's sites and lists on the loopback interface.")

    @Option(help: "The port to listen on; 0 for any free one.")
    var port = 0

    @Option(help: "A file that gets the bound port once requests are answered.")
    var portFile: String?

    @Option(help: "Load this state if the file is there, and save it at the end and on POST /admin/save.")
    var state: String?

    @Flag(help: "Keep the state file up to date with every write, so that kill -9 loses nothing that was answered.")
    var durable = false

    @Option(help: "A site's server-relative path; may be given several times.")
    var site: [String] = []

    @Option(help: "The host name of the sites.")
    var hostname = "contoso.sharepoint.com"

    @Option(help: "The tenant's id or domain in token requests.")
    var tenant = "contoso.onmicrosoft.com"

    @Option(help: "The application that may sign in.")
    var clientID = "11111111-1111-1111-1111-111111111111"

    @Option(help: "Its secret.")
    var clientSecret = "simulator-secret"

    @Option(help: "The sites' time zone, such as Europe/Berlin; UTC if neither this nor the state says otherwise.")
    var timeZone: String?

    @Option(help: "The seed of all chance.")
    var seed: UInt64 = 1

    @Flag(help: "Refuse calls beyond SharePoint's quota of resource units.")
    var enforceQuota = false

    @Option(help: "Hold every answer back by so many milliseconds.")
    var latency = 0

    @Flag(help: "Stop when standard input closes.")
    var exitWithStdin = false

    func run() async throws {
        let graph = SimulatedGraph(configuration)
        let file = state.map { StateFile(path: $0) }
        if let file, let problem = graph.load(from: file) { throw ValidationError(problem) }
        if durable {
            guard let file else { throw ValidationError("--durable needs --state") }
            try graph.keepJournal(in: file) { error in
                // Answering on would promise what is not on disk.
                Self.complain("\(error)")
                _exit(EXIT_FAILURE)
            }
        }
        try applyOptions(to: graph)
        let save: @Sendable () throws -> Void = { if let file { try graph.save(to: file) } }
        let server = SimulatorServer(graph, port: port, realMilliseconds: { Self.realMilliseconds() }, save: save)
        if exitWithStdin { Self.stopWhenStandardInputCloses() }
        try await server.runUntilSignalled { port in announce(port) }
        if let file, durable { try graph.endJournal(in: file) } else { try save() }
    }

    private var configuration: SimulatorConfiguration {
        var configuration = SimulatorConfiguration()
        configuration.hostname = hostname
        configuration.tenant = tenant
        configuration.applications = []
        configuration.sites = []
        configuration.findZone = { ZoneFiles.zone(named: $0) }
        configuration.seed = seed
        configuration.startMilliseconds = Self.realMilliseconds()
        // Calls already on the wire when the refusal leaves are not bad manners.
        configuration.settings.retryAfterGraceMilliseconds = 200
        return configuration
    }

    /// What the command line asks for goes before what the state says.
    private func applyOptions(to graph: SimulatedGraph) throws {
        for path in site.isEmpty ? ["/sites/Operations"] : site { graph.addSite(path: path) }
        graph.register(.init(clientID: clientID, secret: clientSecret))
        let problem = graph.configure { settings in
            if enforceQuota { settings.enforceQuota = true }
            if latency > 0 { settings.latencyMilliseconds = latency }
            if let timeZone { settings.timeZone = timeZone }
        }
        if let problem { throw ValidationError(problem) }
    }

    private func announce(_ port: Int) {
        if let portFile {
            do {
                try WholeFile.write(Array("\(port)\n".utf8), to: portFile)
            } catch {
                Self.complain("\(error)")
                kill(getpid(), SIGTERM)
            }
        }
        print("graph-simulator: http://127.0.0.1:\(port)/v1.0")
        fflush(nil)
    }

    private static func complain(_ text: String) {
        let message = Array("graph-simulator: \(text)\n".utf8)
        write(STDERR_FILENO, message, message.count)
    }

    private static func realMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// The end of standard input becomes the signal that stops the server.
    private static func stopWhenStandardInputCloses() {
        DispatchQueue(label: "graph-simulator.stdin").async {
            var byte: UInt8 = 0
            while read(STDIN_FILENO, &byte, 1) > 0 {}
            kill(getpid(), SIGTERM)
        }
    }
}
