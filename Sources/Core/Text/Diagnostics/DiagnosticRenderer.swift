/// Shows findings: as text with the line and a caret below it, or as JSON.
///
/// Names and lines come from outside; what reaches the terminal cannot steer it.
package struct DiagnosticRenderer: Sendable {
    /// Whether the text is coloured, for terminals.
    package var colour: Bool

    package init(colour: Bool = false) { self.colour = colour }

    /// All findings with a blank line between them, and one line that counts them. Empty if there are none.
    package func text(_ diagnostics: some Sequence<Diagnostic>) -> String {
        let all = Array(diagnostics)
        guard !all.isEmpty else { return "" }
        let errors = all.count { $0.severity == .error }
        let warnings = all.count - errors
        let counts = [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }
            .map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
        return all.map { text($0) }.joined(separator: "\n") + "\n" + counts.joined(separator: ", ") + "\n"
    }

    /// One finding; ends with a line end.
    package func text(_ diagnostic: Diagnostic) -> String {
        let mark = diagnostic.severity == .error ? "31" : "33"
        var head = ""
        if let place = diagnostic.source { head = painted(Inert.shown(place.text) + ": ", "1") }
        head += painted("\(diagnostic.severity.rawValue) \(diagnostic.code.rawValue)", "1;" + mark)
        head += painted(": " + diagnostic.code.summary, "1")
        var lines = [head]
        if let place = diagnostic.source, let snippet = diagnostic.snippet {
            let excerpt = Excerpt(line: snippet, place: place)
            let number = String(place.start.line)
            let gutter = String(repeating: " ", count: number.utf8.count + 2)
            lines.append(painted("  \(number) | ", "2") + excerpt.text)
            lines.append(painted(gutter + " | ", "2") + excerpt.indentation + painted(excerpt.carets, mark))
        }
        lines.append(Inert.shown(diagnostic.detail))
        if let help = diagnostic.help { lines.append(painted("help: ", "36") + Inert.shown(help)) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One finding as an object. Absent parts are null, so that every object has the same members.
    package static func json(_ diagnostic: Diagnostic) -> JSON {
        let place = diagnostic.source
        return [
            "code": .string(diagnostic.code.rawValue), "severity": .string(diagnostic.severity.rawValue),
            "summary": .string(diagnostic.code.summary), "detail": .string(diagnostic.detail),
            "help": diagnostic.help.map(JSON.string) ?? .null, "file": place.map { .string($0.file) } ?? .null,
            "line": place.map { .number($0.start.line) } ?? .null,
            "column": place.map { .number($0.start.column) } ?? .null,
            "endLine": place.map { .number($0.end.line) } ?? .null,
            "endColumn": place.map { .number($0.end.column) } ?? .null,
        ]
    }

    package static func json(_ diagnostics: some Sequence<Diagnostic>) -> JSON { .array(diagnostics.map(json)) }

    private func painted(_ text: String, _ code: String) -> String {
        colour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

/// A line of a manifest with carets under a part of it, cut to the width of a terminal.
private struct Excerpt {
    private static let width = 120

    var text = ""
    var indentation = ""
    var carets = ""

    init(line: String, place: SourceRange) {
        let scalars = Array(line.unicodeScalars)
        let start = min(max(place.start.column - 1, 0), scalars.count)
        let isOneLine = place.end.line == place.start.line
        // A range over several lines is marked up to the end of the first, without its comment or blanks.
        var end = isOneLine ? min(max(place.end.column - 1, start), scalars.count) : scalars.count
        while !isOneLine, end > start, scalars[end - 1] == " " { end -= 1 }
        let first = start > Excerpt.width - 20 ? start - 40 : 0
        let last = min(scalars.count, first + Excerpt.width)
        if first > 0 { text = "…" }
        for index in first..<last {
            // Tabs and what a terminal would obey are shown as one visible character each.
            let scalar = scalars[index]
            let shown: Unicode.Scalar = scalar == "\t" ? "→" : Inert.shown(scalar).first ?? scalar
            text.unicodeScalars.append(shown)
            let columns = Excerpt.width(of: shown)
            if index < start { indentation += String(repeating: " ", count: columns) }
            if index >= start, index < end { carets += String(repeating: "^", count: columns) }
        }
        if first > 0 { indentation = " " + indentation }
        if last < scalars.count { text += "…" }
        if carets.isEmpty { carets = "^" }
    }

    /// Columns that a terminal gives to a character: none to marks that combine, two to wide ones.
    private static func width(of scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
