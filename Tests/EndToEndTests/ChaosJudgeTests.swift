import Core
import Testing

/// A judge that never finds anything proves nothing: each world is good, but for what is planted in it.
@Suite("The judge of the chaos harness") struct ChaosJudgeTests {
    private static let notes = "Notes"

    /// Three rows in their lists. `projects/1` shows a person's code, and `projects/2` a person's note; the item of
    /// `projects/4` was deleted; a person has an item without a key.
    private static func world() -> ChaosJudge {
        func row(_ list: String, _ name: String) -> ChaosJudge.Row {
            ChaosJudge.Row(list: list, fields: ["Title": .string(name), "Cost": 7, "Code": "c"])
        }
        func item(_ id: String, _ list: String, _ key: String?, _ fields: [String: JSON]) -> ChaosJudge.Item {
            ChaosJudge.Item(place: ChaosLog.Place(list: list, item: id), key: key, fields: fields)
        }
        let rows = [
            "projects/1": row("Active", "one"), "projects/2": row("Done", "two"), "projects/3": row("Done", "three"),
            "projects/4": row("Done", "four"),
        ]
        let items = [
            item("1", "Active", "projects/1", ["Title": "one", "Cost": .number("7.0"), "Code": "kim's"]),
            item("1", "Done", "projects/2", ["Title": "two", "Cost": 7, "Code": "c", "Notes": "kim's note"]),
            item("2", "Done", "projects/3", ["Title": "three", "Cost": 7, "Code": "c"]),
            item("3", "Done", nil, ["Title": "kim's own"]),
        ]
        var log = ChaosLog()
        log.types(
            "kim's", into: ChaosLog.Field(key: "projects/1", name: "Code"), at: items[0].place, replacing: "c",
            isAlone: true)
        log.types(
            "kim's note", into: ChaosLog.Field(key: "projects/2", name: notes), at: items[1].place, replacing: nil,
            isAlone: true)
        log.deletes(itemOf: "projects/4", isAlone: true)
        log.makes(["Title": "kim's own"], at: items[3].place)
        return ChaosJudge(
            rows: rows, items: items, log: log,
            said: [
                ChaosJudge.Said(kind: "changed", subject: "projects/1", fields: ["Code"]),
                ChaosJudge.Said(kind: "deleted", subject: "projects/4"),
            ], kept: [], peoplesColumn: notes)
    }

    struct Planted: Sendable, CustomTestStringConvertible {
        var name: String
        var fault: ChaosJudge.Fault
        var plant: @Sendable (inout ChaosJudge) -> Void

        var testDescription: String { name }
    }

