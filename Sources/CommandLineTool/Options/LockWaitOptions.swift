internal import ArgumentParser
internal import Composition
internal import Core
internal import Manifests
internal import SourceDatabase

/// For verbs that read a source.
struct LockWaitOptions: ParsableArguments {
    /// Seconds.
    static let usual = 60.0

    @Option(
        name: .customLong("lock-wait"),
        help: "How long to wait for a lock that another session holds on the source, such as 5m; default: 60s.")
    var lockWait: String?

    func seconds() throws(Failure) -> Double {
        try DurationOption.seconds(lockWait, of: "--lock-wait") ?? Self.usual
    }
}

/// Durations on the command line.
enum DurationOption {
    static func seconds(_ text: String?, of option: String) throws(Failure) -> Double? {
        guard let text else { return nil }
        guard let seconds = DurationText.seconds(text) else {
            throw Failure(
                .usage, while: "reading \(option) \(text)", because: "it is not a duration",
                help: "write a number and s, m, h or d, such as 50m")
        }
        return Double(seconds)
    }
}

extension LockWait {
    /// - Parameter end: The deadline, in the clock's elapsed seconds.
    static func of(
        seconds: Double, until end: Double?, _ clock: InterruptibleClock, _ progress: Progress
    ) -> LockWait {
        LockWait(
            secondsMax: seconds, elapsed: { clock.elapsed() },
            // Not the clock's own wait, which an operator's stop ends at once: looks would follow each other without a pause.
            pause: { seconds in try? await Task.sleep(for: .seconds(seconds)) },
            stop: {
                if Interruption.isRequested { return .request }
                return end.map { clock.elapsed() >= $0 } ?? false ? .deadline : nil
            },
            say: { progress.note($0, secondsMax: seconds) })
    }
}
