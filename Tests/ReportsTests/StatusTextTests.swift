import Reports
import Testing

@testable import Core

@Suite("What people read of a project and its locks")
struct StatusTextTests {
    private static let start = Instant(seconds: 1_770_000_000)

    private static func lease(
        _ definition: String, isExpired: Bool = false, actor: String = "kim@ops", run: String = "r-1"
    )
        -> LeaseHolder
    {
        LeaseHolder(
            name: LeaseName(project: "p", definition: definition, site: "contoso"), epoch: 7, actor: actor, run: run,
            acquiredAt: start, heartbeatAt: Instant(seconds: start.seconds + 30), isExpired: isExpired)
    }

    private static func hold(_ definition: String?, _ reason: String = "stocktaking") -> Hold {
        Hold(project: "p", definition: definition, reason: reason, actor: "kim@ops", since: start)
    }

    // MARK: Locks

    @Test func locks() {
        func situation(_ name: String, _ leases: [LeaseHolder], _ holds: [Hold]) -> ReportCase {
            ReportCase(name: name, text: LockText.render(leases, holds), json: LockText.json(leases, holds))
        }
        let hostile = Hold(
            project: "p", definition: Hostile.text, reason: Hostile.text, actor: Hostile.text, since: Self.start)
        ReportGolden.expect(
            "locks",
            [
                situation("nobody", [], []), situation("held", [Self.lease("projects")], []),
                situation(
                    "its time is over, and holds", [Self.lease("orders", isExpired: true)],
                    [Self.hold("projects"), Self.hold(nil, "audit")]),
                situation(
                    "hostile texts", [Self.lease(Hostile.text, actor: Hostile.text, run: Hostile.text)], [hostile]),
            ])
    }

    // MARK: Status

    private static func registry(
        _ name: String = "projects", list: String = "Active", url: String = "https://c.example/A"
    )
        -> Registry
    {
        Registry(
            metaStoreID: "m",
            definitions: [
                RegisteredDefinition(id: "1", name: name, prefix: "projects", liveRows: 48_155),
                RegisteredDefinition(id: "2", name: "orders", prefix: "orders"),
            ],
            lists: [
                ManagedList(
                    id: ListID("l2"), definitionID: "1", name: "Closed", site: "contoso", remoteSiteID: "r", webURL: url
                ),
                ManagedList(
                    id: ListID("l1"), definitionID: "1", name: list, site: "contoso", remoteSiteID: "r", webURL: url,
                    liveRows: 48_155),
            ])
    }

    private static func row(_ key: String, _ refusal: Refusal) -> KnownEntry {
        var entry = LedgerEntry(key: LedgerKey(bytes: [1]), state: .quarantined)
        entry.refusal = refusal
        return KnownEntry(entry: entry, syncKey: key)
    }

    private static func run(_ id: String, exit: Int?, actor: String = "ci@runner", counts: JSON = .object([]))
        -> RunRecord
    {
        RunRecord(
            id: id, project: "p", startedAt: start, finishedAt: exit.map { _ in Instant(seconds: start.seconds + 60) },
            actor: actor, planDigest: "sha256:p", schemaDigest: "sha256:s", counts: counts, exit: exit)
    }

    @Test func status() {
        func situation(
            _ name: String, _ registry: Registry, _ runs: [RunRecord] = [], _ refused: [QuarantineCount] = [],
            _ rows: [String: [KnownEntry]] = [:], _ leases: [LeaseHolder] = [], _ holds: [Hold] = [],
            project: String = "operations"
        ) -> ReportCase {
            ReportCase(
                name: name, text: StatusText.render(project, registry, runs, refused, rows, leases, holds),
                json: StatusText.json(registry, runs, refused, rows, leases, holds))
        }
        let refused = [
            QuarantineCount(definition: "projects", reason: "UNIQUE_VALUE", rows: 2),
            QuarantineCount(definition: "orders", reason: "A_LATER_CODE", rows: 1200),
        ]
        let rows = [
            "projects": [
                Self.row(
                    "projects/42",
                    Refusal(.uniqueValue, list: ListID("l1"), reason: "column Code: the value exists", requestID: "q-1")
                ),
                Self.row("projects/A~eztmk5", Refusal(.refused, reason: "refused", attempts: 3)),
                Self.row("projects/#abc", Refusal(.itemLoses, list: ListID("gone"), reason: "attachments")),
            ]
        ]
        let runs = [
            Self.run("r-2", exit: nil),
            Self.run("r-1", exit: 17, counts: ["create": 1200, "update": 0, "failures": []]),
            Self.run("r-0", exit: 99),
        ]
        let hostileRow = Self.row(Hostile.text, Refusal(.refused, reason: Hostile.text, requestID: Hostile.text))
        ReportGolden.expect(
            "status",
            [
                situation("nothing yet", .empty),
                situation("in step", Self.registry(), [Self.run("r-1", exit: 0, counts: ["create": 5])]),
                situation(
                    "refused rows, a lease and a hold", Self.registry(), runs, refused, rows, [Self.lease("projects")],
                    [Self.hold("orders")]),
                situation(
                    "hostile texts", Self.registry(Hostile.text, list: Hostile.text, url: Hostile.text),
                    [Self.run("r", exit: 0, actor: Hostile.text, counts: .object([JSON.Member(Hostile.text, 1)]))],
                    [QuarantineCount(definition: Hostile.text, reason: Hostile.text, rows: 1)],
                    [Hostile.text: [hostileRow]],
                    project: Hostile.text),
            ])
    }
}
