import Testing

@testable import Core

/// Lists and columns: what is wanted, what is found and what is remembered, and what comes out, in lines of text.
@Suite("Planning lists and columns")
struct SchemaPlannerTests {
    /// A definition with the list A and the columns Title and Cost, as the last apply left everything.
    struct World: Sendable {
        var bound: BoundDefinition
        var registry: Registry
        var site: ObservedSite
        var goneListsAllowed: [AddressGlob] = []

        init?(deletes: SyncDefinition.Deletes = .propagate) {
            let fields = [
                Field(origin: .column("name"), target: "Title"),
                Field(origin: .column("cost"), target: "Cost", type: .number(ColumnType.Number())),
            ]
            guard let bound = Made.bound(lists: ["A"], fields: fields, deletes: deletes) else { return nil }
            self.bound = bound
            let stamp = Stamp(metaStoreID: "m", project: "default", definitionID: "id", prefix: "d", list: "A")
            let columns = bound.columns.map { column in
                RemoteColumn(
                    id: column.name, name: column.name, displayName: column.displayName, type: column.type)
            }
            let key = RemoteColumn(
                id: "key", name: SyncKey.column, displayName: "SyncBridge key", description: stamp.text,
                type: .singleLineText, hidden: true, indexed: true, unique: true)
            site = ObservedSite(
                profile: "s", site: RemoteSite(id: "site", displayName: "", webURL: ""),
                lists: [RemoteList(id: "id-a", name: "A", displayName: "A")], columns: ["id-a": [key] + columns])
            let managed = ManagedList(
                id: Made.lists[0], definitionID: "id", name: "A", site: "s", remoteSiteID: "site", webURL: "",
                applied: ListChange(displayName: "A", description: ""),
                columns: [ManagedColumn(name: SyncKey.column, remoteID: "key", applied: nil)]
                    + bound.columns.map {
                        ManagedColumn(
                            name: $0.name, remoteID: $0.name, applied: ColumnSpec.json($0).text(.canonical))
                    }, liveRows: 7)
            registry = Registry(
                metaStoreID: "m",
                definitions: [RegisteredDefinition(id: "id", name: "d", prefix: "d", appliedFingerprint: "f")],
                lists: [managed])
        }

        mutating func column(_ name: String, _ change: (inout RemoteColumn) -> Void) {
            guard let at = site.columns["id-a"]?.firstIndex(where: { $0.name == name }),
                var column = site.columns["id-a"]?[at]
            else { return }
            change(&column)
            site.columns["id-a"]?[at] = column
        }

        mutating func remove(_ name: String) { site.columns["id-a"]?.removeAll { $0.name == name } }

        mutating func want(_ name: String, _ change: (inout DesiredColumn) -> Void) {
            guard let at = bound.columns.firstIndex(where: { $0.name == name }) else { return }
            change(&bound.columns[at])
        }

        /// As the registry of another or a later meta-store sees it.
        mutating func forgetEverything() { registry = Registry(metaStoreID: "m") }

        var plan: SchemaPlan {
            SchemaPlanner.plan(
                [bound], project: "default", registry: registry, sites: [site], goneListsAllowed: goneListsAllowed)
        }

        /// What comes out: changes, then drift, then hazards.
        var lines: [String] {
            let plan = plan
            return plan.changes.map { "\($0.action.rawValue) \($0.address.text): \($0.summary)" }
                + plan.drift.map { "drift \($0.address.text): \($0.summary)" }
                + plan.hazards.map { "\($0.code.rawValue) \($0.address.text)" }
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var change: @Sendable (inout World) -> Void
        var expected: [String] = []

        init(_ name: String, _ expected: [String] = [], change: @escaping @Sendable (inout World) -> Void) {
            self.name = name
            self.change = change
            self.expected = expected
        }

        var testDescription: String { name }
    }

    private func expect(_ c: Case) throws {
        var world = try #require(World())
        c.change(&world)
        #expect(world.lines == c.expected)
    }

