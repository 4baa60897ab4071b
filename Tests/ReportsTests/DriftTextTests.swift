import Reports
import Testing

@testable import Core
@testable import Reconciler

@Suite("What people read of drift and of a recovery")
struct DriftTextTests {
    private static func drift(_ name: String, _ change: (inout DriftReport) -> Void = { _ in }) -> ReportCase {
        var report = DriftReport()
        change(&report)
        return ReportCase(name: name, text: DriftText.render(report), json: DriftText.json(report))
    }

    private static func row(_ number: Int) -> Address {
        .row("projects", key: ["\(number)"])
    }

    @Test func drift() {
        let list = Address.list("contoso", "Active")
        let cases = [
            Self.drift("none"),
            Self.drift("of every kind") {
                $0.entries = [
                    .init(kind: .schema, address: list, list: nil, fields: [], words: "renamed: \"Active\" → \"Mine\""),
                    .init(
                        kind: .changed, address: Self.row(1), list: "Active", fields: ["Title", "Cost"],
                        words: "people changed Title, Cost"),
                    .init(
                        kind: .unknownBase, address: Self.row(2), list: "Active", fields: ["Note"],
                        words: "nobody knows"),
                    .init(kind: .deleted, address: Self.row(3), list: nil, fields: [], words: "deleted by a person"),
                    .init(
                        kind: .orphan, address: Self.row(4), list: "Active", fields: [], words: "an item without a row"),
                    .init(kind: .key, address: Self.row(5), list: "Active", fields: [], words: "its key was changed"),
                ]
                $0.notes = [SchemaNote(.column("contoso", "Active", "Legacy"), "its source column \"legacy\" is gone")]
            },
            Self.drift("not known yet") { $0.partial = [list] },
            Self.drift("hostile texts") {
                $0.entries = [
                    .init(
                        kind: .changed, address: Self.row(1), list: Hostile.text, fields: [Hostile.text],
                        words: Hostile.text)
                ]
                $0.notes = [SchemaNote(list, Hostile.text)]
                $0.partial = [.list("s", Hostile.text)]
            },
        ]
        ReportGolden.expect("drift", cases)
    }

    /// Text is bounded and says what it leaves out; JSON has all.
    @Test func manyLinesAreCut() {
        var report = DriftReport()
        report.entries = (1...1203).map {
            .init(kind: .deleted, address: Self.row($0), list: nil, fields: [], words: "x")
        }
        let lines = DriftText.render(report).split(separator: "\n")
        #expect(lines.count == 201 && lines.last == "… and 1,003 more; --json has all of them")
        #expect(DriftText.json(report)["drift"]?.array?.count == 1203)
        report.entries = Array(report.entries.prefix(200))
        #expect(DriftText.render(report).split(separator: "\n").count == 200)
    }

    // MARK: Recovery

    private static func recovery(_ name: String, _ definitions: [Recoverer.Report.Definition]) -> ReportCase {
        var report = Recoverer.Report()
        report.definitions = definitions
        return ReportCase(
            name: name, text: RecoverText.render(report, resourceUnits: 1234), json: RecoverText.json(report, 1234))
    }

    @Test func recoveries() {
        let cases = [
            Self.recovery("nothing was found", []),
            Self.recovery(
                "all rows have their item", [.init(name: "projects", lists: ["Active", "Closed"], rows: 48_155)]),
            Self.recovery(
                "what does not fit together",
                [
                    .init(
                        name: "projects", lists: ["Active"], rows: 1000, unknownBase: 7, gone: 3, strays: 1,
                        dropped: 1200),
                    .init(name: "orders", lists: [], rows: 0),
                ]),
            Self.recovery("hostile texts", [.init(name: Hostile.text, lists: [Hostile.text, "B"], rows: 1)]),
        ]
        ReportGolden.expect("recover", cases)
    }
}
