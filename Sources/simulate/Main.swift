internal import ArgumentParser
internal import Simulation

@main
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Lets whole runs happen in worlds made from one number each, with everything that can go wrong.")

    @Option(help: "How many worlds.")
    var seeds = 1000

    @Option(help: "The first one's number.")
    var from: UInt64 = 0

    @Option(help: "Only this one, with everything that happens in it.")
    var seed: UInt64?

    @Option(help: "Stop after so many worlds in which something was not as it must be.")
    var failures = 10

    func run() throws {
        if let seed {
            let outcome = Simulation.run(seed: seed, keepsLines: true)
            for line in outcome.lines { print(line) }
            print("trace \(String(outcome.hash, radix: 16)), \(outcome.events) events, \(outcome.runs) runs")
            for violation in outcome.violations { print("seed \(seed): \(violation)") }
            if !outcome.violations.isEmpty { throw ExitCode(1) }
            return
        }
        var failed = 0
        for seed in from..<from + UInt64(seeds) {
            let outcome = Simulation.run(seed: seed)
            guard let first = outcome.violations.first else { continue }
            failed += 1
            print("seed \(seed): \(first)")
            if failed >= failures { break }
        }
        if failed > 0 { throw ExitCode(1) }
        print("\(seeds) seeds are green")
    }
}
