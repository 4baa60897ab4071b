import Testing

@testable import Core

/// What an allowance opens, and what it does not.
@Suite("Allowing hazards")
struct HazardPolicyTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var code = HazardCode.rowDeleteLimit
        var rows: Int? = 30
        /// Of the allowance.
        var of = HazardCode.rowDeleteLimit
        var at = "definition/projects"
        var until: String?
        var max: Int?
        var isOpen: Bool
        var note: String?

        var testDescription: String { name }
    }

    private static let place = SourceRange(file: "main.yaml", line: 3, column: 5)

    @Test(arguments: [
        Case(name: "its own address", isOpen: true), Case(name: "another's", at: "definition/other", isOpen: false),
        Case(name: "any definition", at: "definition/*", isOpen: true), Case(name: "anything", at: "**", isOpen: true),
        Case(name: "any list is no definition", at: "list/**", isOpen: false),
        Case(name: "another hazard", of: .rowMoveLimit, isOpen: false),
        Case(name: "its last day", until: "2026-05-01", isOpen: true),
        Case(
            name: "the day after", until: "2026-04-30", isOpen: false,
            note: "the allowance at main.yaml:3:5 ended on 2026-04-30"),
        Case(name: "as many rows as it covers", max: 30, isOpen: true),
        Case(
            name: "a row more", rows: 31, max: 30, isOpen: false,
            note: "the allowance at main.yaml:3:5 covers at most 30 rows, and these are 31"),
        Case(name: "no rows to count", rows: nil, max: 0, isOpen: true),
        Case(
            name: "a limit and a day that is over", until: "2026-04-30", max: 30, isOpen: false,
            note: "the allowance at main.yaml:3:5 ended on 2026-04-30"),
    ])
    func opens(_ c: Case) throws {
        let allowance = Allowance(
            hazard: c.of, at: c.at, reason: "r", until: c.until.flatMap { CivilDate(isoText: $0) }, max: c.max,
            place: Self.place)
        let policy = HazardPolicy(
            allowances: [allowance], flags: [], today: try #require(CivilDate(isoText: "2026-05-01")))
        let hazard = policy.applied(to: [Hazard(c.code, at: .definition("projects"), "", rows: c.rows, remedy: "")])[0]
        #expect(hazard.allowedBy == (c.isOpen ? "main.yaml:3:5" : nil))
        #expect(hazard.blocks == !c.isOpen && hazard.note == c.note)
    }

    @Test func theFlagCountsForTheRunAndTheFirstAllowanceThatFitsIsNamed() throws {
        let today = try #require(CivilDate(isoText: "2026-05-01"))
        let hazard = Hazard(.listGone, at: .list("s", "A"), "", rows: 7, remedy: "")
        let flags = [HazardPolicy.Flag(code: .listGone, at: AddressGlob("list/s/*"))]
        #expect(HazardPolicy(allowances: [], flags: flags, today: today).applied(to: [hazard])[0].allowedBy != nil)
        let others = [HazardPolicy.Flag(code: .listGone, at: AddressGlob("list/s/B"))]
        #expect(HazardPolicy(allowances: [], flags: others, today: today).applied(to: [hazard])[0].allowedBy == nil)
        let allowances = [
            Allowance(hazard: .listGone, at: "list/**", reason: "small", max: 1),
            Allowance(hazard: .listGone, at: "list/**", reason: "all", place: Self.place),
        ]
        let policy = HazardPolicy(allowances: allowances, flags: [], today: today)
        #expect(policy.applied(to: [hazard])[0].allowedBy == "main.yaml:3:5")
    }

    /// Else somebody would look for a mistake in the address.
    @Test(arguments: HazardCode.allCases.filter { !$0.canBeAllowed })
    func anAllowanceThatCannotBeCarriedOutSaysSo(_ code: HazardCode) throws {
        let today = try #require(CivilDate(isoText: "2026-05-01"))
        let hazard = Hazard(code, at: .list("s", "A"), "", remedy: "")
        let allowance = Allowance(hazard: code, at: "**", reason: "r", place: Self.place)
        let policy = HazardPolicy(allowances: [allowance], flags: [], today: today)
        let applied = policy.applied(to: [hazard])[0]
        #expect(applied.allowedBy == nil && applied.blocks)
        #expect(applied.note?.hasPrefix("allowed by main.yaml:3:5, which changes nothing: ") == true)
        #expect(HazardPolicy(allowances: [], flags: [], today: today).applied(to: [hazard])[0].note == nil)
    }

    @Test func onlyTheWarningsDoNotBlock() {
        let warnings = HazardCode.allCases.filter { !$0.blocks }
        #expect(Set(warnings) == [.guardLoosened, .shardRuleRemaps, .siteMoved])
    }
}
