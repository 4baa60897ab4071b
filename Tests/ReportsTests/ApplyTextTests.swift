import Reports
import Testing

@testable import Core
@testable import Reconciler

@Suite("What people read of an apply")
struct ApplyTextTests {
    private static func situation(
        _ name: String, resourceUnits: Int = 0, _ change: (inout ApplyReport) -> Void
    ) -> ReportCase {
        var report = ApplyReport()
        change(&report)
        return ReportCase(
            name: name, text: ApplyText.render(report, resourceUnits: resourceUnits), json: ApplyText.json(report))
    }

    private static func final(_ change: (inout RowCounts) -> Void) -> PlanDocument {
        var counts = RowCounts()
        change(&counts)
        return PlanDocument(
            planID: "p", createdAt: "", toolVersion: "1", project: "p", environment: nil,
            dataChanges: [
                DataChange(
                    address: .rows("projects", "contoso", "Active"), definition: "projects", list: "Active",
                    counts: counts,
                    byField: [], moves: [], rejects: [], causes: [:], samples: [])
            ])
    }

    private static let list = Address.list("contoso", "Active")

    @Test func applies() {
        let cases = [
            Self.situation("nothing to do") {
                $0.final = Self.final { $0.unchanged = 48_155 }
                $0.rounds = 1
            },
            Self.situation("a first apply", resourceUnits: 2497) {
                $0.done = [.create: 1234, .update: 1]
                ($0.schemaCalls, $0.rounds, $0.itemWrites) = (12, 2, 1235)
                $0.final = Self.final { $0.unchanged = 1235 }
                $0.lists = [.init(address: Self.list, webURL: "https://contoso.example/Lists/Active")]
            },
            Self.situation("everything that may happen", resourceUnits: 99) {
                $0.done = [.update: 7, .move: 3, .delete: 2, .mark: 1, .archive: 4, .rebase: 5]
                ($0.rounds, $0.itemWrites, $0.settled, $0.changedByPeople) = (3, 13, 6, 2)
                ($0.deletedByPeople, $0.leftDeleted) = (1, 9)
                $0.refused = [
                    .init(
                        definition: "projects", list: Self.list, code: .uniqueValue, field: "Code",
                        reason: "column Code: the value exists", rows: 3),
                    .init(
                        definition: "projects", list: nil, code: .keyCollision, field: nil,
                        reason: RejectCode.keyCollision.words, rows: 1),
                ]
                $0.quarantined = [.uniqueValue: 3, .keyCollision: 1]
                $0.normalised = [.column("contoso", "Active", "Title"): 1, .column("contoso", "Active", "Note"): 1200]
                $0.ignoredDefaults = [.column("contoso", "Active", "State")]
                $0.final = Self.final { ($0.reject, $0.unchanged) = (4, 90) }
            },
            Self.situation("denied as a whole") { $0.isDeniedAsAWhole = true },
            Self.situation("two definitions denied, others written", resourceUnits: 4) {
                $0.denied = ["orders", "customers"]
                $0.done = [.create: 1]
                ($0.rounds, $0.itemWrites) = (1, 1)
                $0.held = [
                    Hold(
                        project: "p", definition: "orders", reason: "stocktaking", actor: "kim@ops",
                        since: Instant(seconds: 1_770_000_000)),
                    Hold(
                        project: "p", definition: nil, reason: "audit", actor: "kim@ops",
                        since: Instant(seconds: 1_770_000_000)),
                ]
            },
            Self.situation("a hazard that only became known", resourceUnits: 2) {
                $0.lateHazards = [
                    Hazard(.keysLost, at: Self.list, "7 items have no key", rows: 7, remedy: "allow the hazard")
                ]
                $0.isDeniedLate = true
                $0.denied = ["projects"]
                ($0.rounds, $0.itemWrites) = (1, 1)
            },
            Self.situation("not converged", resourceUnits: 2) {
                ($0.rounds, $0.itemWrites) = (5, 1)
                $0.done = [.update: 1]
                $0.final = Self.final { $0.update = 1001 }
            },
            Self.situation("the deadline", resourceUnits: 40) {
                ($0.rounds, $0.itemWrites) = (1, 20)
                $0.done = [.create: 20]
                $0.stop = .deadline
                $0.final = Self.final { $0.create = 980 }
            },
            Self.situation("stopped on request", resourceUnits: 40) {
                ($0.rounds, $0.itemWrites) = (1, 20)
                $0.done = [.create: 20]
                $0.stop = .request
            },
            Self.situation("declined") { $0.declined = true }, Self.situation("nothing at all") { _ in },
            Self.situation("hostile texts") {
                ($0.schemaCalls, $0.rounds) = (1, 1)
                $0.denied = [Hostile.text]
                $0.refused = [
                    .init(
                        definition: Hostile.text, list: Self.list, code: .refused, field: "x", reason: Hostile.text,
                        rows: 1)
                ]
                $0.lateHazards = [Hazard(.listGone, at: Self.list, Hostile.text, remedy: Hostile.text)]
                $0.held = [
                    Hold(
                        project: "p", definition: Hostile.text, reason: Hostile.text, actor: Hostile.text,
                        since: Instant(seconds: 0))
                ]
                $0.lists = [.init(address: .list("s", Hostile.text), webURL: Hostile.text)]
            },
        ]
        ReportGolden.expect("apply", cases)
    }
}
