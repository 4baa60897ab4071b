import Core

/// Turns libyaml's sentences into a finding that says what to do.
enum YAMLSyntaxExplanation {
    static func diagnostic(_ error: YAMLSyntaxError, in text: SourceText) -> Diagnostic {
        let character = character(at: error.place, in: text)
        // What is never closed is found at the end of the file; what matters is where it was opened.
        let isUnclosed = error.problem.hasPrefix("found unexpected")
        let start = isUnclosed ? error.contextPlace ?? error.place : error.place
        let place = SourceRange(file: text.file, line: min(start.line, text.lineCount), column: start.column)
        var detail = "libyaml: \(error.problem)"
        if let context = error.context {
            detail += ", \(context)"
            if let contextPlace = error.contextPlace, contextPlace != error.place {
                detail += " that begins at line \(contextPlace.line), column \(contextPlace.column)"
            }
        }
        return Diagnostic(.yamlSyntax, detail + ".", help: help(error, character), at: place)
    }

    private static func character(at place: SourceRange.Position, in text: SourceText) -> Unicode.Scalar? {
        guard let line = text.line(place.line) else { return nil }
        return line.unicodeScalars.dropFirst(place.column - 1).first
    }

    private static func help(_ error: YAMLSyntaxError, _ character: Unicode.Scalar?) -> String {
        if character == "\t" { return "YAML is indented with spaces; replace the tab" }
        switch error.problem {
        case "found character that cannot start any token":
            return "quote a value that begins with @, ` or %"
        case "mapping values are not allowed in this context":
            return "quote a value that holds a colon and a blank; check the indentation otherwise"
        case "did not find expected key", "did not find expected '-' indicator", "could not find expected ':'":
            return "check the indentation, and that every key has a colon and a blank after it"
        case "did not find expected ',' or '}'", "did not find expected ',' or ']'",
            "did not find expected node content":
            return
                "between braces or brackets, variables need quotes: \"${name}\"; check for a missing comma or bracket"
        case "found unexpected end of stream", "found unexpected document indicator":
            return "close the quote that was opened"
        case "found unknown escape character":
            return "write a backslash twice in double quotes, or use single quotes"
        case "found undefined tag handle": return "leave the tag out"
        default: return "see the YAML 1.2 specification, or quote the value"
        }
    }
}
