import Core

/// The lines that findings show. A file may have as many findings as lines, or all of them in one line, so that nothing
/// here looks at all secrets, or at a whole long line, for each of them.
struct Snippets {
    /// In bytes. A longer line is for no person to read.
    private static let lineMax = 2000

    private let texts: [String: SourceText]
    private let broken: Set<String>
    /// For each file the lines that secrets stand on: ascending, none touching another.
    private var secretLines: [String: [ClosedRange<Int>]] = [:]
    /// What was decided last: findings come in the order of their places.
    private var last: (file: String, line: Int, snippet: String?)?

    /// - Parameters:
    ///   - secrets: Places of what may be secrets, from the trees of files that parse.
    ///   - broken: Files that do not parse, of which only the text is known.
    init(of texts: [String: SourceText], secrets: [SourceRange], broken: Set<String>) {
        self.texts = texts
        self.broken = broken
        for secret in secrets.sorted(by: { $0.start < $1.start }) {
            let lines = secret.start.line...max(secret.start.line, secret.end.line)
            var known = secretLines[secret.file, default: []]
            // Taken out, so that appending does not copy.
            secretLines[secret.file] = []
            if let before = known.last, before.upperBound >= lines.lowerBound {
                known[known.count - 1] = before.lowerBound...max(before.upperBound, lines.upperBound)
            } else {
                known.append(lines)
            }
            secretLines[secret.file] = known
        }
    }

    /// The line at the finding's place, unless it could hold a secret.
    mutating func snippet(for diagnostic: Diagnostic) -> String? {
        guard let place = diagnostic.source, diagnostic.code != .literalSecret else { return nil }
        if let last, last.line == place.start.line, last.file == place.file { return last.snippet }
        let snippet = snippet(place.file, place.start.line)
        last = (place.file, place.start.line, snippet)
        return snippet
    }

    private func snippet(_ file: String, _ number: Int) -> String? {
        guard let text = texts[file], let line = text.line(number), !line.isEmpty, line.utf8.count <= Snippets.lineMax,
            !isSecret(number, in: file), !Credentials.areIn(line)
        else { return nil }
        return broken.contains(file) && SnippetRule.mayShowSecret(number, in: text) ? nil : line
    }

    private func isSecret(_ number: Int, in file: String) -> Bool {
        let lines = secretLines[file] ?? []
        var (low, high) = (0, lines.count)
        while low < high {
            let middle = (low + high) / 2
            if lines[middle].upperBound < number { low = middle + 1 } else { high = middle }
        }
        return low < lines.count && lines[low].contains(number)
    }
}
