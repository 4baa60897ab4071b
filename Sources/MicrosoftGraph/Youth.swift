internal import Synchronization

/// Lists and columns that this client made a moment ago: other front ends of SharePoint may not know them yet, and
/// answer 404, or 400 for a column (FACTS 10.1).
final class Youth: Sendable {
    private struct State {
        /// When it stops counting as young, in seconds since 1970, by list or by list and column.
        var lists: [String: Double] = [:]
        var columns: [String: [String: Double]] = [:]
    }

    private let seconds: Double
    private let state = Mutex(State())

    /// - Parameter seconds: How long an absence is waited out after a creation.
    init(seconds: Double) { self.seconds = seconds }

    func recordList(_ list: String, now: Double) {
        state.withLock { state in
            state.lists = state.lists.filter { $0.value > now }
            state.lists[list] = now + seconds
        }
    }

    func recordColumn(_ column: String, in list: String, now: Double) {
        state.withLock { $0.columns[list, default: [:]][column.lowercased()] = now + seconds }
    }

    /// Until when the problem may come from youth; `nil` if it cannot.
    func until(_ problem: Verdict.Problem, list: String?, now: Double) -> Double? {
        guard problem.couldBeYouth, let list else { return nil }
        return state.withLock { state in
            let byList = state.lists[list]
            let byColumn = problem.unknownField.flatMap { state.columns[list]?[$0.lowercased()] }
            return [byList, byColumn].compactMap { $0 }.max().flatMap { $0 > now ? $0 : nil }
        }
    }
}
