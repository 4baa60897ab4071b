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

    @Option(help: "Rows of the table that plans read.")
    var rows = 1_000_000

    @Option(help: "Rounds of each comparison; the median counts.")
    var rounds = 5

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
        let bench = try Workbench(rows: rows, rounds: rounds)
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
            try Files.write(ResultsDocument(machine: machine, rows: rows, results: results).text, to: document)
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

    func run() async throws { try await LedgerFill(manifests: manifests, source: source, meta: meta).run() }
}
