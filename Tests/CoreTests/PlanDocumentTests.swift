import Testing

@testable import Core

/// The one document that everything else is made of (SPEC §5).
@Suite("The plan document")
struct PlanDocumentTests {
    typealias Rows = Edit<RowCounts>
    typealias Change = Edit<PlanDocument>
    private static let place = SourceRange(file: "main.yaml", line: 4, column: 7)

    private static func plan(_ change: (inout PlanDocument) -> Void = { _ in }) -> PlanDocument {
        var plan = PlanDocument(
            planID: "11111111-2222-4333-8444-555555555555", createdAt: "2026-03-01T10:00:00Z", toolVersion: "1.2.3",
            project: "p", environment: nil, registrations: [.init(.definition("d"), .unchanged)], schemaUnchanged: 3,
            rowsDigest: "sha256:r")
        change(&plan)
        return plan
    }

    private static func rows(_ list: String?, _ change: (inout RowCounts) -> Void) -> DataChange {
        var counts = RowCounts()
        change(&counts)
        return DataChange(
            address: .rows("d", "s", list), definition: "d", list: list, counts: counts, byField: [], moves: [],
            rejects: [],
            causes: [:], samples: [])
    }

    // MARK: Empty and applicable

    /// SPEC §5: no create, update, replace, delete, adopt, forget, move or pull anywhere.
    @Test(arguments: [
        Rows("a create") { $0.create = 1 }, Rows("an update") { $0.update = 1 }, Rows("a move") { $0.moveIn = 1 },
        Rows("a delete") { $0.delete = 1 }, Rows("a pull") { $0.pull = 1 },
    ])
    func rowsThatAreWrittenMakeItNotEmpty(_ edit: Rows) {
        let plan = Self.plan { $0.dataChanges = [Self.rows("A", edit.apply)] }
        #expect(!plan.isEmpty && plan.json["summary"]?["empty"] == false)
    }

    @Test(arguments: [
        Rows("a reject") { $0.reject = 1 }, Rows("a conflict") { $0.conflict = 1 },
        Rows("an unrouted row") { $0.unrouted = 1 }, Rows("unchanged rows") { $0.unchanged = 9 },
        Rows("what moves out comes in elsewhere") { $0.moveOut = 1 },
    ])
    func otherRowsDoNot(_ edit: Rows) {
        let plan = Self.plan { $0.dataChanges = [Self.rows("A", edit.apply)] }
        #expect(plan.isEmpty && plan.json["summary"]?["empty"] == true)
    }

    @Test func everythingElseThatIsToBeDoneMakesItNotEmpty() {
        #expect(Self.plan().isEmpty)
        for action in SchemaChange.Action.allCases {
            #expect(!Self.plan { $0.schemaChanges = [SchemaChange(.list("s", "A"), action, "x")] }.isEmpty)
        }
        for action in PlanDocument.Registration.Action.allCases {
            let plan = Self.plan { $0.registrations = [.init(.definition("d"), action)] }
            #expect(plan.isEmpty == (action == .unchanged), "\(action)")
        }
        // Drift, notes, hazards and warnings are nothing to be done.
        let shown = Self.plan {
            $0.drift = [DriftEntry(.list("s", "A"), "x")]
            $0.notes = [SchemaNote(.list("s", "A"), "x")]
            $0.hazards = [Hazard(.rowDeleteLimit, at: .definition("d"), "x", remedy: "y")]
        }
        #expect(shown.isEmpty && !shown.isApplicable)
    }

    @Test func hazardsThatBlockAndErrorsMakeItNotApplicable() {
        var hazard = Hazard(.rowDeleteLimit, at: .definition("d"), "x", remedy: "y")
        #expect(!Self.plan { $0.hazards = [hazard] }.isApplicable)
        hazard.allowedBy = "main.yaml:1:1"
        #expect(Self.plan { $0.hazards = [hazard] }.isApplicable)
        let warning = Hazard(.shardRuleRemaps, at: .definition("d"), "x", remedy: "y")
        #expect(Self.plan { $0.hazards = [warning] }.isApplicable)
        let diagnostic = Diagnostic(.unknownColumn, "x", at: Self.place)
        #expect(!Self.plan { $0.diagnostics = [diagnostic] }.isApplicable)
        var mild = diagnostic
        mild.severity = .warning
        #expect(Self.plan { $0.diagnostics = [mild] }.isApplicable)
    }

    // MARK: Digests

    @Test func digestsAreHashesOfCanonicalText() {
        let plan = Self.plan()
        // The SHA-256 of `[]`.
        #expect(plan.schemaDigest == "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945")
        #expect(plan.planDigest == Self.plan().planDigest && plan.planDigest.utf8.count == 7 + 64)
        #expect(plan.json["schemaDigest"]?.string == plan.schemaDigest)
        #expect(plan.json["planDigest"]?.string == plan.planDigest)
    }

