import Testing

@testable import Core

/// Every guard at its limit and one above it.
@Suite("Guards over rows")
struct RowGuardTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// Rows of list A that are as they were.
        var unchanged = 0
        var rows: [RowAction: Int] = [:]
        /// Rows of the ledger where the scan was of changes only.
        var ledger: Int?
        var guards = Guards()
        var isFirst = false
        /// Of all rows but these.
        var cause = Cause.source
        var byTheSource: [RowAction: Int] = [:]
        var trips: [HazardCode] = []

        var testDescription: String { name }
    }

    private static func hazards(_ c: Case) throws -> [Hazard] {
        let bound = try #require(Made.bound())
        var tally = Made.tally()
        tally.addUnchanged(c.unchanged, list: 0)
        for action in RowAction.allCases {
            tally.add(action, c.rows[action] ?? 0, cause: c.cause)
            tally.add(action, c.byTheSource[action] ?? 0)
        }
        if let ledger = c.ledger {
            var live = LiveRows()
            live.definitions["id"] = ledger
            live.lists[Made.lists[0]] = ledger
            tally.know(live, of: "id")
        }
        return RowGuards.check(
            bound, tally,
            registered: RegisteredDefinition(
                id: "id", name: "d", prefix: "d", appliedFingerprint: c.isFirst ? nil : "f"),
            guards: c.guards, isPartial: c.ledger != nil)
    }

    private static func expect(_ c: Case) throws {
        #expect(try hazards(c).map(\.code) == c.trips)
    }

    @Test(arguments: [
        Case(name: "20 of few", unchanged: 5, rows: [.delete: 20]),
        Case(name: "21 of few", unchanged: 5, rows: [.delete: 21], trips: [.rowDeleteLimit]),
        Case(name: "5 % of 1000", unchanged: 950, rows: [.delete: 50]),
        Case(name: "above 5 % of 1000", unchanged: 949, rows: [.delete: 51], trips: [.rowDeleteLimit]),
        Case(
            name: "the definition may, its list may not", unchanged: 70, rows: [.delete: 30],
            guards: Guards(maxDeletes: 50), trips: [.rowDeleteLimit]),
        Case(name: "a quarter of a list", unchanged: 75, rows: [.delete: 25], guards: Guards(maxDeletes: 50)),
        Case(
            name: "none may", unchanged: 9, rows: [.delete: 1], guards: Guards(maxDeletes: 0), trips: [.rowDeleteLimit]),
        Case(name: "marks count", unchanged: 5, rows: [.mark: 21], trips: [.rowDeleteLimit]),
        Case(name: "a move is no delete", unchanged: 1000, rows: [.move: 60]),
        Case(name: "on a first plan too", unchanged: 5, rows: [.delete: 21], isFirst: true, trips: [.rowDeleteLimit]),
    ])
    func deletes(_ c: Case) throws { try Self.expect(c) }

    @Test(arguments: [
        Case(name: "the table is empty", rows: [.delete: 3], trips: [.emptySource]),
        Case(name: "and was before"),
        Case(name: "one row is left", unchanged: 1, rows: [.delete: 3]),
        Case(name: "nothing changed lately", ledger: 500),
    ])
    func emptySource(_ c: Case) throws { try Self.expect(c) }

    @Test(arguments: [
        Case(name: "20 of few", rows: [.reject: 20]),
        Case(name: "21 of few", rows: [.reject: 21], trips: [.rejectLimit]),
        Case(name: "1 % of 3000", unchanged: 2970, rows: [.reject: 30]),
        Case(name: "above 1 % of 3000", unchanged: 2969, rows: [.reject: 31], trips: [.rejectLimit]),
        Case(name: "all may", rows: [.reject: 200], guards: Guards(maxRejectedPercent: 100)),
        Case(name: "of the whole table, where changes were read", rows: [.reject: 30], ledger: 3000),
        Case(name: "above that", rows: [.reject: 31], ledger: 3000, trips: [.rejectLimit]),
    ])
    func rejects(_ c: Case) throws { try Self.expect(c) }

    @Test(arguments: [
        Case(name: "1000 into none", rows: [.create: 1000]),
        Case(name: "1001 into none", rows: [.create: 1001], trips: [.rowCreateLimit]),
        Case(name: "a first apply", rows: [.create: 1001], isFirst: true),
        Case(name: "three times as many", unchanged: 400, rows: [.create: 1200]),
        Case(name: "one more", unchanged: 400, rows: [.create: 1201], trips: [.rowCreateLimit]),
        Case(
            name: "a manifest does not excuse", rows: [.create: 1001], cause: .manifest, trips: [.rowCreateLimit]),
        Case(name: "of 100,000, where changes were read", rows: [.create: 1001], ledger: 100_000),
        Case(name: "of 100, where changes were read", rows: [.create: 1001], ledger: 100, trips: [.rowCreateLimit]),
    ])
    func creates(_ c: Case) throws { try Self.expect(c) }

    @Test(arguments: [
        Case(name: "all of 99", rows: [.update: 99]),
        Case(name: "90 of 100", unchanged: 10, rows: [.update: 90]),
        Case(name: "91 of 100", unchanged: 9, rows: [.update: 91], trips: [.rowUpdateLimit]),
        Case(name: "by the manifest", rows: [.update: 100], cause: .manifest),
        Case(
            name: "by the manifest, and 90 % beside", rows: [.update: 10], cause: .manifest, byTheSource: [.update: 90]),
        Case(
            name: "above 90 % beside those of the manifest", rows: [.update: 9], cause: .manifest,
            byTheSource: [.update: 91], trips: [.rowUpdateLimit]),
        Case(name: "people", rows: [.update: 100], cause: .person, trips: [.rowUpdateLimit]),
        Case(name: "all may", rows: [.update: 100], guards: Guards(maxUpdatePercent: 100)),
        Case(
            name: "a percentage counts only above 20 rows", unchanged: 100, rows: [.update: 20],
            guards: Guards(maxUpdatePercent: 1)),
        Case(
            name: "21 are above", unchanged: 100, rows: [.update: 21], guards: Guards(maxUpdatePercent: 1),
            trips: [.rowUpdateLimit]),
        Case(name: "of 100,000, where changes were read", rows: [.update: 150], ledger: 100_000),
        Case(name: "of 100, where changes were read", rows: [.update: 95], ledger: 100, trips: [.rowUpdateLimit]),
    ])
    func updates(_ c: Case) throws { try Self.expect(c) }

    @Test(arguments: [
        Case(name: "20 of few", rows: [.move: 20]),
        Case(name: "21 of few", rows: [.move: 21], trips: [.rowMoveLimit]),
        Case(name: "a fifth of 200", unchanged: 160, rows: [.move: 40]),
        Case(name: "above a fifth", unchanged: 159, rows: [.move: 41], trips: [.rowMoveLimit]),
        Case(name: "by the manifest", rows: [.move: 99], cause: .manifest, trips: [.shardRuleRemaps]),
        Case(
            name: "by the manifest, and few beside", rows: [.move: 79], cause: .manifest, byTheSource: [.move: 20],
            trips: [.shardRuleRemaps]),
        Case(
            name: "more than a fifth beside those of the manifest", rows: [.move: 78], cause: .manifest,
            byTheSource: [.move: 22], trips: [.shardRuleRemaps, .rowMoveLimit]),
        Case(name: "by the clock", rows: [.move: 21], cause: .clock, trips: [.rowMoveLimit]),
        Case(
            name: "a move that ends does not count twice", unchanged: 79, rows: [.move: 20, .finishMove: 1],
            trips: [.rowMoveLimit]),
        Case(name: "of 100,000, where changes were read", rows: [.move: 25], ledger: 100_000),
        Case(name: "of 50, where changes were read", rows: [.move: 25], ledger: 50, trips: [.rowMoveLimit]),
    ])
    func moves(_ c: Case) throws { try Self.expect(c) }

    @Test func aTripSaysHowManyOfHowMany() throws {
        let hazard = try #require(
            try Self.hazards(Case(name: "", rows: [.update: 960], ledger: 1000)).first)
        #expect(hazard.message == "960 of 1000 rows would be updated without a change of manifests")
        #expect(hazard.rows == 960 && hazard.address == .definition("d") && hazard.blocks)
        let list = try #require(
            try Self.hazards(Case(name: "", unchanged: 70, rows: [.delete: 30], guards: Guards(maxDeletes: 50))).first)
        #expect(list.address == .rows("d", "s", "A"))
        #expect(list.message == "30 of the list's 100 rows would be deleted; the limit is a quarter")
    }

    @Test func onlyWhatMayTripAsksForTheNumberOfRows() {
        var tally = Made.tally()
        #expect(!tally.mayTripGuards)
        tally.addUnchanged(5000, list: 0)
        tally.add(.update, 20)
        #expect(!tally.mayTripGuards)
        tally.add(.create, 1)
        #expect(tally.mayTripGuards)
    }

    struct Vanished: Sendable, CustomTestStringConvertible {
        var all: Int
        var gone: Int
        var trips: Bool

        var testDescription: String { "\(gone) of \(all)" }
    }

    @Test(arguments: [
        Vanished(all: 1, gone: 0, trips: false), Vanished(all: 1, gone: 1, trips: true),
        Vanished(all: 2, gone: 1, trips: false), Vanished(all: 3, gone: 2, trips: false),
        Vanished(all: 3, gone: 3, trips: true), Vanished(all: 4, gone: 2, trips: false),
        Vanished(all: 4, gone: 3, trips: true), Vanished(all: 0, gone: 0, trips: false),
    ])
    func vanished(_ c: Vanished) {
        let all = (0..<c.all).map { RegisteredDefinition(id: "\($0)", name: "d\($0)", prefix: "d", liveRows: 7) }
        let hazards = RowGuards.vanished(Array(all.prefix(c.gone)), of: Registry(definitions: all))
        #expect(hazards.map(\.code) == (c.trips ? [.definitionsVanished] : []))
        if c.trips { #expect(hazards[0].rows == 7 * c.gone) }
    }
}
