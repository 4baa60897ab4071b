import Testing

@testable import Core

/// What manifests declare, as values: defaults, and what a change of them is told by.
@Suite("Definitions and profiles")
struct ManifestModelTests {
    typealias Change = Edit<SyncDefinition>
    private static let place = SourceRange(file: "main.yaml", line: 1, column: 1)

    private static func definition(_ change: (inout SyncDefinition) -> Void = { _ in }) -> SyncDefinition {
        var definition = SyncDefinition(
            name: "d", sourceProfile: "p", table: TableName(schema: "public", name: "t"), siteProfile: "s",
            sharding: ShardingPolicy(
                rules: [.init(when: .column("state", .equal(.text("Active")), place: nil), list: "A")],
                defaultList: Located("B")),
            mapping: Mapping(
                auto: AutoMapping(),
                fields: [Field(origin: .column("name"), target: "Title", transforms: [Located(.trim)])]),
            deletes: .propagate, lists: ["A": ListSettings(displayName: "Active")])
        change(&definition)
        return definition
    }

    // MARK: The fingerprint

    /// Another spec may change any row; the same one none.
    @Test(arguments: [
        Change("the table") { $0.table.name = "u" }, Change("the schema") { $0.table.schema = "other" },
        Change("the source") { $0.sourceProfile = "q" }, Change("the site") { $0.siteProfile = "r" },
        Change("the key") { $0.key = ["id"] },
        Change("the predicate") { $0.predicate = Located("x > 1") }, Change("the mode") { $0.mode = .archiveOnly },
        Change("deletes") { $0.deletes = .retain }, Change("drift") { $0.onDrift = .revert },
        Change("a rule's value") {
            $0.sharding.rules[0].condition = .column("state", .equal(.text("Closed")), place: nil)
        },
        Change("a rule's kind") { $0.sharding.rules[0].condition = .column("state", .prefix("Active"), place: nil) },
        Change("a rule's column") {
            $0.sharding.rules[0].condition = .column("kind", .equal(.text("Active")), place: nil)
        },
        Change("a number for a text") {
            $0.sharding.rules[0].condition = .column("state", .equal(.number("1")), place: nil)
        },
        Change("a text for a number") {
            $0.sharding.rules[0].condition = .column("state", .equal(.text("1")), place: nil)
        },
        Change("a negation") { $0.sharding.rules[0].condition = .not($0.sharding.rules[0].condition) },
        Change("a rule's list") { $0.sharding.rules[0].list = "C" }, Change("no rule") { $0.sharding.rules = [] },
        Change("no default") { $0.sharding.defaultList = nil }, Change("no auto") { $0.mapping.auto = nil },
        Change("a skipped column") { $0.mapping.auto?.skip = [Located("x")] },
        Change("no field") { $0.mapping.fields = [] },
        Change("a field's source") { $0.mapping.fields[0].origin = .expression("name") },
        Change("a field's target") { $0.mapping.fields[0].target = "Name" },
        Change("a field's type") { $0.mapping.fields[0].type = .multilineText },
        Change("a field's steps") { $0.mapping.fields[0].transforms = [] },
        Change("a field's name") { $0.mapping.fields[0].displayName = "x" },
        Change("a field's description") { $0.mapping.fields[0].description = "x" },
        Change("required") { $0.mapping.fields[0].required = true },
        Change("indexed") { $0.mapping.fields[0].indexed = true },
        Change("unique") { $0.mapping.fields[0].unique = true },
        Change("a default") { $0.mapping.fields[0].defaultValue = .value("x") },
        Change("a formula") { $0.mapping.fields[0].defaultValue = .formula("x") },
        Change("the owner") { $0.mapping.fields[0].owner = .target },
        Change("shareable") { $0.mapping.fields[0].shareable = true },
        Change("a list's name") { $0.lists["A"]?.displayName = "x" },
        Change("a list's description") { $0.lists["A"]?.description = "x" },
        Change("what becomes of a list") { $0.lists["A"]?.deletionPolicy = .delete },
    ])
    func whateverMayChangeARowChangesTheFingerprint(_ edit: Change) {
        #expect(Self.definition(edit.apply).fingerprint != Self.definition().fingerprint)
    }

