import Testing

@testable import Core

/// Columns of a list that no field fills any more, because the source, or the manifests, no longer have the field.
@Suite("Columns that vanished from the source")
struct VanishedColumnTests {
    typealias World = SchemaPlannerTests.World

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var expected: [String]
        var change: @Sendable (inout World) -> Void

        init(_ name: String, _ expected: [String], change: @escaping @Sendable (inout World) -> Void) {
            self.name = name
            self.expected = expected
            self.change = change
        }

        var testDescription: String { name }
    }

    /// As the last apply left everything, with its mapping on record.
    static func world(auto: Bool = true) throws -> World {
        var world = try #require(World())
        world.registry.definitions[0].mappings = [1: ["Title", "Cost"]]
        if auto {
            world.registry.definitions[0].automaticNames = ["name": "Title", "cost": "Cost"]
            world.bound.definition.mapping = Mapping(auto: AutoMapping())
        }
        return world
    }

    /// What comes out: changes, then notes, then hazards with their messages.
    private func lines(_ world: World) -> [String] {
        let plan = world.plan
        return plan.changes.map { "\($0.action.rawValue) \($0.address.text)" }
            + plan.notes.map { "note \($0.address.text): \($0.summary)" }
            + plan.hazards.map { "\($0.code.rawValue) \($0.address.text): \($0.message)" }
    }

    private static let costIsGone =
        "note column/s/A/Cost: its source column \"cost\" is gone: the column is no longer written and keeps what it holds"

    private static func rename(_ old: String, _ new: String, _ type: String = "number") -> String {
        "PROBABLE_RENAME definition/d: the source of \"\(old)\" is gone, and \"\(new)\" is new with the same type (\(type)): "
            + "as it stands a new column \"\(new)\" is made, and \"\(old)\" stays with what it holds and ages"
    }

    @Test(arguments: [
        Case("nothing vanished", []) { _ in },
        Case("a source column was dropped", [costIsGone]) { $0.drop("Cost") },
        Case(
            "the manifests leave a column out that the source still has",
            [
                "note column/s/A/Cost: no field fills it any more: the column is no longer written and keeps what it holds"
            ]
        ) { $0.drop("Cost", stays: true) },
        Case("it vanished long ago", [costIsGone]) {
            $0.drop("Cost")
            $0.registry.definitions[0].mappings[2] = ["Title"]
            $0.registry.definitions[0].mappingVersion = 2
        },
        Case("somebody deleted the column since", []) {
            $0.drop("Cost")
            $0.remove("Cost")
        },
        Case("a column that was never written is no news", []) {
            $0.drop("Cost")
            $0.registry.definitions[0].mappings = [1: ["Title"]]
        },
        Case("a list of another definition", []) {
            $0.drop("Cost")
            $0.registry.lists[0].definitionID = "other"
            $0.registry.lists[0].name = "Other"
            $0.bound.lists = []
        },
        Case("a list whose columns were not looked at", []) {
            $0.drop("Cost")
            $0.bound.lists = []
            $0.site.columns = [:]
        },
        Case("the source column was renamed", ["create column/s/A/Price", costIsGone, rename("Cost", "Price")]) {
            $0.drop("Cost")
            $0.add("Price", from: "price")
        },
        Case("the new column has another type", ["create column/s/A/Price", costIsGone]) {
            $0.drop("Cost")
            $0.add("Price", from: "price", .boolean)
        },
        Case("a new column of the same type beside all others", ["create column/s/A/Price"]) {
            $0.add("Price", from: "price")
        },
        Case("the old one vanished in an earlier apply", ["create column/s/A/Price", costIsGone]) {
            $0.drop("Cost")
            $0.add("Price", from: "price")
            $0.registry.definitions[0].mappings[2] = ["Title"]
            $0.registry.definitions[0].mappingVersion = 2
        },
        Case("the hazard was allowed, and the apply did not get far", ["create column/s/A/Price", costIsGone]) {
            $0.drop("Cost")
            $0.add("Price", from: "price")
            $0.registry.definitions[0].mappings[2] = ["Title", "Price"]
            $0.registry.definitions[0].mappingVersion = 2
        },
        Case("the hazard was allowed and all was applied", [costIsGone]) {
            $0.drop("Cost")
            $0.add("Price", from: "price")
            $0.registry.definitions[0].mappings[2] = ["Title", "Price"]
            $0.registry.definitions[0].mappingVersion = 2
            $0.apply("Price")
        },
        Case("a column that the registry knows comes back", [costIsGone]) {
            $0.drop("Cost")
            $0.add("Price", from: "price")
            $0.apply("Price")
        },
        Case("a column that belongs to people is not written", ["create column/s/A/Price", costIsGone]) {
            $0.drop("Cost")
            $0.add("Price", from: nil)
        },
        Case(
            "several could be the new name",
            [
                "create column/s/A/Price", "create column/s/A/Fee", costIsGone,
                "PROBABLE_RENAME definition/d: the source of \"Cost\" is gone, and \"Price\" and \"Fee\" are new with the "
                    + "same type (number): as it stands new columns are made, and \"Cost\" stays with what it holds and "
                    + "ages",
            ]
        ) {
            $0.drop("Cost")
            $0.add("Price", from: "price")
            $0.add("Fee", from: "fee")
        },
        Case(
            "the source of Title was renamed",
            [
                "create column/s/A/FullName",
                "note column/s/A/Title: its source column \"name\" is gone: the column is no longer written and keeps what "
                    + "it holds", rename("Title", "FullName", "multi-line text"),
            ]
        ) {
            $0.drop("Title")
            $0.add("FullName", from: "full_name", .multilineText)
        },
    ])
    func says(_ c: Case) throws {
        var world = try Self.world()
        c.change(&world)
        #expect(lines(world) == c.expected)
    }

    /// In the order of the fields, which a renamed column keeps.
    @Test func asManyNewOnesAsVanishedOnesArePairedInOrder() throws {
        var world = try Self.world()
        world.add("Fee", from: "fee")
        world.apply("Fee")
        world.registry.definitions[0].mappings = [1: ["Title", "Cost", "Fee"]]
        world.registry.definitions[0].automaticNames["fee"] = "Fee"
        for name in ["Cost", "Fee"] { world.drop(name) }
        for name in ["Cost2", "Fee2"] { world.add(name, from: name.lowercased()) }
        #expect(
            lines(world).filter { $0.hasPrefix("PROBABLE") } == [
                Self.rename("Cost", "Cost2"), Self.rename("Fee", "Fee2"),
            ])
    }

    /// Two lists of a definition are one question.
    @Test func isAskedOnceForAllListsWithTheRowsConcerned() throws {
        var world = try Self.world()
        world.bound.lists.append("B")
        var second = world.registry.lists[0]
        (second.id, second.name, second.liveRows) = (Made.lists[1], "B", 5)
        world.registry.lists.append(second)
        world.site.lists.append(RemoteList(id: "id-b", name: "B", displayName: "B"))
        world.site.columns["id-b"] = world.site.columns["id-a"]
        world.drop("Cost")
        world.add("Price", from: "price")
        let plan = world.plan
        #expect(plan.notes.map(\.address.text) == ["column/s/A/Cost", "column/s/B/Cost"])
        let hazards = plan.hazards.filter { $0.code == .probableRename }
        #expect(hazards.map(\.rows) == [12])
        #expect(hazards.allSatisfy { $0.blocks && $0.code.canBeAllowed })
    }

    /// The column is where it was, so the summary counts it with those; Title is the template's.
    @Test func aColumnThatStaysCountsAsUnchanged() throws {
        var world = try Self.world()
        let before = world.plan.unchanged
        world.drop("Title")
        #expect(world.plan.unchanged == before)
        world.drop("Cost")
        #expect(world.plan.unchanged == before)
    }

    struct Advice: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var expected: String
        var change: @Sendable (inout World) -> Void

        init(_ name: String, _ expected: String, _ change: @escaping @Sendable (inout World) -> Void) {
            testDescription = name
            self.expected = expected
            self.change = change
        }
    }

    private static let another = "; if it is another column, allow the hazard"

    @Test(arguments: [
        Advice(
            "a mapping that says nothing",
            "if it was renamed, keep the column with mapping: { auto: {}, fields: [{ source: price, target: Cost }] }"
                + another
        ) { $0.add("Price", from: "price") },
        Advice(
            "a display name that is not the column's name",
            "if it was renamed, keep the column with mapping: { auto: {}, fields: [{ source: price, target: Cost, "
                + "displayName: Cost of it }] }" + another
        ) {
            $0.column("Cost") { $0.displayName = "Kim's" }
            $0.registry.lists[0].columns[2].applied = #"{"displayName":"Cost of it"}"#
            $0.add("Price", from: "price")
        },
        Advice(
            "a mapping with fields",
            "if it was renamed, keep the column with { source: price, target: Cost } among the fields of the mapping"
                + another
        ) {
            $0.bound.definition.mapping.fields = [Field(origin: .column("x"), target: "X")]
            $0.add("Price", from: "price")
        },
        Advice(
            "a source name that YAML would read otherwise",
            #"if it was renamed, keep the column with mapping: { auto: {}, fields: [{ source: "the: price", target: Cost }] }"#
                + another
        ) { $0.add("Price", from: "the: price") },
        Advice(
            "a field that the manifests name",
            "if the values are the same, keep the column with target: Cost in the field of \"Price\"" + another
        ) {
            $0.bound.definition.mapping = Mapping(fields: [Field(origin: .column("price"), target: "Price")])
            $0.add("Price", from: "price")
        },
        Advice(
            "several could be it",
            "if one of them is the renamed column, keep the column with mapping: { auto: {}, fields: [{ source: …, "
                + "target: Cost }] }; if they are other columns, allow the hazard"
        ) {
            $0.add("Price", from: "price")
            $0.add("Fee", from: "fee")
        },
    ])
    func advises(_ c: Advice) throws {
        var world = try Self.world()
        world.drop("Cost")
        c.change(&world)
        #expect(world.plan.hazards.map(\.remedy) == [c.expected])
    }

    /// The advice leads where it says: the column is the field's again, and nothing is left to say.
    @Test func theAdvisedFieldKeepsTheColumn() throws {
        var world = try Self.world()
        world.drop("Cost")
        world.add("Cost", from: "price")
        #expect(lines(world) == [])
    }
}

