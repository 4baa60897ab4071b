internal import ArgumentParser
internal import Core

@main
struct BenchmarkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "syncbridge-bench",
        abstract: "Measures the figures that SyncBridge claims. Started by scripts/bench.",
        subcommands: [RunCommand.self, FillCommand.self], defaultSubcommand: RunCommand.self)
}

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Measures and prints.")

    @Argument(help: "What to measure, by name; nothing means everything.")
    var names: [String] = []

    @Option(help: "Rows of the table; default: what each benchmark takes by itself, 1,000,000 for plans.")
    var rows: Int?

    @Option(help: "Rounds of each comparison; the median counts.")
    var rounds = 5

    @Option(name: .customLong("class"), help: "The tenant's class of licences in drain, 1 to 5.")
    var licenceClass = 5

    @Option(help: "Changes in drain and memory.")
    var changes = 10_000

    @Option(help: "A Markdown file that gets the results.")
    var document: String?

    @Flag(help: "Only print the names.")
    var list = false

    func run() async throws {
        if list {
            for benchmark in Catalogue.all { print("\(benchmark.name)  \(benchmark.summary)") }
            return
        }
        for name in names where !Catalogue.all.contains(where: { $0.name == name }) {
            throw ValidationError("nothing is called \(name); --list names what is")
        }
        guard (1...5).contains(licenceClass) else { throw ValidationError("a class of licences is 1 to 5") }
        let bench = try Workbench(
            Workbench.Size(rows: rows, rounds: rounds, licenceClass: licenceClass, changes: changes))
        let chosen = Catalogue.all.filter { names.isEmpty || names.contains($0.name) }
        let machine = Machine.here(postgres: try await bench.serverVersion())
        print(machine.text)
        var results: [Measurement] = []
        for benchmark in chosen {
            Log.note("measuring \(benchmark.name)")
            let measured = try await benchmark.run(bench)
            for measurement in measured { print(measurement.line) }
            results += measured
        }
        if let document {
            try Files.write(ResultsDocument(machine: machine, rows: bench.rows, results: results).text, to: document)
        }
        if results.contains(where: { $0.isReached == false }) { throw ExitCode(1) }
    }
}

/// Fills a ledger. A process of its own, so that the one that measures stays small: a child's peak memory is never
/// reported as less than its parent's.
struct FillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "fill", shouldDisplay: false)

    @Argument var manifests: String
    @Argument var source: String
    @Argument var meta: String

    /// A simulator's state file, which gets the items of the rows.
    @Option var state: String?
    /// Of so many rows one has an item there.
    @Option var every = 1
    /// A file that gets the creates of the rows instead: nothing else is written.
    @Option var creates: String?

    func run() async throws {
        let world = try await FilledWorld.open(manifests: manifests, source: source, meta: meta)
        if let creates {
            try await CreateList(path: creates).write(world)
        } else {
            try await LedgerFill(meta: meta, state: state, every: every).run(world)
        }
        await world.close()
    }
}
