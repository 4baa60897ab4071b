internal import Composition
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
