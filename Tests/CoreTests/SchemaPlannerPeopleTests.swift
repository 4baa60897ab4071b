import Testing

@testable import Core

/// What people and other programs did to lists that are ours, and which lists are looked at at all.
@Suite("Planning beside people")
struct SchemaPlannerPeopleTests {
    typealias World = SchemaPlannerTests.World

    private static func world(_ change: (inout World) -> Void = { _ in }) throws -> World {
        var world = try #require(World())
        change(&world)
        return world
    }

    // MARK: Columns that people require (SPEC §13)

    struct Required: Sendable, CustomTestStringConvertible {
        var name: String
        var column: RemoteColumn
        var isSaid: Bool

        var testDescription: String { name }
    }

    private static func required(
        _ name: String, required: Bool = true, hidden: Bool = false, readOnly: Bool = false
    ) -> RemoteColumn {
        RemoteColumn(
            id: name, name: name, displayName: name, type: .singleLineText, required: required, hidden: hidden,
            readOnly: readOnly)
    }

    @Test(arguments: [
        Required(name: "a column of people", column: required("Remarks"), isSaid: true),
        Required(name: "that may be empty", column: required("Remarks", required: false), isSaid: false),
        Required(name: "hidden", column: required("Remarks", hidden: true), isSaid: false),
        Required(name: "read only", column: required("Remarks", readOnly: true), isSaid: false),
        Required(name: "the template's own", column: required("ContentType"), isSaid: false),
    ])
    func whatNoItemOfOursBringsIsSaid(_ c: Required) throws {
        let world = try Self.world { $0.site.columns["id-a"]?.append(c.column) }
        let said = world.plan.drift.filter { $0.summary.contains("requires a value") }
        #expect(said.map(\.address) == (c.isSaid ? [.column("s", "A", "Remarks")] : []))
        // It is theirs: nothing is planned about it.
        #expect(world.plan.changes.isEmpty && world.plan.hazards.isEmpty)
    }

    // MARK: Two lists of one name

    struct Heir: Sendable, CustomTestStringConvertible {
        var name: String
        var isRegistered = false
        var rows = 3
        var isAllowed = false
        var hazards = 1
        var gone = 1
        var isBlocked = false

        var testDescription: String { name }
    }

    /// A list went for good, and another of its name, made by a run that was cut short and deleted meanwhile, came back.
    @Test(arguments: [
        Heir(name: "rows have their item in the one that is gone", gone: 0, isBlocked: true),
        Heir(name: "that is agreed to", isAllowed: true),
        Heir(name: "nobody has", rows: 0, hazards: 0),
        Heir(name: "the other is registered", isRegistered: true, gone: 0, isBlocked: true),
        Heir(name: "the other is registered, and it is agreed to", isRegistered: true, isAllowed: true),
        Heir(name: "the other is registered, and nobody has", isRegistered: true, rows: 0, hazards: 0),
    ])
    func aListThatIsGoneIsSaidAlsoBesideAnotherOfItsName(_ c: Heir) throws {
        let world = try Self.world { world in
            world.site.unfinished = ["id-a"]
            var gone = world.registry.lists[0]
            gone.id = ListID("id-gone")
            world.registry.lists = c.isRegistered ? [gone] + world.registry.lists : [gone]
            var rows = LiveRows()
            rows.lists[gone.id] = c.rows
            world.registry = world.registry.counted(rows)
            if c.isAllowed { world.goneListsAllowed = [AddressGlob("list/s/A")] }
        }
        let plan = world.plan
        #expect(plan.hazards.map { $0.code } == Array(repeating: HazardCode.listGone, count: c.hazards))
        #expect(plan.goneLists == Array(repeating: ListID("id-gone"), count: c.gone))
        #expect(plan.lists.count == 1)
        guard case .found(let remote, let managed, _)? = plan.lists.first?.existence else {
            #expect(c.isBlocked)
            return
        }
        #expect(!c.isBlocked && remote.id == "id-a" && (managed != nil) == c.isRegistered)
    }

