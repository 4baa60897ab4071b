import Testing

@testable import Core

/// Findings as people read them.
@Suite("Diagnostics and quotations")
struct DiagnosticTests {
    private static func diagnostic(
        _ line: Int?, _ column: Int = 1, file: String = "a.yaml", _ detail: String = "x"
    ) -> Diagnostic {
        Diagnostic(.badValue, detail, at: line.map { SourceRange(file: file, line: $0, column: column) })
    }

    // MARK: Order

    @Test func findingsAreSortedByTheirPlaceAndSaidOnce() {
        var all = Diagnostics()
        #expect(all.isEmpty && !all.hasErrors)
        all.append(Self.diagnostic(9, file: "b.yaml"))
        all.append(Self.diagnostic(10))
        all.append(Self.diagnostic(9, 20))
        all.append(Self.diagnostic(9, 3, "second"))
        all.append(Self.diagnostic(9, 3, "first"))
        all.append(Self.diagnostic(nil, 1, "nowhere"))
        all.append(Self.diagnostic(10))
        let sorted = all.sorted()
        #expect(
            sorted.map { $0.source?.text ?? "–" } == [
                "–", "a.yaml:9:3", "a.yaml:9:3", "a.yaml:9:20", "a.yaml:10:1", "b.yaml:9:1",
            ])
        #expect(sorted[1].detail == "second", "in one place as they were met")
        #expect(all.hasErrors)
    }

    @Test func warningsAreNoErrors() {
        var all = Diagnostics()
        all.warning(.ruleOnKey, "x", at: nil)
        #expect(!all.hasErrors && !all.isEmpty)
        #expect(Diagnostic.Severity.error < .warning && !(Diagnostic.Severity.warning < .error))
    }

    @Test func everyCodeHasOneSentenceOfItsOwn() {
        let summaries = DiagnosticCode.allCases.map(\.summary)
        #expect(Set(summaries).count == summaries.count)
        #expect(summaries.allSatisfy { $0.first?.isUppercase == true && !$0.hasSuffix(".") })
        #expect(DiagnosticCode.allCases.allSatisfy { $0.rawValue == $0.rawValue.uppercased() })
    }

    // MARK: Text

    private func text(_ snippet: String?, _ start: Int, _ length: Int, line: Int = 7, colour: Bool = false) -> [String]
    {
        let place = SourceRange(file: "a.yaml", line: line, column: start, length: length)
        let finding = Diagnostic(.unknownType, "Detail.", help: "Help.", at: place, snippet: snippet)
        return DiagnosticRenderer(colour: colour).text(finding).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
    }

    @Test func aFindingShowsItsLineWithCarets() {
        #expect(
            text("  type: varchr", 9, 6) == [
                "a.yaml:7:9: error UNKNOWN_TYPE: Unknown column type", "  7 |   type: varchr", "    |         ^^^^^^",
                "Detail.",
                "help: Help.", "",
            ])
        // The gutter is as wide as the number.
        #expect(text("x", 1, 1, line: 123)[1...2] == ["  123 | x", "      | ^"])
        #expect(text(nil, 1, 1).count == 4, "nothing is shown where a secret could be")
    }

    /// A combining mark takes no column of a terminal, a wide letter two, and a tab is shown as one.
    @Test func caretsStandUnderWhatTheyMean() {
        #expect(text("日本: x", 5, 1)[2] == "    |       ^")
        #expect(text("e\u{301}: x", 5, 1)[2] == "    |    ^")
        #expect(text("\tx", 2, 1)[1...2] == ["  7 | →x", "    |  ^"])
        // Beyond the line there is one caret all the same.
        #expect(text("ab", 9, 3)[2] == "    |   ^")
    }

    @Test func aLongLineIsCutAroundTheCarets() {
        let lines = text(String(repeating: "a", count: 300) + "b" + String(repeating: "c", count: 300), 301, 1)
        #expect(
            lines[1] == "  7 | …" + String(repeating: "a", count: 40) + "b" + String(repeating: "c", count: 79) + "…")
        #expect(lines[2] == "    | " + String(repeating: " ", count: 41) + "^")
    }

    @Test func aRangeOverSeveralLinesIsMarkedToTheEndOfTheFirst() {
        let place = SourceRange(file: "a.yaml", start: .init(line: 1, column: 4), end: .init(line: 4, column: 1))
        let finding = Diagnostic(.badValue, "x", at: place, snippet: "a: [1,   ")
        #expect(DiagnosticRenderer().text(finding).contains("    |   ^^^^\n") == false)
        #expect(DiagnosticRenderer().text(finding).contains("\n    |    ^^^\n"))
    }

    @Test func severalAreCounted() {
        var warning = Self.diagnostic(1)
        warning.severity = .warning
        let all = [Self.diagnostic(1), Self.diagnostic(2), warning]
        #expect(DiagnosticRenderer().text(all).hasSuffix("\n2 errors, 1 warning\n"))
        #expect(DiagnosticRenderer().text([warning]).hasSuffix("\n1 warning\n") && DiagnosticRenderer().text([]) == "")
    }

    @Test func whatCouldSteerATerminalIsShownAndNotObeyed() {
        let hostile = "a\u{1B}[2Jb\u{202E}c\u{7}d\ne\u{200B}"
        let place = SourceRange(file: hostile, line: 1, column: 1)
        let finding = Diagnostic(.badValue, hostile, help: hostile, at: place, snippet: hostile)
        for colour in [false, true] {
            let text = DiagnosticRenderer(colour: colour).text(finding)
            #expect(
                !text.contains("\u{1B}[2J") && !text.contains("\u{202E}") && !text.contains("\u{7}")
                    && !text.contains("\u{200B}"))
        }
        #expect(Inert.shown(hostile) == "a\u{FFFD}[2Jb\u{FFFD}c\u{FFFD}d\\ne\u{FFFD}")
        #expect(Inert.shown("é 日本 😀 \t") == "é 日本 😀 \\t")
    }

    @Test func asJSONEveryFindingHasTheSameMembers() {
        let names = ["code", "severity", "summary", "detail", "help", "file", "line", "column", "endLine", "endColumn"]
        for finding in [Self.diagnostic(3, 5), Self.diagnostic(nil)] {
            #expect(DiagnosticRenderer.json(finding).members?.map(\.name) == names)
        }
        #expect(DiagnosticRenderer.json(Self.diagnostic(3, 5))["endColumn"] == 6)
        #expect(DiagnosticRenderer.json(Self.diagnostic(nil))["line"] == .null)
        #expect(DiagnosticRenderer.json([Self.diagnostic(1), Self.diagnostic(2)]).array?.count == 2)
    }

    // MARK: Quotations

    @Test func quotationsAreOneBoundedLine() {
        #expect(quoted("a\nb") == "\"a\\nb\"" && quoted("") == "\"\"")
        #expect(quoted(String(repeating: "x", count: 80)) == "\"" + String(repeating: "x", count: 80) + "\"")
        #expect(quoted(String(repeating: "x", count: 81)) == "\"" + String(repeating: "x", count: 80) + "…\"")
        #expect(quoted(all: []) == "" && quoted(all: ["a"]) == "\"a\"" && quoted(all: ["a", "b"]) == "\"a\" and \"b\"")
        #expect(quoted(all: ["a", "b", "c"], joinedBy: "or") == "\"a\", \"b\" or \"c\"")
    }

    @Test(arguments: [
        "postgresql://reader:hunter2@db/warehouse", "x https://u:p@h y", "host=db password=hunter2", "PWD = hunter2",
        "postgres://u:p/q@h/db", "client_secret=abc", "Server=x;Password=abc",
    ])
    func noMessageRepeatsACredential(text: String) {
        #expect(Credentials.areIn(text) && quoted(text) == "\"…\"")
    }

    @Test(arguments: [
        "postgresql://reader@db/warehouse", "password", "password=$PGPASSWORD", "a@b.example", "https://h/x?y=1",
        "10:30 @ noon",
        "passwords = many",
    ])
    func whatIsNoneIsRepeated(text: String) { #expect(!Credentials.areIn(text) && quoted(text) == "\"\(text)\"") }

    // MARK: Suggestions

    @Test(arguments: [
        ("Propagate", "PROPAGATE" as String?), ("PROPAGTE", "PROPAGATE"), ("RETIAN", "RETAIN"), ("MRAK", "MARK"),
        ("xyz", nil),
        ("", nil), ("M", nil), (String(repeating: "MARK", count: 17), nil),
    ])
    func whatWasProbablyMeant(word: String, expected: String?) {
        #expect(closest(to: word, among: ["PROPAGATE", "RETAIN", "MARK"]) == expected)
    }

    @Test func amongEqualsTheFirstWins() {
        #expect(closest(to: "ax", among: ["ab", "ac"]) == "ab" && closest(to: "ax", among: ["ac", "ab"]) == "ac")
    }
}