    /// SPEC §5: without `planId`, both digests, times and `estimate`.
    @Test(arguments: [
        Change("the id") { $0.planID = "x" }, Change("the time") { $0.createdAt = "x" },
        Change("the estimate") { $0.estimate.minutes = 7 },
    ])
    func whatSaysNothingOfTheChangesIsNotInTheDigest(_ edit: Change) {
        #expect(Self.plan(edit.apply).planDigest == Self.plan().planDigest)
    }

    @Test(arguments: [
        Change("another project") { $0.project = "q" }, Change("an environment") { $0.environment = "prod" },
        Change("another version") { $0.toolVersion = "2" }, Change("other rows") { $0.rowsDigest = "x" },
        Change("an assumption") { $0.assumptions = ["x"] },
        Change("another target") { $0.targets = [.init(profile: "s", type: "t", place: "x")] },
        Change("a registration") { $0.registrations = [.init(.definition("d"), .update)] },
        Change("a change") { $0.schemaChanges = [SchemaChange(.list("s", "A"), .create, "x")] },
        Change("counts") { $0.dataChanges = [rows("A") { $0.create = 1 }] },
        Change("drift") { $0.drift = [DriftEntry(.list("s", "A"), "x")] },
        Change("a note") { $0.notes = [SchemaNote(.list("s", "A"), "x")] },
        Change("unchanged columns") { $0.schemaUnchanged = 4 },
        Change("a hazard") { $0.hazards = [Hazard(.listGone, at: .list("s", "A"), "x", remedy: "y")] },
        Change("a warning") { $0.diagnostics = [Diagnostic(.ruleOnKey, severity: .warning, "x", at: nil)] },
    ])
    func everythingElseIs(_ edit: Change) {
        #expect(Self.plan(edit.apply).planDigest != Self.plan().planDigest)
        let isSchema = edit.name == "a change"
        #expect((Self.plan(edit.apply).schemaDigest != Self.plan().schemaDigest) == isSchema)
    }

    // MARK: JSON

    @Test func membersComeInOneOrder() throws {
        let names = Self.plan().json.members?.map(\.name)
        #expect(
            names == [
                "formatVersion", "kind", "planId", "planDigest", "schemaDigest", "tool", "createdAt", "project",
                "environment",
                "targets", "assumptions", "summary", "registrations", "schemaChanges", "dataChanges", "drift", "notes",
                "hazards", "diagnostics", "estimate",
            ])
        #expect(Self.plan().json["formatVersion"] == "1.0" && Self.plan().json["environment"] == .null)
        #expect(try JSON.parse(Self.plan().json.text(.pretty)) == Self.plan().json)
    }

    @Test func theSummaryCountsEveryActionByItsName() {
        let plan = Self.plan {
            $0.registrations = [.init(.definition("a"), .create), .init(.definition("b"), .forget)]
            $0.schemaChanges = [
                SchemaChange(.list("s", "A"), .create, "x"), SchemaChange(.column("s", "A", "C"), .create, "x"),
                SchemaChange(.column("s", "A", "D"), .replace, "x"),
            ]
            $0.dataChanges = [
                Self.rows("A") { ($0.create, $0.moveOut, $0.unchanged) = (2, 5, 7) },
                Self.rows("B") { ($0.moveIn, $0.reject, $0.delete) = (5, 1, 3) },
                Self.rows(nil) { $0.unrouted = 4 },
            ]
        }
        let summary = plan.json["summary"]
        #expect(summary?["registrations"] == ["create": 1, "update": 0, "delete": 0, "forget": 1, "unchanged": 0])
        #expect(
            summary?["schema"] == [
                "create": 2, "update": 0, "replace": 1, "delete": 0, "adopt": 0, "forget": 0, "unchanged": 3,
            ])
        #expect(
            summary?["data"] == [
                "create": 2, "update": 0, "move": 5, "delete": 3, "conflict": 0, "reject": 1, "unrouted": 4, "pull": 0,
                "unchanged": 7,
            ])
        #expect(plan.json["dataChanges"]?.array?.map { $0["list"] ?? 0 } == ["A", "B", .null])
        // A replacement is a delete and a create.
        #expect(plan.json["schemaChanges"]?.array?[2]["actions"] == ["delete", "create"])
        #expect(plan.json["schemaChanges"]?.array?.compactMap { $0["kind"]?.string } == ["list", "column", "column"])
    }

    @Test func aHazardShowsItsEvidenceAndWhatAllowedIt() {
        var hazard = Hazard(.rowDeleteLimit, at: .definition("d"), "m", rows: 30, remedy: "r", place: Self.place)
        hazard.allowedBy = "main.yaml:1:1"
        #expect(
            hazard.json == [
                "code": "ROW_DELETE_LIMIT", "address": "definition/d", "severity": "error", "message": "m",
                "evidence": ["rows": 30], "allowed": true, "allowedBy": "main.yaml:1:1", "note": .null, "remedy": "r",
                "position": ["file": "main.yaml", "line": 4, "column": 7],
            ])
        let bare = Hazard(.siteMoved, at: .profile("s"), "m", remedy: "r").json
        #expect(bare["severity"] == "warning" && bare["allowed"] == false && bare["evidence"] == ["rows": .null])
        #expect(bare["position"] == .null)
    }
}