    @Test func aGoodWorldIsGood() { #expect(Self.world().faults().isEmpty) }

    private static let code = ChaosLog.Field(key: "projects/1", name: "Code")
    private static let title = ChaosLog.Field(key: "projects/3", name: "Title")

    @Test(arguments: [
        Planted(name: "a lost row", fault: .lost("projects/3")) { $0.items.remove(at: 2) },
        Planted(name: "a double in the same list", fault: .doubled("projects/3")) { world in
            var twin = world.items[2]
            twin.place.item = "9"
            world.items.append(twin)
        },
        Planted(name: "a double in another list", fault: .doubled("projects/3")) { world in
            var twin = world.items[2]
            twin.place.list = "Active"
            world.items.append(twin)
        },
        Planted(name: "a wrong list", fault: .inWrongList("projects/3", "Rest")) { $0.items[2].place.list = "Rest" },
        Planted(name: "an old value", fault: .wrongValue("projects/3", "Title")) {
            $0.items[2].fields["Title"] = "an older three"
        },
        Planted(name: "a value that is missing", fault: .wrongValue("projects/3", "Title")) {
            $0.items[2].fields["Title"] = nil
        },
        Planted(name: "a value where the row has none", fault: .wrongValue("projects/3", "Code")) {
            $0.rows["projects/3"]?.fields["Code"] = .some(nil)
        },
        Planted(name: "another's note", fault: .wrongValue("projects/3", notes)) {
            $0.items[2].fields[notes] = "kim's note"
        },
        Planted(name: "an edit that was neither left nor kept", fault: .lostEdit("projects/1", "Code")) { world in
            world.items[0].fields["Code"] = "c"
            world.said.removeFirst()
        },
        Planted(name: "an edit that was kept, and need not have gone", fault: .overwritten("projects/1", "Code")) {
            $0.items[0].fields["Code"] = "c"
            $0.kept = [ChaosJudge.Kept(field: code, value: "kim's")]
            $0.said.removeFirst()
        },
        Planted(name: "a note that a move left behind", fault: .lostEdit("projects/2", notes)) {
            $0.items[1].fields[notes] = nil
        },
        Planted(name: "an edit that went with its row", fault: .lostEdit("projects/1", "Code")) { world in
            world.rows["projects/1"] = nil
            world.items.removeFirst()
            world.said.removeFirst()
        },
        Planted(name: "an edit of one of two items", fault: .lostEdit("projects/3", "Title")) { world in
            let old = ChaosLog.Place(list: "Active", item: "7")
            world.log.types("older", into: title, at: old, replacing: "three", isAlone: false)
            world.log.types("newer", into: title, at: world.items[2].place, replacing: "three", isAlone: false)
            world.items[2].fields["Title"] = "newer"
            world.said.append(ChaosJudge.Said(kind: "changed", subject: "projects/3", fields: ["Title"]))
        },
        Planted(name: "an item that a person deleted", fault: .resurrected("projects/4")) { world in
            world.items.append(
                ChaosJudge.Item(
                    place: ChaosLog.Place(list: "Done", item: "8"), key: "projects/4",
                    fields: ["Title": "four", "Cost": 7, "Code": "c"]))
        },
        Planted(name: "the item of a row that is gone", fault: .left("projects/3")) { $0.rows["projects/3"] = nil },
        Planted(name: "an item that nobody made", fault: .foreign("2")) { $0.items[2].key = nil },
        Planted(name: "a person's own item", fault: .lostOwn("3")) { $0.items.removeLast() },
        Planted(name: "a person's own item with another title", fault: .lostOwn("3")) {
            $0.items[3].fields["Title"] = "ours"
        },
        Planted(name: "an edit that is not told", fault: .unsaid("projects/1", "Code")) { $0.said.removeFirst() },
        Planted(name: "an edit of another field is told", fault: .unsaid("projects/1", "Code")) {
            $0.said[0].fields = ["Title"]
        },
        Planted(name: "a deletion that is not told", fault: .unsaid("projects/4", "deleted")) { $0.said.removeLast() },
        Planted(name: "an edit that nobody made", fault: .accused("projects/3", "Title")) {
            $0.said.append(ChaosJudge.Said(kind: "changed", subject: "projects/3", fields: ["Title"]))
        },
        Planted(name: "a deletion that nobody did", fault: .accused("projects/3", "deleted")) {
            $0.said.append(ChaosJudge.Said(kind: "deleted", subject: "projects/3"))
        },
        Planted(name: "a list that nobody changed", fault: .accused("list/sharepoint/Done", "schema")) {
            $0.said.append(ChaosJudge.Said(kind: "schema", subject: "list/sharepoint/Done"))
        },
    ])
    func finds(_ planted: Planted) {
        var world = Self.world()
        planted.plant(&world)
        #expect(world.faults().contains(planted.fault), "\(world.faults())")
    }

    // MARK: What is right

    @Test func aValueOfTheSourceReplacesAPersonsThatIsKept() {
        var world = Self.world()
        let before = world.rows
        world.rows["projects/1"]?.fields["Code"] = "d"
        world.log.rows(before, become: world.rows)
        world.items[0].fields["Code"] = "d"
        world.said.removeFirst()
        #expect(world.faults() == [.lostEdit("projects/1", "Code")])
        world.kept = [ChaosJudge.Kept(field: Self.code, value: "kim's")]
        #expect(world.faults().isEmpty)
    }

    /// Its row's item was in doubt: what is found is written with what the row has.
    @Test func anEditOfAnItemInDoubtMayMakeWay() {
        var world = Self.world()
        world.log.programRuns()
        world.log.types("later", into: Self.code, at: world.items[0].place, replacing: "kim's", isAlone: true)
        world.items[0].fields["Code"] = "c"
        world.said.removeFirst()
        #expect(world.faults() == [.lostEdit("projects/1", "Code")])
        world.kept = [ChaosJudge.Kept(field: Self.code, value: "later")]
        #expect(world.faults().isEmpty)
    }

    @Test func aPersonTypesOverWhatAPersonTyped() {
        var world = Self.world()
        world.log.types("later", into: Self.code, at: world.items[0].place, replacing: "kim's", isAlone: true)
        #expect(world.faults().contains(.wrongValue("projects/1", "Code")))
        world.items[0].fields["Code"] = "later"
        #expect(world.faults().isEmpty)
    }

    @Test func aPersonTypesOverWhatAMoveBroughtAlong() {
        var world = Self.world()
        let moved = ChaosLog.Place(list: "Done", item: "12")
        world.log.types("later", into: Self.code, at: moved, replacing: "kim's", isAlone: false)
        world.items[0].fields["Code"] = "later"
        #expect(world.faults().isEmpty)
    }

    @Test func anEditGoesWithItsRowAndIsKept() {
        var world = Self.world()
        let before = world.rows
        world.rows["projects/1"] = nil
        world.log.rows(before, become: world.rows)
        world.items.removeFirst()
        world.said.removeFirst()
        world.kept = [ChaosJudge.Kept(field: Self.code, value: "kim's")]
        #expect(world.faults().isEmpty)
        // What is judged once is not judged again when the row comes back.
        world.log.allIsWell(rows: world.rows, items: world.items)
        world.kept = []
        world.rows = before
        world.items.append(
            ChaosJudge.Item(
                place: ChaosLog.Place(list: "Active", item: "2"), key: "projects/1",
                fields: ["Title": "one", "Cost": 7, "Code": "c"]))
        #expect(world.faults().isEmpty)
    }

    @Test func oneOfTwoItemsWasDeletedWhileItsRowMoved() {
        var world = Self.world()
        world.log.programRuns()
        world.log.deletes(itemOf: "projects/3", isAlone: false)
        #expect(world.faults().isEmpty)
        // From then on it is a row like any other.
        world.log.allIsWell(rows: world.rows, items: world.items)
        world.items.remove(at: 2)
        #expect(world.faults() == [.lost("projects/3")])
    }

    @Test func aDeletedItemStaysDeletedForEver() {
        var world = Self.world()
        world.log.programRuns()
        world.log.deletes(itemOf: "projects/3", isAlone: true)
        let item = world.items.remove(at: 2)
        world.said.append(ChaosJudge.Said(kind: "deleted", subject: "projects/3"))
        #expect(world.faults().isEmpty)
        world.log.allIsWell(rows: world.rows, items: world.items)
        world.items.append(item)
        #expect(world.faults().contains(.resurrected("projects/3")))
    }
}

@Suite("Which end a run of the chaos harness may have") struct ChaosEndTests {
    @Test(arguments: [
        (ChaosEnd.quiet, Int32(0), true), (.quiet, 17, false), (.quiet, 16, false), (.quiet, 12, false),
        (.quiet, 18, false), (.quiet, 137, false), (.killed, 137, true), (.killed, 0, false), (.killed, 139, false),
        (.faults, 0, true), (.faults, 16, true), (.faults, 17, true), (.faults, 1, false), (.faults, 12, false),
        (.faults, 14, false), (.faults, 18, false), (.faults, 70, false), (.faults, 134, false), (.faults, 22, false),
        (.absentList, 12, true), (.absentList, 17, true), (.absentList, 11, false), (.absentList, 70, false),
        (.endedServer, 16, true), (.endedServer, 17, true), (.endedServer, 0, true), (.endedServer, 1, false),
        (.endedServer, 11, false),
    ])
    func takes(_ end: ChaosEnd, _ status: Int32, _ isRight: Bool) {
        #expect(end.takes(status) == isRight)
    }
}
