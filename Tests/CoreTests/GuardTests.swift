import Testing

@testable import Core

@Suite("Allowances and addresses")
struct GuardTests {
    @Test(arguments: [
        ("definition/projects", "definition/projects", true), ("definition/*", "definition/projects", true),
        ("definition/*", "rows/projects/contoso/A", false), ("**", "column/contoso/A/B", true),
        ("column/contoso/**", "column/contoso/A/B", true), ("column/*/B", "column/contoso/A/B", false),
        ("list/contoso/Projects_*", "list/contoso/Projects_Active", true),
        ("list/contoso/*_Active", "list/contoso/Active", false),
    ])
    func globs(pattern: String, address: String, matches: Bool) throws {
        #expect(AddressGlob(pattern).matches(try Address(parsing: address)) == matches)
    }

    @Test func anAllowanceEndsWithItsDayAndItsNumber() throws {
        let today = try #require(CivilDate(isoText: "2026-05-01"))
        let hazard = Hazard(.rowDeleteLimit, at: .definition("projects"), "", rows: 30, remedy: "")
        func isAllowed(until: String? = nil, max: Int? = nil, at: String = "definition/*") -> Bool {
            let allowance = Allowance(
                hazard: .rowDeleteLimit, at: at, reason: "r", until: until.flatMap { CivilDate(isoText: $0) }, max: max)
            let policy = HazardPolicy(allowances: [allowance], flags: [], today: today)
            return policy.applied(to: [hazard])[0].allowedBy != nil
        }
        #expect(isAllowed())
        #expect(isAllowed(until: "2026-05-01", max: 30))
        #expect(!isAllowed(until: "2026-04-30"))
        #expect(!isAllowed(max: 29))
        #expect(!isAllowed(at: "list/**"))
    }

    @Test func whatWasMeantToAllowSaysWhyItDoesNot() throws {
        let today = try #require(CivilDate(isoText: "2026-05-01"))
        let hazard = Hazard(.rowDeleteLimit, at: .definition("projects"), "", rows: 1030, remedy: "")
        func note(until: String? = nil, max: Int? = nil) -> String? {
            let allowance = Allowance(
                hazard: .rowDeleteLimit, at: "definition/*", reason: "r",
                until: until.flatMap { CivilDate(isoText: $0) },
                max: max)
            return HazardPolicy(allowances: [allowance], flags: [], today: today).applied(to: [hazard])[0].note
        }
        #expect(note() == nil)
        #expect(note(until: "2026-04-30") == "the allowance ended on 2026-04-30")
        #expect(note(max: 29) == "the allowance covers at most 29 rows, and these are 1,030")
    }

    /// A warning, because it does no harm, and because a mistyped one helps nobody.
    @Test(arguments: [
        ("definition/projects", "2026-05-01", nil), ("list/**", nil, nil),
        ("definition/projects", "2026-04-30", "The allowance of ROW_DELETE_LIMIT ended on 2026-04-30."),
        (
            "definition/project", nil,
            "Nothing in the plan has the address \"definition/project\", for which ROW_DELETE_LIMIT is allowed."
        ),
        ("column/contoso/Projects/Gone", nil, nil),
    ])
    func idleAllowancesAreSaid(_ at: String, _ until: String?, _ warning: String?) throws {
        let allowance = Allowance(
            hazard: .rowDeleteLimit, at: at, reason: "r", until: until.flatMap { CivilDate(isoText: $0) })
        let policy = HazardPolicy(
            allowances: [allowance], flags: [], today: try #require(CivilDate(isoText: "2026-05-01")))
        var diagnostics = Diagnostics()
        policy.warnOfIdle(among: [.definition("projects"), .list("contoso", "Projects")], &diagnostics)
        #expect(diagnostics.sorted().map(\.detail) == (warning.map { [$0] } ?? []))
    }

    @Test func stampsReadWhatTheyWrite() {
        let stamp = Stamp(metaStoreID: "m", project: "p", definitionID: "d", prefix: "projects", list: "Größe & co")
        #expect(Stamp(stamp.text) == stamp)
        #expect(stamp.text == "syncbridge:v1 m p d projects Gr%c3%b6%c3%9fe%20%26%20co")
        #expect(Stamp("Kept by hand") == nil)
    }

    @Test(arguments: [(1000, 80, 1000, 960_000), (1001, 100, 2500, 2_400_000), (60_000, 50, 3125, 3_000_000)])
    func quotaFollowsTheLicences(licences: Int, share: Int, perMinute: Int, perDay: Int) {
        let limits = QuotaLimits(SiteProfile.Quota(licences: licences, share: share))
        #expect(limits.perMinute == perMinute && limits.perDay == perDay)
    }

    @Test func estimatesWhatIsSent() {
        var rows = RowCounts()
        (rows.create, rows.update, rows.delete, rows.moveIn) = (100, 50, 10, 20)
        let estimate = Estimate(schemaCalls: 7, lists: 3, rows: rows, quota: SiteProfile.Quota(share: 4))
        #expect(estimate.requests == 7 + 3 + 160 + 60 && estimate.batches == 7 + 3 + 11)
        #expect(estimate.resourceUnits == 14 + 3 + 320 + 100)
        // 50 units a minute.
        #expect(estimate.minutes == 9)
        // A million rows in the smallest class: the day's share binds.
        rows = RowCounts()
        rows.create = 1_000_000
        #expect(Estimate(schemaCalls: 0, rows: rows, quota: SiteProfile.Quota()).minutes == 2000)
        rows.create = 2_000_000
        #expect(Estimate(schemaCalls: 0, rows: rows, quota: SiteProfile.Quota()).minutes == 4560)
        #expect(Estimate(schemaCalls: 0, rows: RowCounts(), quota: SiteProfile.Quota()) == Estimate())
    }
}
