/// Whether rounds get anywhere: the rule that ends an apply which only repeats itself (exit 18).
///
/// Rows that are still to be created may take many rounds, because a round begins no further ones after its time; what
/// counts then is that the other effects, or those creates, get fewer.
struct Convergence: Hashable {
    /// Rounds in a row that may pass without anything getting fewer.
    private let roundsMax: Int
    private var creates = Int.max
    private var others = Int.max
    private var stalled = 0

    init(roundsMax: Int) { self.roundsMax = roundsMax }

    /// Takes note of what the next round would do.
    /// - Parameters:
    ///   - effects: All of it: rows, and lists that are not ready.
    ///   - creates: The rows among them that are to be created.
    /// - Returns: Whether that round is worth beginning.
    mutating func goesOn(effects: Int, creates: Int) -> Bool {
        let others = effects - creates
        let shrinks = others < self.others || creates < self.creates
        stalled = shrinks ? 0 : stalled + 1
        (self.others, self.creates) = (others, creates)
        return stalled < roundsMax
    }
}
