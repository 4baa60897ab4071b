import Core
import GraphSimulator
import Testing

/// The service keeps, or answers, something else than it was sent (FACTS 13). Nobody is blamed for that.
@Suite("What is stored otherwise", .serialized)
struct StoredOtherwiseTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text, started date, at timestamptz);
        INSERT INTO projects SELECT i, 'Project ' || i || ' ', DATE '2026-03-01' + i, '2026-03-01 10:00Z'
            FROM generate_series(1, 60) i;
        """

    private static func tree(_ drift: String = "REPORT") -> String {
        """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: projects }
        spec:
          source: { table: public.projects }
          target: { list: Projects }
          mapping:
            fields:
              - { source: name, target: Title }
              - { source: started, target: StartedOn, type: dateOnly }
              - { source: at, target: At, type: dateTime }
          deletes: PROPAGATE
          onDrift: \(drift)
        """
    }

    /// - Parameter settings: Of the simulator.
    @Test(
        arguments: [["storedTexts": "trimmed"], ["answerTexts": "trimmed"], ["answerDates": "shifted"]],
        ["REPORT", "REVERT"])
    func isNoPersonsEdit(_ settings: [String: String], _ drift: String) async throws {
        try await World.with("otherwise", tables: Self.tables) { world in
            try world.write(Self.tree(drift))
            for (name, value) in settings { try world.setting(name, .string(value)) }
            let first = try await world.apply()
            #expect(!first.output.contains("changed by people"), "\(first.output)")
            // Said once, where the service really keeps another form.
            let isNormalised = settings["storedTexts"] != nil
            #expect(
                first.output.contains("NORMALISED  column/sharepoint/Projects/Title") == isNormalised, "\(first.output)"
            )
            try await world.expect(0, "drift", "--detailed-exitcode")
            // A person changes another field: that alone is theirs.
            let item = try world.item("Projects", "projects/7")
            try world.personEdits("Projects", item.id, ["At": "2026-03-02T10:00:00Z"])
            let run = try await world.run("drift", "--json")
            let fields = try JSON.parse(run.output)["drift"]?.array?.compactMap { $0["fields"] } ?? []
            #expect(fields == [["At"]], "\(run.output)")
            try world.resetCounters()
            let second = try await world.apply()
            #expect(!second.output.contains("NORMALISED"), "\(second.output)")
            #expect(world.writes() == (drift == "REVERT" ? 1 : 0))
            try world.resetCounters()
            try await world.apply()
            #expect(world.writes() == 0)
        }
    }
}

/// A column's default is for people; what rows have is none of its business.
@Suite("Defaults that the service takes otherwise", .serialized)
struct OtherDefaultsTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, grade text);
        INSERT INTO projects SELECT i, CASE WHEN i % 2 = 0 THEN 'gold' END FROM generate_series(1, 40) i;
        """

    private static let tree = """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: projects }
        spec:
          source: { table: public.projects }
          target: { list: Projects }
          mapping:
            fields:
              - { source: grade, target: Grade, type: { text: {} }, default: standard }
          deletes: PROPAGATE
        """

    /// Said once, and no difference for ever.
    @Test func isIgnored() async throws {
        try await World.with("ignored", tables: Self.tables) { world in
            try world.write(Self.tree)
            try world.setting("columnDefaults", "ignored")
            let words = "SharePoint did not take the default of column/sharepoint/Projects/Grade"
            #expect(try await world.apply().output.contains(words))
            try await world.expect(0, "drift", "--detailed-exitcode")
            try await world.sql("UPDATE projects SET grade = 'silver' WHERE id = 1")
            #expect(try await !world.apply().output.contains(words))
        }
    }

    /// It fills in although the row says that there is nothing.
    @Test func wins() async throws {
        try await World.with("wins", tables: Self.tables) { world in
            try world.write(Self.tree)
            try world.setting("nullOverridesDefault", false)
            try await world.apply()
            let grades = try world.items("Projects").map { $0.fields["Grade"]?.string }
            #expect(grades.count { $0 == nil } == 20 && grades.count { $0 == "gold" } == 20)
            try await world.expect(0, "drift", "--detailed-exitcode")
        }
    }
}

