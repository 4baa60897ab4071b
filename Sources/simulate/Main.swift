internal import ArgumentParser
internal import Glibc
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

    @Option(
        help: ArgumentHelp(
            "Something more that people or the service do; may be given several times.",
            discussion: Extra.allCases.map(\.rawValue).joined(separator: ", ")))
    var with: [Extra] = []

    @Flag(help: "All of that.")
    var all = false

    @Option(help: "Stop after so many worlds in which something was not as it must be.")
    var failures = 10

    @Option(help: "The commit that the program was built from, for the output.")
    var commit = "unknown"

    private var extras: Set<Extra> { all ? Set(Extra.allCases) : Set(with) }

    /// What to say beside a seed to get the same world again.
    private var words: String {
        if all { return " --all" }
        return extras.map { " --with \($0.rawValue)" }.sorted().joined()
    }

    func run() throws {
        CurrentSeed.reportOnCrash()
        if let seed { return try show(seed) }
        let start = Self.seconds()
        var failed = 0
        var runs = 0
        var tried = 0
        for seed in from..<from + UInt64(max(seeds, 0)) {
            CurrentSeed.set(seed)
            let outcome = Simulation.run(seed: seed, with: extras)
            tried += 1
            runs += outcome.runs
            guard let first = outcome.violations.first else { continue }
            failed += 1
            print("commit \(commit) seed \(seed)\(words): \(first)")
            fflush(nil)
            if failed >= failures { break }
        }
        let milliseconds = (Self.seconds() - start) * 1000 / Double(max(tried, 1))
        let pace = Double(Int(milliseconds * 10)) / 10
        print(
            "\(tried) seeds, \(runs) runs, \(pace) ms a seed: \(failed == 0 ? "all green" : "\(failed) are not green")")
        if failed > 0 { throw ExitCode(1) }
    }

    private func show(_ seed: UInt64) throws {
        CurrentSeed.set(seed)
        let outcome = Simulation.run(seed: seed, with: extras, keepsLines: true)
        for line in outcome.lines { print(line) }
        print("trace \(String(outcome.hash, radix: 16)): \(outcome.events) events, \(outcome.runs) runs")
        for violation in outcome.violations { print("commit \(commit) seed \(seed)\(words): \(violation)") }
        if !outcome.violations.isEmpty { throw ExitCode(1) }
    }

    /// Of the time that this process had, so that other work on the machine does not count.
    private static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

extension Extra: ExpressibleByArgument {}

/// The world that is tried now, so that one in which the program traps is named too.
enum CurrentSeed {
    /// Written by the one thread there is, and read by a signal handler of that thread.
    nonisolated(unsafe) private static var seed: UInt64 = 0

    static func set(_ number: UInt64) { seed = number }

    static func reportOnCrash() {
        for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGABRT] { Glibc.signal(signal, report) }
    }

    private static let report: @convention(c) (Int32) -> Void = { number in
        // Only what a handler may do: no memory is asked for.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { buffer in
            var length = 0
            for byte in "trapped in seed ".utf8 {
                buffer[length] = byte
                length += 1
            }
            var rest = CurrentSeed.seed
            var power: UInt64 = 1
            while rest / power >= 10 { power *= 10 }
            while power > 0 {
                buffer[length] = UInt8(ascii: "0") + UInt8(rest / power)
                rest %= power
                power /= 10
                length += 1
            }
            buffer[length] = UInt8(ascii: "\n")
            _ = write(2, buffer.baseAddress, length + 1)
        }
        signal(number, SIG_DFL)
        raise(number)
    }
}
