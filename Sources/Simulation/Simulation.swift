/// Lets whole runs of the program happen in worlds made from one number.
package enum Simulation {
    package struct Outcome: Sendable {
        package var seed: UInt64
        /// Equal for equal seeds and programs.
        package var hash: UInt64
        package var events: Int
        package var runs: Int
        package var jobs: Int
        /// Seconds that passed in the world.
        package var seconds: Double
        package var violations: [Violation]
        /// What happened, by word.
        package var counts: [String: Int]
        /// Empty unless it was asked for.
        package var lines: [String]
    }

    /// - Parameters:
    ///   - extras: What the world has beside what every world has.
    ///   - keepsLines: Keep what happened as text.
    package static func run(seed: UInt64, with extras: Set<Extra> = [], keepsLines: Bool = false) -> Outcome {
        let world = World(seed: seed, extras: extras, keepsLines: keepsLines)
        Task(executorPreference: world.executor) {
            await world.live()
            world.hasEnded = true
        }
        switch world.executor.run(until: { world.hasEnded }) {
        case .finished: break
        case .stuck: world.violated("I15", "nothing goes on")
        case .endless: world.violated("I15", "it never ends")
        }
        return Outcome(
            seed: seed, hash: world.trace.hash, events: world.trace.events, runs: world.processes.count,
            jobs: world.executor.jobs, seconds: world.executor.now, violations: world.checker.violations,
            counts: world.checker.counts, lines: world.trace.lines)
    }
}