/// Days are instants of the site's zone, which the service does not tell.
@Suite("A profile with another zone than its site", .serialized)
struct OtherZoneTests {
    private static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text, started date);
        INSERT INTO projects SELECT i, 'Project ' || i, DATE '2026-03-01' + i FROM generate_series(1, 200) i;
        """

    private static let tree = """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: projects }
        spec:
          source: { table: public.projects }
          target: { list: Projects }
          mapping:
            fields:
              - { source: name, target: Title }
              - { source: started, target: StartedOn, type: dateOnly }
          deletes: PROPAGATE
        """

    private static let address = "rows/projects/sharepoint/Projects"

    /// The days that people see, by key.
    private func days(_ world: World, zone: SiteTimeZone) throws -> [String: String] {
        var days: [String: String] = [:]
        for item in try world.items("Projects") {
            let text = item.fields["StartedOn"]?.string ?? ""
            days[item.key ?? "?"] = Instant(isoText: text).map { zone.day(of: $0).isoText } ?? "none"
        }
        return days
    }

    private func wanted(_ world: World) async throws -> [String: String] {
        let rows = try await world.sourceQuery("SELECT 'projects/' || id, started::text FROM projects")
        return Dictionary(rows.map { ($0[0] ?? "", $0[1] ?? "") }) { first, _ in first }
    }

    @Test(arguments: ["America/Los_Angeles", "Asia/Tokyo", "Europe/London"])
    func stopsAfterTheFirstRows(_ zone: String) async throws {
        try await World.with("otherzone", tables: Self.tables) { world in
            try world.write(Self.tree)
            let other = ["SP_TIME_ZONE": zone]
            let hazard = "the site's time zone is not \(zone)"
            try await world.expect(
                17, "apply", "--auto-approve", changes: other, says: ["TIMEZONE_MISMATCH", hazard, "timeZone"])
            #expect(try world.items("Projects").count == 25)
            try world.resetCounters()
            try await world.expect(3, "plan", "--detailed-exitcode", changes: other, says: ["TIMEZONE_MISMATCH"])
            try await world.expect(12, "apply", "--auto-approve", changes: other, says: [hazard])
            #expect(world.writes() == 0)
            // With the right zone the days of the first rows are written again, and nobody changed anything.
            try await world.apply()
            try await world.expectLastingly { () async throws in
                let (shown, wanted) = (try days(world, zone: world.zone), try await wanted(world))
                #expect(shown == wanted)
            }
        }
    }

    @Test func whoAgreesGetsWhatTheServiceMakesOfIt() async throws {
        try await World.with("otherzone", tables: Self.tables) { world in
            try world.write(Self.tree)
            let other = ["SP_TIME_ZONE": "Asia/Tokyo"]
            try await world.expect(
                0, "apply", "--auto-approve", "--allow-hazards", "TIMEZONE_MISMATCH@\(Self.address)", changes: other)
            #expect(try world.items("Projects").count == 200)
            try await world.expect(0, "plan", "--detailed-exitcode", changes: other)
        }
    }

    /// Looked at once in a list's life, not at each apply.
    @Test func aRightZoneIsAskedForOnce() async throws {
        try await World.with("rightzone", tables: Self.tables) { world in
            try world.write(Self.tree)
            try await world.apply()
            #expect(try await world.metaQuery("SELECT date_check FROM managed_lists") == [["Europe/Berlin"]])
            try await world.sql("UPDATE projects SET started = started + 1 WHERE id <= 30")
            try world.resetCounters()
            try await world.apply()
            #expect(world.writes("readItem") == 0 && world.writes("getItem") == 0)
            #expect(try days(world, zone: world.zone) == (try await wanted(world)))
        }
    }

    /// The site's regional settings are changed, and the profile follows: the days stay what they are.
    @Test func aSiteThatChangesItsZoneKeepsItsDays() async throws {
        try await World.with("movedzone", tables: Self.tables) { world in
            try world.write(Self.tree)
            try await world.apply()
            let moved = ["SP_TIME_ZONE": "America/New_York"]
            try world.setting("timeZone", "America/New_York")
            try await world.expect(
                12, "apply", "--auto-approve", changes: moved,
                says: ["TIMEZONE_MISMATCH", "under the time zone Europe/Berlin, and the profile says America/New_York"])
            try world.resetCounters()
            let flag = "TIMEZONE_MISMATCH@\(Self.address)"
            try await world.expect(0, "apply", "--auto-approve", "--allow-hazards", flag, changes: moved)
            #expect(world.writes() == 0)
            try await world.expect(0, "plan", "--detailed-exitcode", changes: moved)
            let zone = try #require(ZoneFiles.zone(named: "America/New_York"))
            #expect(try days(world, zone: zone) == (try await wanted(world)))
        }
    }

    /// The profile alone is changed: after somebody agreed the days are looked at, and that the zone is wrong is found again.
    @Test func aProfileThatChangesAloneIsFound() async throws {
        try await World.with("wrongzone", tables: Self.tables) { world in
            try world.write(Self.tree)
            try await world.apply()
            let moved = ["SP_TIME_ZONE": "America/New_York"]
            try await world.expect(12, "apply", "--auto-approve", changes: moved, says: ["TIMEZONE_MISMATCH"])
            try await world.apply()
            #expect(try days(world, zone: world.zone) == (try await wanted(world)))
        }
    }
}