    /// Columns that nobody asks about, with what would be said of them else.
    @Test(arguments: [
        Case(
            "a column of people that requires a value",
            [
                "drift column/s/A/Mine: a column of people that requires a value; items that are created here have none in it"
            ]
        ) {
            $0.site.columns["id-a"]?.append(
                RemoteColumn(id: "mine", name: "Mine", displayName: "Mine", type: .singleLineText, required: true))
        },
        Case("a field's column that somebody renamed", ["drift column/s/A/Cost: renamed: \"Cost\" → \"Mine\""]) {
            $0.column("Cost") { $0.displayName = "Mine" }
        },
        Case("one of another type", ["drift column/s/A/Cost: type: number → yes/no"]) {
            $0.column("Cost") { $0.type = .boolean }
        },
        Case("settings that the manifests changed", ["update column/s/A/Cost: display name: \"Cost\" → \"Price\""]) {
            $0.want("Cost") { $0.displayName = "Price" }
        },
        Case("a type that would be replaced", ["COLUMN_TYPE_REPLACE column/s/A/Cost"]) {
            $0.want("Cost") { $0.type = .boolean }
        },
        Case("Title that requires a value again", ["update list/s/A: settings of Title"]) {
            $0.column("Title") { $0.required = true }
        },
    ])
    func ignoredColumns(_ c: Case) throws {
        var world = try #require(World())
        c.change(&world)
        for line in c.expected { #expect(world.lines.contains(line), "\(world.lines)") }
        world.bound.definition.lists["A"] = ListSettings(ignoreColumns: ["mine", "COST", "Title"])
        #expect(world.lines == [])
        #expect(world.plan.unchanged == 3 && world.plan.lists[0].columns.allSatisfy { $0.change.isEmpty })
        #expect(world.plan.lists[0].titleChange.isEmpty)
    }

    /// What rows need is made all the same, and what is not ours is not written.
    @Test(arguments: [
        Case(
            "a field's column is gone",
            [
                "create column/s/A/Cost: number",
                "drift column/s/A/Cost: somebody deleted the column; the next apply makes it again and fills it from the rows",
            ]
        ) { $0.remove("Cost") },
        Case("a column of that name that is not ours", ["FOREIGN_OWNER column/s/A/Cost"]) {
            $0.registry.lists[0].columns.removeAll { $0.name == "Cost" }
        },
        Case("the key column", ["update column/s/A/SyncBridgeKey: indexed, unique and hidden again"]) {
            $0.column(SyncKey.column) { $0.hidden = false }
        },
    ])
    func notIgnored(_ c: Case) throws {
        var world = try #require(World())
        c.change(&world)
        world.bound.definition.lists["A"] = ListSettings(ignoreColumns: ["Cost", SyncKey.column])
        #expect(world.lines.sorted() == c.expected)
    }

    @Test func whatWasAppliedIsAsItShouldBe() throws {
        let world = try #require(World())
        #expect(world.lines == [])
        // The list, the key column and Cost; Title is the template's.
        #expect(world.plan.unchanged == 3)
        #expect(world.plan.lists.first?.columns.map(\.column.name) == [SyncKey.column, "Cost"])
    }

    @Test(arguments: [
        Case(
            "an empty site",
            [
                "create list/s/A: 2 columns", "create column/s/A/SyncBridgeKey: single-line text (255), unique",
                "create column/s/A/Cost: number",
            ]
        ) {
            $0.forgetEverything()
            $0.site.lists = []
        },
        Case("somebody's list of that name", ["FOREIGN_OWNER list/s/A"]) {
            $0.forgetEverything()
            $0.site.columns = [:]
        },
        Case("two lists of that name", ["CASE_COLLISION list/s/A"]) {
            $0.forgetEverything()
            $0.site.columns = [:]
            $0.site.lists.append(RemoteList(id: "other", name: "B", displayName: "a"))
        },
        Case("a list of another project", ["FOREIGN_OWNER list/s/A"]) {
            $0.forgetEverything()
            $0.column(SyncKey.column) { $0.description = "syncbridge:v1 m other id d A" }
        },
        Case("a list of a state of before", ["META_STORE_BEHIND list/s/A"]) { $0.forgetEverything() },
        Case("the same after the meta-store was made anew", ["META_STORE_BEHIND list/s/A"]) { $0.registry = .empty },
        Case("a list of another definition", ["FOREIGN_OWNER list/s/A"]) {
            $0.registry.lists = []
            $0.registry.definitions.append(RegisteredDefinition(id: "other", name: "e", prefix: "e"))
            $0.column(SyncKey.column) { $0.description = "syncbridge:v1 m default other e A" }
        },
        Case("a list of a definition that was forgotten", ["FOREIGN_OWNER list/s/A"]) {
            $0.registry.lists = []
            $0.registry.forgotten.append(RegisteredDefinition(id: "other", name: "e", prefix: "e"))
            $0.column(SyncKey.column) { $0.description = "syncbridge:v1 m default other e A" }
        },
        Case("another list of the same definition, which somebody renamed", ["FOREIGN_OWNER list/s/A"]) {
            $0.registry.lists = []
            $0.column(SyncKey.column) { $0.description = "syncbridge:v1 m default id d B" }
        },
        Case("a choice that a person added to a column that was just made when an apply was cut short") {
            func choice(_ choices: [String]) -> ColumnType {
                .choice(.init(choices: choices, displayAs: .dropDownMenu))
            }
            $0.want("Cost") { $0.type = choice(["a", "b"]) }
            $0.column("Cost") { $0.type = choice(["a", "b", "kim's"]) }
            $0.registry.lists[0].columns = $0.registry.lists[0].columns.map {
                ManagedColumn(name: $0.name, remoteID: $0.remoteID, applied: nil)
            }
        },
        Case("only the stamp is left, of an apply that was cut short") {
            $0.registry.lists[0].columns = []
            $0.registry.lists = []
            $0.remove("Cost")
            $0.bound.columns.removeAll { $0.name == "Cost" }
        },
        Case(
            "the same with the columns that came with the list: they are ours", ["adopt column/s/A/Cost: as it is"]
        ) {
            $0.registry.lists = []
            $0.site.unfinished = ["id-a"]
        },
        Case("with items that have keys: nobody knows whose its columns are", ["FOREIGN_OWNER column/s/A/Cost"]) {
            $0.registry.lists = []
        },
        Case(
            "a column of another kind in it",
            [
                "replace column/s/A/Cost: it is yes/no and would have to be number",
                "COLUMN_TYPE_REPLACE column/s/A/Cost",
            ]
        ) {
            $0.registry.lists = []
            $0.site.unfinished = ["id-a"]
            $0.column("Cost") { $0.type = .boolean }
        },
        Case("another spelling of the name is found too", ["FOREIGN_OWNER list/s/A"]) {
            $0.forgetEverything()
            $0.site.columns = [:]
            $0.site.lists[0].name = "a"
            $0.site.lists[0].displayName = "else"
        },
    ])
    func lists(_ c: Case) throws { try expect(c) }

    @Test(arguments: [
        Case(
            "a list is taken over",
            [
                "create column/s/A/SyncBridgeKey: single-line text (255), unique",
                "adopt list/s/A: items stay as they are", "adopt column/s/A/Cost: as it is",
            ]
        ) { _ in },
        Case("not a list of another template", ["FOREIGN_OWNER list/s/A"]) {
            $0.site.lists[0].template = "documentLibrary"
        },
        Case(
            "not a column of another kind",
            [
                "create column/s/A/SyncBridgeKey: single-line text (255), unique",
                "adopt list/s/A: items stay as they are",
                "replace column/s/A/Cost: it is yes/no and would have to be number",
                "COLUMN_TYPE_REPLACE column/s/A/Cost",
            ]
        ) { $0.column("Cost") { $0.type = .boolean } },
        Case("not one of two lists", ["CASE_COLLISION list/s/A"]) {
            $0.site.lists.append(RemoteList(id: "other", name: "A2", displayName: "A"))
        },
    ])
    func adoption(_ c: Case) throws {
        var world = try #require(World())
        world.forgetEverything()
        world.remove(SyncKey.column)
        world.bound.definition.lists["A"] = ListSettings(adopt: true)
        c.change(&world)
        #expect(world.lines.sorted() == c.expected.sorted())
    }

    @Test(arguments: [
        Case("people renamed the list", ["drift list/s/A: renamed: \"A\" → \"Mine\""]) {
            $0.site.lists[0].displayName = "Mine"
        },
        Case("people described the list", ["drift list/s/A: description changed"]) {
            $0.site.lists[0].description = "mine"
        },
        Case("the manifest renames it", ["update list/s/A: display name: \"A\" → \"New\""]) {
            $0.bound.definition.lists["A"] = ListSettings(displayName: "New")
        },
        Case("the manifest describes it", ["update list/s/A: description"]) {
            $0.bound.definition.lists["A"] = ListSettings(description: "New")
        },
        Case("Title became required, which rows without one could not bear", ["update list/s/A: settings of Title"]) {
            $0.column("Title") { $0.required = true }
        },
        Case("people renamed Title") { $0.column("Title") { $0.displayName = "Name" } },
        Case(
            "the list is gone",
            [
                "drift list/s/A: somebody deleted the list; nothing is done until it is restored or LIST_GONE is allowed",
                "LIST_GONE list/s/A",
            ]
        ) { $0.site.lists = [] },
        Case(
            "the list is gone and may be made anew",
            [
                "create list/s/A: 2 columns", "create column/s/A/SyncBridgeKey: single-line text (255), unique",
                "create column/s/A/Cost: number",
                "drift list/s/A: somebody deleted the list; nothing is done until it is restored or LIST_GONE is allowed",
                "LIST_GONE list/s/A",
            ]
        ) {
            $0.site.lists = []
            $0.goneListsAllowed = [AddressGlob("list/**")]
        },
    ])
    func settings(_ c: Case) throws { try expect(c) }

    @Test(arguments: [
        Case("a new field", ["create column/s/A/Note: multi-line text"]) {
            $0.bound.columns.append(DesiredColumn(name: "Note", displayName: "Note", type: .multilineText))
        },
        Case("its name is taken", ["FOREIGN_OWNER column/s/A/Note"]) {
            $0.bound.columns.append(DesiredColumn(name: "Note", displayName: "Note", type: .multilineText))
            $0.site.columns["id-a"]?.append(
                RemoteColumn(id: "9", name: "note", displayName: "note", type: .multilineText))
        },
        Case("one that was about to be made is ours", ["update column/s/A/Cost: as it is"]) {
            $0.registry.lists[0].columns[2].remoteID = nil
            $0.registry.lists[0].columns[2].applied = nil
        },
        Case("the manifest renames the column", ["update column/s/A/Cost: display name: \"Cost\" → \"Price\""]) {
            $0.want("Cost") { $0.displayName = "Price" }
        },
        Case("people renamed the column", ["drift column/s/A/Cost: renamed: \"Cost\" → \"Mine\""]) {
            $0.column("Cost") { $0.displayName = "Mine" }
        },
        Case(
            "the manifest wants another kind",
            [
                "replace column/s/A/Cost: it is number and would have to be yes/no",
                "COLUMN_TYPE_REPLACE column/s/A/Cost",
            ]
        ) { $0.want("Cost") { $0.type = .boolean } },
        Case(
            "people made it another kind",
            ["drift column/s/A/Cost: type: number → yes/no"]
        ) { $0.column("Cost") { $0.type = .boolean } },
        Case(
            "it becomes required over rows",
            [
                "update column/s/A/Cost: required, existing items may have no value",
                "REQUIRED_ON_EXISTING column/s/A/Cost",
            ]
        ) {
            $0.want("Cost") { $0.required = true }
        },
        Case("a default that the service did not take is no difference") { world in
            world.want("Cost") { $0.defaultValue = .value("1") }
            guard let at = world.registry.lists[0].columns.firstIndex(where: { $0.name == "Cost" }),
                let wanted = world.bound.columns.first(where: { $0.name == "Cost" })
            else { return }
            world.registry.lists[0].columns[at].applied = ColumnSpec.applied(wanted, ignoresDefault: true)
        },
        Case("another default is asked for again", ["update column/s/A/Cost: default"]) { world in
            world.want("Cost") { $0.defaultValue = .value("1") }
            guard let at = world.registry.lists[0].columns.firstIndex(where: { $0.name == "Cost" }),
                let wanted = world.bound.columns.first(where: { $0.name == "Cost" })
            else { return }
            world.registry.lists[0].columns[at].applied = ColumnSpec.applied(wanted, ignoresDefault: true)
            world.want("Cost") { $0.defaultValue = .value("2") }
        },
        Case("it becomes required without a row", ["update column/s/A/Cost: required"]) {
            $0.want("Cost") { $0.required = true }
            $0.registry.lists[0].liveRows = 0
        },
        Case(
            "people deleted the column",
            [
                "create column/s/A/Cost: number",
                "drift column/s/A/Cost: somebody deleted the column; the next apply makes it again and fills it from the "
                    + "rows",
            ]
        ) { $0.remove("Cost") },
        Case("a column that no field maps to any more stays") { $0.bound.columns.removeAll { $0.name == "Cost" } },
    ])
    func columns(_ c: Case) throws { try expect(c) }

    @Test(arguments: [
        Case(
            "its index is gone",
            ["update column/s/A/SyncBridgeKey: indexed, unique and hidden again"]
        ) { $0.column(SyncKey.column) { $0.indexed = false } },
        Case(
            "its stamp was changed",
            ["update column/s/A/SyncBridgeKey: its stamp again, which somebody changed"]
        ) { $0.column(SyncKey.column) { $0.description = "mine" } },
        Case(
            "it is gone",
            [
                "create column/s/A/SyncBridgeKey: single-line text (255), unique",
                "drift column/s/A/SyncBridgeKey: somebody deleted the column; nothing is done until KEYS_LOST is allowed",
                "KEYS_LOST list/s/A",
            ]
        ) { $0.remove(SyncKey.column) },
        Case(
            "it was made again, and its items wait for their keys",
            [
                "drift column/s/A/SyncBridgeKey: somebody deleted the column; nothing is done until KEYS_LOST is allowed",
                "KEYS_LOST list/s/A",
            ]
        ) { $0.registry.lists[0].columns[0].remoteID = nil },
    ])
    func keyColumn(_ c: Case) throws { try expect(c) }

    @Test func aMarkHasAColumnOfItsOwn() throws {
        let world = try #require(World(deletes: .mark))
        #expect(world.lines == ["create column/s/A/SyncBridgeDeletedAt: date and time"])
    }

    @Test func aListThatRowsWouldLeaveAndThatIsGoneBlocksWhileItHasRows() throws {
        var world = try #require(World())
        world.registry.lists.append(
            ManagedList(
                id: Made.lists[1], definitionID: "id", name: "Old", site: "s", remoteSiteID: "site", webURL: "",
                liveRows: 3))
        #expect(world.plan.hazards.map(\.address) == [.list("s", "Old")])
        var rows = LiveRows()
        rows.lists[Made.lists[0]] = 7
        world.registry = world.registry.counted(rows)
        #expect(world.plan.hazards == [])
        // Nobody else would ever end a move whose old item went with its list.
        rows.leaving[Made.lists[1]] = 2
        world.registry = world.registry.counted(rows)
        #expect(world.plan.hazards.map(\.rows) == [2])
        // Nor find out what became of a create.
        rows.leaving = [:]
        rows.arriving[Made.lists[1]] = 1
        world.registry = world.registry.counted(rows)
        #expect(world.plan.hazards.map(\.rows) == [1])
        #expect(world.plan.hazards.first?.message.contains("or may have it there") == true)
    }
}