    @Test(arguments: [
        Change("its name") { $0.name = "e" }, Change("labels") { $0.labels = ["a": "b"] },
        Change("suspend") { $0.suspend = true },
        Change("guards") { $0.guards.maxDeletes = 1 },
        Change("how changes are found") { $0.capture = .watermark(Watermark(column: Located("c"))) },
        Change("places") {
            $0.place = place
            $0.keyPlace = place
            $0.sharding.place = place
            $0.sharding.rules[0].place = place
            $0.mapping.place = place
            $0.mapping.fields[0].place = place
            $0.mapping.fields[0].transforms[0].place = place
            $0.lists["A"]?.place = place
        }, Change("a word about the values") { $0.mapping.fields[0].sensitivity = "x" },
    ])
    func whatChangesNoRowDoesNot(_ edit: Change) {
        #expect(Self.definition(edit.apply).fingerprint == Self.definition().fingerprint)
    }

    /// Two rules of one meaning in two places are told apart by their conditions, each of which has a form of its own.
    @Test func everyComparisonHasAFormOfItsOwn() {
        let scalar = Scalar.text("1")
        let all: [Condition.Comparison] = [
            .equal(scalar), .notEqual(scalar), .oneOf([scalar]), .noneOf([scalar]), .greater(scalar),
            .greaterOrEqual(scalar),
            .less(scalar), .lessOrEqual(scalar), .prefix("1"), .suffix("1"), .contains("1"), .isNull(true),
            .isNull(false),
            .olderThan(1), .newerThan(1), .equal(.null), .equal(.boolean(true)), .equal(.number("1")),
        ]
        let forms = all.map { comparison in
            ShardingPolicy(rules: [.init(when: .column("c", comparison, place: nil), list: "A")]).json.text()
        }
        #expect(Set(forms).count == all.count)
        let nested = ShardingPolicy(
            rules: [.init(when: .all([.any([]), .not(.all([]))]), list: "A")], defaultList: Located("B"))
        #expect(
            nested.json.text()
                == #"{"rules":[{"when":{"all":[{"any":[]},{"not":{"all":[]}}]},"target_list":"A"},{"default":"B"}]}"#)
    }

    // MARK: Parts

    @Test func listsComeInTheOrderOfTheRulesEachOnce() {
        let always = Condition.all([])
        let policy = ShardingPolicy(
            rules: ["B", "A", "B"].map { .init(when: always, list: $0) }, defaultList: Located("A"))
        #expect(policy.listNames == ["B", "A"])
        #expect(ShardingPolicy(defaultList: Located("X")).listNames == ["X"] && ShardingPolicy().listNames.isEmpty)
    }

    @Test func aConditionKnowsItsColumns() {
        let condition = Condition.all([
            .column("a", .isNull(true), place: nil),
            .not(.any([.column("b", .isNull(true), place: nil), .column("a", .isNull(false), place: nil)])),
        ])
        #expect(condition.columns == ["a", "b"] && Condition.all([]).columns.isEmpty)
    }

    @Test func onlyRulesThatAskForTheTimeDependOnIt() {
        func depends(_ condition: BoundCondition) -> Bool {
            Routing(rules: [.init(condition: condition, list: 0)], defaultList: nil).dependsOnClock
        }
        #expect(depends(.not(.any([.all([.column(0, .olderThan(1))])]))) && depends(.column(0, .newerThan(1))))
        #expect(!depends(.all([.column(0, .isNull), .column(0, .equal([])), .not(.column(0, .prefix([])))])))
        #expect(!Routing(rules: [], defaultList: 0).dependsOnClock)
    }

