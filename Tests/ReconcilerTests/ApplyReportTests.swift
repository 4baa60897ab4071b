import Testing

@testable import Core
@testable import Reconciler

@Suite("What an apply left undone")
struct ApplyReportTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// Definitions with rows that are still to be written.
        var left: [String] = []
        var change: @Sendable (inout ApplyReport) -> Void = { _ in }
        var expected: Set<Failure.Code>

        var testDescription: String { name }
    }

    private static func document(_ left: [String]) -> PlanDocument {
        var document = PlanDocument(
            planID: "", createdAt: "", toolVersion: "", project: "", environment: nil, schemaUnchanged: 0)
        document.dataChanges = ["a", "b"].map { name in
            var counts = RowCounts()
            counts.update = left.contains(name) ? 3 : 0
            return DataChange(
                address: .rows(name, "s", "A"), definition: name, list: "A", counts: counts, byField: [], moves: [],
                rejects: [], causes: [:], samples: [])
        }
        return document
    }

    private static func failed(_ code: Failure.Code) -> Failure { Failure(code, while: "", because: "") }

    @Test(arguments: [
        Case(name: "all is done", expected: []),
        Case(name: "rows are left", left: ["a"], expected: [.notConverged]),
        Case(
            name: "a guard stops one, the other is done", left: ["a"], change: { $0.denied = ["a"] },
            expected: [.denied]),
        Case(
            name: "a guard stops one, the other gets nowhere", left: ["a", "b"], change: { $0.denied = ["a"] },
            expected: [.denied, .notConverged]),
        Case(
            name: "a hazard stops all", left: ["a", "b"],
            change: {
                $0.denied = ["a", "b"]
                $0.isDeniedAsAWhole = true
            }, expected: [.denied]),
        Case(name: "declined", left: ["a"], change: { $0.declined = true }, expected: []),
        Case(name: "the deadline", left: ["a"], change: { $0.stop = .deadline }, expected: [.inProgress]),
        Case(name: "rows were refused", change: { $0.quarantined = [.refused: 1] }, expected: [.partial]),
        Case(
            name: "no rights, and nothing was written", left: ["a"], change: { $0.failures = [failed(.auth)] },
            expected: [.auth]),
        Case(
            name: "no rights any more", left: ["a"],
            change: {
                $0.failures = [failed(.auth)]
                $0.itemWrites = 1
            }, expected: [.partial]),
        Case(
            name: "a fault of ours stays one",
            change: {
                $0.failures = [failed(.internal)]
                $0.itemWrites = 1
            }, expected: [.internal]),
    ])
    func shortcomings(_ c: Case) {
        var report = ApplyReport()
        report.final = Self.document(c.left)
        c.change(&report)
        #expect(report.shortcomings(isInterrupted: false) == c.expected)
    }

    /// Rows that are refused alike are one line, in every list and for every column one of its own.
    @Test func refusedRowsAreCountedByListAndColumn() {
        var report = ApplyReport()
        var failure = SiteFailure(.refused, reason: "creating an item in list 7d1c: refused")
        failure.explanation = "column Code: refused"
        failure.field = "Code"
        let lists = [Address.list("s", "A"), .list("s", "B")]
        for list in [lists[0], lists[1], lists[0]] { report.note(refused: .uniqueValue, failure, of: "d", in: list) }
        report.note(refused: .writeLoop, nil, of: "d", in: lists[0])
        #expect(report.refused.map(\.rows) == [2, 1, 1])
        #expect(report.refused.map(\.list) == [lists[0], lists[1], lists[0]])
        #expect(report.refused.map(\.field) == ["Code", "Code", nil])
        #expect(
            report.refused.map(\.reason) == [
                "column Code: refused", "column Code: refused", RejectCode.writeLoop.words,
            ])
    }

    @Test func aStopIsNoOtherShortcoming() {
        var report = ApplyReport()
        report.final = Self.document(["a"])
        report.stop = .request
        report.failures = [Self.failed(.interrupted)]
        #expect(report.shortcomings(isInterrupted: true) == [.interrupted])
    }
}
