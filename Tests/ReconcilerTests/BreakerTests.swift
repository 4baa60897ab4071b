import Core
import Testing

@testable import Reconciler

@Suite("Stopping a kind of effect that mostly fails")
struct BreakerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// Results in order: how many, of which kind.
        var results: [(Int, RowResult)]
        var isOpen: Bool

        var testDescription: String { name }
    }

    private static let fine = RowResult.done(.update)
    private static let refused = RowResult.quarantined(.refused, nil)

    @Test(arguments: [
        Case(name: "nothing yet", results: [], isOpen: false),
        Case(name: "a fifth of the first wave", results: [(20, fine), (5, refused)], isOpen: false),
        Case(name: "more than a fifth of it", results: [(19, fine), (6, refused)], isOpen: true),
        Case(name: "all of the first wave but a row that dropped out", results: [(24, refused)], isOpen: true),
        Case(
            name: "more than a fifth of a first wave that lacks a row", results: [(19, fine), (5, refused)],
            isOpen: true),
        Case(name: "less than a fifth of it", results: [(20, fine), (4, refused)], isOpen: false),
        Case(
            name: "more than a fifth of the fewest rows that count", results: [(16, fine), (5, refused)], isOpen: true),
        Case(name: "a quarter of too few rows", results: [(12, fine), (4, refused)], isOpen: false),
        Case(name: "few, all refused", results: [(4, refused)], isOpen: false),
        Case(
            name: "few, all refused: whatever came beside them up to 21 rows, it is more than a fifth",
            results: [(5, refused)], isOpen: true),
        Case(name: "a fifth of a hundred", results: [(80, fine), (20, refused)], isOpen: false),
        Case(name: "more than a fifth of a hundred", results: [(79, fine), (21, refused)], isOpen: true),
        Case(name: "only the last hundred count", results: [(21, refused), (79, fine), (1, fine)], isOpen: false),
        Case(
            name: "however much went well before", results: [(5000, fine), (21, refused)], isOpen: true),
        Case(
            name: "keys that collide count", results: [(19, fine), (6, .quarantined(.keyCollision, nil))], isOpen: true),
        Case(name: "what a move would lose does not", results: [(25, .quarantined(.itemLoses, nil))], isOpen: false),
        Case(name: "a loop does not", results: [(25, .quarantined(.writeLoop, nil))], isOpen: false),
        Case(name: "a value in the way does not", results: [(25, .quarantined(.uniqueValue, nil))], isOpen: false),
        Case(
            name: "a delete that is refused as it is",
            results: [(19, fine), (6, .failed(SiteFailure(.refused, status: 400, reason: "")))], isOpen: true),
        Case(
            name: "a name or value that exists",
            results: [(19, fine), (6, .failed(SiteFailure(.conflict, reason: "")))],
            isOpen: true),
        Case(
            name: "locked items do not", results: [(25, .failed(SiteFailure(.itemLocked, status: 423, reason: "")))],
            isOpen: false),
        Case(
            name: "a full site does not", results: [(25, .failed(SiteFailure(.locked, status: 507, reason: "")))],
            isOpen: false),
        Case(
            name: "what was not tried says nothing",
            results: [(25, .failed(SiteFailure(.transient, reason: ""))), (25, .unsettled), (25, .settled)],
            isOpen: false),
        Case(
            name: "an item that people deleted went well", results: [(20, .leftDeleted), (5, refused)], isOpen: false),
    ])
    func opens(_ c: Case) {
        var breaker = Breaker()
        for (count, result) in c.results { for _ in 0..<count { breaker.note(result) } }
        #expect(breaker.isOpen == c.isOpen)
    }

    @Test func saysHowManyOfHowMany() {
        var breaker = Breaker()
        for _ in 0..<90 { breaker.note(Self.fine) }
        for _ in 0..<30 { breaker.note(Self.refused) }
        #expect(breaker.seen == 100 && breaker.refused == 30)
    }
}
