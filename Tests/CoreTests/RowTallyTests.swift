import Testing

@testable import Core

/// What a plan remembers of its rows.
@Suite("Counting decided rows")
struct RowTallyTests {
    private func add(
        _ decision: RowDecision, _ number: Int = 1, entry: LedgerEntry? = nil, isInSource: Bool = true,
        cause: Cause = .source, to tally: inout RowTally
    ) {
        tally.add(
            decision, ledgerKey: Made.key(number), entry: entry, isInSource: isInSource, cause: cause,
            parts: { ["\(number)"] }, values: { [.number(Double(number))] })
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var decision: RowDecision
        var entry: LedgerEntry?
        var isInSource = true
        /// Counts of list A, of list B, and of rows without a list, as `name: number`.
        var a: [String] = []
        var b: [String] = []
        var homeless: [String] = []
        var isEffect = true

        var testDescription: String { name }
    }

    private static let a = ListID("id-a")
    private static let b = ListID("id-b")

    private static func words(_ list: ListTally) -> [String] {
        let counts = list.counts
        let all = [
            ("source", counts.sourceRows), ("create", counts.create), ("update", counts.update),
            ("in", counts.moveIn), ("out", counts.moveOut), ("delete", counts.delete), ("reject", counts.reject),
            ("unrouted", counts.unrouted), ("unchanged", counts.unchanged), ("live", list.live),
        ]
        return all.filter { $0.1 > 0 }.map { "\($0.0) \($0.1)" }
    }

    @Test(arguments: [
        Case(
            name: "created", decision: RowDecision(.create, list: 0, route: .rule(0)), a: ["source 1", "create 1"]),
        Case(
            name: "updated", decision: RowDecision(.update, list: 0, from: a, changedFields: [1]),
            entry: Made.entry(1), a: ["source 1", "update 1", "live 1"]),
        Case(
            name: "moved: in where it goes, out where it was, once in the source",
            decision: RowDecision(.move, list: 1, from: a, route: .byDefault), entry: Made.entry(1),
            a: ["out 1", "live 1"], b: ["source 1", "in 1"]),
        Case(
            name: "a move that ends comes in, and left before",
            decision: RowDecision(.finishMove, list: 1, from: b), entry: Made.entry(1, in: b),
            b: ["source 1", "in 1", "live 1"]),
        Case(
            name: "deleted where its item is", decision: RowDecision(.delete, from: a), entry: Made.entry(1),
            isInSource: false, a: ["delete 1", "live 1"]),
        Case(
            name: "marked", decision: RowDecision(.mark, from: b), entry: Made.entry(1, in: b), isInSource: false,
            b: ["delete 1", "live 1"]),
        Case(
            name: "archived is nothing", decision: RowDecision(.archive, from: a), entry: Made.entry(1),
            isInSource: false, a: ["unchanged 1", "live 1"], isEffect: false),
        Case(
            name: "rebased is nothing", decision: RowDecision(.rebase, list: 0, from: a), entry: Made.entry(1),
            a: ["source 1", "unchanged 1", "live 1"], isEffect: false),
        Case(
            name: "forgotten does not count", decision: RowDecision(.forget), isInSource: false, isEffect: false),
        Case(
            name: "rejected with a route",
            decision: RowDecision(.reject, list: 1, rejection: Rejection(.textTooLong, field: 0)),
            b: ["source 1", "reject 1"], isEffect: false),
        Case(
            name: "without a route and without an item", decision: RowDecision(.unrouted, route: .unrouted),
            homeless: ["source 1", "unrouted 1"], isEffect: false),
        Case(
            name: "without a route, in its item's list", decision: RowDecision(.unrouted, from: a, route: .unrouted),
            entry: Made.entry(1), a: ["source 1", "unrouted 1", "live 1"], isEffect: false),
        Case(
            name: "its item is in a list that no longer belongs", decision: RowDecision(.delete, from: ListID("x")),
            entry: Made.entry(1, in: ListID("x")), isInSource: false, homeless: ["delete 1", "live 1"]),
    ])
    func counts(_ c: Case) {
        var tally = Made.tally()
        let nothing = tally.digest
        add(c.decision, entry: c.entry, isInSource: c.isInSource, to: &tally)
        #expect(Self.words(tally.lists[0]) == c.a)
        #expect(Self.words(tally.lists[1]) == c.b)
        #expect(Self.words(tally.homeless) == c.homeless)
        #expect((tally.digest != nothing) == c.isEffect)
        #expect((tally.total.effects > 0) == c.isEffect)
    }

