import Testing

@testable import Reconciler

@Suite("Whether rounds get anywhere")
struct ConvergenceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// What each round would do: all effects, and the creates among them.
        var rounds: [[Int]]
        /// The round that is not begun any more.
        var end: Int?

        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "all is done in one", rounds: [[10, 10]], end: nil),
        Case(name: "fewer each time", rounds: [[5, 0], [4, 0], [3, 0], [2, 0], [1, 0]], end: nil),
        Case(name: "the same three times", rounds: [[5, 0], [5, 0], [5, 0], [5, 0]], end: 3),
        Case(name: "more each time", rounds: [[5, 0], [6, 0], [7, 0], [8, 0]], end: 3),
        Case(
            name: "one that helps begins the count anew",
            rounds: [[5, 0], [5, 0], [5, 0], [4, 0], [4, 0], [4, 0], [4, 0]], end: 6),
        Case(
            name: "a backfill gets fewer while the others stay",
            rounds: [[1005, 1000], [805, 800], [605, 600], [405, 400], [205, 200]], end: nil),
        Case(
            name: "the others get fewer while a backfill stays",
            rounds: [[1003, 1000], [1002, 1000], [1001, 1000], [1000, 1000]], end: nil),
        Case(
            name: "a table that grows faster than it is filled",
            rounds: [[1000, 1000], [1001, 1001], [1002, 1002], [1003, 1003]], end: 3),
        Case(
            name: "each of the two in turn", rounds: [[20, 10], [20, 9], [20, 10], [20, 9], [20, 10], [20, 9]], end: nil
        ),
        Case(name: "nothing is left but a list", rounds: [[1, 0], [1, 0], [1, 0], [1, 0]], end: 3),
    ])
    func endsWhereNothingShrinks(_ c: Case) {
        var convergence = Convergence(roundsMax: 3)
        let end = c.rounds.firstIndex { !convergence.goesOn(effects: $0[0], creates: $0[1]) }
        #expect(end == c.end)
    }
}
