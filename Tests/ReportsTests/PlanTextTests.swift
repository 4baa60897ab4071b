import Reports
import TestSupport
import Testing

@testable import Core

@Suite("What people read of a plan")
struct PlanTextTests {
    private func golden(_ name: String, file: String = #filePath) -> String {
        String(file.prefix(upTo: file.lastIndex(of: "/") ?? file.endIndex)) + "/Fixtures/\(name)"
    }

    @Test func aPlanWithEverything() {
        let plan = Self.everything()
        Golden.expect(PlanText.render(plan), matches: golden("plan.txt"))
        Golden.expect(plan.json.text(.pretty), matches: golden("plan.json"))
    }

    @Test func anEmptyPlan() {
        var plan = PlanDocument(
            planID: "00000000-0000-4000-8000-000000000000", createdAt: "2026-03-02T09:14:05Z", toolVersion: "0.0.0",
            project: "operations", environment: nil, schemaUnchanged: 8)
        var change = Self.rows("projects", "Projects_Active")
        change.counts.unchanged = 1234
        change.counts.sourceRows = 1234
        plan.dataChanges = [change]
        #expect(plan.isEmpty && plan.isApplicable)
        Golden.expect(PlanText.render(plan), matches: golden("plan-empty.txt"))
    }

    /// Of one kind alone, the table is not shown twice.
    @Test func onlyWhatTheChangeOfManifestsDoes() {
        var plan = Self.small()
        plan.dataChanges[0].causes = [.manifest: plan.dataChanges[0].counts]
        Golden.expect(PlanText.render(plan), matches: golden("plan-manifest.txt"))
    }

    @Test func onlyWhatTheNextRunWouldDoAnyway() {
        var plan = Self.small()
        plan.registrations = [.init(.definition("projects"), .unchanged)]
        plan.dataChanges[0].causes = [.clock: plan.dataChanges[0].counts]
        Golden.expect(PlanText.render(plan), matches: golden("plan-anyway.txt"))
    }

