internal import Core

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The two streams: results on standard output, progress and logs on standard error.
struct Output: Sendable {
    static let standard = Output(descriptor: STDOUT_FILENO)
    static let diagnostic = Output(descriptor: STDERR_FILENO)

    private let descriptor: Int32

    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Whether findings are coloured here: on a terminal that can, unless somebody says no (no-color.org).
    func isColoured(_ options: OutputOptions) -> Bool {
        isTerminal && !options.noColor && ProcessSurroundings.variable("NO_COLOR") == nil
            && ProcessSurroundings.variable("TERM") != "dumb"
    }

    /// Writes all of it; a reader that has gone is no failure of ours.
    func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if written < 0 {
                guard errno == EINTR else { return }
                continue
            }
            bytes = bytes.dropFirst(written)
        }
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}

/// A failure as people and programs read it: what was being done, where, why, and what to do next.
enum FailureText {
    static func render(_ failure: Failure) -> String {
        let name = failure.status.name.uppercased()
        var lines = ["error \(name): \(TerminalText.safe(failure.operation))"]
        let places = [failure.address, failure.source?.text].compactMap { $0 }
        if !places.isEmpty { lines.append("  at \(places.joined(separator: ", "))") }
        lines.append("  \(TerminalText.safe(failure.reason))")
        if !failure.facts.isEmpty {
            let facts = failure.facts.sorted { $0.key < $1.key }.map { "\($0.key) \(TerminalText.safe($0.value))" }
            lines.append("  (\(facts.joined(separator: ", ")))")
        }
        if let help = failure.help { lines.append("  help: \(TerminalText.safe(help))") }
        return lines.joined(separator: "\n") + "\n"
    }

    static func json(_ failure: Failure) -> JSON {
        [
            "type": "error", "code": .number(Int(failure.status.rawValue)), "name": .string(failure.status.name),
            "operation": .string(failure.operation), "address": failure.address.map(JSON.string) ?? .null,
            "position": failure.source?.json ?? .null, "reason": .string(failure.reason),
            "help": failure.help.map(JSON.string) ?? .null,
            "facts": .object(failure.facts.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string($0.value)) }),
        ]
    }
}
