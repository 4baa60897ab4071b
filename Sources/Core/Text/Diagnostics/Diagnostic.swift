/// One finding about a manifest, or about what a manifest names.
package struct Diagnostic: Hashable, Sendable {
    package enum Severity: String, Hashable, Sendable, Comparable {
        case error, warning

        package static func < (left: Severity, right: Severity) -> Bool { left == .error && right == .warning }
    }

    package var code: DiagnosticCode
    package var severity: Severity
    /// What is wrong and why, with the names concerned.
    package var detail: String
    /// What to do about it.
    package var help: String?
    package var source: SourceRange?
    /// The text of the line at `source`, without its line end; `nil` where it could show a secret.
    package var snippet: String?

    package init(
        _ code: DiagnosticCode, severity: Severity = .error, _ detail: String, help: String? = nil,
        at source: SourceRange?, snippet: String? = nil
    ) {
        self.code = code
        self.severity = severity
        self.detail = detail
        self.help = help
        self.source = source
        self.snippet = snippet
    }
}

/// Findings in the order in which they were met.
package struct Diagnostics: Hashable, Sendable {
    package private(set) var all: [Diagnostic] = []

    package init() {}

    package var hasErrors: Bool { all.contains { $0.severity == .error } }
    package var isEmpty: Bool { all.isEmpty }

    package mutating func append(_ diagnostic: Diagnostic) { all.append(diagnostic) }

    package mutating func append(contentsOf others: some Sequence<Diagnostic>) { all.append(contentsOf: others) }

    package mutating func error(_ code: DiagnosticCode, _ detail: String, help: String? = nil, at source: SourceRange?)
    {
        all.append(Diagnostic(code, detail, help: help, at: source))
    }

    package mutating func warning(
        _ code: DiagnosticCode, _ detail: String, help: String? = nil, at source: SourceRange?
    ) {
        all.append(Diagnostic(code, severity: .warning, detail, help: help, at: source))
    }

    /// Sorted by file and place, without repetitions: the order in which people read them.
    package func sorted() -> [Diagnostic] {
        var seen: Set<Diagnostic> = []
        return all.filter { seen.insert($0).inserted }.enumerated().sorted { left, right in
            let (a, b) = (left.element.source, right.element.source)
            let leftKey = (a?.file ?? "", a?.start.line ?? 0, a?.start.column ?? 0, left.offset)
            let rightKey = (b?.file ?? "", b?.start.line ?? 0, b?.start.column ?? 0, right.offset)
            return leftKey < rightKey
        }.map(\.element)
    }
}
