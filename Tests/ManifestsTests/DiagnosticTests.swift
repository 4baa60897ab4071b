import Core
import Testing

@Suite("Showing findings")
struct DiagnosticTests {
    func text(_ line: String, from start: Int, to end: Int, endLine: Int = 12) -> String {
        let place = SourceRange(
            file: "a.yaml", start: .init(line: 12, column: start), end: .init(line: endLine, column: end))
        let text = DiagnosticRenderer().text(
            Diagnostic(.unknownKey, "Detail.", help: "do it", at: place, snippet: line))
        return text.split(separator: "\n").dropFirst().prefix(2).joined(separator: "\n")
    }

    @Test func marksThePlace() {
        #expect(text("  type: varchr", from: 9, to: 15) == "  12 |   type: varchr\n     |         ^^^^^^")
        #expect(text("a: {", from: 4, to: 2, endLine: 20) == "  12 | a: {\n     |    ^")
        #expect(text("", from: 1, to: 1) == "  12 | \n     | ^")
        #expect(text("ab", from: 40, to: 50) == "  12 | ab\n     |   ^")
    }

    @Test func countsColumnsOfTheTerminal() {
        #expect(text("\tx: y", from: 5, to: 6) == "  12 | →x: y\n     |     ^")
        #expect(text("日本: x", from: 5, to: 6) == "  12 | 日本: x\n     |       ^")
        #expect(text("e\u{301}: x", from: 5, to: 6) == "  12 | e\u{301}: x\n     |    ^")
        #expect(text("日本", from: 1, to: 3) == "  12 | 日本\n     | ^^^^")
    }

    @Test func cutsLongLines() {
        let shown = text(
            String(repeating: "x", count: 500) + "HERE" + String(repeating: "y", count: 500), from: 501, to: 505)
        let lines = shown.split(separator: "\n")
        #expect(lines[0].hasPrefix("  12 | …") && lines[0].hasSuffix("…"))
        #expect(lines[0].count < 140)
        let column = lines[1].firstIndex(of: "^").map { lines[1].distance(from: lines[1].startIndex, to: $0) }
        #expect(column.map { lines[0].dropFirst($0).hasPrefix("HERE") } == true)
    }

    @Test func neverSteersTheTerminal() {
        let place = SourceRange(file: "\u{1B}[2J.yaml", line: 1, column: 1)
        let diagnostic = Diagnostic(
            .badName, "\u{1B}]0;x\u{07}", help: "\u{202E}", at: place, snippet: "\u{1B}[31m\u{85}")
        let text = DiagnosticRenderer().text(diagnostic)
        #expect(
            !text.unicodeScalars.contains {
                $0.value == 0x1B || $0.value == 7 || $0.value == 0x202E || $0.value == 0x85
            })
    }

    @Test func colourOnlyWhereAskedFor() {
        let diagnostic = Diagnostic(.badName, "Detail.", at: nil)
        #expect(DiagnosticRenderer().text(diagnostic) == "error BAD_NAME: Not a valid name\nDetail.\n")
        #expect(DiagnosticRenderer(colour: true).text(diagnostic).contains("\u{1B}[1;31merror BAD_NAME\u{1B}[0m"))
    }

    @Test func asJSON() {
        let place = SourceRange(file: "a.yaml", line: 3, column: 5, length: 2)
        let json = DiagnosticRenderer.json([Diagnostic(.badName, severity: .warning, "D.", help: "H", at: place)])
        #expect(
            json.text()
                == #"[{"code":"BAD_NAME","severity":"warning","summary":"Not a valid name","detail":"D.","help":"H","file":"a.yaml","line":3,"column":5,"endLine":3,"endColumn":7}]"#
        )
    }

    @Test(arguments: [
        ("postgres://u:p@h/db", true), ("postgresql://u:p/w@h/db", true), ("see https://a:b@c for more", true),
        ("host=h password=x", true), ("PWD = x", true), ("postgres://u@h/db", false), ("https://host:8080/path", false),
        ("password", false), ("the password: none", false), ("a:b@c", false),
    ]) func credentials(text: String, expected: Bool) {
        #expect(Credentials.areIn(text) == expected)
        if expected { #expect(quoted(text) == "\"…\"") }
    }

    @Test(
        arguments: [
            ("onDrfit", "onDrift"), ("propagate", "PROPAGATE"), ("tabel", "table"), ("colour", nil), ("", nil),
            ("ab", nil),
        ] as [(String, String?)]) func suggestions(word: String, expected: String?)
    {
        #expect(closest(to: word, among: ["onDrift", "PROPAGATE", "table", "source"]) == expected)
    }
}