extension SchemaPlannerTests.World {
    /// - Parameter stays: The source still has the column.
    mutating func drop(_ target: String, stays: Bool = false) {
        let source = bound.fields.first { $0.target == target }?.sourceColumn
        bound.columns.removeAll { $0.name == target }
        bound.fields.removeAll { $0.target == target }
        if !stays { bound.relation.columns.removeAll { $0.name == source } }
    }

    /// - Parameter source: `nil` for a column that belongs to people.
    mutating func add(_ target: String, from source: String?, _ type: ColumnType = .number(ColumnType.Number())) {
        bound.columns.append(DesiredColumn(name: target, displayName: target, type: type, sourceColumn: source))
        guard let source else { return }
        bound.fields.append(
            BoundField(
                target: target, sourceColumn: source, read: 0, steps: [], type: type, shareable: false,
                hasDefault: false))
        bound.relation.columns.append(SourceColumn(source, .double))
    }

    /// As if an apply had made the column.
    mutating func apply(_ target: String) {
        guard let column = bound.columns.first(where: { $0.name == target }) else { return }
        site.columns["id-a"]?.append(
            RemoteColumn(id: target, name: target, displayName: column.displayName, type: column.type))
        registry.lists[0].columns.append(
            ManagedColumn(name: target, remoteID: target, applied: ColumnSpec.json(column).text(.canonical)))
    }
}