    @Test func aChangeOfManifestsThatChangesNoRow() {
        var plan = Self.small()
        plan.dataChanges[0].counts.update = 0
        #expect(
            PlanText.render(plan).contains("\nWhat this change of the manifests does: no row changes with it\n\nRows "))
    }

    private static func small() -> PlanDocument {
        var plan = PlanDocument(
            planID: "00000000-0000-4000-8000-000000000000", createdAt: "2026-03-02T09:14:05Z", toolVersion: "0.0.0",
            project: "operations", environment: nil, registrations: [.init(.definition("projects"), .update)],
            schemaUnchanged: 8)
        var change = Self.rows("projects", "Projects")
        change.counts.update = 3
        change.counts.sourceRows = 40
        change.counts.unchanged = 37
        plan.dataChanges = [change]
        return plan
    }

    @Test func digestsLeaveTimesIdsAndEstimatesOut() {
        let plan = Self.everything()
        var other = plan
        other.planID = "11111111-0000-4000-8000-000000000000"
        other.createdAt = "2027-01-01T00:00:00Z"
        other.estimate.minutes = 99
        #expect(other.planDigest == plan.planDigest)
        other.rowsDigest = "sha256:other"
        #expect(other.planDigest != plan.planDigest && other.schemaDigest == plan.schemaDigest)
    }

    /// A name from outside must not move the cursor or colour the screen.
    @Test func hostileTextIsHarmless() {
        var plan = Self.everything()
        plan.hazards[0].message = "a list \"\u{1B}[2J\u{202E}evil\u{7}\" is in the site"
        let text = PlanText.render(plan)
        #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}") && !text.contains("\u{7}"))
    }

    private static func rows(_ definition: String, _ list: String?) -> DataChange {
        DataChange(
            address: .rows(definition, "contoso", list), definition: definition, list: list, counts: RowCounts(),
            byField: [], moves: [], rejects: [], causes: [:], samples: [])
    }

    private static func everything() -> PlanDocument {
        let place = SourceRange(file: "manifests/projects.yaml", line: 18, column: 3)
        var active = rows("projects", "Projects_Active")
        active.counts.sourceRows = 48_155
        active.counts.create = 214
        active.counts.update = 1032
        active.counts.moveOut = 57
        active.counts.delete = 6
        active.counts.reject = 2
        active.counts.unchanged = 46_850
        active.byField = [.init(field: "Status", updates: 988), .init(field: "Salary", updates: 61)]
        active.rejects = [.init(code: .choiceNotAllowed, count: 2, field: "Status", place: place)]
        active.samples = [
            .init(
                action: .update, key: .clear("SO-10442"),
                after: [.init(field: "Status", value: .clear("Shipped")), .init(field: "Salary", value: .masked(1))]),
            .init(action: .delete, key: .masked(2), after: []),
        ]
        var (ofManifests, ofSource, ofPeople) = (RowCounts(), RowCounts(), RowCounts())
        (ofManifests.update, ofManifests.moveOut, ofManifests.reject) = (980, 57, 2)
        (ofSource.create, ofSource.update, ofSource.delete) = (214, 51, 6)
        ofPeople.update = 1
        active.causes = [.manifest: ofManifests, .source: ofSource, .person: ofPeople]
        var closed = rows("projects", "Projects_Closed")
        closed.counts.sourceRows = 57
        closed.counts.moveIn = 57
        closed.causes = [.manifest: closed.counts]
        closed.causes[.manifest]?.sourceRows = 0
        closed.moves = [
            .init(from: "Projects_Active", to: "Projects_Closed", count: 57, rule: "manifests/projects.yaml:12:9")
        ]
        var hazard = Hazard(
            .columnTypeReplace, at: .column("contoso", "Projects_Active", "Cost"),
            "it is single-line text (255) and would have to be number", rows: 48_002,
            remedy: "choose another target for the field", place: place)
        hazard.allowedBy = nil
        var allowed = Hazard(
            .rowDeleteLimit, at: .definition("projects"), "6 of 48,002 rows would be deleted; the limit is 5", rows: 6,
            remedy: "raise the limit", place: place)
        allowed.allowedBy = "manifests/project.yaml:9:7"
        var plan = PlanDocument(
            planID: "00000000-0000-4000-8000-000000000000", createdAt: "2026-03-02T09:14:05Z", toolVersion: "0.0.0",
            project: "operations", environment: "prod",
            targets: [
                .init(profile: "warehouse", type: "postgresql", place: "public.projects"),
                .init(profile: "contoso", type: "sharepoint", place: "https://contoso.sharepoint.com/sites/Operations"),
            ], assumptions: ["the meta-store is empty: this is a first plan"],
            registrations: [
                .init(.definition("projects"), .update),
                .init(.definition("tasks"), .update, renamedFrom: "todos"),
                .init(.definition("visits"), .update, returns: true),
            ],
            schemaChanges: [
                SchemaChange(
                    .list("contoso", "Projects_Closed"), .create, "11 columns", after: ["displayName": "Closed"]),
                SchemaChange(
                    .column("contoso", "Projects_Active", "State"), .update, "choices: + \"Returned\"", place: place),
                SchemaChange(
                    .column("contoso", "Projects_Active", "Cost"), .replace, "it would have to be number", place: place),
            ], schemaUnchanged: 37, dataChanges: [active, closed],
            drift: [DriftEntry(.list("contoso", "Projects_Active"), "renamed to \"Projekte\"")],
            notes: [
                SchemaNote(
                    .column("contoso", "Projects_Active", "Legacy"),
                    "its source column \"legacy\" is gone: the column is no longer written and keeps what it holds")
            ],
            hazards: [hazard, allowed],
            diagnostics: [
                Diagnostic(
                    .uncoveredLabel, severity: .warning,
                    "Column \"status\" can be \"Planned\", for which no rule has a list.",
                    at: place)
            ], rowsDigest: "sha256:rows")
        plan.estimate.requests = 1400
        plan.estimate.batches = 70
        plan.estimate.resourceUnits = 2800
        plan.estimate.minutes = 3
        return plan
    }
}
