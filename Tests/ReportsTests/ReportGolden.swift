import Core
import TestSupport
import Testing

/// One report in several situations: each as people and as programs read it.
struct ReportCase: Sendable {
    var name: String
    var text: String
    var json: JSON?
}

/// What no terminal may get from outside: it moves the cursor, rings, colours, reorders or hides.
enum Hostile {
    static let text = "a\u{1B}[2J\u{7}b\u{202E}c\r\nd\u{9B}31m\u{200B}e"

    /// Whether a text that people see holds none of it.
    static func isTame(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0 == "\n" || !Inert.isHidden($0) }
    }
}

enum ReportGolden {
    /// Compares all situations of a report with `Fixtures/<name>.txt` and `.json`, and looks that none of the texts could
    /// steer a terminal.
    static func expect(
        _ name: String, _ cases: [ReportCase], file: String = #filePath,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let folder = file.prefix(upTo: file.lastIndex(of: "/") ?? file.endIndex) + "/Fixtures/"
        let text = cases.map { "=== \($0.name)\n\($0.text)" }.joined(separator: "\n")
        Golden.expect(text, matches: "\(folder)\(name).txt", sourceLocation: sourceLocation)
        let members = cases.compactMap { situation in situation.json.map { JSON.Member(situation.name, $0) } }
        if !members.isEmpty {
            Golden.expect(
                JSON.object(members).text(.pretty), matches: "\(folder)\(name).json", sourceLocation: sourceLocation)
        }
        for situation in cases {
            #expect(Hostile.isTame(situation.text), "\(situation.name)", sourceLocation: sourceLocation)
        }
    }
}
