package import Core

/// A set of rows written together: runs the machines of its rows, groups their requests into batches and their results
/// into commits. A step machine itself; the shell sends and commits.
package struct WaveMachine: Sendable {
    package enum Action: Hashable, Sendable {
        /// Requests for one `$batch`, each with the index of its row.
        case send([Tagged])
        case commit([LedgerCommit.Change], saved: [LedgerCommit.Saved])

        package struct Tagged: Hashable, Sendable {
            package var row: Int
            package var request: ItemRequest
        }
    }

    /// Parts of one `$batch` (FACTS 1.9).
    package static let batchMax = 20

    private var rows: [RowMachine]
    private var toSend: [Action.Tagged] = []
    private var toCommit: [LedgerCommit.Change] = []
    private var saved: [LedgerCommit.Saved] = []
    private var committing: [Int] = []
    /// In the order of the tasks; `nil` while a row is under way.
    package private(set) var results: [RowResult?]

    package init(_ tasks: [RowTask], _ context: RowContext) {
        rows = tasks.map { RowMachine($0, context) }
        results = Array(repeating: nil, count: tasks.count)
        for index in rows.indices { take(index, rows[index].step(.start)) }
    }

    package var isFinished: Bool { toSend.isEmpty && toCommit.isEmpty && committing.isEmpty }

    /// What to do next: the results so far are made durable before anything more is sent.
    package mutating func nextActions() -> [Action] {
        if !toCommit.isEmpty {
            defer { (toCommit, saved) = ([], []) }
            return [.commit(toCommit, saved: saved)]
        }
        defer { toSend = [] }
        return stride(from: 0, to: toSend.count, by: Self.batchMax).map { start in
            .send(Array(toSend[start..<min(start + Self.batchMax, toSend.count)]))
        }
    }

    /// - Parameter outcomes: One for each tagged request, in their order.
    package mutating func answered(_ tagged: [Action.Tagged], _ outcomes: [Result<ItemAnswer, SiteFailure>]) {
        for (index, part) in tagged.enumerated() {
            let missing = SiteFailure(.malformed, outcome: .unknown, reason: "the answer has no part for the request")
            let outcome = outcomes.indices.contains(index) ? outcomes[index] : .failure(missing)
            take(part.row, rows[part.row].step(.answered(outcome)))
        }
    }

    package mutating func committed() {
        let waiting = committing
        committing = []
        for row in waiting { take(row, rows[row].step(.recorded)) }
    }

    private mutating func take(_ row: Int, _ step: RowMachine.Step) {
        switch step {
        case .send(let request): toSend.append(Action.Tagged(row: row, request: request))
        case .record(let change, let kept):
            toCommit.append(change)
            saved += kept
            committing.append(row)
        case .finish(let result): results[row] = result
        }
    }
}