    @Test func aListThatIsNotOursYetHasNoDrift() throws {
        let world = try Self.world {
            $0.forgetEverything()
            $0.remove(SyncKey.column)
            $0.bound.definition.lists["A"] = ListSettings(adopt: true)
            $0.site.columns["id-a"]?.append(Self.required("Remarks"))
            $0.site.lists[0].description = "people's"
        }
        #expect(world.plan.drift.isEmpty)
    }

    // MARK: Dates (SPEC §10)

    struct Dates: Sendable, CustomTestStringConvertible {
        var name: String
        var dates: DateCheck?
        var hasDates = true
        var rows: Int? = 7
        var hazard: Bool
        var moves = false

        var testDescription: String { name }
    }

    @Test(arguments: [
        Dates(name: "never read back", dates: nil, hazard: false),
        Dates(name: "right under this zone", dates: .right(zone: "UTC"), hazard: false),
        Dates(name: "wrong under this zone", dates: .wrong(zone: "UTC"), hazard: true),
        Dates(
            name: "wrong under the zone of before: the new one is tried", dates: .wrong(zone: "Europe/Berlin"),
            hazard: false),
        Dates(name: "right under another zone", dates: .right(zone: "Europe/Berlin"), hazard: true, moves: true),
        Dates(name: "but the list has no rows", dates: .right(zone: "Europe/Berlin"), rows: 0, hazard: false),
        Dates(
            name: "and nobody counted yet", dates: .right(zone: "Europe/Berlin"), rows: nil, hazard: true, moves: true),
        Dates(name: "a list without dates", dates: .wrong(zone: "UTC"), hasDates: false, hazard: false),
    ])
    func zones(_ c: Dates) throws {
        let world = try Self.world {
            if c.hasDates { $0.bound.fields[1].type = .dateOnly }
            $0.registry.lists[0].dates = c.dates
            $0.registry.lists[0].liveRows = c.rows ?? 0
            var rows = LiveRows()
            rows.lists[Made.lists[0]] = c.rows
            if c.rows != nil { $0.registry = $0.registry.counted(rows) }
        }
        let hazards = world.plan.hazards.filter { $0.code == .timeZoneMismatch }
        #expect(hazards.map(\.address) == (c.hazard ? [.rows("d", "s", "A")] : []))
        #expect(world.plan.lists.map(\.hasMovedDates) == [c.moves])
    }

    // MARK: Title

    struct Title: Sendable, CustomTestStringConvertible {
        var name: String
        var wanted: @Sendable (inout DesiredColumn) -> Void = { _ in }
        var found: @Sendable (inout RemoteColumn) -> Void = { _ in }
        var change = ColumnChange()

        var testDescription: String { name }
    }

    /// It is the template's own: never counted, never required by itself, and as its field wants it.
    @Test(arguments: [
        Title(name: "as it was applied"),
        Title(name: "required by the template", found: { $0.required = true }, change: ColumnChange(required: false)),
        Title(
            name: "required by the manifests too", wanted: { $0.required = true }, found: { $0.required = true }),
        Title(name: "another name", wanted: { $0.displayName = "Name" }, change: ColumnChange(displayName: "Name")),
        Title(name: "an index", wanted: { $0.indexed = true }, change: ColumnChange(indexed: true)),
        Title(name: "it has that index", wanted: { $0.indexed = true }, found: { $0.indexed = true }),
        Title(
            name: "unique values", wanted: { ($0.indexed, $0.unique) = (true, true) },
            change: ColumnChange(indexed: true, unique: true)),
        Title(name: "a description", wanted: { $0.description = "x" }, change: ColumnChange(description: "x")),
        Title(name: "people renamed it since", found: { $0.displayName = "Theirs" }),
    ])
    func title(_ c: Title) throws {
        let world = try Self.world {
            $0.want("Title", c.wanted)
            $0.column("Title", c.found)
        }
        let planned = try #require(world.plan.lists.first)
        #expect(planned.titleChange == c.change)
        #expect(world.plan.changes.map(\.address) == (c.change.isEmpty ? [] : [.list("s", "A")]))
        #expect(!planned.columns.contains { $0.column.isTitle })
    }

