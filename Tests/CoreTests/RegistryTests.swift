import Testing

@testable import Core

@Suite("What is registered")
struct RegistryTests {
    private static func list(_ id: String, of definition: String, _ name: String) -> ManagedList {
        ManagedList(id: ListID(id), definitionID: definition, name: name, site: "s", remoteSiteID: "r", webURL: "")
    }

    @Test func listsAreThoseOfTheirDefinition() {
        let one = RegisteredDefinition(id: "1", name: "a", prefix: "a")
        let registry = Registry(
            definitions: [one],
            lists: [Self.list("x", of: "1", "A"), Self.list("y", of: "2", "B"), Self.list("z", of: "1", "C")])
        #expect(registry.lists(of: one).map(\.name) == ["A", "C"] && registry.lists(of: nil).isEmpty)
        #expect(registry.definition("a") == one && registry.definition("b") == nil)
        #expect(Registry.empty.metaStoreID == nil && Registry.empty.definitions.isEmpty)
    }

    @Test func countingFillsInWhatIsKnownAndNothingElse() {
        let registry = Registry(
            metaStoreID: "m",
            definitions: [
                RegisteredDefinition(id: "1", name: "a", prefix: "a", liveRows: 99),
                RegisteredDefinition(id: "2", name: "b", prefix: "b"),
            ], lists: [Self.list("x", of: "1", "A"), Self.list("y", of: "1", "B")])
        #expect(!registry.isCounted)
        var rows = LiveRows()
        rows.definitions = ["1": 7, "3": 1]
        rows.lists = [ListID("X"): 5]
        let counted = registry.counted(rows)
        #expect(counted.isCounted && counted.definitions.map(\.liveRows) == [7, 0])
        #expect(counted.lists.map(\.liveRows) == [5, 0] && counted.metaStoreID == "m")
    }

    @Test func aCheckOfDatesIsReadBack() {
        for check in [DateCheck.right(zone: "Europe/Berlin"), .wrong(zone: "Europe/Berlin")] {
            #expect(DateCheck(text: check.text) == check && check.zone == "Europe/Berlin")
        }
        #expect(DateCheck.wrong(zone: "UTC").text == "!UTC" && DateCheck.right(zone: "UTC").text == "UTC")
    }

    // MARK: Leases and holds

    @Test func aHoldCoversItsDefinitionOrAll() {
        func hold(_ definition: String?) -> Hold {
            Hold(project: "p", definition: definition, reason: "r", actor: "a", since: Instant(seconds: 0))
        }
        #expect(hold(nil).covers("d") && hold("d").covers("d") && !hold("d").covers("e") && !hold("d").covers("D"))
    }

    @Test func leasesAscendByProjectDefinitionAndSite() {
        let names = [("a", "b", "c"), ("a", "b", "d"), ("a", "c", "a"), ("b", "a", "a")].map {
            LeaseName(project: $0.0, definition: $0.1, site: $0.2)
        }
        #expect(names.shuffled().sorted() == names)
    }

    // MARK: Stamps (SPEC §2)

    @Test(arguments: [
        "", "Kept by hand", "syncbridge:v1 m p d projects", "syncbridge:v1 m p d projects A extra",
        "syncbridge:v2 m p d projects A", "syncbridge:v1  p d projects A", "syncbridge:v1 m p d projects A%zz",
        "Syncbridge:v1 m p d projects A", " syncbridge:v1 m p d projects A",
    ])
    func whatIsNoStampIsSomebodysDescription(text: String) { #expect(Stamp(text) == nil) }

    @Test(arguments: ["A", "Projects – active", "a b  c", "%", "日本", ""])
    func aStampNamesAnyList(name: String) {
        let stamp = Stamp(metaStoreID: "m", project: "p", definitionID: "d", prefix: "x", list: name)
        // A list has a name.
        #expect(Stamp(stamp.text) == (name.isEmpty ? nil : stamp))
        #expect(stamp.text.utf8.allSatisfy { $0 < 0x80 })
    }

    // MARK: What is remembered of a column

    private static let column = DesiredColumn(
        name: "C", displayName: "Cost", description: "d",
        type: .number(.init(decimalPlaces: .two, minimum: 0, maximum: 10.5)),
        required: true, indexed: true, defaultValue: .value("1"))

    @Test func aColumnIsRememberedWithAllItsOptions() {
        #expect(
            ColumnSpec.json(Self.column).text(.canonical)
                == #"{"default":{"value":"1"},"description":"d","displayName":"Cost","indexed":true,"#
                + #""number":{"decimalPlaces":"two","displayAs":"number","maximum":10.5,"minimum":0},"required":true,"#
                + #""unique":false}"#)
        #expect(ColumnSpec.applied(Self.column) == ColumnSpec.json(Self.column).text(.canonical))
    }

    @Test(arguments: [
        (ColumnType.singleLineText, #"{"allowMultipleLines":false,"maxLength":255}"#),
        (.multilineText, #"{"allowMultipleLines":true,"textType":"plain"}"#), (.boolean, "{}"),
        (.dateOnly, #"{"displayAs":"default","format":"dateOnly"}"#),
        (
            .choice(.init(choices: ["b", "a"], allowTextEntry: true)),
            #"{"allowTextEntry":true,"choices":["b","a"],"displayAs":"dropDownMenu"}"#
        ),
        (.currency(locale: "de-de"), #"{"locale":"de-de"}"#),
        (.number(.init()), #"{"decimalPlaces":"automatic","displayAs":"number"}"#),
    ])
    func facets(type: ColumnType, expected: String) { #expect(ColumnSpec.facet(type).text(.canonical) == expected) }

    /// That the service did not take a default is remembered beside it, so that another one is asked for.
    @Test func anIgnoredDefaultIsRememberedAsSuch() {
        let ignored = ColumnSpec.applied(Self.column, ignoresDefault: true)
        #expect(ignored != ColumnSpec.applied(Self.column) && ignored.contains(#""ignored":["default"]"#))
        var other = Self.column
        other.defaultValue = .value("2")
        #expect(ColumnSpec.applied(other, ignoresDefault: true) != ignored)
    }

    /// Both sides in one form: what is found as it is wanted reads the same.
    @Test func whatIsFoundReadsAsWhatIsWanted() {
        let found = RemoteColumn(
            id: "1", name: "C", displayName: "Cost", description: "d", type: Self.column.type, required: true,
            indexed: true,
            defaultValue: .value("1"))
        #expect(ColumnSpec.json(found) == ColumnSpec.json(Self.column))
        let opaque = RemoteColumn(id: "1", name: "C", displayName: "C", type: nil, facet: "lookup")
        #expect(ColumnSpec.json(opaque)["lookup"] == .object([]))
        #expect(ColumnSpec.json(RemoteColumn(id: "1", name: "C", displayName: "C", type: nil))["opaque"] == .object([]))
    }

    @Test func aChangeOfNothingIsNone() {
        #expect(ListChange().isEmpty && ColumnChange().isEmpty)
        #expect(!ListChange(description: "").isEmpty && !ColumnChange(required: false).isEmpty)
        #expect(!ColumnChange(description: "").isEmpty && !ColumnChange(defaultValue: .value("")).isEmpty)
    }
}