    /// SPEC §3, defaults.
    @Test func guardsOfADefinitionAreFilledFromTheProjectAndThenFromTheDefaults() {
        #expect(
            Guards().filled(from: .defaults)
                == Guards(maxDeletes: 20, maxDeletePercent: 5, maxUpdatePercent: 90, maxRejectedPercent: 1))
        let definition = Guards(maxDeletes: 0, maxUpdatePercent: 100)
        let project = Guards(maxDeletes: 50, maxDeletePercent: 10)
        #expect(
            definition.filled(from: project).filled(from: .defaults)
                == Guards(maxDeletes: 0, maxDeletePercent: 10, maxUpdatePercent: 100, maxRejectedPercent: 1))
    }

    @Test func theSmallestTreeHasProfilesOfTheEnvironment() {
        let (source, site) = (SourceProfile.fromEnvironment, SiteProfile.fromEnvironment)
        #expect(source.name == "postgres" && site.name == "sharepoint")
        guard case .dsn(let dsn) = source.connection else {
            Issue.record("the source has no DSN")
            return
        }
        #expect(dsn.isDefault && dsn.text == "environment variable SOURCE_PG_DSN")
        #expect(site.clientSecret.isDefault && site.clientSecret.text == "environment variable AZURE_CLIENT_SECRET")
        #expect(site.tenantID == .environment("AZURE_TENANT_ID") && site.timeZone == .environment("SP_TIME_ZONE"))
        #expect(site.quota.licences == 1000 && site.quota.share == 80 && site.cloud == .global)
        #expect(
            Project().metaStore.dsn.text == "environment variable SYNCBRIDGE_META_DSN"
                && Project().metaStore.schema == "syncbridge")
        #expect(
            Project().retention == Retention(runs: 90, tombstones: 90, conflicts: 180) && Project().name == "default")
        #expect(SecretReference(.file("secrets/dsn")).text == "file secrets/dsn")
    }

    /// FACTS 9.7: tokens and data of a cloud come from its own hosts.
    @Test func everyCloudHasItsOwnHosts() {
        for cloud in SiteProfile.Cloud.allCases {
            for root in [cloud.authority, cloud.graph] { #expect(root.hasPrefix("https://") && !root.hasSuffix("/")) }
            let isChina = cloud == .china
            #expect(cloud.authority.hasSuffix(".cn") == isChina && cloud.graph.hasSuffix(".cn") == isChina)
            let isGovernment = cloud == .usGovernment || cloud == .usGovernmentDoD
            #expect(cloud.authority.hasSuffix(".us") == isGovernment && cloud.graph.hasSuffix(".us") == isGovernment)
        }
        #expect(Set(SiteProfile.Cloud.allCases.map(\.graph)).count == 4)
    }

    @Test func profilesAreFoundByTheirNames() {
        let state = DesiredState(
            project: Project(), sources: [.fromEnvironment], sites: [.fromEnvironment], definitions: [Self.definition()]
        )
        #expect(state.source("postgres") != nil && state.source("sharepoint") == nil)
        #expect(state.site("sharepoint") != nil && state.site("postgres") == nil)
    }

    @Test func aTableWithoutASchemaIsPublic() {
        #expect(TableName(schema: nil, name: "t").text == "t" && TableName(schema: "a", name: "t").text == "a.t")
    }

    // MARK: Quotas (FACTS 8.2)

    @Test(arguments: [
        (1, 1250, 1_200_000), (1000, 1250, 1_200_000), (1001, 2500, 2_400_000), (5000, 2500, 2_400_000),
        (5001, 3750, 3_600_000),
        (15_000, 3750, 3_600_000), (15_001, 5000, 4_800_000), (50_000, 5000, 4_800_000), (50_001, 6250, 6_000_000),
    ])
    func classesOfLicences(licences: Int, perMinute: Int, perDay: Int) {
        let all = QuotaLimits(SiteProfile.Quota(licences: licences, share: 100))
        #expect(all.perMinute == perMinute && all.perDay == perDay && all.perMinuteInAll == perMinute)
        let half = QuotaLimits(SiteProfile.Quota(licences: licences, share: 50))
        #expect(half.perMinute == perMinute / 2 && half.perDay == perDay / 2 && half.perMinuteInAll == perMinute)
    }

    @Test func aShareIsNeverNothing() {
        let limits = QuotaLimits(SiteProfile.Quota(share: 1, resourceUnitsPerMinute: 10, resourceUnitsPerDay: 10))
        #expect(limits.perMinute == 1 && limits.perDay == 1 && limits.perMinuteInAll == 10)
    }

    @Test(arguments: [
        (0, 0), (-5, 0), (1, 1), (100, 1), (101, 2), (1000, 10),
        // Beyond the day's share the rest waits for the next day, of which it takes its part.
        (2000, 1440), (1500, 720), (3000, 2880),
    ])
    func minutesAreThoseOfTheMinuteOrOfTheDay(units: Int, minutes: Int) {
        let limits = QuotaLimits(SiteProfile.Quota(share: 100, resourceUnitsPerMinute: 100, resourceUnitsPerDay: 1000))
        #expect(limits.minutes(for: units) == minutes)
    }

    @Test func sitesHaveQuotasOfTheirOwn() {
        var (one, other) = (Estimate(), Estimate())
        (one.requests, one.batches, one.resourceUnits, one.minutes) = (1, 2, 3, 40)
        (other.requests, other.batches, other.resourceUnits, other.minutes) = (10, 20, 30, 4)
        let both = one + other
        #expect(both.requests == 11 && both.batches == 22 && both.resourceUnits == 33 && both.minutes == 40)
    }
}