    @Test func withoutAFieldForTitleItIsOnlyNotRequired() throws {
        let world = try Self.world {
            $0.bound.columns.removeAll { $0.isTitle }
            $0.bound.fields.removeAll { $0.target == "Title" }
            $0.column("Title") { ($0.required, $0.displayName) = (true, "x") }
        }
        #expect(world.plan.lists.first?.titleChange == ColumnChange(required: false))
        #expect(world.plan.lists.first?.titleSpec == nil)
    }

    // MARK: Which list is which

    @Test func aListIsFoundByItsIdWhateverItIsCalled() throws {
        let world = try Self.world {
            ($0.site.lists[0].name, $0.site.lists[0].displayName) = ("Else", "A")
            $0.site.lists.append(RemoteList(id: "other", name: "A", displayName: "A"))
        }
        guard case .found(let remote, .some, false) = world.plan.lists.first?.existence else {
            Issue.record("it was not found")
            return
        }
        #expect(remote.id == "id-a" && world.plan.hazards.isEmpty)
    }

    /// An apply that was cut short had made the list, and nothing was recorded but its stamp.
    @Test func aListIsFoundByItsStampWhereTheRegistryLacksIt() throws {
        let world = try Self.world { $0.registry.lists = [] }
        guard case .found(let remote, .none, false) = world.plan.lists.first?.existence else {
            Issue.record("it was not found")
            return
        }
        #expect(remote.id == "id-a")
    }

    @Test func aListOfASiteThatCouldNotBeAskedIsToBeMade() throws {
        let world = try Self.world {
            $0.forgetEverything()
            $0.site = ObservedSite(profile: "s", site: nil)
        }
        #expect(world.plan.lists.map(\.existence) == [.absent] && world.plan.hazards.isEmpty)
    }

    // MARK: What is looked at

    private static let site = ObservedSite(
        profile: "s", site: RemoteSite(id: "r", displayName: "", webURL: ""),
        lists: [
            RemoteList(id: "1", name: "Projects", displayName: "Projekte"),
            RemoteList(id: "2", name: "Other", displayName: "PROJECTS"),
            RemoteList(id: "3", name: "Third", displayName: "Third"),
        ],
        columns: [
            "3": [
                RemoteColumn(
                    id: "k", name: SyncKey.column, displayName: "", description: "syncbridge:v1 m p d x Mine", type: nil
                )
            ]
        ])

    private static func managed(_ id: String, _ name: String, site: String = "s") -> ManagedList {
        ManagedList(id: ListID(id), definitionID: "d", name: name, site: site, remoteSiteID: "r", webURL: "")
    }

    @Test func namesAreFoundWithoutRegardToCaseInBothNames() {
        #expect(Self.site.lists(named: "projects").map(\.id) == ["1", "2"])
        #expect(Self.site.lists(named: "projekte").map(\.id) == ["1"] && Self.site.lists(named: "x").isEmpty)
    }

    @Test func columnsAreReadOfWhatIsOursAndOfWhatHasAWantedName() {
        #expect(Self.site.candidates(names: ["Projects"], registry: .empty) == ["1", "2"])
        let registry = Registry(lists: [Self.managed("3", "Mine"), Self.managed("1", "X", site: "elsewhere")])
        #expect(Self.site.candidates(names: [], registry: registry) == ["3"])
    }

    /// Only while a wanted list is found neither in the registry nor by a stamp.
    @Test func stampsAreSearchedOnlyWhereAListIsMissing() {
        #expect(Self.site.stamp(of: "3")?.list == "Mine" && Self.site.stamp(of: "1") == nil)
        #expect(!Self.site.mustSearchStamps(names: ["Mine"], registry: .empty))
        #expect(Self.site.mustSearchStamps(names: ["Mine", "Projects"], registry: .empty))
        let registry = Registry(lists: [Self.managed("1", "Projects")])
        #expect(!Self.site.mustSearchStamps(names: ["Mine", "Projects"], registry: registry))
        #expect(
            Self.site.mustSearchStamps(names: ["Projects"], registry: Registry(lists: [Self.managed("9", "Projects")])))
        #expect(!Self.site.mustSearchStamps(names: [], registry: .empty))
    }
}