    @Test func everyEffectHasItsCause() {
        var tally = Made.tally()
        for (action, cause) in [
            (RowAction.create, Cause.manifest), (.update, .person), (.update, .source), (.delete, .source),
            (.move, .clock), (.reject, .manifest), (.unrouted, .source), (.rebase, .source),
        ] {
            tally.add(action, 1, cause: cause)
        }
        let causes = tally.lists[0].causes
        #expect(causes[.manifest]?.create == 1 && causes[.person]?.update == 1 && causes[.clock]?.moveIn == 1)
        #expect(causes[.source]?.update == 1 && causes[.source]?.delete == 1 && causes[.source]?.reject == 0)
        #expect(causes[.manifest]?.reject == 1 && causes[.source]?.unrouted == 1)
        #expect(tally.lists[1].causes[.clock]?.moveOut == 1)
        for list in tally.lists {
            var sum = list.causes.values.reduce(RowCounts(), +)
            // Rows that stay as they are have no cause.
            (sum.sourceRows, sum.unchanged) = (list.counts.sourceRows, list.counts.unchanged)
            #expect(sum == list.counts)
        }
        #expect(tally.total(of: .manifest).create == 1)
    }

    @Test func updatesAreCountedByFieldAndMovesByTheirRule() {
        var tally = Made.tally()
        add(RowDecision(.update, list: 0, from: Self.a, changedFields: [0, 2]), to: &tally)
        add(RowDecision(.update, list: 0, from: Self.a, changedFields: [2]), 2, to: &tally)
        add(RowDecision(.move, list: 1, from: Self.a, route: .rule(1)), 3, to: &tally)
        add(RowDecision(.move, list: 1, from: ListID("x"), route: .byDefault), 4, to: &tally)
        #expect(tally.lists[0].byField == [0: 1, 2: 2])
        #expect(
            tally.lists[1].moves == [
                ListTally.MoveKey(from: "A", rule: .rule(1)): 1, ListTally.MoveKey(from: "?", rule: .byDefault): 1,
            ])
    }

    @Test func anInterruptedMoveComesFromWhereItsOldItemIs() {
        var tally = Made.tally()
        var entry = Made.entry(1, in: Self.b)
        entry.prior = ItemLocation(list: Self.a, item: 9, etag: nil)
        add(RowDecision(.finishMove, list: 1, from: Self.b, route: .byDefault), entry: entry, to: &tally)
        #expect(tally.lists[1].moves == [ListTally.MoveKey(from: "A", rule: .byDefault): 1])
    }

    @Test func whatTheServiceRefusedIsNoFaultOfTheValues() {
        var tally = Made.tally()
        for (index, code) in [RejectCode.textTooLong, .refused, .itemLoses, .notADate].enumerated() {
            add(RowDecision(.reject, list: 0, rejection: Rejection(code)), index, to: &tally)
        }
        add(RowDecision(.reject, rejection: Rejection(.keyIsNull)), 9, to: &tally)
        #expect(tally.valueRejects == 3 && tally.total.reject == 5)
    }

    @Test func samplesAreTheSameWhateverTheOrderOfRows() {
        let decision = RowDecision(.update, list: 0, from: Self.a, changedFields: [0])
        func samples(_ numbers: [Int]) -> [ListTally.Sample]? {
            var tally = Made.tally()
            for number in numbers { add(decision, number, to: &tally) }
            return tally.lists[0].samples[.update]
        }
        let kept = samples(Array(1...40))
        #expect(kept == samples((1...40).reversed()))
        let lowest = (1...40).map { Digest(of: Made.key($0).bytes) }.sorted().prefix(5)
        #expect(kept?.map(\.order) == Array(lowest))
    }

    @Test func theDigestIsOfEffectsInOrder() {
        let create = RowDecision(.create, list: 0, hash: ContentHash(of: [.number(1)]))
        let other = RowDecision(.create, list: 0, hash: ContentHash(of: [.number(2)]))
        func digest(_ rows: [(RowDecision, Int)]) -> Digest? {
            var tally = Made.tally()
            for (decision, number) in rows { add(decision, number, to: &tally) }
            return tally.digest
        }
        let one = digest([(create, 1), (create, 2)])
        #expect(one == digest([(create, 1), (RowDecision(.rebase, list: 0), 7), (create, 2)]))
        #expect(one != digest([(create, 2), (create, 1)]), "the order of keys")
        #expect(one != digest([(create, 1), (other, 2)]), "the content")
        #expect(one != digest([(create, 1), (RowDecision(.create, list: 1, hash: create.hash), 2)]), "the list")
        #expect(one != digest([(create, 1), (RowDecision(.update, list: 0, hash: create.hash), 2)]), "the action")
    }

    @Test func theLedgersOwnNumbersReplaceWhatWasMet() {
        var tally = Made.tally()
        tally.add(.update, 3)
        var rows = LiveRows()
        rows.definitions = ["id": 100, "other": 5]
        rows.lists = [Self.a: 60, Self.b: 30, ListID("x"): 10]
        tally.know(rows, of: "id")
        #expect(tally.lists.map(\.live) == [60, 30] && tally.homeless.live == 10 && tally.live == 100)
        tally.know(LiveRows(), of: "id")
        #expect(tally.live == 0)
    }
}
